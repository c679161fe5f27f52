// What a layer costs, by its kind, on models whose layers are known.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/speed/cost.h"
#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;

namespace {

ModelCost cost_of(const char* model) {
  const Answer a = answer(scenario(model, "nvidia-b200-sxm-180gb", 1, "Q8_0", "llama.cpp"));
  return make_model_cost(*a.model, *a.weights);
}

bool any(const ModelCost& cost, bool LayerCost::*what) {
  return std::any_of(cost.groups.begin(), cost.groups.end(), [&](const LayerCost& layer) { return layer.*what; });
}

}  // namespace

TEST_CASE("Shared experts and dense networks stand beside routed experts, and nothing beside those of Qwen3 MoE") {
  CHECK(any(cost_of("qwen3.6-35b-a3b"), &LayerCost::beside_experts));
  CHECK(any(cost_of("gemma-4-26b-a4b-it"), &LayerCost::beside_experts));
  CHECK_FALSE(any(cost_of("qwen3-30b-a3b"), &LayerCost::beside_experts));
  CHECK_FALSE(any(cost_of("llama-3.1-8b"), &LayerCost::beside_experts));
}

TEST_CASE("A short convolution is no recurrence; the delta rule works more on an element of its state than Mamba") {
  const ModelCost convolution = cost_of("lfm2-8b-a1b");
  CHECK_FALSE(any(convolution, &LayerCost::recurs));
  const auto flops_per_byte = [](const ModelCost& cost) {
    double most = 0;
    for (const LayerCost& layer : cost.groups) {
      if (layer.recurs) most = std::max(most, layer.recurrence_flops.value() / layer.state_bytes.value());
    }
    return most;
  };
  const double delta = flops_per_byte(cost_of("qwen3.6-35b-a3b")),
               mamba = flops_per_byte(cost_of("nemotron-3-nano-4b"));
  CHECK(mamba > 0);
  // 7 operations against 5, beside the window of the convolution, which is read too.
  CHECK(delta == doctest::Approx(1.4 * mamba).epsilon(0.03));
}
