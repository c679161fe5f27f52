// Mixers and feed-forward parts of one layer, from a config.json.
#pragma once

#include <cstdint>

#include "core/catalog/import/hf/family.h"
#include "core/catalog/import/hf/fields.h"
#include "core/catalog/import/hf/layers.h"
#include "core/model/architecture.h"

namespace headroom::hf {

// What a layer's parts are made from, read once.
struct Context {
  const Family& family;
  Fields& config;
  std::uint32_t hidden = 0;
  std::uint32_t layers = 0;
  std::uint32_t window = 0;
  std::uint8_t biases = 0;  // of the family and of the config
  QkNorm qk_norm = QkNorm::none;
  std::vector<std::uint32_t> heads, kv_heads;  // per layer
};

// Reads the biases, norms and head counts that all layers share.
[[nodiscard]] Context make_context(const Family& family, std::uint32_t hidden, std::uint32_t layers, Fields& config);

[[nodiscard]] Mixer make_mixer(Context& context, LayerKind kind, std::uint32_t layer);

// One Ffn per layer.
[[nodiscard]] std::vector<Ffn> make_ffns(Context& context, const LayerPlan& plan);

// Models found by a search state each layer's parts apart, in "block_configs" (Nemotron-NAS): heads that share a KV
// head, the width of the feed-forward part, and what is left out.
void read_block_heads(Context& context);
void read_block_kinds(Fields& config, LayerPlan& plan);
// The width at a layer; the fallback where it is not stated, 0 where the part is left out.
[[nodiscard]] std::uint32_t block_width(const Context& context, std::uint32_t layer, std::uint32_t fallback);

// The mixer of DeepSeek-V4 at a layer, and the weights of its hyper-connections and hash routing.
[[nodiscard]] Mixer make_compressed(Context& context, std::uint32_t layer);
[[nodiscard]] std::uint64_t hyper_connection_params(Context& context);

}  // namespace headroom::hf
