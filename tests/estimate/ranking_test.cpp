// Rankings over the whole catalog.
#include <algorithm>

#include "core/catalog/engine_choice.h"
#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;

TEST_CASE("Every text model is ranked once, those that run first, by falling score") {
  ScenarioSpec spec;
  spec.hardware.device.id = "nvidia-rtx-4090-24gb";
  const Result<std::vector<RankedModel>> rows = front().rank_models(spec);
  REQUIRE(rows.ok());
  std::size_t text = 0;
  for (const ModelEntry& model : catalog().models()) text += model.is_text() && !model.denoises() ? 1 : 0;
  CHECK(rows->size() == text);
  std::vector<bool> seen(catalog().models().size());
  bool running = true;
  std::uint32_t last = 100;
  std::size_t fitting = 0;
  for (const RankedModel& row : *rows) {
    CHECK_FALSE(seen[row.model]);
    seen[row.model] = true;
    const bool runs = row.fit != FitStatus::does_not_fit;
    CHECK((running || !runs));
    if (!runs) running = false;
    if (runs) {
      CHECK(row.score <= last);
      last = row.score;
      REQUIRE(row.format != nullptr);
      fitting += row.fit <= FitStatus::tight ? 1 : 0;
    }
  }
  CHECK(fitting > text / 3);
  CHECK(fitting < text);
}

TEST_CASE("A model scores in a ranking as it does by itself") {
  ScenarioSpec spec;
  spec.hardware.device.id = "nvidia-rtx-4090-24gb";
  const Result<std::vector<RankedModel>> rows = front().rank_models(spec);
  REQUIRE(rows.ok());
  std::size_t compared = 0;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const RankedModel& row = (*rows)[i];
    const ModelEntry& model = catalog().models()[row.model];
    constexpr std::size_t kEvery = 25;
    if (row.fit == FitStatus::does_not_fit || (model.converses() && i % kEvery != 0)) continue;
    ScenarioSpec alone = spec;
    alone.model = model.id;
    alone.quantization = row.format->id;
    alone.engine = row.engine->id;
    const Result<Answer> answer = front().estimate(alone);
    INFO(model.id << " " << row.format->id << " " << row.engine->id);
    REQUIRE(answer.ok());
    // Half for those that do not do what a ranking asks for, which by themselves are only asked to read.
    const double share = model.converses() ? 1 : 0.5;
    CHECK(std::abs(share * answer->estimate.verdict.exact_score - row.exact_score) < 1);
    CHECK(answer->estimate.verdict.grade == row.grade);
    ++compared;
  }
  CHECK(compared > 40);
}

TEST_CASE("A machine is ranked as an estimate of it says, to the byte") {
  struct Case {
    const char* model;
    const char* format;
    std::uint32_t context, parallel;
    bool flash_attention;
  };
  const Case cases[] = {{"olmo-7b", "F16", 32768, 1, false},
                        {"nemotron-h-56b-base", "Q3_K_M", 32768, 1, true},
                        {"gemma-3n-e2b-it", "Q6_K", 4096, 4, true},
                        {"qwen3-30b-a3b", "Q4_K_M", 65536, 2, true}};
  for (const Case& one : cases) {
    ScenarioSpec spec = scenario(one.model, "nvidia-rtx-4090-24gb", 1, one.format, "llama.cpp");
    spec.context = one.context;
    spec.parallel = one.parallel;
    spec.flash_attention = one.flash_attention;
    const Result<std::vector<RankedDevice>> rows = front().rank_hardware(spec);
    REQUIRE(rows.ok());
    constexpr std::size_t kEvery = 13;
    for (std::size_t i = 0; i < rows->size(); i += kEvery) {
      const RankedDevice& row = (*rows)[i];
      ScenarioSpec alone = spec;
      alone.hardware.device.id = catalog().devices()[row.device].device.id;
      alone.hardware.device.count = row.count;
      const Result<Answer> answer = front().estimate(alone);
      INFO(one.model << " " << row.count << " x " << alone.hardware.device.id);
      REQUIRE(answer.ok());
      CHECK(answer->estimate.placement.total() == row.estimate.placement.total());
      CHECK(answer->estimate.placement.status == row.estimate.placement.status);
      CHECK(answer->estimate.verdict.grade == row.estimate.verdict.grade);
    }
  }
}

