#include "core/catalog/import/hf/vision.h"

#include "core/model/parameters.h"

namespace headroom::hf {

std::uint64_t vision_params(Fields& vision, std::uint32_t hidden) {
  Tower tower;
  tower.layers = vision.get({"num_hidden_layers", "depth", "layers"}, 0, kMostLayers);
  tower.hidden = vision.get({"embed_dim", "hidden_size", "width"}, 0, kMostWidth);
  if (tower.layers == 0 || tower.hidden == 0) return 0;
  const std::uint32_t ratio = vision.get({"mlp_ratio"}, 4, kMostHeads);
  tower.ffn = vision.get({"intermediate_size"}, ratio * tower.hidden, kMostWidth);
  tower.heads = vision.get({"num_attention_heads", "num_heads"}, 1, kMostHeads);
  if (tower.heads == 0) tower.heads = 1;
  tower.kv_heads = tower.heads;
  tower.head_dim = vision.get({"head_dim"}, tower.hidden / tower.heads, kMostWidth);
  tower.channels = vision.get({"num_channels", "in_channels", "in_chans"}, 3, kMostHeads);
  tower.temporal = vision.get({"temporal_patch_size"}, 1, kMostHeads);
  tower.patch = vision.get({"patch_size"}, 14, kMostWidth);
  tower.patch_bias = true;
  const std::uint32_t side = tower.patch == 0 ? 0 : vision.get({"image_size"}, 0, kMostWidth) / tower.patch;
  const std::uint64_t positions = std::uint64_t{side} * side;
  tower.positions = positions > kMostTokens ? 0 : static_cast<std::uint32_t>(positions);
  tower.gated = vision.text({"hidden_act"}).value_or("") == "silu";
  const std::uint64_t merge = vision.get({"spatial_merge_size"}, 1, kMostHeads);
  const std::uint64_t joined = merge * merge * tower.hidden;
  const std::uint64_t inner = merge > 1 ? joined : hidden;
  return tower_params(tower) + joined * inner + inner + inner * hidden + hidden;
}

}  // namespace headroom::hf
