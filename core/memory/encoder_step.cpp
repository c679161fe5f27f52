#include "core/memory/encoder_step.h"

#include <algorithm>

#include "core/memory/element_sizes.h"

namespace headroom {
namespace {

// Hidden rows alive beside the feed-forward's: two servers of Qwen3.5-9B on one card left 2.0 GiB beside weights and
// cache at batches of 4096 and 6144, so that the image's 65536 patches took 1.87 of them
// (tests/truth/memory-logs/vllm_pools.csv).
constexpr std::uint64_t kEncoderRows = 6;

}  // namespace

EncoderStep encoder_step(const ModelProfile& model, const Engine& engine, const CacheSettings& cache,
                         std::uint32_t ranks) {
  EncoderStep step;
  const VisionStep& tower = model.arch.vision_step;
  const EncodedItem* item = tower.type.empty() ? nullptr : engine.encoded_item(tower.type);
  if (item == nullptr) return step;
  std::uint64_t tokens = item->tokens, patches = item->patches;
  if (item->fills_context && cache.context < tokens) {
    patches = patches * cache.context / tokens;
    tokens = cache.context;
  }
  step.items = std::max<std::uint64_t>(cache.batch / std::max<std::uint64_t>(tokens, 1), 1);
  step.tokens = tokens * step.items;
  step.patches = patches * step.items;
  step.values =
      divide_up(std::uint64_t{tower.ffn} * (tower.gated ? 3 : 2), std::max(ranks, 1U)) + kEncoderRows * tower.hidden;
  step.peak = Bytes(step.patches) * step.values * kHalf;
  step.outputs = Bytes(step.tokens) * model.arch.hidden * kHalf;
  return step;
}

}  // namespace headroom
