// Scenarios drawn at random over the whole catalog: what an answer promises holds when it is asked for.
#include <iterator>
#include <random>

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
  ScenarioSpec spec;
  do {
    spec.model = any_of(catalog().models(), random).id;
  } while (!catalog().models()[*catalog().find_model(spec.model)].is_text());
  spec.hardware.device.id = any_of(catalog().devices(), random).device.id;
  spec.hardware.device.count = any_of(kCounts, random);
  spec.engine = any_of(catalog().engines(), random).id;
  spec.context = 256U << (random() % 9);
  spec.parallel = any_of(kParallel, random);
  return spec;
}

bool resident(const Answer& answer) { return answer.estimate.placement.status <= FitStatus::tight; }

}  // namespace

TEST_CASE("What a random scenario's answer promises holds when it is asked for") {
  std::mt19937 random(20261128);
  int answered = 0, asked_again = 0;
  for (int i = 0; i < 500; ++i) {
    const ScenarioSpec spec = random_scenario(random);
    CAPTURE(spec.model);
    CAPTURE(spec.hardware.device.id);
    CAPTURE(spec.hardware.device.count);
    CAPTURE(*spec.engine);
    CAPTURE(*spec.context);
    CAPTURE(*spec.parallel);
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
    if (wider) CHECK(resident(*wider));
  }
  CHECK(answered > 200);
  CHECK(asked_again > 100);
}
