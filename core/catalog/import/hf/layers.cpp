#include "core/catalog/import/hf/layers.h"

#include <algorithm>
#include <array>

namespace headroom::hf {
namespace {

struct Word {
  std::string_view word;
  LayerKind kind;
};
constexpr std::array<Word, 16> kWords{{
    {"full_attention", LayerKind::full},
    {"attention", LayerKind::full},
    {"global", LayerKind::full},
    {"sliding_attention", LayerKind::sliding},
    {"sliding_window_attention", LayerKind::sliding},
    {"local", LayerKind::sliding},
    {"chunked_attention", LayerKind::chunked},
    {"linear_attention", LayerKind::linear},
    {"conv", LayerKind::conv},
    {"mamba", LayerKind::ssm},
    {"mamba2", LayerKind::ssm},
    {"recurrent", LayerKind::ssm},
    {"hybrid", LayerKind::ssm},
    {"mlp", LayerKind::mlp},
    {"moe", LayerKind::moe},
    {"sparse_attention", LayerKind::full},
}};

LayerKind kind_of(const std::string& word, LayerPlan& plan) {
  for (const Word& known : kWords) {
    if (known.word == word) return known.kind;
  }
  if (std::find(plan.unknown.begin(), plan.unknown.end(), word) == plan.unknown.end()) plan.unknown.push_back(word);
  return LayerKind::full;
}

// "MEMEM*": one letter per layer, each either a mixer or a feed-forward part.
bool read_pattern(Fields& config, LayerPlan& plan) {
  const auto pattern = config.text({"hybrid_override_pattern"});
  if (!pattern) return false;
  plan.alone = true;
  plan.kinds.clear();
  for (const char letter : *pattern) {
    switch (letter) {
      case 'M': plan.kinds.push_back(LayerKind::ssm); break;
      case '*': plan.kinds.push_back(LayerKind::full); break;
      case '-': plan.kinds.push_back(LayerKind::mlp); break;
      case 'E': plan.kinds.push_back(LayerKind::moe); break;
      default: break;
    }
  }
  return true;
}

// A word per layer; a shorter list repeats (RecurrentGemma).
bool read_words(Fields& config, std::uint32_t layers, LayerPlan& plan) {
  const auto words =
      config.words({"layer_types", "layers_block_type", "block_types", "_block_types", "attention_layers"});
  if (words.empty()) return false;
  plan.kinds.clear();
  for (std::uint32_t i = 0; i < layers; ++i) plan.kinds.push_back(kind_of(words[i % words.size()], plan));
  const auto separate = [](LayerKind kind) { return kind == LayerKind::mlp || kind == LayerKind::moe; };
  plan.alone = std::any_of(plan.kinds.begin(), plan.kinds.end(), separate);
  return true;
}

// Numbers per layer or lists of layer numbers; `rest` is what the unlisted layers are.
bool read_lists(Fields& config, std::uint32_t layers, LayerPlan& plan) {
  const auto mark = [&](const std::vector<std::uint32_t>& listed, LayerKind kind, LayerKind rest, std::uint32_t base) {
    plan.kinds.assign(layers, rest);
    for (const std::uint32_t i : listed) {
      if (i >= base && i - base < layers) plan.kinds[i - base] = kind;
    }
  };
  if (const nlohmann::json* linear = config.object({"linear_attn_config"})) {  // Kimi Linear counts layers from 1
    Fields inner(*linear, config.path_of("linear_attn_config"));
    mark(inner.numbers({"full_attn_layers"}, kMostLayers), LayerKind::full, LayerKind::linear, 1);
    return true;
  }
  if (config.has({"full_attn_idxs"})) {  // LFM2
    mark(config.numbers({"full_attn_idxs"}, kMostLayers), LayerKind::full, LayerKind::conv, 0);
    return true;
  }
  if (config.has({"attn_layer_indices"})) {  // Bamba
    mark(config.numbers({"attn_layer_indices"}, kMostLayers), LayerKind::full, LayerKind::ssm, 0);
    return true;
  }
  if (config.has({"cross_attention_layers"})) {  // Llama 3.2 Vision
    mark(config.numbers({"cross_attention_layers"}, kMostLayers), LayerKind::cross, LayerKind::full, 0);
    return true;
  }
  const auto per_layer = [&](Names names, LayerKind zero, LayerKind one) {
    const auto flags = config.numbers(names, 1);
    for (std::uint32_t i = 0; i < layers; ++i) plan.kinds[i] = i < flags.size() && flags[i] != 0 ? one : zero;
  };
  if (config.has({"attn_type_list"})) {  // MiniMax-01
    per_layer({"attn_type_list"}, LayerKind::linear, LayerKind::full);
    return true;
  }
  if (config.has({"hybrid_layer_pattern"})) {  // MiMo V2
    per_layer({"hybrid_layer_pattern"}, LayerKind::full, LayerKind::sliding);
    return true;
  }
  return false;
}

// One full layer in every `period`, the last or the layer at `offset`.
void every(std::uint32_t period, std::uint32_t offset, LayerKind full, LayerKind rest, LayerPlan& plan) {
  for (std::uint32_t i = 0; i < plan.kinds.size(); ++i) plan.kinds[i] = i % period == offset ? full : rest;
}

void read_periods(const Family& family, Fields& config, LayerPlan& plan) {
  if (const auto period = config.find({"full_attention_interval"}, kMostLayers); period.value_or(0) > 0) {
    every(*period, *period - 1, LayerKind::full, LayerKind::linear, plan);
    return;
  }
  if (const auto period = config.find({"attn_layer_period"}, kMostLayers); period.value_or(0) > 0) {  // Jamba
    every(*period, config.get({"attn_layer_offset"}, 0, kMostLayers) % *period, LayerKind::full, LayerKind::ssm, plan);
    return;
  }
  if (family.ssm != MixerKind::none) {
    plan.kinds.assign(plan.kinds.size(), LayerKind::ssm);
    return;
  }
  if (plan.window == 0) return;
  const LayerKind narrow = config.has({"attention_chunk_size"}) ? LayerKind::chunked : LayerKind::sliding;
  std::uint32_t period = config.get({"global_attn_every_n_layers"}, family.window_period, kMostLayers);
  // A number in Gemma 3 and Cohere 2, a text like "LLLG" in EXAONE 4
  if (!config.text({"sliding_window_pattern"})) period = config.get({"sliding_window_pattern"}, period, kMostLayers);
  if (period == 0) {
    const std::uint32_t first = config.get({"max_window_layers"}, 0, kMostLayers);
    const auto start = std::min<std::size_t>(first, plan.kinds.size());
    std::fill(plan.kinds.begin() + static_cast<std::ptrdiff_t>(start), plan.kinds.end(), narrow);
    return;
  }
  every(period, family.full_first ? 0 : period - 1, LayerKind::full, narrow, plan);
}

}  // namespace

LayerPlan plan_layers(const Family& family, std::uint32_t layers, Fields& config) {
  LayerPlan plan;
  plan.kinds.assign(layers, LayerKind::full);
  plan.window = config.get({"attention_chunk_size", "sliding_window", "sliding_window_size", "local_attention",
                            "attention_window_size", "window_size"},
                           0, kMostTokens);
  if (!config.flag({"use_sliding_window"}, !family.window_asked)) plan.window = 0;
  if (family.special == Special::deepseek_v4) {
    plan.kinds.assign(layers, LayerKind::compressed);
    return plan;
  }
  if (!read_pattern(config, plan) && !read_words(config, layers, plan) && !read_lists(config, layers, plan)) {
    read_periods(family, config, plan);
  }
  if (plan.kinds.size() != layers) {
    config.fail(config.path_of("hybrid_override_pattern") + ": " + std::to_string(plan.kinds.size()) +
                " layers are listed, but there are " + std::to_string(layers));
    plan.kinds.resize(layers, LayerKind::full);
  }
  return plan;
}

}  // namespace headroom::hf
