// Where scenarios stand under their machine's roofline, and the scenarios behind the rows of tables.
#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;

namespace {

MachineRoofline roofline(const ScenarioSpec& spec) {
  Result<MachineRoofline> result = front().roofline(spec);
  if (!result) FAIL(result.error().message);
  return *result;
}

}  // namespace

TEST_CASE("Decode of one sequence lies on the slope, a long prompt near the peak") {
  const MachineRoofline machine = roofline(scenario("llama-3.1-8b", "nvidia-rtx-4090-24gb", 1, "Q8_0"));
  CHECK(machine.bandwidth.value() == doctest::Approx(1008e9).epsilon(0.01));
  REQUIRE(machine.decode.known);
  REQUIRE(machine.prefill.known);
  // Two operations per weight of 8.5 bits, and a short cache.
  CHECK(machine.decode.intensity == doctest::Approx(2 / (8.5 / 8)).epsilon(0.1));
  CHECK(machine.decode.intensity < machine.ridge());
  CHECK(machine.prefill.intensity > machine.ridge());
  CHECK(machine.decode.limit.value() == doctest::Approx(machine.decode.intensity * machine.bandwidth.value()));
  CHECK(machine.prefill.limit.value() == machine.peak.value());
}

TEST_CASE("No point stands above its roof") {
  for (const char* device : {"nvidia-rtx-4090-24gb", "nvidia-h20-96gb", "apple-m3-max-40c-128gb",
                             "amd-rx-7900-xtx-24gb", "cpu-ryzen-9950x-ddr5-6000-2ch", "amd-mi300x-192gb"}) {
    for (const char* model : {"llama-3.1-8b", "gpt-oss-20b", "qwen3-30b-a3b"}) {
      for (const std::uint32_t parallel : {1U, 16U}) {
        CAPTURE(device);
        CAPTURE(model);
        CAPTURE(parallel);
        ScenarioSpec spec = scenario(model, device, 1, "");
        spec.quantization.reset();
        spec.parallel = parallel;
        const MachineRoofline machine = roofline(spec);
        if (machine.decode.known) CHECK(machine.decode.reached.value() <= machine.decode.limit.value());
        if (machine.prefill.known) CHECK(machine.prefill.reached.value() <= machine.prefill.limit.value());
      }
    }
  }
}

TEST_CASE("More sequences move decode towards the peak; what does not fit has no points") {
  ScenarioSpec spec = scenario("llama-3.1-8b", "nvidia-h20-96gb", 1, "FP8", "vllm");
  const MachineRoofline one = roofline(spec);
  CHECK(one.units == NumberUnits::fp8);
  spec.parallel = 32;
  const MachineRoofline many = roofline(spec);
  CHECK(many.decode.intensity > 8 * one.decode.intensity);
  CHECK(many.decode.reached.value() > 4 * one.decode.reached.value());
  const MachineRoofline none = roofline(scenario("llama-3.1-405b", "nvidia-h20-96gb", 1, "BF16", "vllm"));
  CHECK_FALSE(none.decode.known);
  CHECK_FALSE(none.prefill.known);
  CHECK(none.peak.value() > 0);
}

TEST_CASE("The scenario behind a row gives the row's figures") {
  for (const ScenarioSpec& spec : {scenario("llama-3.1-8b", "nvidia-rtx-4090-24gb", 1, "Q4_K_M"),
                                   scenario("qwen3-30b-a3b", "apple-m3-max-40c-128gb", 1, "Q6_K")}) {
    const auto formats = front().quantizations(spec);
    REQUIRE(formats.ok());
    for (const FormatRow& row : *formats) {
      if (!row.format->short_listed) continue;
      CAPTURE(row.format->id);
      const Answer again = answer(scenario_of(catalog(), spec, row));
      CHECK(again.estimate.placement.total() == row.total);
      CHECK(again.estimate.placement.safe_context == row.safe_context);
      CHECK(again.estimate.speed.decode_tok_s.p50 == doctest::Approx(row.decode_tok_s.p50));
      CHECK(again.estimate.verdict.exact_score == doctest::Approx(row.exact_score));
    }
    const auto workloads = front().workloads(spec);
    REQUIRE(workloads.ok());
    for (const WorkloadRow& row : *workloads) {
      CAPTURE(row.workload->workload.id);
      const Answer again = answer(scenario_of(spec, row));
      CHECK(again.scenario.settings.cache.context == row.context);
      CHECK(again.estimate.placement.total() == row.estimate.placement.total());
      CHECK(again.estimate.speed.ttft_s.p50 == doctest::Approx(row.estimate.speed.ttft_s.p50));
      CHECK(again.estimate.verdict.exact_score == doctest::Approx(row.estimate.verdict.exact_score));
    }
  }
}
