// Caches that vLLM logged for a stated share of the card, asked end to end: every row of
// tests/truth/memory-logs/vllm_logs.csv that states the card, the share and an activation peak. The rules were read off
// some of these very rows; the 70B and Mistral Small were asked only afterwards.
#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;

TEST_CASE("the cache that vLLM fits into nine tenths of a card is near the one it logged") {
  struct Logged {
    const char* model;
    const char* device;
    const char* format;
    std::uint32_t ranks, context;
    double share, kv_gib, peak_gib;  // of one rank
    double kv_within, peak_within;
  };
  constexpr const char* kH100 = "nvidia-h100-sxm-80gb";
  constexpr Logged kLogged[] = {
      {"qwen3-0.6b", kH100, "BF16", 1, 16000, 0.9, 64.45, 5.56, 0.05, 0.03},
      {"qwen3-32b", kH100, "BF16", 1, 16000, 0.9, 4.45, 5.64, 0.05, 0.03},
      {"qwen3-32b", kH100, "BF16", 2, 16000, 0.9, 34.49, 5.64, 0.05, 0.03},
      {"gpt-oss-20b", kH100, "MXFP4", 1, 16000, 0.9, 50.28, 7.38, 0.05, 0.03},
      {"llama-3.3-70b-instruct", kH100, "FP8-channel", 2, 16000, 0.9, 32.0, 4.84, 0.05, 0.03},
      // Misses, held where they are. Its weights take 64.4 GiB once loaded and 60.8 in the file; the logged parts
      // exceed the share of the card, so that some of them overlap.
      {"gpt-oss-120b", kH100, "MXFP4", 1, 16000, 0.9, 3.33, 7.38, 0.2, 0.03},
      // Its profiled step was small: a peak of 2.1 GiB where 1,024 sequences would be sampled in 4.9.
      {"mistral-small-3.2-24b", kH100, "BF16", 1, 16000, 0.95, 28.2, 2.12, 0.12, 1.4},
      // A build of 2025 for ROCm whose peak is three times what the rules give.
      {"llama-3.1-8b-instruct", "amd-mi300x-192gb", "BF16", 1, 131072, 0.9, 142.19, 14.63, 0.1, 0.7},
  };
  for (const Logged& logged : kLogged) {
    CAPTURE(logged.model);
    ScenarioSpec spec = scenario(logged.model, logged.device, logged.ranks, logged.format, "vllm");
    spec.hardware.usable_fraction = logged.share;
    spec.context = logged.context;
    const Answer asked = answer(spec);
    const DeviceShare& share = asked.estimate.placement.devices[0];
    const double gib = gibibytes(1).as_double();
    CHECK(share.compute.as_double() / gib == doctest::Approx(logged.peak_gib).epsilon(logged.peak_within));
    CHECK(share.kv.as_double() / gib == doctest::Approx(logged.kv_gib).epsilon(logged.kv_within));
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