TEST_CASE("What nobody ranks by benchmarks keeps its bits where there is room for them") {
  ScenarioSpec spec;
  spec.hardware.device.id = "nvidia-rtx-4090-24gb";
  const Result<std::vector<RankedModel>> rows = front().rank_models(spec);
  REQUIRE(rows.ok());
  for (const char* id : {"qwen3-embedding-8b", "whisper-large-v3"}) {
    CAPTURE(id);
    const auto row = std::find_if(rows->begin(), rows->end(),
                                  [&](const RankedModel& r) { return catalog().models()[r.model].id == id; });
    REQUIRE(row != rows->end());
    REQUIRE(row->format != nullptr);
    if (!catalog().models()[row->model].generates()) CHECK(row->format->nominal_bits > 6);
    CHECK(row->grade == 'A');
    CHECK(row->score > 30);
  }
}

TEST_CASE("The format a model is ranked with scores best of all that are offered") {
  struct Machine {
    const char* device;
    std::uint32_t count;
    const char* engine;
  };
  constexpr Machine kMachines[] = {{"nvidia-rtx-3060-12gb", 1, "llama.cpp"},
                                   {"nvidia-rtx-4090-24gb", 1, "llama.cpp"},
                                   {"apple-m4-max-40c-64gb", 1, "llama.cpp"},
                                   {"nvidia-h20-96gb", 8, "vllm"}};
  for (const Machine& machine : kMachines) {
    ScenarioSpec spec;
    spec.hardware.device.id = machine.device;
    spec.hardware.device.count = machine.count;
    spec.engine = machine.engine;
    const Result<std::vector<RankedModel>> rows = front().rank_models(spec);
    REQUIRE(rows.ok());
    std::vector<double> best(catalog().models().size());
    for (const Format& format : catalog().formats()) {
      if (!format.short_listed) continue;
      spec.quantization = format.id;
      const Result<std::vector<RankedModel>> pinned = front().rank_models(spec);
      REQUIRE(pinned.ok());
      for (const RankedModel& row : *pinned) {
        const ModelEntry& model = catalog().models()[row.model];
        // Beyond what a model was released in there is nothing to gain: larger files are not tried.
        const bool beyond = std::any_of(catalog().formats().begin(), catalog().formats().end(), [&](const Format& f) {
          return f.short_listed && &f != &format && f.is_released_in(model.native_precision);
        });
        if (row.format == nullptr || beyond || !is_offered(*catalog().find_engine(machine.engine), model, format))
          continue;
        best[row.model] = std::max(best[row.model], row.exact_score);
      }
    }
    double lost = 0;
    for (const RankedModel& row : *rows) {
      INFO(machine.device << " " << catalog().models()[row.model].id);
      CHECK(row.exact_score > best[row.model] - 0.5);
      lost += std::max(best[row.model] - row.exact_score, 0.0);
    }
    CHECK(lost / static_cast<double>(rows->size()) < 0.1);
  }
}

TEST_CASE("A larger card runs every model that a smaller one of the same kind runs") {
  const auto fitting = [](const char* device) {
    ScenarioSpec spec;
    spec.hardware.device.id = device;
    const Result<std::vector<RankedModel>> rows = front().rank_models(spec);
    REQUIRE(rows.ok());
    return std::count_if(rows->begin(), rows->end(), [](const RankedModel& r) { return r.fit <= FitStatus::tight; });
  };
  CHECK(fitting("nvidia-rtx-3060-12gb") < fitting("nvidia-rtx-4090-24gb"));
  CHECK(fitting("nvidia-rtx-4090-24gb") < fitting("nvidia-h20-96gb"));
}

