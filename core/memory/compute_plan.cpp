#include "core/memory/compute_plan.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace headroom {
namespace {

constexpr std::uint64_t kAlignment = 64;

}  // namespace

std::vector<std::uint32_t> representative_layers(const ModelProfile& model) {
  constexpr std::uint32_t kEnds = 2;
  constexpr std::uint32_t kOccurrences = 2;
  const std::uint32_t count = model.layer_count();
  std::map<std::tuple<int, int, int>, std::uint32_t> seen;
  std::vector<std::uint32_t> layers;
  const auto group = [&](std::uint32_t layer) { return layer < count ? int{model.group_of_layer[layer]} : -1; };
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto neighbourhood = std::make_tuple(i == 0 ? -1 : group(i - 1), group(i), group(i + 1));
    if (++seen[neighbourhood] <= kOccurrences || i < kEnds || i + kEnds >= count) layers.push_back(i);
  }
  return layers;
}

ComputePlanner::ComputePlanner(const ModelProfile& model)
    : model_(model), layers_(representative_layers(model)), tensors_(collect_layer_tensors(model.inventory, layers_)) {
  // Scores larger than a chunk take a chunk of their own. Where every layer attends and its norms are the plain kind,
  // a tensor of the layer lands in that chunk, and the next layer's scores need a second one; which orders of nodes do
  // is taken from the planned allocations (tests/truth/llama-cpp, device vulkan).
  const GraphTraits traits = gguf_graph_traits(model.arch.gguf_arch);
  second_scores_ = traits.order == BlockOrder::sequential && !traits.score_softcap;
  for (const LayerTensors& t : tensors_) {
    const bool bare = t.has("attn_qkv.weight") && !t.has("attn_qkv.bias");
    const bool attends = t.has("attn_q.weight") || t.has("attn_qkv.weight") || t.has("attn_kv_a_mqa.weight");
    const bool plain = t.has("attn_norm.weight") && !t.has("attn_norm.bias") && !t.has("indexer.proj.weight");
    if (!attends || bare || !plain) second_scores_ = false;
  }
}

Bytes ComputePlanner::plan(const StepShape& step, std::uint64_t max_chunk) const {
  Skeleton skeleton(model_, step);
  skeleton.build(layers_, tensors_);
  BestFitAllocator allocator(kAlignment, max_chunk);
  Bytes peak = skeleton.graph().peak(allocator);
  if (max_chunk != 0 && !step.flash_attention && second_scores_) {
    const Bytes scores = Bytes(4) * model_.most_heads() * step.full_cells * step.tokens;
    if (scores >= Bytes(max_chunk)) peak += scores;
  }
  return peak;
}

}  // namespace headroom
