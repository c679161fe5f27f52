// Loads of llama.cpp with layers on the host, as their logs state them.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;

namespace {

struct LoggedLoad {
  const char* model;
  const char* format;
  std::int32_t gpu_layers;  // of "offloaded 40/41 layers to GPU"
  std::uint32_t context, sequences;
  const char* kv_type;
  bool flash_attention;
  double weights, kv, host_kv, compute, compute_over;  // MiB; and how much more of the last is estimated at most
};

}  // namespace

TEST_CASE("the output is the first layer that llama.cpp moves, and a device computes what the host holds") {
  // Rows of embeddings that older builds did not copy to a device that holds no first layer are counted too much: up to
  // four, where the logits do not hide them.
  constexpr LoggedLoad kLogged[] = {
      // b8133 on an RTX 5070, "offloaded 40/41 layers"
      {"mistral-nemo-base-2407", "Q4_K_M", 40, 8192, 4, "q8_0", true, 6597.68, 663.0, 17.0, 266.0, 50},
      // b8179 on an RTX 3060 Laptop, "offloaded 35/37 layers"
      {"qwen2.5-3b-instruct", "Q4_K_M", 35, 2048, 4, "f16", true, 1740.74, 68.0, 4.0, 300.75, 20},
      // b5285 on a GTX 1660 Ti, "offloaded 0/37 layers"
      {"qwen3-4b", "Q6_K", 0, 4096, 1, "f16", false, 0, 0, 576.0, 606.03, 0.1},
  };
  for (const LoggedLoad& logged : kLogged) {
    CAPTURE(logged.model);
    ScenarioSpec spec = scenario(logged.model, "nvidia-h100-sxm-80gb", 1, logged.format, "llama.cpp");
    spec.parallel = logged.sequences;
    spec.kv_unified = logged.sequences > 1;
    spec.context = logged.context / logged.sequences;
    spec.kv_k = spec.kv_v = logged.kv_type;
    spec.flash_attention = logged.flash_attention;
    spec.gpu_layers = logged.gpu_layers;
    const Placement placement = answer(spec).estimate.placement;
    CHECK(static_cast<std::int32_t>(placement.gpu_layers) == logged.gpu_layers);
    CHECK(mib(placement.devices[0].weights) == doctest::Approx(logged.weights).epsilon(0.001));
    CHECK(mib(placement.devices[0].kv) == doctest::Approx(logged.kv).epsilon(0.001));
    CHECK(mib(placement.host.kv) == doctest::Approx(logged.host_kv).epsilon(0.001));
    CHECK(mib(placement.devices[0].compute) >= logged.compute - 0.1);
    CHECK(mib(placement.devices[0].compute) <= logged.compute + logged.compute_over);
  }
}

TEST_CASE("a device that holds nothing converts the cache of the layers it computes") {
  // A log of llama-server under Ollama, September 2026, "offloaded 0/66 layers": 1959.73 MiB.
  ScenarioSpec spec = scenario("qwen3.6-27b", "nvidia-h100-sxm-80gb", 1, "Q4_K_M", "llama.cpp");
  spec.context = 262144;
  spec.kv_k = spec.kv_v = "q8_0";
  spec.logits = LogitRows::last;
  spec.gpu_layers = 0;
  const Answer asked = answer(spec);
  const DeviceShare& share = asked.estimate.placement.devices[0];
  CHECK(mib(asked.estimate.placement.host.kv) == doctest::Approx(8704.0));
  // The copy in 16 bit is told with the engine.
  const Bytes copy = Bytes(2ULL * 4 * 256 * 2) * 262144;
  CHECK(mib(share.compute + copy) == doctest::Approx(1959.73).epsilon(0.04));
  spec.kv_k = spec.kv_v = "f16";
  CHECK(share.engine - answer(spec).estimate.placement.devices[0].engine == copy);
}

