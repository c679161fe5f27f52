// What one step of a model costs, apart from any machine: bytes read, operations done, cache and state touched.
#pragma once

#include "core/inline_vector.h"
#include "core/model/profile.h"
#include "core/units.h"

namespace headroom {

inline constexpr Flops kPerMultiplyAdd{2};

// One layer of a group, whole (not yet split over devices).
struct LayerCost {
  double count = 0;           // layers of the group
  Traffic dense_bytes;        // weights read by every token: mixer, dense and shared feed-forward, router, norms
  Traffic mixer_bytes;        // of these, the token mixer's
  Traffic expert_bytes;       // all routed experts
  double experts = 0;         // routed experts, 0 = none
  double experts_used = 0;    // per token
  double dense_weights = 0;   // parameters behind dense_bytes
  double mixer_weights = 0;   // those of the token mixer among them
  double expert_weights = 0;  // parameters of the routed experts one token uses
  // Attention; elements per cached position
  double k_elements = 0, v_elements = 0;
  double unbounded_elements = 0;  // read at every position whatever the window (indexer keys, compressed entries)
  double window = 0;              // positions attended to at most; 0 = all
  double kv_heads = 1;            // what tensor parallelism can divide the cache by
  Flops decode_flops;             // per attended position and token, generating
  Flops prefill_flops;            // the same in a prompt (MLA: not absorbed)
  Flops context_flops;            // in a prompt, per position of the whole context: indexer scores, compressed entries
  bool wide_cache = false, wide_prompt = false;  // heads beyond what fused kernels take, generating and in a prompt
  double query_heads = 0;                        // attention scores per attended position and token
  Traffic state_bytes;                           // recurrent state, read and written once per token
  bool beside_experts = false;                   // shared experts, or a dense network beside the routed ones
  Flops recurrence_flops;                        // of the recurrence itself, per token
  bool recurs = false;                           // by a recurrence, which short convolutions are not
  bool compresses = false;                       // its cache; several residual streams go with it (DeepSeek-V4)
  bool indexed = false;                          // an indexer of its own chooses what is attended to
  double activations = 0;                        // inputs and outputs of a token's products, about
  MixerKind mixer = MixerKind::none;
  [[nodiscard]] double attended(double context) const { return window > 0 && context > window ? window : context; }
  // Weights of so many of its routed experts.
  [[nodiscard]] Traffic bytes_of_experts(double touched) const {
    return experts > 0 ? expert_bytes / experts * touched : Traffic(0);
  }
};

// A layer's routed experts alone, and the layer without them: what stays where it is when they move to the host.
[[nodiscard]] LayerCost experts_of(const LayerCost& layer);
[[nodiscard]] LayerCost without_experts(LayerCost layer);

struct ModelCost {
  InlineVector<LayerCost, kMaxGroups> groups;  // parallel to ModelProfile::groups
  Traffic head_bytes;
  double head_weights = 0;
  double hidden = 0;
  bool has_experts = false;
};

// What llama.cpp and the programs built on it do with latent attention in a prompt: queries are multiplied with the
// latent cache as in generation (llama.cpp PR 12801), and what an indexer leaves out is masked, not skipped (assumed of
// all backends from how prompts slow down with depth).
void mask_latent_attention(const ModelProfile& model, ModelCost& cost);

// Bytes of one element of a recurrent layer's states, as an engine keeps them: of the short convolution's window and of
// what the recurrence carries.
struct StateWidths {
  std::uint32_t conv = 4, state = 4;
};

[[nodiscard]] ModelCost make_model_cost(const ModelProfile& model, const WeightProfile& weights,
                                        StateWidths widths = {});

// A pass of the model's own MTP layers: one layer like those that are of its kinds,
// behind a projection of hidden state and embedding, before the head of the model (DeepSeek-V3, arXiv 2412.19437).
// Without groups where the model has none.
[[nodiscard]] ModelCost mtp_cost(const ModelProfile& model, const ModelCost& cost);

// Expected number of distinct experts that `tokens` tokens touch, each choosing `used` of `experts`: of a group of m
// that takes a share s of the choices, m (1 - (1 - s k/m)^n). Two groups, the favoured experts and the others.
[[nodiscard]] double experts_touched(double experts, double used, double tokens);

}  // namespace headroom
