#include "core/catalog/import/gguf_block.h"

#include <algorithm>

#include "core/catalog/import/quotient.h"
#include "core/units.h"

namespace headroom {

bool GgufBlock::has_prefix(std::string_view prefix) const {
  const auto it = tensors_.lower_bound(prefix);
  return it != tensors_.end() && it->first.starts_with(prefix);
}

std::uint32_t GgufBlock::ne(std::string_view part, std::size_t d) const {
  const auto it = tensors_.find(part);
  if (it == tensors_.end()) return 0;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(it->second->ne[d], UINT32_MAX));
}

std::uint64_t GgufBlock::elements(std::string_view prefix) const {
  Bytes sum;  // for its saturating addition
  for (auto it = tensors_.lower_bound(prefix); it != tensors_.end() && it->first.starts_with(prefix); ++it) {
    sum += Bytes(it->second->elements());
  }
  return sum.value();
}

namespace {

std::uint32_t saturate(std::uint64_t value) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, UINT32_MAX));
}

// A norm on queries and keys: over one head, or over the whole projection; with or without a bias.
QkNorm qk_norm(const GgufBlock& block, std::uint32_t head_dim) {
  if (!block.has("attn_q_norm.weight")) return QkNorm::none;
  const bool bias = block.has("attn_q_norm.bias");
  const std::uint64_t width = std::uint64_t{block.ne("attn_q_norm.weight", 0)} * block.ne("attn_q_norm.weight", 1);
  if (width > head_dim) return bias ? QkNorm::full_ln : QkNorm::full;
  return bias ? QkNorm::head_ln : QkNorm::head;
}

OutGate out_gate(const GgufBlock& block, const Mixer& m) {
  const std::uint32_t rows = block.ne("attn_gate.weight", 1);
  if (rows != 0) return rows == m.heads ? OutGate::per_head : OutGate::full;
  const std::uint64_t queries = std::uint64_t{m.heads} * m.head_dim_k;
  return queries != 0 && block.ne("attn_q.weight", 1) == 2 * queries ? OutGate::fused_in_q : OutGate::none;
}

void read_indexer(const GgufBlock& block, const GgufLayerFacts& facts, Mixer& m) {
  if (!block.has_prefix("indexer")) return;
  m.indexer = facts.indexer;
  m.indexer.topk = saturate(std::uint64_t{facts.indexer.topk} * std::max(facts.indexer_block, 1U));
  const std::uint32_t key_width = std::max(block.ne("indexer.attn_k.weight", 1), block.ne("indexer.k_proj.weight", 1));
  if (key_width != 0) m.indexer.dim = key_width;
}

void read_softmax(const GgufBlock& block, const GgufLayerFacts& facts, Mixer& m) {
  m.heads = facts.heads;
  m.kv_heads = facts.kv_heads;
  m.head_dim_k = facts.key_length;
  m.head_dim_v = facts.value_length;
  m.window = facts.window;
  m.chunked = facts.chunked;
  m.name = facts.window == 0 ? "full" : facts.chunked ? "chunked" : "sliding";
  const bool fused = block.has("attn_qkv.weight");
  const bool own_kv = fused || block.has("attn_k.weight");
  if (!own_kv) m.kind = MixerKind::gqa_shared_kv;
  m.v_equals_k = own_kv && !fused && !block.has("attn_v.weight");
  const bool fused_bias = block.has("attn_qkv.bias");
  m.bias_q = fused_bias || block.has("attn_q.bias");
  m.bias_k = fused_bias || block.has("attn_k.bias");
  m.bias_v = fused_bias || block.has("attn_v.bias");
  m.bias_o = block.has("attn_output.bias");
  m.sinks = block.has("attn_sinks.weight");
  m.sub_norm = block.has("attn_sub_norm.weight");
  m.qk_norm = qk_norm(block, m.head_dim_k);
  m.out_gate = out_gate(block, m);
  read_indexer(block, facts, m);
  m.extra_params = block.elements("indexer");
}

void read_mla(const GgufBlock& block, const GgufLayerFacts& facts, Mixer& m) {
  m.kind = MixerKind::mla;
  m.name = "mla";
  m.heads = facts.heads;
  m.kv_heads = 1;
  m.q_lora_rank = block.ne("attn_q_a.weight", 1);
  m.kv_lora_rank = block.ne("attn_kv_a_norm.weight", 0);
  const std::uint32_t row = block.ne("attn_kv_a_mqa.weight", 1);
  m.rope_dim = row > m.kv_lora_rank ? row - m.kv_lora_rank : 0;
  m.nope_dim = block.ne("attn_k_b.weight", 0);
  m.head_dim_v = block.ne("attn_v_b.weight", 1);
  if (m.nope_dim == 0 && facts.key_length_mla > m.rope_dim) m.nope_dim = facts.key_length_mla - m.rope_dim;
  if (m.head_dim_v == 0) m.head_dim_v = facts.value_length_mla;
  m.head_dim_k = m.nope_dim + m.rope_dim;
  m.out_gate = out_gate(block, m) == OutGate::full ? OutGate::full : OutGate::none;
  read_indexer(block, facts, m);
}