TEST_CASE("a device that computes the layers of the host holds a copy of a layer's cache") {
  ScenarioSpec spec = scenario("llama-3.1-8b-instruct", "nvidia-rtx-4090-24gb", 1, "Q8_0", "llama.cpp");
  spec.context = 131072;
  spec.gpu_layers = 10;
  const Placement few = answer(spec).estimate.placement;
  spec.gpu_layers = 33;
  const Placement all = answer(spec).estimate.placement;
  const Bytes layer_cache = Bytes(2ULL * 8 * 128 * 2) * 131072;
  CHECK(few.devices[0].compute >= layer_cache);
  CHECK(few.devices[0].compute > all.devices[0].compute);
  // A batch too small to be worth the copies stays on the host.
  spec.gpu_layers = 0;
  spec.ubatch = spec.batch = 16;
  CHECK(answer(spec).estimate.placement.devices[0].compute == Bytes(0));
}

TEST_CASE("where the host helps, the largest context and number of sequences are the last that run at all") {
  struct Machine {
    const char* model;
    const char* device;
    std::uint32_t count;
    std::uint64_t host_gib;
  };
  // Experts that leave for a host with and without room for more of them; whole layers; two cards.
  constexpr Machine kMachines[] = {
      {"qwen3-30b-a3b", "nvidia-rtx-4070-12gb", 1, 28},
      {"qwen3-30b-a3b", "nvidia-rtx-4070-12gb", 1, 256},
      {"llama-3.3-70b-instruct", "nvidia-rtx-4090-24gb", 1, 64},
      {"glm-4.5-air", "nvidia-rtx-3090-24gb", 2, 64},
      {"qwen3-32b", "nvidia-rtx-3060-12gb", 1, 32},
  };
  constexpr std::uint32_t kStep = 256;  // contexts are told apart by this many tokens
  for (const Machine& machine : kMachines) {
    CAPTURE(machine.model);
    CAPTURE(machine.host_gib);
    ScenarioSpec spec = scenario(machine.model, machine.device, machine.count, "Q4_K_M", "llama.cpp");
    if (std::string_view(machine.model) == "qwen3-30b-a3b") spec.quantization = "Q8_0";
    spec.hardware.host.memory_bytes = machine.host_gib << 30U;
    spec.context = 4096;
    const Answer first = answer(spec);
    const Placement& placed = first.estimate.placement;
    REQUIRE(placed.status == FitStatus::offload);
    const auto runs = [&spec](std::uint32_t context, std::uint32_t sequences) {
      spec.context = context;
      spec.parallel = sequences;
      return answer(spec).estimate.placement.status == FitStatus::offload;
    };
    CHECK(runs(placed.safe_context, 1));
    if (placed.safe_context < first.model->arch.max_context) CHECK_FALSE(runs(placed.safe_context + kStep, 1));
    CHECK(runs(4096, placed.max_parallel));
    // Experts alone make the room for sequences while they can.
    if (placed.max_parallel < kMostSequences && placed.gpu_layers < first.model->layer_count()) {
      CHECK_FALSE(runs(4096, placed.max_parallel + 1));
    }
    // The answer does not depend on the context that was asked about.
    spec.parallel = 1;
    spec.context = placed.safe_context / 2;
    CHECK(answer(spec).estimate.placement.safe_context == placed.safe_context);
  }
}

TEST_CASE("a cache in the host's memory is read there") {
  ScenarioSpec spec = scenario("llama-3.1-8b-instruct", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp");
  spec.context = 65536;
  spec.workload = WorkloadSpec{};
  spec.workload->output = 128;
  spec.workload->cached_prefix = 60000;
  spec.kv_on_host = true;
  const Answer there = answer(spec);
  const double cached = 60064.0 * 32 * 2 * 8 * 128 * 2;  // bytes: tokens x layers x K and V x heads x width x 2
  const double fastest = there.scenario.system.host.bandwidth.value() / cached;
  CHECK(there.estimate.speed.decode_tok_s.p50 < fastest);
  CHECK(there.estimate.speed.decode_step.kv.value() == 0);
  spec.kv_on_host = false;
  CHECK(answer(spec).estimate.speed.decode_tok_s.p50 > 3 * there.estimate.speed.decode_tok_s.p50);
  // A prompt's attention runs there too.
  spec.workload->prompt = 16384;
  spec.workload->cached_prefix = 0;
  const double on_device = answer(spec).estimate.speed.prefill_tok_s.p50;
  spec.kv_on_host = true;
  CHECK(answer(spec).estimate.speed.prefill_tok_s.p50 < on_device);
}
