// Scenarios drawn at random over the whole catalog: what an answer promises holds when it is asked for.
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>

#include "core/catalog/engine_choice.h"
#include "core/catalog/json_text.h"
#include "core/catalog/near_measurements.h"
#include "core/catalog/questions.h"
#include "core/catalog/scenario_json.h"
#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;

namespace {

template <class Values>
const auto& any_of(const Values& values, std::mt19937& random) {
  return values[random() % std::size(values)];
}

ScenarioSpec random_scenario(std::mt19937& random) {
  constexpr std::uint32_t kCounts[] = {1, 1, 2, 4}, kParallel[] = {1, 1, 1, 2, 16};
  constexpr std::uint64_t kHostGib[] = {0, 4, 32, 256};
  ScenarioSpec spec;
  do {
    spec.model = any_of(catalog().models(), random).id;
  } while (!catalog().models()[*catalog().find_model(spec.model)].is_text());
  spec.hardware.device.id = any_of(catalog().devices(), random).device.id;
  spec.hardware.device.count = any_of(kCounts, random);
  spec.engine = any_of(catalog().engines(), random).id;
  spec.context = 256U << (random() % 9);
  spec.parallel = any_of(kParallel, random);
  // Each of these is left to its default more often than not.
  const auto sometimes = [&random] { return random() % 4 == 0; };
  if (sometimes()) spec.hardware.host.memory_bytes = gibibytes(any_of(kHostGib, random)).value();
  if (sometimes()) spec.hardware.others.push_back({any_of(catalog().devices(), random).device.id, nullptr, 1});
  if (sometimes()) spec.gpu_layers = static_cast<std::int32_t>(random() % 64);
  if (sometimes()) spec.cpu_moe_layers = static_cast<std::int32_t>(random() % 64);
  spec.kv_on_host = sometimes();
  const Engine& engine = *catalog().find_engine(*spec.engine);
  const std::vector<std::uint32_t> copies = copy_counts(engine, spec.hardware.device.count);
  if (copies.size() > 1 && sometimes()) spec.data_parallel = copies[random() % copies.size()];
  spec.mmproj = sometimes();
  if (engine.adapters && sometimes()) spec.adapters.push_back({32, 2, static_cast<std::uint16_t>(adapter_target::all)});
  return spec;
}

// Of what was drawn, for the message of a check that fails.
std::string described(const ScenarioSpec& spec) { return json_text(to_json(spec)); }

void check_figures(const Estimate& estimate) {
  const Placement& placement = estimate.placement;
  for (const Bytes part : {placement.weights, placement.kv, placement.state, placement.compute, placement.output,
                           placement.engine, placement.adapters, placement.draft, placement.projector}) {
    CHECK(part < Bytes::max());
    CHECK(part <= placement.total());
  }
  CHECK(placement.offload_fraction >= 0);
  CHECK(placement.offload_fraction <= 1);
  const Speed& speed = estimate.speed;
  const StepTime& step = speed.decode_step;
  for (const Seconds part :
       {step.weights, step.kv, step.compute, step.communication, step.host, step.overhead, speed.queue}) {
    CHECK(std::isfinite(part.value()));
    CHECK(part.value() >= 0);
  }
  for (const Range& range :
       {speed.decode_tok_s, speed.decode_total_tok_s, speed.prefill_tok_s, speed.ttft_s, speed.throughput_tok_s}) {
    CHECK(std::isfinite(range.p90));
    CHECK(range.p10 >= 0);
    CHECK(range.p10 <= range.p50);
    CHECK(range.p50 <= range.p90);
  }
}

// More context never needs less memory, up to the model's longest. Layers that move to the host for it leave the
// buffers of their devices behind, so that the sum is of another division: returns whether it is of the same.
bool check_growth(const ScenarioSpec& spec, const Answer& before) {
  ScenarioSpec longer = spec;
  longer.context = std::min(2 * *spec.context, std::max(before.model->arch.longest_context(), *spec.context));
  const Answer after = answer(longer);
  const Placement &now = before.estimate.placement, &then = after.estimate.placement;
  if (now.gpu_layers != then.gpu_layers || now.cpu_moe_layers != then.cpu_moe_layers) return false;
  CHECK(then.needed() >= now.needed());
  return true;
}

bool resident(const Answer& answer) { return answer.estimate.placement.status <= FitStatus::tight; }

}  // namespace

TEST_CASE("What a random scenario's answer promises holds when it is asked for") {
  std::mt19937 random(20261128);
  int answered = 0, asked_again = 0, grown = 0;
  for (int i = 0; i < 1500; ++i) {
    const ScenarioSpec spec = random_scenario(random);
    CAPTURE(described(spec));
    const Result<Answer> result = front().estimate(spec);
    if (!result) {
      CHECK_FALSE(result.error().message.empty());
      continue;
    }
    ++answered;
    const Placement& placement = result->estimate.placement;
    Bytes sum = placement.host.total();
    for (const DeviceShare& device : placement.devices) sum += device.total();
    CHECK(sum == placement.total());
    check_figures(result->estimate);
    grown += check_growth(spec, *result) ? 1 : 0;
    if (!resident(*result)) continue;
    for (const DeviceShare& device : placement.devices) CHECK(device.total() <= device.usable);
    ++asked_again;

    ScenarioSpec longest = spec;
    longest.context = placement.safe_context;
    CHECK(resident(answer(longest)));

    ScenarioSpec most = spec;
    most.parallel = std::min<std::uint32_t>(placement.max_parallel, 4096);
    CHECK(resident(answer(most)));

    ScenarioSpec more = spec;
    more.hardware.device.count *= 2;
    const Result<Answer> wider = front().estimate(more);
    // Three unequal cards cannot share heads as two can.
    if (wider && spec.hardware.others.empty()) CHECK(resident(*wider));
  }
  CHECK(answered > 400);
  CHECK(asked_again > 200);
  CHECK(grown > 350);
}

TEST_CASE("A random scenario's upgrades, questions and derivation are answered, too") {
  const auto section = catalog().section("texts/en");
  const Result<Texts> texts =
      Texts::parse(Language::en, {reinterpret_cast<const char*>(section.data()), section.size()});
  REQUIRE(texts.ok());
  std::mt19937 random(20261130);
  int answered = 0, with_upgrades = 0;
  for (int i = 0; i < 80; ++i) {
    const ScenarioSpec spec = random_scenario(random);
    CAPTURE(described(spec));
    Trace trace;
    const Result<Answer> answer = front().estimate(spec, &trace);
    const Result<std::vector<Upgrade>> upgrades = front().upgrades(spec);
    CHECK(upgrades.ok() == answer.ok());
    if (!answer || !upgrades) continue;
    ++answered;
    with_upgrades += upgrades->empty() ? 0 : 1;
    for (const Upgrade& upgrade : *upgrades) CHECK(front().estimate_quickly(upgrade.scenario).ok());
    CHECK_FALSE(trace.root().inputs.empty());
    const Result<std::vector<FormatRow>> formats = front().quantizations(spec);
    REQUIRE(formats.ok());
    const std::vector<NearMeasurement> near =
        near_measurements(front().measurements(), answer->scenario, catalog(), kMeasurementsOfPair);
    for (const QuestionAnswer& row :
         questions_and_answers(front(), {spec, *answer, *formats, *upgrades, near}, *texts)) {
      CHECK_FALSE(row.answer.empty());
      CHECK(row.answer.find('{') == std::string::npos);
    }
  }
  CHECK(answered > 20);
  CHECK(with_upgrades > 5);
}
