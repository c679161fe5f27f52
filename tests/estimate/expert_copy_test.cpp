// Experts on the host: llama.cpp's buffer on the device holds a copy of one of their tensors.
#include <doctest/doctest.h>

#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;

// llama.cpp b5269 and b5271 with -ot, as logged in https://github.com/ikawrakow/ik_llama.cpp/discussions/357: 774.00
// MiB on a device with experts on the host, 304.75 on the next, which keeps its own, and no copies for a pipeline on
// either.
TEST_CASE("the buffer of a device whose experts are on the host is the one logged") {
  ScenarioSpec spec = scenario("qwen3-235b-a22b", "nvidia-h100-sxm-80gb", 1, "Q6_K", "llama.cpp");
  spec.context = 16384;
  spec.ubatch = 512;
  spec.parallel = 1;
  spec.flash_attention = true;
  spec.kv_k = spec.kv_v = "q8_0";
  spec.cpu_moe_layers = 90;
  const Answer one = answer(spec);
  CHECK(mib(one.estimate.placement.devices[0].compute) == doctest::Approx(774.0).epsilon(0.001));

  spec.hardware.device.count = 2;
  spec.cpu_moe_layers = 40;
  const Answer two = answer(spec);
  REQUIRE(two.estimate.placement.devices.size() == 2);
  REQUIRE(two.estimate.placement.devices[1].expert_layers_on_host == 0);
  CHECK(mib(two.estimate.placement.devices[0].compute) == doctest::Approx(774.0).epsilon(0.001));
  // Three rows of embeddings that only the first device has, and the mask's room below the logits, are counted too
  // much.
  CHECK(mib(two.estimate.placement.devices[1].compute) == doctest::Approx(304.75 + 40).epsilon(0.01));
}

TEST_CASE("what decides to move experts counts the copy") {
  for (const char* device : {"nvidia-rtx-4090-24gb", "nvidia-rtx-3090-24gb"}) {
    for (const std::uint32_t count : {1U, 2U}) {
      ScenarioSpec spec = scenario("gpt-oss-120b", device, count, "MXFP4_MOE", "llama.cpp");
      const Answer asked = answer(spec);
      CAPTURE(device);
      if (asked.estimate.placement.status == FitStatus::does_not_fit) continue;
      for (const DeviceShare& share : asked.estimate.placement.devices) CHECK(share.total() <= share.usable);
    }
  }
}