// Files of before the compressed cache (llama.cpp of early 2025) have attn_kv_b instead of attn_k_b and attn_v_b and
// no *_mla keys; the engine then caches whole keys and values of every head.
void read_uncompressed_mla(const GgufLayerFacts& facts, Mixer& m) {
  m.kind = MixerKind::gqa;
  m.name = "mla-uncompressed";
  m.heads = facts.heads;
  m.kv_heads = facts.heads;
  m.head_dim_k = facts.key_length;
  m.head_dim_v = facts.value_length;
}

// DeepSeek-V4: one latent row per token inside the window, and per `compress_ratio` tokens outside it.
void read_compressed(const GgufBlock& block, const GgufLayerFacts& facts, Mixer& m) {
  m.kind = MixerKind::compressed_csa;
  m.name = facts.compress_ratio == 0 ? "window" : "compressed-" + std::to_string(facts.compress_ratio);
  m.heads = facts.heads;
  m.kv_heads = 1;
  m.head_dim_k = facts.key_length;
  m.head_dim_v = facts.value_length;
  m.window = facts.window;
  m.compress_ratio = facts.compress_ratio;
  m.latent_kv_dim = block.ne("attn_kv.weight", 1);
  m.q_lora_rank = block.ne("attn_q_a.weight", 1);
  m.sinks = block.has("attn_sinks.weight");
  read_indexer(block, facts, m);
  m.custom_params = block.elements("attn_") + block.elements("indexer") - block.elements("attn_norm");
}

void read_kda(const GgufBlock& block, const GgufLayerFacts& facts, Mixer& m) {
  m.kind = MixerKind::kda;
  m.name = "kda";
  const std::uint32_t width = block.ne("attn_q.weight", 1);
  m.key_head_dim = m.value_head_dim = facts.kda_head_dim;
  m.heads = m.key_heads = m.value_heads = quotient(width, facts.kda_head_dim);
  m.head_dim_k = m.head_dim_v = facts.kda_head_dim;
  m.conv = block.ne("ssm_conv1d_q.weight", 0);
  m.full_rank_gate = block.has("ssm_g.weight");
}

void read_gated_delta(const GgufBlock& block, const GgufLayerFacts& facts, Mixer& m) {
  m.kind = MixerKind::gated_delta;
  m.name = "linear";
  m.key_heads = facts.ssm_groups;
  m.key_head_dim = facts.ssm_state;
  m.value_heads = facts.ssm_rank;
  m.value_head_dim = quotient(facts.ssm_inner, facts.ssm_rank);
  m.conv = block.ne("ssm_conv1d.weight", 0);
}

void read_mamba(const GgufBlock& block, const GgufLayerFacts& facts, Mixer& m) {
  const bool first = block.has("ssm_x.weight");  // Mamba-1 projects dt, B and C from its inner width
  m.kind = first ? MixerKind::mamba1 : MixerKind::mamba2;
  m.name = first ? "mamba" : "mamba2";
  m.d_inner = facts.ssm_inner;
  m.d_state = facts.ssm_state;
  m.conv = block.ne("ssm_conv1d.weight", 0) != 0 ? block.ne("ssm_conv1d.weight", 0) : facts.ssm_conv;
  m.conv_bias = block.has("ssm_conv1d.bias");
  m.proj_bias = block.has("ssm_in.bias");
  if (first) {
    m.dt_rank = facts.ssm_rank;
    m.dt_bc_norm = block.has("ssm_dt_norm.weight");
  } else {
    m.n_groups = facts.ssm_groups;
    m.ssm_heads = facts.ssm_rank;
    m.ssm_head_dim = quotient(facts.ssm_inner, facts.ssm_rank);
    m.ssm_norm = block.has("ssm_norm.weight");
  }
}

void read_rwkv(const GgufBlock& block, const GgufLayerFacts& facts, Mixer& m) {
  m.kind = MixerKind::rwkv;
  m.name = "rwkv";
  m.key_head_dim = m.value_head_dim = facts.wkv_head_size;
  m.key_heads = m.value_heads = quotient(facts.hidden, facts.wkv_head_size);
  m.custom_params = block.elements("time_mix_");
}

}  // namespace

