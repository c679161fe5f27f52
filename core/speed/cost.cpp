#include "core/speed/cost.h"

#include <algorithm>
#include <cmath>

#include "core/memory/cache_rules.h"

namespace headroom {
namespace {

// Scores and weighted sum: two multiply-adds per element of a head's key and value.
constexpr Flops kPerElement{2};

// Fused attention kernels are made for heads of up to 256 (FlashAttention-2, MLX, llama.cpp's common case); wider ones,
// Gemma 4's of 512 and latent rows, run on slower or special ones.
bool is_wide_head(double width) {
  constexpr double kWidest = 256;
  return width > kWidest;
}

Flops indexer_flops(const Mixer& mixer) { return kPerElement * mixer.indexer.heads * mixer.indexer.dim; }

// Where an indexer, its own or one of a layer before, chooses the positions (DeepSeek-V3.2, arXiv 2512.02556).
void attend_to_chosen(const Mixer& mixer, LayerCost& cost) {
  if (mixer.indexer.heads == 0 && mixer.indexer.topk == 0) return;
  const double chosen = mixer.indexer.topk;
  if (chosen > 0) cost.window = cost.window > 0 ? std::min(cost.window, chosen) : chosen;
  cost.unbounded_elements = mixer.indexer.dim;
  cost.context_flops = indexer_flops(mixer);
}

void add_softmax_attention(const Mixer& mixer, LayerCost& cost) {
  const double heads = mixer.heads;
  cost.k_elements = static_cast<double>(mixer.kv_heads) * mixer.head_dim_k;
  cost.v_elements = static_cast<double>(mixer.kv_heads) * mixer.head_dim_v;
  cost.kv_heads = std::max<double>(mixer.kv_heads, 1);
  cost.window = mixer.window;
  cost.query_heads = heads;
  cost.decode_flops = kPerElement * heads * (mixer.head_dim_k + mixer.head_dim_v);
  cost.prefill_flops = cost.decode_flops;
  cost.wide_cache = cost.wide_prompt = is_wide_head(mixer.head_dim_k);
  attend_to_chosen(mixer, cost);
}

// Multi-head latent attention caches one compressed row. Generating, the projections are absorbed and every head works
// on the latent (DeepSeek-V2, arXiv 2405.04434); in a prompt the heads are expanded.
void add_latent_attention(const Mixer& mixer, LayerCost& cost) {
  const double heads = mixer.heads;
  cost.k_elements = static_cast<double>(mixer.kv_lora_rank) + mixer.rope_dim;
  cost.query_heads = heads;
  cost.decode_flops = kPerElement * heads * (2.0 * mixer.kv_lora_rank + mixer.rope_dim);
  cost.prefill_flops = kPerElement * heads * (static_cast<double>(mixer.nope_dim) + mixer.rope_dim + mixer.head_dim_v);
  cost.wide_cache = is_wide_head(mixer.kv_lora_rank);
  attend_to_chosen(mixer, cost);
}

void add_compressed_attention(const Mixer& mixer, LayerCost& cost) {
  const double heads = mixer.heads;
  cost.k_elements = mixer.latent_kv_dim;
  cost.window = mixer.window;
  cost.query_heads = heads;
  cost.decode_flops = kPerElement * heads * 2.0 * mixer.latent_kv_dim;
  cost.prefill_flops = cost.decode_flops;
  cost.wide_cache = cost.wide_prompt = is_wide_head(mixer.latent_kv_dim);
  if (mixer.compress_ratio > 0) {
    // An indexer chooses among the compressed entries; without one all are attended to.
    const bool chosen = mixer.indexer.heads > 0;
    if (chosen) cost.window += mixer.indexer.topk;
    cost.context_flops = (chosen ? indexer_flops(mixer) : cost.prefill_flops) / mixer.compress_ratio;
    cost.unbounded_elements = (static_cast<double>(mixer.latent_kv_dim) + mixer.indexer.dim) / mixer.compress_ratio;
  }
}

// What one token does to an element of the state: Mamba and linear attention let it decay, add a product and multiply
// it into the output (arXiv 2405.21060); the delta rule first reads what the state holds for the key
// (arXiv 2412.06464).
Flops recurrence_flops_per_element(MixerKind kind) {
  constexpr Flops kDecay{1}, kMultiplyAdd{2};
  switch (kind) {
    case MixerKind::gated_delta:
    case MixerKind::kda:
    case MixerKind::rwkv: return kDecay + 3 * kMultiplyAdd;
    case MixerKind::short_conv: return kMultiplyAdd;
    default: return kDecay + 2 * kMultiplyAdd;
  }
}

// What a recurrent layer keeps of a sequence, read and written once per token, and what is done to it.
void add_recurrence(const LayerGroup& group, std::uint32_t hidden, StateWidths widths, LayerCost& cost) {
  const StateElements elements = state_elements(group, hidden);
  const double convolved = static_cast<double>(elements.conv), carried = static_cast<double>(elements.state);
  cost.state_bytes = Traffic(2 * (convolved * widths.conv + carried * widths.state));
  const MixerKind kind = group.mixer.kind;
  if (kind == MixerKind::compressed_csa || kind == MixerKind::custom) return;  // kept, but no recurrence known
  const double worked_on = kind == MixerKind::short_conv ? convolved : carried;
  cost.recurrence_flops = worked_on * recurrence_flops_per_element(kind);
  cost.recurs = carried > 0;
}

LayerCost layer_cost(const LayerGroup& group, const GroupWeights& weights, std::uint32_t width, StateWidths widths) {
  LayerCost cost;
  cost.count = group.count;
  const double hidden = width;
  const double layers = std::max<double>(group.count, 1);
  cost.dense_bytes = traffic(weights.mixer + weights.ffn + weights.shared_experts + weights.other) / layers;
  cost.mixer_bytes = traffic(weights.mixer) / layers;
  cost.expert_bytes = traffic(weights.routed_experts) / layers;
  cost.mixer_weights = group.mixer_params;
  cost.dense_weights = group.mixer_params + group.ffn_params + group.shared_params + group.router_params;
  if (cost.expert_bytes > Traffic(0) && group.ffn.experts > 0) {
    cost.experts = group.ffn.experts;
    cost.experts_used = std::min<double>(group.ffn.experts_used, cost.experts);
    cost.expert_weights = group.expert_params * cost.experts_used;
    cost.beside_experts = group.shared_params + group.ffn_params > 0;
  }
  // Each product has the model's width on one side.
  if (hidden > 0) cost.activations = (cost.dense_weights + cost.expert_weights) / hidden;
  const Mixer& mixer = group.mixer;
  cost.mixer = mixer.kind;
  cost.compresses = mixer.kind == MixerKind::compressed_csa;
  cost.indexed = mixer.indexer.heads > 0;
  switch (mixer.kind) {
    case MixerKind::gqa:
    case MixerKind::gqa_shared_kv:
    case MixerKind::attention_mamba2: add_softmax_attention(mixer, cost); break;
    case MixerKind::mla: add_latent_attention(mixer, cost); break;
    case MixerKind::compressed_csa: add_compressed_attention(mixer, cost); break;
    case MixerKind::custom: cost.k_elements = mixer.custom_kv_per_token; break;
    default: break;
  }
  add_recurrence(group, width, widths, cost);
  return cost;
}

}  // namespace

LayerCost experts_of(const LayerCost& layer) {
  LayerCost experts;
  experts.expert_bytes = layer.expert_bytes;
  experts.experts = layer.experts;
  experts.experts_used = layer.experts_used;
  experts.expert_weights = layer.expert_weights;
  return experts;
}

LayerCost without_experts(LayerCost layer) {
  layer.expert_bytes = Traffic(0);
  layer.experts = layer.experts_used = layer.expert_weights = 0;
  return layer;
}

ModelCost make_model_cost(const ModelProfile& model, const WeightProfile& weights, StateWidths widths) {
  ModelCost cost;
  cost.hidden = model.arch.hidden;
  cost.has_experts = model.has_experts;
  const std::size_t groups = std::min(model.groups.size(), weights.groups.size());
  for (std::size_t i = 0; i < groups; ++i) {
    cost.groups.push_back(layer_cost(model.groups[i], weights.groups[i], model.arch.hidden, widths));
  }
  // A tied embedding is read again as the head.
  Bytes head = weights.output_head;
  if (head == Bytes(0)) head = weights.tied_head_copy;
  if (head == Bytes(0) && !model.arch.no_lm_head) head = weights.token_embedding;
  cost.head_bytes = traffic(head);
  cost.head_weights = static_cast<double>(model.head_params);
  return cost;
}

ModelCost mtp_cost(const ModelProfile& model, const ModelCost& cost) {
  ModelCost pass;
  if (model.arch.mtp.layers == 0 || cost.groups.empty()) return pass;
  LayerCost layer = cost.groups[std::min(model.mtp_group(), cost.groups.size() - 1)];
  const double projection = 2 * cost.hidden * cost.hidden;
  if (layer.dense_weights > 0) layer.dense_bytes = layer.dense_bytes * (1 + projection / layer.dense_weights);
  layer.dense_weights += projection;
  layer.count = 1;
  pass.groups.push_back(layer);
  pass.head_bytes = cost.head_bytes;
  pass.head_weights = cost.head_weights;
  pass.hidden = cost.hidden;
  pass.has_experts = layer.experts > 0;
  return pass;
}

void mask_latent_attention(const ModelProfile& model, ModelCost& cost) {
  for (std::size_t g = 0; g < cost.groups.size() && g < model.groups.size(); ++g) {
    LayerCost& layer = cost.groups[g];
    const Mixer& mixer = model.groups[g].mixer;
    if (mixer.kind == MixerKind::mla) {
      layer.prefill_flops = layer.decode_flops;
      layer.wide_prompt = layer.wide_cache;
    }
    if (mixer.indexer.topk == 0) continue;
    layer.context_flops += layer.prefill_flops / std::max<double>(mixer.compress_ratio, 1);
  }
}

double experts_touched(double experts, double used, double tokens) {
  // Half of the experts take nine tenths of the tokens: Qwen3-30B-A3B over prose, code and mathematics, 65 of 128 for
  // 90 % (measured from an importance matrix, mcp-tool-shop-org/gpu-container, "Routing De-risk").
  constexpr double kFavoured = 0.5, kTheirShare = 0.9;
  if (experts <= 0) return 0;
  if (tokens <= 1) return used;
  const auto touched = [&](double share, double load) {
    const double among = share * experts;
    const double chance = load * used / among;
    // (1 - p)^n < exp(-n p): from here on nothing of it is left.
    constexpr double kCertain = 20;
    if (chance >= 1 || tokens * chance > kCertain) return among;
    return among * (1 - std::pow(1 - chance, tokens));
  };
  return std::max(used, touched(kFavoured, kTheirShare) + touched(1 - kFavoured, 1 - kTheirShare));
}

}  // namespace headroom