TEST_CASE("Formats are listed by size and hold the one that was asked for") {
  const Result<std::vector<FormatRow>> rows =
      front().quantizations(scenario("llama-3.1-8b", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp"));
  REQUIRE(rows.ok());
  CHECK(rows->size() > 20);
  CHECK(std::is_sorted(rows->begin(), rows->end(),
                       [](const FormatRow& a, const FormatRow& b) { return a.weights > b.weights; }));
  CHECK(std::any_of(rows->begin(), rows->end(), [](const FormatRow& r) { return r.format->id == "Q4_K_M"; }));
}

TEST_CASE("Upgrades help, the free ones first") {
  const ScenarioSpec spec = scenario("llama-3.1-70b", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp");
  const Answer before = answer(spec);
  REQUIRE(before.estimate.placement.status >= FitStatus::offload);
  const Result<std::vector<Upgrade>> rows = front().upgrades(spec);
  REQUIRE(rows.ok());
  REQUIRE(rows->size() >= 2);
  bool paid = false;
  for (const Upgrade& row : *rows) {
    if (row.price_usd > 0) paid = true;
    if (row.price_usd == 0) CHECK_FALSE(paid);
    const auto device = catalog().find_device(row.scenario.hardware.device.id);
    REQUIRE(device.has_value());
    if (row.kind == UpgradeKind::other_device && catalog().devices()[*device].device.is_card()) {
      // Into the machine at hand, not into the server such a card usually stands in.
      CHECK(row.scenario.hardware.host.memory_bytes == before.scenario.system.host.memory.value());
    }
    CHECK(row.fit != FitStatus::does_not_fit);
  }
}

TEST_CASE("What was placed by hand is offered back to the engine, and system memory where it is what is missing") {
  const auto offered = [](const ScenarioSpec& spec, UpgradeKind kind) -> std::optional<Upgrade> {
    const Result<std::vector<Upgrade>> rows = front().upgrades(spec);
    REQUIRE(rows.ok());
    const auto found = std::find_if(rows->begin(), rows->end(), [&](const Upgrade& row) { return row.kind == kind; });
    return found == rows->end() ? std::nullopt : std::optional(*found);
  };
  ScenarioSpec spec = scenario("llama-3.1-8b", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp");
  CHECK_FALSE(offered(spec, UpgradeKind::placement).has_value());
  spec.gpu_layers = 10;
  const std::optional<Upgrade> automatic = offered(spec, UpgradeKind::placement);
  REQUIRE(automatic.has_value());
  CHECK(automatic->decode_ratio > 2);
  CHECK(automatic->price_usd == 0);
  CHECK(answer(automatic->scenario).estimate.placement.status == FitStatus::fits);
  CHECK_FALSE(offered(spec, UpgradeKind::host_memory).has_value());

  for (const Bytes now : {gibibytes(64), Bytes(0)}) {  // no memory has no double
    CAPTURE(now.value());
    spec = scenario("qwen3-235b-a22b", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp");
    spec.hardware.host.memory_bytes = now.value();
    const std::optional<Upgrade> memory = offered(spec, UpgradeKind::host_memory);
    REQUIRE(memory.has_value());
    CHECK(memory->fit == FitStatus::offload);
    CHECK(memory->scenario.hardware.host.memory_bytes == gibibytes(128).value());
  }
}

TEST_CASE("Several cards are told to divide layers among them, by an engine that does") {
  const auto engine_of = [](const char* model, const char* device, std::uint32_t count) -> std::string {
    const Result<std::vector<Upgrade>> rows = front().upgrades(scenario(model, device, count, "Q4_K_M", "llama.cpp"));
    REQUIRE(rows.ok());
    const auto found =
        std::find_if(rows->begin(), rows->end(), [](const Upgrade& row) { return row.kind == UpgradeKind::engine; });
    if (found == rows->end()) return {};
    CHECK(found->decode_ratio > 1.3);
    CHECK(found->price_usd == 0);
    CHECK(answer(found->scenario).estimate.placement.status <= FitStatus::tight);
    return found->scenario.engine.value_or("");
  };
  CHECK(engine_of("llama-3.1-70b", "nvidia-h20-96gb", 8) == "vllm");
  CHECK(engine_of("llama-3.1-8b", "nvidia-rtx-4090-24gb", 1).empty());  // one card: nothing to divide
}

TEST_CASE("A device of several backends is told of the one that writes faster, which costs nothing") {
  const auto backend_of = [](const char* device, const char* backend) -> std::string {
    ScenarioSpec spec = scenario("qwen3-30b-a3b", device, 1, "Q4_K_M", "llama.cpp");
    spec.backend = backend;
    const Result<std::vector<Upgrade>> rows = front().upgrades(spec);
    REQUIRE(rows.ok());
    const auto found =
        std::find_if(rows->begin(), rows->end(), [](const Upgrade& row) { return row.kind == UpgradeKind::backend; });
    if (found == rows->end()) return {};
    CHECK(found->price_usd == 0);
    CHECK(found->decode_ratio > 1.15);
    CHECK(found->name == found->scenario.backend);
    const Result<Answer> then = front().estimate(found->scenario);
    REQUIRE(then.ok());
    CHECK(then->estimate.speed.decode_tok_s.p50 == doctest::Approx(found->decode_tok_s).epsilon(0.01));
    for (const Upgrade& row : *rows) {
      if (row.kind == UpgradeKind::other_device) CHECK(row.decode_tok_s > found->decode_tok_s);
    }
    return found->name;
  };
  CHECK(backend_of("amd-rx-7900-xtx-24gb", "rocm") == "vulkan");
  CHECK(backend_of("amd-rx-7900-xtx-24gb", "vulkan").empty());
  CHECK(backend_of("nvidia-rtx-4090-24gb", "cuda").empty());
}

TEST_CASE("What a person measured is compared with no estimate of another backend or engine") {
  ScenarioSpec spec = scenario("qwen3-30b-a3b", "amd-rx-7900-xtx-24gb", 1, "Q4_K_M", "llama.cpp");
  spec.backend = "rocm";
  spec.personal.emplace().decode = 0.5;
  const Result<std::vector<Upgrade>> rows = front().upgrades(spec);
  REQUIRE(rows.ok());
  for (const Upgrade& row : *rows) {
    CHECK(row.kind != UpgradeKind::backend);
    CHECK(row.kind != UpgradeKind::engine);
  }
}

TEST_CASE("Where an engine has no kernels, one that has is offered first") {
  const Result<std::vector<Upgrade>> rows =
      front().upgrades(scenario("llama-3.1-8b", "nvidia-gtx-1080-ti-11gb", 1, "FP8", "vllm"));
  REQUIRE(rows.ok());
  REQUIRE_FALSE(rows->empty());
  CHECK(rows->front().kind == UpgradeKind::engine);
  CHECK(rows->front().scenario.engine == "llama.cpp");
  // What is bought is quicker than what another engine does for nothing, and runs.
  for (const Upgrade& row : *rows) {
    CHECK(row.decode_tok_s >= rows->front().decode_tok_s);
    CHECK(engine_is_made(answer(row.scenario).scenario));
  }
}

TEST_CASE("What an engine has no kernels for is neither ranked nor listed nor chosen") {
  ScenarioSpec spec = scenario("llama-3.1-8b", "nvidia-rtx-3090-24gb", 1, "FP8", "tensorrt-llm");
  CHECK_FALSE(engine_is_made(answer(spec).scenario));
  spec.engine = "vllm";  // by its Marlin kernels
  CHECK(engine_is_made(answer(spec).scenario));
  spec = scenario("llama-3.1-8b", "nvidia-gtx-1080-ti-11gb", 1, "BF16", "vllm");
  CHECK_FALSE(engine_is_made(answer(spec).scenario));
  spec.engine.reset();
  spec.quantization.reset();
  CHECK(answer(spec).scenario.engine->id == "llama.cpp");
  // Served in a data center, but not on parts that the server has no kernels for.
  CHECK(answer(scenario("gpt-oss-20b", "nvidia-h20-96gb", 1, "MXFP4")).scenario.engine->id == "vllm");
  CHECK(answer(scenario("gpt-oss-20b", "amd-mi50-32gb", 1, "MXFP4")).scenario.engine->id == "llama.cpp");
  spec.hardware.device.id = "nvidia-rtx-3090-24gb";
  spec.engine = "tensorrt-llm";
  const Result<std::vector<RankedModel>> rows = front().rank_models(spec);
  REQUIRE(rows.ok());
  CHECK(std::none_of(rows->begin(), rows->end(), [](const RankedModel& row) {
    return row.format != nullptr &&
           (row.format->family == FormatFamily::fp8 || row.format->family == FormatFamily::fp4);
  }));
}

TEST_CASE("A second card of the same kind never takes memory away") {
  const Result<std::vector<ScalingRow>> rows =
      front().scaling(scenario("llama-3.1-70b", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp"), {1, 2, 4, 8});
  REQUIRE(rows.ok());
  REQUIRE(rows->size() == 4);
  for (std::size_t i = 1; i < rows->size(); ++i) CHECK((*rows)[i].models_fit >= (*rows)[i - 1].models_fit);
}

namespace {

std::vector<Upgrade> upgrades_of(const ScenarioSpec& spec) {
  Result<std::vector<Upgrade>> rows = front().upgrades(spec);
  REQUIRE(rows.ok());
  return std::move(rows).value();
}

bool any_of_kind(const std::vector<Upgrade>& rows, UpgradeKind kind) {
  return std::any_of(rows.begin(), rows.end(), [&](const Upgrade& row) { return row.kind == kind; });
}

}  // namespace

TEST_CASE("The best format of a machine is none that is slower and fills more memory for it") {
  struct Slow {
    const char* model;
    const char* device;
  };
  constexpr Slow kSlow[] = {
      {"qwen3-32b", "cpu-ryzen-7950x-ddr5-6000-2ch"},       {"gemma-3-27b-it", "cpu-ryzen-7950x-ddr5-6000-2ch"},
      {"llama-3.3-70b-instruct", "apple-m4-max-40c-128gb"}, {"llama-3.1-8b-instruct", "raspberry-pi-5-16gb"},
      {"llama-3.1-8b", "cpu-desktop-ddr4-3200-2ch-8c"},     {"llama-3.1-8b", "nvidia-rtx-4090-24gb"}};
  for (const Slow& slow : kSlow) {
    CAPTURE(slow.model);
    CAPTURE(slow.device);
    const Result<std::vector<FormatRow>> rows =
        front().quantizations(scenario(slow.model, slow.device, 1, "Q4_K_M", "llama.cpp"));
    REQUIRE(rows.ok());
    const auto current =
        std::find_if(rows->begin(), rows->end(), [](const FormatRow& row) { return row.format->id == "Q4_K_M"; });
    REQUIRE(current != rows->end());
    const FormatRow* best = best_format(*rows, false);
    REQUIRE(best != nullptr);
    CAPTURE(best->format->id);
    // Less than a point is no difference.
    CHECK((best->decode_tok_s.p50 > current->decode_tok_s.p50 * 0.8 || best->exact_score < current->exact_score + 1));
  }
}

TEST_CASE("A smaller format that is offered scores at least what the one at hand does") {
  const ScenarioSpec spec = scenario("llama-3.1-70b", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp");
  const Answer before = answer(spec);
  const std::vector<Upgrade> rows = upgrades_of(spec);
  const auto format =
      std::find_if(rows.begin(), rows.end(), [](const Upgrade& row) { return row.kind == UpgradeKind::format; });
  REQUIRE(format != rows.end());
  CHECK(format == rows.begin());  // for nothing, before what costs money
  CHECK(answer(format->scenario).estimate.verdict.exact_score >= before.estimate.verdict.exact_score);
  CHECK(format->decode_ratio > 1.15);
}

TEST_CASE("What is bought is quicker than what is there, reads prompts about as fast, and the verdict is no worse") {
  const auto checked = [](const ScenarioSpec& spec) {
    const Answer before = answer(spec);
    for (const Upgrade& row : upgrades_of(spec)) {
      if (row.price_usd == 0) continue;
      CAPTURE(row.name);
      CHECK(row.fit <= before.estimate.placement.status);
      CHECK((row.decode_ratio == 0 || row.decode_ratio >= 1));
      CHECK((row.prefill_ratio == 0 || row.prefill_ratio > 0.85));
    }
  };
  for (const char* model : {"llama-3.3-70b-instruct", "qwen3-30b-a3b", "llama-3.1-8b", "gpt-oss-120b"}) {
    for (const char* device : {"nvidia-rtx-4090-24gb", "nvidia-rtx-4080-16gb", "nvidia-rtx-3060-12gb"}) {
      CAPTURE(model);
      CAPTURE(device);
      checked(scenario(model, device, 1, "Q4_K_M", "llama.cpp"));
    }
  }
}

TEST_CASE("Where a placement was set by hand, what is bought beats the one that the engine makes for nothing") {
  ScenarioSpec spec = scenario("llama-3.1-8b", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp");
  spec.gpu_layers = 0;
  const std::vector<Upgrade> rows = upgrades_of(spec);
  const auto automatic =
      std::find_if(rows.begin(), rows.end(), [](const Upgrade& row) { return row.kind == UpgradeKind::placement; });
  REQUIRE(automatic != rows.end());
  for (const Upgrade& row : rows) {
    CAPTURE(row.name);
    if (row.price_usd > 0) CHECK(row.decode_tok_s >= automatic->decode_tok_s);
  }
}

TEST_CASE("A price of years ago is the price of a launch: it ranks nothing and buys nothing") {
  const auto entry = [](const char* id) -> const DeviceEntry& {
    const std::optional<std::size_t> index = catalog().find_device(id);
    REQUIRE(index.has_value());
    return catalog().devices()[*index];
  };
  CHECK_FALSE(catalog().has_price_of_today(entry("nvidia-tesla-p40-24gb")));
  CHECK(catalog().has_price_of_today(entry("nvidia-rtx-5090-32gb")));
  ScenarioSpec spec = scenario("gpt-oss-120b", "nvidia-tesla-p40-24gb", 1, "MXFP4_MOE", "llama.cpp");
  for (const Upgrade& row : upgrades_of(spec)) {
    CAPTURE(row.name);
    if (row.kind == UpgradeKind::more_devices) CHECK(row.price_usd < 0);
    if (row.price_usd > 0) CHECK(row.price_date >= "2023-11");
  }
  const Result<std::vector<RankedDevice>> ranked = front().rank_hardware(spec);
  REQUIRE(ranked.ok());
  for (const RankedDevice& row : *ranked) {
    if (catalog().devices()[row.device].device.id != "nvidia-tesla-p40-24gb") continue;
    CHECK(row.price_usd < 0);
    CHECK(row.launch_usd > 0);
  }
}

TEST_CASE("What is offered of the same kind is told and priced by what is added, and no half of a board is sold") {
  const ScenarioSpec spec = scenario("llama-3.1-70b", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp");
  const std::size_t device = *catalog().find_device("nvidia-rtx-4090-24gb");
  bool seen = false;
  for (const Upgrade& row : upgrades_of(spec)) {
    if (row.kind != UpgradeKind::more_devices) continue;
    seen = true;
    const std::uint32_t added = row.scenario.hardware.device.count - 1;
    CHECK(row.text.args[0].number == added);
    CHECK(row.price_usd == catalog().devices()[device].price_usd * added);
  }
  CHECK(seen);
  for (const Upgrade& row : upgrades_of(scenario("llama-3.1-8b", "nvidia-tesla-k80-2x12gb", 1, "Q8_0", "llama.cpp"))) {
    if (row.kind == UpgradeKind::more_devices) CHECK(row.scenario.hardware.device.count > 2);
  }
}

TEST_CASE("A machine costs what its whole boards cost, and is rented by the device") {
  const auto device = [](const char* id) { return catalog().devices()[*catalog().find_device(id)]; };
  const DeviceEntry k80 = device("nvidia-tesla-k80-2x12gb"), card = device("nvidia-rtx-4090-24gb");
  REQUIRE(k80.per_board == 2);
  REQUIRE(card.rent_usd_hour > 0);
  struct Row {
    const char* first;
    std::uint32_t count;
    const char* second;
    double usd, rent;  // < 0: not known
  };
  const Row rows[] = {{"nvidia-tesla-k80-2x12gb", 1, nullptr, k80.price_usd, k80.rent_usd_hour},
                      {"nvidia-tesla-k80-2x12gb", 2, nullptr, k80.price_usd, k80.rent_usd_hour * 2},
                      {"nvidia-tesla-k80-2x12gb", 3, nullptr, k80.price_usd * 2, k80.rent_usd_hour * 3},
                      {"nvidia-rtx-4090-24gb", 2, nullptr, card.price_usd * 2, card.rent_usd_hour * 2},
                      {"nvidia-rtx-4090-24gb", 1, "nvidia-tesla-k80-2x12gb", card.price_usd + k80.price_usd, -1},
                      {"nvidia-rtx-4090-24gb", 1, "a card that nobody sells", -1, -1}};
  for (const Row& row : rows) {
    HardwareSpec hardware;
    hardware.device.id = row.first;
    hardware.device.count = row.count;
    if (row.second != nullptr) hardware.others.push_back({row.second, nullptr, 1});
    const MachinePrice price = price_of(catalog(), hardware);
    CAPTURE(row.count);
    CHECK(price.usd == doctest::Approx(row.usd));
    CHECK(std::max(price.rent_usd_hour, -1.0) == doctest::Approx(std::max(row.rent, -1.0)));
  }
}

TEST_CASE("What does not run on many devices is offered as many as hold it") {
  for (const char* device : {"nvidia-h100-sxm-80gb", "nvidia-l40s-48gb"}) {
    CAPTURE(device);
    for (const char* model : {"deepseek-r1", "deepseek-v3.2"}) {
      CAPTURE(model);
      const std::uint32_t count = device[7] == 'h' ? 4 : 8;
      const ScenarioSpec spec = scenario(model, device, count, "FP8", "vllm");
      REQUIRE(answer(spec).estimate.placement.status == FitStatus::does_not_fit);
      const std::vector<Upgrade> rows = upgrades_of(spec);
      CHECK(std::any_of(rows.begin(), rows.end(), [](const Upgrade& row) {
        const bool bought = row.kind == UpgradeKind::more_devices || row.kind == UpgradeKind::other_device;
        return bought && row.fit <= FitStatus::tight && row.scenario.quantization == "FP8";
      }));
    }
  }
}

TEST_CASE("A server that makes room for more sequences than it needs is told to admit fewer, before anything else") {
  ScenarioSpec spec = scenario("gpt-oss-120b", "nvidia-h100-sxm-80gb", 1, "MXFP4", "vllm");
  spec.context = 131072;
  spec.hardware.usable_fraction = 0.9;
  REQUIRE(answer(spec).estimate.placement.status == FitStatus::does_not_fit);
  const std::vector<Upgrade> rows = upgrades_of(spec);
  REQUIRE_FALSE(rows.empty());
  CHECK(rows.front().kind == UpgradeKind::sequences);
  CHECK(rows.front().price_usd == 0);
  REQUIRE(rows.front().scenario.max_sequences.has_value());
  CHECK(answer(rows.front().scenario).estimate.placement.status <= FitStatus::tight);
  CHECK_FALSE(any_of_kind(upgrades_of(scenario("llama-3.1-8b", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp")),
                          UpgradeKind::sequences));
}

TEST_CASE("Boards whose last driver is too old for an engine, or parts below what it needs, are not offered by it") {
  const auto runs = [](const char* device, const char* engine) {
    return engine_is_made(answer(scenario("llama-3.2-1b", device, 1, "Q4_K_M", engine)).scenario);
  };
  for (const char* engine : {"llama.cpp", "ollama"}) {
    CHECK_FALSE(runs("nvidia-jetson-nano-4gb", engine));
    CHECK_FALSE(runs("nvidia-jetson-tx2-8gb", engine));
    CHECK(runs("nvidia-jetson-orin-nano-super-8gb", engine));
    CHECK(runs("nvidia-gtx-1080-ti-11gb", engine));
  }
  CHECK_FALSE(runs("nvidia-tesla-k80-2x12gb", "ollama"));
  CHECK(runs("nvidia-tesla-k80-2x12gb", "llama.cpp"));
}

TEST_CASE("Scaling has a row for each count that a fixed layout can be had on") {
  ScenarioSpec spec = scenario("llama-3.1-70b", "nvidia-h100-sxm-80gb", 2, "FP8", "vllm");
  spec.tensor_parallel = 2;
  const Result<std::vector<ScalingRow>> rows = front().scaling(spec, {1, 2, 4});
  REQUIRE(rows.ok());
  REQUIRE(rows->size() == 2);
  CHECK(rows->front().count == 2);
  CHECK_FALSE(front().scaling(spec, {1}).ok());
}

TEST_CASE("Without a prompt there is no time to the first token") {
  ScenarioSpec spec = scenario("llama-3.1-8b", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp");
  spec.workload = WorkloadSpec{{}, 0, 128, 1024};
  CHECK(answer(spec).estimate.speed.has_decode);
  CHECK(answer(spec).estimate.speed.ttft_s.p50 == 0);
}

TEST_CASE("What cannot hold a conversation, or answers it badly, ranks behind what is slower but can") {
  ScenarioSpec spec;
  spec.hardware.device.id = "raspberry-pi-5-8gb";
  spec.workload = WorkloadSpec{"chat", 0, 0, 0};
  const Result<std::vector<RankedModel>> rows = front().rank_models(spec);
  REQUIRE(rows.ok());
  const auto place_of = [&](std::string_view id) {
    return std::find_if(rows->begin(), rows->end(),
                        [&](const RankedModel& row) { return catalog().models()[row.model].id == id; }) -
           rows->begin();
  };
  CHECK(place_of("qwen3.5-4b") < place_of("pythia-14m"));
  for (std::ptrdiff_t i = 0; i < 20; ++i) {
    const ModelEntry& model = catalog().models()[(*rows)[static_cast<std::size_t>(i)].model];
    CAPTURE(model.id);
    CHECK((model.max_context == 0 || model.max_context >= 2560));
    CHECK((*rows)[static_cast<std::size_t>(i)].parts.quality > 5);
  }
}

TEST_CASE("A model that only reads is judged by how it reads, not as one that writes badly") {
  const Answer reads = answer(scenario("bge-m3", "nvidia-rtx-3060-12gb", 1, "F16", "llama.cpp"));
  CHECK(reads.estimate.verdict.grade == 'A');
  CHECK(reads.estimate.verdict.score > 80);
}

TEST_CASE("Of cards for a person's own machine no more are offered than it has slots for") {
  for (const Upgrade& row : upgrades_of(scenario("llama-3.1-405b", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp"))) {
    CHECK(row.scenario.hardware.device.count <= 8);
  }
}

TEST_CASE("A ranking says the same after others as alone") {
  ScenarioSpec spec;
  spec.hardware.device.id = "nvidia-rtx-4060-8gb";
  spec.engine = "llama.cpp";
  for (const std::uint32_t context : {65536U, 4096U}) {
    for (const char* workload : {"rag", "chat"}) {
      spec.context = context;
      spec.workload = WorkloadSpec{workload, 0, 0, 0};
      REQUIRE(front().rank_models(spec).ok());
    }
  }
  const Result<std::vector<RankedModel>> after = front().rank_models(spec);
  Front fresh(catalog());
  const Result<std::vector<RankedModel>> alone = fresh.rank_models(spec);
  REQUIRE(after.ok());
  REQUIRE(alone.ok());
  REQUIRE(after->size() == alone->size());
  for (std::size_t i = 0; i < alone->size(); ++i) {
    const RankedModel &a = (*after)[i], &b = (*alone)[i];
    CAPTURE(catalog().models()[b.model].id);
    CHECK(a.model == b.model);
    CHECK(a.format == b.format);
    CHECK(a.exact_score == b.exact_score);
    CHECK(a.safe_context == b.safe_context);
  }
}
