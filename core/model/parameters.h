// Parameter counts from shapes. Nothing here reads a published total.
// Source of every count: the model's reference implementation (Hugging Face modeling files), compared with published
// totals over the whole catalog in tests/catalog.
#pragma once

#include <cstdint>

#include "core/model/architecture.h"

namespace headroom {

// One layer's token mixer: projections, biases, norms of its own, convolutions, state parameters.
[[nodiscard]] std::uint64_t mixer_params(const Architecture& model, const Mixer& mixer);

struct FfnParams {
  std::uint64_t dense = 0;   // dense part, a dense residual, projections into a latent expert space
  std::uint64_t expert = 0;  // ONE routed expert
  std::uint64_t shared = 0;  // all shared experts and their gate
  std::uint64_t router = 0;
  std::uint32_t experts = 0, experts_used = 0;
  [[nodiscard]] std::uint64_t total() const { return dense + expert * experts + shared + router; }
  [[nodiscard]] std::uint64_t active() const { return dense + expert * experts_used + shared + router; }
};
[[nodiscard]] FfnParams ffn_params(const Architecture& model, const Ffn& ffn);

// Weights of a norm over `width` elements.
[[nodiscard]] std::uint64_t norm_params(NormKind kind, std::uint64_t width);

// The whole model, by part. An extra part of the text stack counts in `extras`.
struct ParameterCounts {
  std::uint64_t embedding = 0, head = 0, mixers = 0, ffn = 0, norms = 0, extras = 0;
  std::uint64_t idle_experts = 0;  // routed experts that one token does not use
  std::uint64_t mtp = 0;
  std::uint64_t vision = 0, audio = 0, stated = 0;
  [[nodiscard]] std::uint64_t text() const { return embedding + head + mixers + ffn + norms + extras; }
};
[[nodiscard]] ParameterCounts count_parameters(const Architecture& model);

// Writes the counts into the fields of `model` that hold them (text_params ... mtp.params).
void set_parameter_counts(Architecture& model);

// A vision or audio tower: a plain transformer over patches.
struct Tower {
  std::uint32_t layers = 0, hidden = 0, ffn = 0, heads = 1, kv_heads = 1, head_dim = 0;
  std::uint32_t channels = 3, temporal = 1, patch = 0, positions = 0;
  bool patch_bias = false, class_token = false;
  bool attention_bias = true, key_bias = true, mlp_bias = true, gated = false;
  bool pre_norm = false, post_norm = false;
  QkNorm qk_norm = QkNorm::none;
  NormKind norm = NormKind::layer;
  std::uint32_t norms_per_layer = 2, layer_scales = 0;
};
[[nodiscard]] std::uint64_t tower_params(const Tower& tower);

}  // namespace headroom
