// What multi-token prediction gains, against servers that ran with it and without. The times per token are those of
// ai-dynamo/aiconfigurator (source 30 of data/measurements), the same engine, weeks and split; nothing is fitted to
// the runs with it.
#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;

namespace {

struct Pair {
  const char* model;
  const char* device;
  std::uint32_t count;
  const char* engine;
  std::uint32_t output, parallel;
  double without_ms, with_ms;
};

constexpr const char* kH200 = "nvidia-h200-sxm-141gb";
constexpr const char* kB200 = "nvidia-b200-sxm-180gb";
constexpr Pair kPairs[] = {
    {"deepseek-r1", kH200, 8, "tensorrt-llm", 8192, 4, 13.67, 7.11},
    {"deepseek-r1", kH200, 8, "tensorrt-llm", 8192, 8, 15.93, 9.33},
    {"deepseek-r1", kH200, 8, "tensorrt-llm", 8192, 16, 19.52, 11.39},
    {"deepseek-r1", kH200, 8, "tensorrt-llm", 8192, 32, 25.24, 15.82},
    {"deepseek-r1", kH200, 8, "tensorrt-llm", 8192, 64, 32.10, 19.41},
    {"deepseek-r1", kB200, 8, "tensorrt-llm", 8192, 4, 10.13, 4.37},
    {"deepseek-r1", kB200, 8, "tensorrt-llm", 8192, 8, 10.50, 5.87},
    {"deepseek-r1", kB200, 8, "tensorrt-llm", 8192, 16, 12.82, 7.55},
    {"deepseek-r1", kB200, 8, "tensorrt-llm", 8192, 32, 16.41, 9.49},
    {"deepseek-r1", kB200, 8, "tensorrt-llm", 8192, 64, 22.35, 12.20},
    {"deepseek-r1", kB200, 8, "sglang", 8192, 4, 8.64, 5.76},
    {"deepseek-r1", kB200, 8, "sglang", 8192, 16, 12.84, 9.86},
    {"deepseek-r1", kB200, 8, "sglang", 8192, 64, 21.95, 18.01},
    {"qwen3.5-397b-a17b", kB200, 4, "sglang", 1024, 4, 9.94, 6.33},
    {"qwen3.5-397b-a17b", kB200, 4, "sglang", 1024, 16, 14.33, 10.02},
    {"qwen3.5-397b-a17b", kB200, 4, "sglang", 1024, 64, 23.54, 18.39},
};

double estimated_gain(const Pair& pair) {
  ScenarioSpec spec = scenario(pair.model, pair.device, pair.count, "FP8", pair.engine);
  spec.context = 1024 + pair.output;
  spec.parallel = pair.parallel;
  spec.workload = WorkloadSpec{{}, 1024, pair.output, 0};
  const double without = answer(spec).estimate.speed.decode_tok_s.p50;
  spec.speculation = Speculation{.kind = SpeculationKind::mtp};
  return answer(spec).estimate.speed.decode_tok_s.p50 / without;
}

}  // namespace

TEST_CASE("Multi-token prediction gains what it was measured to gain") {
  std::vector<double> errors;
  for (const Pair& pair : kPairs) {
    CAPTURE(pair.engine);
    CAPTURE(pair.parallel);
    const double error = std::fabs(estimated_gain(pair) / (pair.without_ms / pair.with_ms) - 1);
    CHECK(error < 0.5);
    errors.push_back(error);
  }
  std::sort(errors.begin(), errors.end());
  const double median = errors[errors.size() / 2];
  MESSAGE("gain of multi-token prediction: median error ", median * 100, " % over ", errors.size(), " pairs");
  CHECK(median < 0.2);
}

TEST_CASE("Multi-token prediction gains less the more sequences there are") {
  Pair pair = {"qwen3.5-397b-a17b", kB200, 4, "sglang", 1024, 32, 0, 0};
  double before = estimated_gain(pair);
  for (pair.parallel = 64; pair.parallel <= 256; pair.parallel *= 2) {
    const double gain = estimated_gain(pair);
    CHECK(gain < before);
    before = gain;
  }
}