Mixer gguf_mixer(const GgufBlock& block, const GgufLayerFacts& facts) {
  Mixer m;
  if (block.has("attn_kv_a_mqa.weight")) {
    if (facts.key_length_mla != 0 || block.has("attn_k_b.weight")) {
      read_mla(block, facts, m);
    } else {
      read_uncompressed_mla(facts, m);
    }
  } else if (block.has("attn_kv.weight")) {
    read_compressed(block, facts, m);
  } else if (block.has("ssm_conv1d_q.weight")) {
    read_kda(block, facts, m);
  } else if (block.has("ssm_alpha.weight") || block.has("ssm_ba.weight") || block.has("ssm_beta.weight")) {
    read_gated_delta(block, facts, m);
  } else if (block.has("ssm_in.weight")) {
    read_mamba(block, facts, m);
    if (block.has("attn_q.weight") || block.has("attn_qkv.weight")) {
      read_softmax(block, facts, m);
      m.kind = MixerKind::attention_mamba2;
    }
  } else if (block.has("shortconv.conv.weight")) {
    m.kind = MixerKind::short_conv;
    m.name = "conv";
    m.conv = block.ne("shortconv.conv.weight", 0);
  } else if (block.has_prefix("time_mix_")) {
    read_rwkv(block, facts, m);
  } else if (block.has("cross_attn_q_proj.weight") && !block.has("attn_q.weight")) {
    m.kind = MixerKind::cross;
    m.name = "cross";
    m.heads = facts.heads;
    m.kv_heads = facts.kv_heads;
    m.head_dim_k = facts.key_length;
    m.head_dim_v = facts.value_length;
  } else if (block.has("attn_q.weight") || block.has("attn_qkv.weight")) {
    read_softmax(block, facts, m);
  } else if (block.has_prefix("attn_output") || block.has_prefix("attn_k") || block.has_prefix("ssm_")) {
    m.kind = MixerKind::custom;
    m.name = "unknown";
    m.custom_params = block.elements("attn_") + block.elements("ssm_");
  } else {
    m.kind = MixerKind::none;
    m.name = "none";
  }
  return m;
}

namespace {

struct FfnShape {
  std::uint32_t width = 0;
  bool gated = false;
};

// Width and gating from the matrices themselves; `suffix` is "", "_exps" or "_shexp". A projection twice as wide as
// what comes back is gate and value in one.
FfnShape shape(const GgufBlock& block, std::string_view suffix) {
  const auto part = [&](std::string_view stem) { return std::string(stem) + std::string(suffix) + ".weight"; };
  FfnShape s;
  s.width = block.ne(part("ffn_down"), 0);
  const std::uint64_t up = block.ne(part("ffn_up"), 1);
  s.gated = block.has(part("ffn_gate")) || block.has(part("ffn_gate_up")) || (s.width != 0 && up == 2ULL * s.width);
  return s;
}

void read_experts(const GgufBlock& block, const GgufLayerFacts& facts, Ffn& ffn) {
  const FfnShape experts = shape(block, "_exps");
  ffn.experts = block.ne("ffn_down_exps.weight", 2);
  ffn.expert_width = experts.width;
  ffn.experts_gated = experts.gated;
  if (ffn.experts == 0) {  // one tensor per expert, as files had them until early 2024
    ffn.experts = facts.experts;
    ffn.expert_width = block.ne("ffn_down.0.weight", 0);
    ffn.experts_gated = block.has("ffn_gate.0.weight");
  }
  ffn.experts_used = facts.experts_used;
  ffn.expert_bias = block.has("ffn_down_exps.bias");
  ffn.router_bias = block.has("ffn_gate_inp.bias") || block.has("exp_probs_b.bias");
  const FfnShape shared = shape(block, "_shexp");
  ffn.shared_width = shared.width;
  ffn.shared_gated = shared.gated;
  ffn.shared_experts = shared.width == 0 ? 0 : std::max(facts.shared_experts, 1U);
  ffn.shared_gate = block.has("ffn_gate_inp_shexp.weight");
  ffn.latent = std::max(block.ne("ffn_routed_down.weight", 1), block.ne("ffn_latent_down.weight", 1));
}

}  // namespace

Ffn gguf_ffn(const GgufBlock& block, const GgufLayerFacts& facts) {
  Ffn ffn;
  const bool moe = block.has("ffn_down_exps.weight") || block.has("ffn_down.0.weight");
  const bool dense = block.has("ffn_down.weight");
  if (block.has("channel_mix_key.weight")) {
    ffn.kind = FfnKind::dense;
    ffn.width = block.ne("channel_mix_key.weight", 1);
    ffn.gated = false;
    return ffn;
  }
  ffn.kind = moe ? (dense ? FfnKind::dense_and_moe : FfnKind::moe) : dense ? FfnKind::dense : FfnKind::none;
  if (dense) {
    const FfnShape s = shape(block, "");
    ffn.width = s.width;
    ffn.gated = s.gated;
    ffn.bias_up = block.has("ffn_up.bias");
    ffn.bias_down = block.has("ffn_down.bias");
    ffn.sub_norm = block.has("ffn_sub_norm.weight");
  }
  if (moe) read_experts(block, facts, ffn);
  return ffn;
}

}  // namespace headroom
