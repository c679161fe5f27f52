#include "core/catalog/import/hf/vision.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "core/model/parameters.h"

namespace headroom::hf {

namespace {

// What transformers takes where a tower's section is silent (configuration_pixtral.py, configuration_clip.py,
// configuration_siglip.py).
struct TowerDefaults {
  std::string_view model_type;
  std::uint32_t layers, hidden, ffn, heads, patch, image;
};
constexpr std::array<TowerDefaults, 3> kTowerDefaults{{{"pixtral", 24, 1024, 4096, 16, 16, 1024},
                                                       {"clip_vision_model", 12, 768, 3072, 12, 32, 224},
                                                       {"siglip_vision_model", 12, 768, 3072, 12, 16, 224}}};

TowerDefaults defaults_of(Fields& vision) {
  const std::string type = vision.text({"model_type"}).value_or("");
  for (const TowerDefaults& known : kTowerDefaults) {
    if (known.model_type == type) return known;
  }
  return {"", 0, 0, 0, 1, 14, 0};
}

// What the facts call a tower (data/models), by the model_type of its section or, where that names none, of the whole.
struct TowerType {
  std::string_view model_type;
  std::uint32_t image, patch, hidden;  // in pixels; 0: any
  std::string_view type;
};
constexpr std::array<TowerType, 14> kTowerTypes{{{"qwen2_5_vl", 0, 14, 0, "qwen2.5-vit"},
                                                 {"qwen3_vl", 0, 16, 0, "qwen3-vl-vit"},
                                                 {"qwen3_vl_moe", 0, 16, 0, "qwen3-vl-vit"},
                                                 {"qwen3_5", 0, 16, 0, "qwen3-vl-vit"},
                                                 {"qwen3_5_moe", 0, 16, 0, "qwen3-vl-vit"},
                                                 {"gemma3", 896, 14, 0, "siglip-so400m"},
                                                 {"siglip_vision_model", 896, 14, 0, "siglip-so400m"},
                                                 {"siglip_vision_model", 224, 14, 0, "siglip-so400m-224"},
                                                 {"gemma4_vision", 0, 16, 0, "gemma4-vit"},
                                                 {"gemma4", 0, 16, 0, "gemma4-vit"},
                                                 {"pixtral", 1540, 14, 0, "pixtral-vit"},
                                                 {"pixtral", 1024, 16, 0, "pixtral-vit-16"},
                                                 {"intern_vit_6b", 448, 14, 1024, "internvit-300m"},
                                                 {"internvl_vision", 448, 14, 1024, "internvit-300m"}}};

std::string type_of(std::string_view model_type, const Tower& tower, std::uint32_t image) {
  const auto agrees = [](std::uint32_t wanted, std::uint32_t found) { return wanted == 0 || wanted == found; };
  for (const TowerType& known : kTowerTypes) {
    if (known.model_type == model_type && agrees(known.image, image) && agrees(known.patch, tower.patch) &&
        agrees(known.hidden, tower.hidden))
      return std::string(known.type);
  }
  return {};
}

bool is_pixtral(Fields& vision) { return vision.text({"model_type"}).value_or("") == "pixtral"; }

// Qwen3-VL feeds what some layers see to the text stack, each through a projector of its own.
std::uint64_t deep_projectors(Fields& vision, std::uint64_t joined, std::uint64_t hidden) {
  const std::uint64_t count = vision.numbers({"deepstack_visual_indexes"}, kMostLayers).size();
  return count * (2 * joined + joined * joined + joined + joined * hidden + hidden);
}

// GLM-V names the width of its projector where others name that of the tower's own feed-forward part, which here is the
// text stack's.
bool is_glm(Fields& vision) { return vision.text({"model_type"}).value_or("").starts_with("glm4v"); }
std::uint64_t glm_projector(Fields& vision, std::uint64_t joined, std::uint64_t out) {
  constexpr std::uint64_t kMatrices = 3;  // gate, up and down
  const std::uint64_t width = vision.get({"intermediate_size"}, 0, kMostWidth);
  return joined * out + out + out * out + 2 * out + kMatrices * out * width;
}

// Llama 3.2 Vision: positions for every tile of every shape of image, and a projection of several layers' outputs.
std::uint64_t tile_params(Fields& vision, const Tower& tower, std::uint64_t hidden) {
  const std::uint64_t tiles = vision.get({"max_num_tiles"}, 0, kMostHeads);
  if (tiles == 0) return 0;
  constexpr std::uint64_t kShapes = 9;  // eight, and none
  const std::uint64_t table = kShapes * tiles * tower.hidden;
  const std::uint64_t output = vision.get({"vision_output_dim"}, 0, kMostWidth);
  return table * (tower.positions + std::uint64_t{1}) + 2 * table + output * hidden + hidden;
}

// llama.cpp warms towers that take pictures of any size up with a square of so many tokens, others with a picture of
// their size (clip.cpp, set_warmup_n_tokens).
constexpr std::uint32_t kTokensPerSide = 46, kTokensPerSideOfPixtral = 16;

VisionStep step_of(Fields& vision, const Tower& tower, std::uint64_t merge, std::uint64_t side) {
  const bool pixtral = is_pixtral(vision);
  if (pixtral || merge > 1) side = (pixtral ? kTokensPerSideOfPixtral : kTokensPerSide) * merge;
  VisionStep step;
  step.patches = VisionStep::square(side);
  step.patch = tower.patch;
  step.hidden = tower.hidden;
  step.ffn = tower.ffn;
  step.heads = tower.heads;
  step.deep = static_cast<std::uint32_t>(vision.numbers({"deepstack_visual_indexes"}, kMostLayers).size());
  step.gated = tower.gated;
  step.masked = !vision.numbers({"fullatt_block_indexes"}, kMostLayers).empty();
  return step;
}

// A norm, a matrix that joins patches, and two more into the text stack (transformers, modeling_mistral3.py).
std::uint64_t mistral3_projector(const Tower& tower, const SeenBy& model) {
  const std::uint64_t width = tower.hidden, out = model.hidden;
  const std::uint64_t joined = std::uint64_t{model.merge} * model.merge * width;
  const std::uint64_t biases = model.projector_bias ? 2 * out : 0;
  return width + joined * width + model.feature_layers * width * out + out * out + biases;
}

}  // namespace

SeenBy seen_by(Fields& model, Fields& outer, std::uint32_t hidden) {
  constexpr std::uint32_t kMergeOfMistral3 = 2;  // where it is silent (configuration_mistral3.py)
  SeenBy seen;
  seen.model_type = model.text({"model_type"}).value_or("");
  seen.hidden = hidden;
  seen.scale = outer.get({"scale_factor"}, 1, kMostHeads);
  if (!seen.is_mistral3()) return seen;
  seen.merge = model.get({"spatial_merge_size"}, kMergeOfMistral3, kMostHeads);
  seen.projector_bias = model.flag({"multimodal_projector_bias"}, false);
  const std::size_t layers = model.numbers({"vision_feature_layer"}, kMostLayers).size();
  seen.feature_layers = std::max(static_cast<std::uint32_t>(layers), 1U);
  return seen;
}

ImportedTower vision_tower(Fields& vision, const SeenBy& model) {
  const std::uint32_t hidden = model.hidden, scale = model.scale;
  const bool pixtral = is_pixtral(vision);
  const TowerDefaults silent = defaults_of(vision);
  Tower tower;
  tower.layers =
      vision.get({"num_hidden_layers", "depth", "layers", "vt_num_hidden_layers"}, silent.layers, kMostLayers);
  tower.hidden = vision.get({"embed_dim", "hidden_size", "width", "vt_hidden_size"}, silent.hidden, kMostWidth);
  if (tower.layers == 0 || tower.hidden == 0) return {};
  tower.layers += vision.get({"num_global_layers"}, 0, kMostLayers);
  const std::uint32_t ratio = static_cast<std::uint32_t>(vision.real({"mlp_ratio"}, 4, kMostHeads));
  const std::uint32_t wide = silent.ffn != 0 ? silent.ffn : ratio * tower.hidden;
  tower.ffn = vision.get({"intermediate_size", "vt_intermediate_size"}, wide, kMostWidth);
  if (is_glm(vision)) tower.ffn = vision.get({"out_hidden_size"}, tower.ffn, kMostWidth);
  tower.heads = vision.get({"num_attention_heads", "num_heads", "attention_heads", "vt_num_attention_heads"},
                           silent.heads, kMostHeads);
  if (tower.heads == 0) tower.heads = 1;
  tower.kv_heads = tower.heads;
  tower.head_dim = vision.get({"head_dim"}, tower.hidden / tower.heads, kMostWidth);
  tower.channels = vision.get({"num_channels", "in_channels", "in_chans"}, 3, kMostHeads);
  tower.temporal = vision.get({"temporal_patch_size"}, 1, kMostHeads);
  tower.patch = vision.get({"patch_size"}, silent.patch, kMostWidth);
  tower.patch_bias = !pixtral;
  const std::uint32_t image = vision.get({"image_size"}, silent.image, kMostWidth);
  const std::uint32_t side = tower.patch == 0 ? 0 : image / tower.patch;
  // Pixtral's positions are rotated, not learned.
  const std::uint64_t square = pixtral ? 0 : std::uint64_t{side} * side;
  const std::uint64_t given = std::uint64_t{vision.get({"init_pos_emb_height"}, 0, kMostWidth)} *
                              vision.get({"init_pos_emb_width"}, 0, kMostWidth);
  const std::uint64_t positions =
      std::max(given, std::max<std::uint64_t>(square, vision.get({"num_position_embeddings"}, 0, kMostTokens)));
  tower.positions = positions > kMostTokens ? 0 : static_cast<std::uint32_t>(positions);
  tower.gated = pixtral || vision.text({"hidden_act"}).value_or("") == "silu";
  if (pixtral) {  // modeling_pixtral.py
    tower.attention_bias = tower.key_bias = tower.mlp_bias = false;
    tower.norm = NormKind::rms;
    tower.pre_norm = true;
  }
  std::uint64_t merge = vision.get({"spatial_merge_size"}, 1, kMostHeads);
  const auto kernel = vision.numbers({"merge_kernel_size"}, kMostHeads);
  if (!kernel.empty()) merge = kernel[0];
  TowerFacts facts;
  facts.step = step_of(vision, tower, std::max<std::uint64_t>(merge, model.merge), side);
  facts.step.type = type_of(vision.text({"model_type"}).value_or(model.model_type), tower, image);
  const std::uint64_t joined = merge * merge * tower.hidden;
  const std::uint64_t inner = merge > 1 ? joined : hidden;
  const std::uint64_t common = joined * inner + inner + inner * hidden + hidden;
  const std::uint64_t scaled = std::uint64_t{scale} * scale * tower.hidden * hidden;  // one matrix (Idefics 3)
  const std::uint64_t tiles = tile_params(vision, tower, hidden);
  const std::uint64_t projector = model.is_mistral3() ? mistral3_projector(tower, model)
                                  : is_glm(vision)    ? glm_projector(vision, joined, hidden)
                                  : tiles != 0        ? tiles
                                  : scale > 1         ? scaled
                                                      : common;
  facts.params = tower_params(tower) + projector + deep_projectors(vision, joined, hidden);
  return {std::move(facts), !model.is_mistral3()};
}

std::uint64_t audio_params(Fields& audio, std::uint32_t hidden) {
  const std::uint64_t layers = audio.get({"encoder_layers", "num_hidden_layers"}, 0, kMostLayers);
  const std::uint64_t width = audio.get({"d_model", "hidden_size"}, 0, kMostWidth);
  const std::uint64_t ffn = audio.get({"encoder_ffn_dim", "intermediate_size"}, 0, kMostWidth);
  if (layers == 0 || width == 0 || ffn == 0) return 0;
  constexpr std::uint64_t kKernel = 3;  // of both convolutions over the mel bands
  const std::uint64_t mels = audio.get({"num_mel_bins"}, 128, kMostWidth);
  const std::uint64_t positions = audio.get({"max_source_positions"}, 1500, kMostTokens);
  const std::uint64_t attention = 4 * width * width + 3 * width;  // keys have no bias
  const std::uint64_t layer = attention + 2 * width * ffn + ffn + width + 4 * width;
  const std::uint64_t ends = (mels + width) * width * kKernel + 2 * width + positions * width + 2 * width;
  return layers * layer + ends + width * hidden + hidden;
}

}  // namespace headroom::hf
