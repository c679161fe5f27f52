// What the estimator costs, natively and as WebAssembly. Prints figures; judges none.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/catalog/front.h"
#include "core/estimate.h"

#ifdef __EMSCRIPTEN__
#include <emscripten/heap.h>
#endif

namespace headroom {
namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The shortest of several runs, in seconds: what the work costs when nothing else runs.
template <class Work>
double shortest(int runs, const Work& work) {
  double best = 1e9;
  for (int run = 0; run < runs; ++run) {
    const double begin = seconds_now();
    work();
    best = std::min(best, seconds_now() - begin);
  }
  return best;
}

// `budget` is what is aimed for, in words; empty where nothing is.
void print(const char* what, double figure, const char* unit, const char* budget = "") {
  std::printf("  %-58s %12.2f %-4s %s\n", what, figure, unit, budget);
}

// Estimates per second of one prepared scenario while its context moves, as under a slider.
void measure_estimates(Front& front, const char* name, const ScenarioSpec& spec) {
  const Result<Answer> answer = front.estimate(spec);
  if (!answer) {
    std::printf("  %s: %s\n", name, answer.error().message.c_str());
    return;
  }
  const ResolvedScenario& scenario = answer->scenario;
  const Prepared prepared = prepare(*answer->model, *answer->weights, *scenario.engine, scenario.system,
                                    scenario.settings, front.catalog().calibration(), {}, Precision::simulated);
  constexpr int kEstimates = 50000;
  Settings settings = scenario.settings;
  std::uint64_t checksum = 0;
  const double time = shortest(5, [&] {
    for (int i = 0; i < kEstimates; ++i) {
      settings.cache.context = 1024 + 64 * static_cast<std::uint32_t>(i % 512);
      checksum += estimate(prepared, settings).placement.total().value();
    }
  });
  const std::string what = std::string("estimates, ") + name + (checksum == 0 ? " (empty)" : "");
  print(what.c_str(), kEstimates / time / 1e6, "M/s", "(budget 1)");
}

ScenarioSpec scenario(const char* model, const char* device, std::uint32_t count, const char* format,
                      const char* engine) {
  ScenarioSpec spec;
  spec.model = model;
  spec.hardware.device.id = device;
  spec.hardware.device.count = count;
  if (format != nullptr) spec.quantization = format;
  spec.engine = engine;
  return spec;
}

int run(const char* pack_file) {
  std::ifstream file(pack_file, std::ios::binary);
  const std::vector<char> content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::vector<std::uint8_t> pack(content.begin(), content.end());
  print("facts", static_cast<double>(pack.size()) / 1e3, "kB");
  print("catalog load", shortest(5, [&] { (void)Catalog::load(pack); }) * 1e3, "ms", "(budget 15)");
  const auto catalog = Catalog::load(pack);
  if (!catalog) {
    std::fprintf(stderr, "%s: %s\n", pack_file, catalog.error().message.c_str());
    return 1;
  }
  Front front(**catalog);

  measure_estimates(front, "8B dense on one card",
                    scenario("llama-3.1-8b", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp"));
  measure_estimates(front, "30B experts, partly on the host",
                    scenario("qwen3-30b-a3b", "nvidia-rtx-4060-8gb", 1, "Q4_K_M", "llama.cpp"));
  measure_estimates(front, "405B on eight cards", scenario("llama-3.1-405b", "nvidia-h20-96gb", 8, "FP8", "vllm"));
  measure_estimates(front, "9B hybrid that sees, on eight cards",
                    scenario("qwen3.5-9b", "nvidia-h20-96gb", 8, "BF16", "vllm"));

  const ScenarioSpec asked = scenario("", "nvidia-rtx-4090-24gb", 1, nullptr, "llama.cpp");
  const double first = seconds_now();
  (void)front.rank_models(asked);
  print("first ranking of all models (prepares every profile)", (seconds_now() - first) * 1e3, "ms");
  print("ranking of all models at their best format, 5 workloads",
        shortest(5,
                 [&] {
                   for (const WorkloadEntry& workload : front.catalog().workloads()) {
                     ScenarioSpec spec = asked;
                     spec.workload = WorkloadSpec{};
                     spec.workload->id = workload.workload.id;
                     (void)front.rank_models(spec);
                   }
                 }) *
            1e3,
        "ms", "(budget 16)");
#ifdef __EMSCRIPTEN__
  print("WebAssembly memory after all this", static_cast<double>(emscripten_get_heap_size()) / 1e6, "MB",
        "(budget 64)");
#endif
  return 0;
}

}  // namespace
}  // namespace headroom

int main(int argc, char** argv) { return headroom::run(argc > 1 ? argv[1] : HEADROOM_PACK); }
