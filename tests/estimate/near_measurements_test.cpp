// Which public measurements stand beside an estimate, on its curves, and make it count as measured.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "core/as_text.h"
#include "core/catalog/near_measurements.h"
#include "core/model/network.h"
#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;

namespace {

struct Beside {
  Answer answer;
  std::vector<NearMeasurement> near;
  [[nodiscard]] Confidence confidence() const { return confidence_with(answer.estimate, answer.scenario, near); }
  [[nodiscard]] std::vector<MeasuredPoint> decode() const {
    return decode_points(answer.estimate, answer.scenario, near);
  }
  [[nodiscard]] std::vector<MeasuredPoint> ttft() const { return ttft_points(answer.estimate, answer.scenario, near); }
};

Beside beside(const ScenarioSpec& spec) {
  Answer given = answer(spec);
  std::vector<NearMeasurement> near =
      near_measurements(front().measurements(), given.scenario, catalog(), kMeasurementsOfPair);
  return {std::move(given), std::move(near)};
}

ScenarioSpec at(const char* model, const char* device, std::uint32_t count, const char* format, const char* engine,
                const Workload& workload = {"", 2048, 512, 0}) {
  ScenarioSpec spec = scenario(model, device, count, format, engine);
  spec.workload = WorkloadSpec{"", workload.prompt, workload.output, workload.cached_prefix};
  return spec;
}

constexpr const char* k4090 = "nvidia-rtx-4090-24gb";

}  // namespace

TEST_CASE("Measured is what ran so") {
  struct Row {
    const char* what;
    bool measured;
    void (*change)(ScenarioSpec&);
  };
  const Row rows[] = {
      {"as it was run", true, [](ScenarioSpec&) {}},
      {"an engine with the same kernels", true, [](ScenarioSpec& s) { s.engine = "lm-studio"; }},
      {"a format with the same kernels", true, [](ScenarioSpec& s) { s.quantization = "Q4_K_S"; }},
      {"a tuned model of the same network", true, [](ScenarioSpec& s) { s.model = "llama-3.1-8b-instruct"; }},
      {"other kernels", false, [](ScenarioSpec& s) { s.quantization = "IQ1_S"; }},
      {"a longer context", false,
       [](ScenarioSpec& s) {
         s.workload = WorkloadSpec{"", 100000, 512, 0};
       }},
      {"a prompt alone, read after others", false,
       [](ScenarioSpec& s) {
         s.workload = WorkloadSpec{"", 512, 0, 60000};
       }},
      {"a draft model", false,
       [](ScenarioSpec& s) {
         s.draft = DraftSpec{"llama-3.2-1b", {}};
       }},
      {"an adapter", false, [](ScenarioSpec& s) { s.adapters.push_back({}); }},
      {"another cache", false, [](ScenarioSpec& s) { s.kv_k = s.kv_v = "q4_0"; }},
      {"more cards", false, [](ScenarioSpec& s) { s.hardware.device.count = 7; }},
      {"in part on the host", false, [](ScenarioSpec& s) { s.gpu_layers = 5; }},
      {"many users", false, [](ScenarioSpec& s) { s.parallel = 8; }},
      {"another backend", false, [](ScenarioSpec& s) { s.backend = "vulkan"; }},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.what));
    ScenarioSpec spec = at("llama-3.1-8b", k4090, 1, "Q4_K_M", "llama.cpp");
    row.change(spec);
    CHECK((beside(spec).confidence() == Confidence::measured) == row.measured);
  }
  CHECK(beside(at("llama-3.1-8b", k4090, 1, "EXL3-4.0bpw", "exllamav3")).confidence() > Confidence::measured);
}

TEST_CASE("Of short runs alone no long one is measured") {
  const auto is_measured = [](std::uint32_t prompt) {
    Beside given = beside(at("llama-3.1-8b", k4090, 1, "Q4_K_M", "llama.cpp", {"", prompt, 200, 0}));
    std::erase_if(given.near, [](const NearMeasurement& row) { return row.measurement->mean_depth() > 300; });
    REQUIRE_FALSE(given.near.empty());
    return given.confidence() == Confidence::measured;
  };
  CHECK(is_measured(3000));
  CHECK_FALSE(is_measured(4200));  // 4,300 tokens beside 256
  CHECK_FALSE(is_measured(8000));
}

TEST_CASE("Of a prompt's rate alone no generation is measured") {
  Beside given = beside(at("llama-3.1-8b", k4090, 1, "Q4_K_M", "llama.cpp"));
  REQUIRE(given.confidence() == Confidence::measured);
  std::erase_if(given.near, [](const NearMeasurement& row) { return !row.measurement->is_prefill(); });
  REQUIRE_FALSE(given.near.empty());
  CHECK(given.confidence() > Confidence::measured);
}

TEST_CASE("What was measured of a base stands beside its tunes, and the other way round") {
  struct Row {
    const char *model, *device, *format;
  };
  const Row rows[] = {{"llama-3.1-8b-instruct", k4090, "Q4_K_M"},
                      {"llama-3-8b", k4090, "Q4_K_M"},
                      {"llama-2-7b-chat", k4090, "Q4_0"},
                      {"deepseek-r1-distill-llama-8b", k4090, "Q4_K_M"}};
  const Texts texts = Texts::parse(Language::en, as_text(catalog().section("texts/en"))).value();
  for (const Row& row : rows) {
    CAPTURE(std::string(row.model));
    REQUIRE(catalog().find_model(row.model).has_value());
    const Beside given = beside(at(row.model, row.device, 1, row.format, "llama.cpp"));
    REQUIRE_FALSE(given.near.empty());
    const auto other = std::find_if(given.near.begin(), given.near.end(),
                                    [](const NearMeasurement& near) { return !near.same_model; });
    REQUIRE(other != given.near.end());
    const auto model = catalog().find_model(other->measurement->model);
    REQUIRE(model.has_value());
    CHECK(differences(*other, catalog(), texts).front() == catalog().models()[*model].name);
  }
}

