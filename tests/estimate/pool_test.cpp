// Caches that vLLM logged for a stated share of the card, asked end to end (tests/truth/memory-logs/vllm_logs.csv: the
// rows that state the card, the share and an activation peak).
#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;

TEST_CASE("the cache that vLLM fits into nine tenths of an H100 is the one it logged") {
  struct Logged {
    const char* model;
    const char* format;
    std::uint32_t ranks;
    double kv_gib, peak_gib;  // of one rank
  };
  constexpr Logged kLogged[] = {{"qwen3-0.6b", "BF16", 1, 64.45, 5.56},
                                {"qwen3-32b", "BF16", 1, 4.45, 5.64},
                                {"qwen3-32b", "BF16", 2, 34.49, 5.64},
                                {"gpt-oss-20b", "MXFP4", 1, 50.28, 7.38}};
  for (const Logged& logged : kLogged) {
    CAPTURE(logged.model);
    ScenarioSpec spec = scenario(logged.model, "nvidia-h100-sxm-80gb", logged.ranks, logged.format, "vllm");
    spec.hardware.usable_fraction = 0.9;
    spec.context = 16000;
    const Answer asked = answer(spec);
    const DeviceShare& share = asked.estimate.placement.devices[0];
    const double gib = gibibytes(1).as_double();
    CHECK(share.compute.as_double() / gib == doctest::Approx(logged.peak_gib).epsilon(0.03));
    CHECK(share.kv.as_double() / gib == doctest::Approx(logged.kv_gib).epsilon(0.05));
  }
}

TEST_CASE("an engine that fills the card says what its cache has to spare, not that nothing is left") {
  const Answer asked = answer(scenario("llama-3.1-70b", "nvidia-h20-96gb", 1, "FP8", "vllm"));
  REQUIRE(asked.estimate.placement.max_parallel > 1);
  bool spare = false;
  for (const MessageArg& arg : asked.estimate.verdict.text.args)
    spare = spare || (arg.name == "free" && arg.number > 0);
  CHECK(spare);
}
