// What a publisher's checkpoint and an architecture make of the kernels that run.
#include "core/speed/cost.h"
#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;

namespace {

// Prompt tokens per second times parameters: how much of the device a prompt gets out of it.
double prompt_work(const char* model, const char* device, const char* format, std::uint32_t count = 1) {
  ScenarioSpec spec = scenario(model, device, count, format, "vllm");
  spec.workload = WorkloadSpec{"", 8192, 128, 0};
  const Answer given = answer(spec);
  return given.estimate.speed.prefill_tok_s.p50 * static_cast<double>(given.model->active_params);
}

}  // namespace

TEST_CASE("FP8 with a scale per block is multiplied in 16 bit where the engine has no product for it") {
  const auto blocks_to_tensor = [](const char* device) {
    return prompt_work("qwen3-8b", device, "FP8") / prompt_work("llama-3.1-8b", device, "FP8");
  };
  CHECK(blocks_to_tensor("nvidia-h100-sxm-80gb") > 0.6);
  CHECK(blocks_to_tensor("nvidia-dgx-spark-gb10-128gb") < 0.6);
  CHECK(blocks_to_tensor("nvidia-rtx-6000-ada-48gb") < 0.8);
}

TEST_CASE("Experts are multiplied in 16 bit on the Blackwell of cards") {
  const auto narrow_to_wide = [](const char* device) {
    return prompt_work("nemotron-3-nano-30b-a3b", device, "NVFP4") /
           prompt_work("nemotron-3-nano-30b-a3b", device, "BF16");
  };
  CHECK(narrow_to_wide("nvidia-dgx-spark-gb10-128gb") < 1.6);
  CHECK(narrow_to_wide("nvidia-b200-sxm-180gb") > 1.1);
}

TEST_CASE("Layers that use the choice of a layer before attend to no more than it chose") {
  const Answer given = answer(scenario("glm-5.2", "nvidia-b200-sxm-180gb", 8, "FP8", "sglang"));
  const ModelCost cost = make_model_cost(*given.model, *given.weights);
  double choosing = 0, using_it = 0;
  for (const LayerCost& layer : cost.groups) {
    CHECK(layer.window == 2048);
    (layer.indexed ? choosing : using_it) += layer.count;
    CHECK((layer.unbounded_elements > 0) == layer.indexed);
  }
  CHECK(choosing > 0);
  CHECK(using_it > 2 * choosing);
}

TEST_CASE("DeepSeek-V4's residual streams take time in every layer") {
  const Answer given =
      answer(scenario("deepseek-v4-flash", "amd-ryzen-ai-max-plus-395-128gb", 1, "IQ2_XXS", "llama.cpp"));
  const ModelCost cost = make_model_cost(*given.model, *given.weights);
  for (const LayerCost& layer : cost.groups) CHECK(layer.compresses);
  const StepTime& step = given.estimate.speed.decode_step;
  constexpr Seconds kOfUsualLayers{43 * 100e-6};
  CHECK(step.overhead > kOfUsualLayers);
}