TEST_CASE("The same network has the same shapes, whatever its positions turn by") {
  const auto arch = [](const char* id) { return catalog().architecture(*catalog().find_model(id)); };
  CHECK(same_network(arch("llama-3-8b"), arch("llama-3.1-8b")));
  CHECK_FALSE(same_network(arch("llama-3.1-8b"), arch("qwen3-8b")));
  Architecture changed = arch("llama-3.1-8b");
  changed.max_context = 1;
  CHECK(same_network(changed, arch("llama-3.1-8b")));
  changed.mixers[0].kv_heads *= 2;
  CHECK_FALSE(same_network(changed, arch("llama-3.1-8b")));
  // The pack's numbers say the same.
  for (const ModelEntry& a : catalog().models()) {
    if (!a.has_architecture() || a.family != "Llama") continue;
    for (const ModelEntry& b : catalog().models()) {
      if (!b.has_architecture() || b.family != a.family) continue;
      CHECK(same_network(arch(std::string(a.id).c_str()), arch(std::string(b.id).c_str())) == (a.network == b.network));
    }
  }
}

TEST_CASE("On the curve of a user's speed stands what was measured of as many users") {
  ScenarioSpec spec = at("gpt-oss-20b", "apple-m2-ultra-76c-192gb", 1, "MXFP4_MOE", "llama.cpp", {"", 512, 32, 0});
  for (const std::uint32_t users : {1U, 8U, 16U}) {
    CAPTURE(users);
    spec.parallel = users;
    const Beside given = beside(spec);
    const std::vector<MeasuredPoint> points = given.decode();
    REQUIRE_FALSE(points.empty());
    for (const MeasuredPoint& point : points) {
      CHECK(std::max(point.near->measurement->users, 1U) == users);
      CHECK(point.value < 3 * given.answer.estimate.speed.decode_tok_s.p50);
      CHECK(point.value * 3 > given.answer.estimate.speed.decode_tok_s.p50);
    }
    if (users > 1) CHECK(given.ttft().empty());
  }
}

TEST_CASE("A short prompt measured alone stands on the curve of one that follows a short conversation") {
  const Beside given = beside(scenario("qwen3.6-27b", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp"));
  REQUIRE(given.answer.scenario.settings.workload.cached_prefix > 0);
  CHECK(given.ttft().size() >= 2);
}

TEST_CASE("What llama-batched-bench writes of all together leaves the prompts out, and says so") {
  std::size_t batched = 0, served = 0;
  for (const PublicMeasurement& m : front().measurements().all()) {
    if (!m.is_served()) continue;
    if (m.source.find("batched-bench") == std::string_view::npos) {
      served += m.users > 1 && m.generation_only ? 1 : 0;
      continue;
    }
    ++batched;
    CHECK(m.generation_only);
    CHECK(m.test().find("pp") == std::string::npos);
    CHECK(std::abs(m.decode_tok_s() * m.users / m.tok_s - 1) < 0.02);
  }
  CHECK(batched > 100);
  CHECK(served == 0);
}

TEST_CASE("On the curve of first tokens stand prompts read in the same micro-batches") {
  ScenarioSpec spec = at("gpt-oss-120b", "nvidia-dgx-spark-gb10-128gb", 1, "MXFP4_MOE", "llama.cpp");
  CHECK(beside(spec).ttft().empty());
  spec.ubatch = 2048;
  const Beside wide = beside(spec);
  const std::vector<MeasuredPoint> points = wide.ttft();
  CHECK(points.size() >= 4);
  for (const MeasuredPoint& point : points) {
    CHECK(point.near->measurement->ubatch == 2048);
    CHECK(point.near->measurement->depth == 0);
  }
  const Texts texts = Texts::parse(Language::en, as_text(catalog().section("texts/en"))).value();
  spec.ubatch.reset();
  const Beside narrow = beside(spec);
  const auto prompt = std::find_if(narrow.near.begin(), narrow.near.end(),
                                   [](const NearMeasurement& near) { return near.measurement->is_prefill(); });
  REQUIRE(prompt != narrow.near.end());
  CHECK(differences(*prompt, catalog(), texts) == std::vector<std::string>{"-ub 2048"});
}

TEST_CASE("Of many users what was served to about as many stands first, and counts as measured") {
  const auto near_at = [](std::uint32_t users) {
    ScenarioSpec spec = scenario("deepseek-r1", "nvidia-h200-sxm-141gb", 8, "FP8", "tensorrt-llm");
    spec.parallel = users;
    spec.workload = WorkloadSpec{"", 1024, 1024, 0};
    const Beside given = beside(spec);
    REQUIRE_FALSE(given.near.empty());
    return std::pair(given.near, given.confidence());
  };
  for (const std::uint32_t users : {16U, 64U}) {
    CAPTURE(users);
    const auto [near, confidence] = near_at(users);
    const PublicMeasurement& first = *near.front().measurement;
    CHECK(first.users >= users / 2);
    CHECK(first.users <= users * 2);
    CHECK(first.engine == "tensorrt-llm");
    CHECK(first.test().starts_with(std::to_string(first.users) + " × (pp1024 + tg"));
    CHECK(confidence == Confidence::measured);
  }
  CHECK(near_at(8192).second > Confidence::measured);
}
