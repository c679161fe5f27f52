// Attention blocks: softmax attention in its variants and latent attention.
#include "core/model/inventory/writer.h"

namespace headroom::gguf {
namespace {

using u64 = std::uint64_t;

void write_qk_norms(const Context& context, const Mixer& m, bool with_key, Writer& out) {
  const bool biased = m.qk_norm == QkNorm::head_ln || m.qk_norm == QkNorm::full_ln;
  const bool whole = m.qk_norm == QkNorm::full || m.qk_norm == QkNorm::full_ln;
  const NormKind kind = biased ? NormKind::layer : NormKind::rms;
  const u64 d = m.head_dim_k;
  if (whole && context.layout.norm_per_head) {
    out.add_f32("attn_q_norm.weight", {d, m.heads});
    if (with_key) out.add_f32("attn_k_norm.weight", {d, m.kv_heads});
    return;
  }
  out.norm("attn_q_norm", whole ? d * m.heads : d, kind);
  if (with_key) out.norm("attn_k_norm", whole ? d * m.kv_heads : d, kind);
}

void write_softmax_attention(const Context& context, const Mixer& m, Writer& out) {
  const u64 h = context.arch.hidden;
  const u64 query = u64{m.heads} * m.head_dim_k;
  const u64 key = u64{m.kv_heads} * m.head_dim_k;
  const u64 value = u64{m.kv_heads} * m.head_dim_v;
  const u64 joined = u64{m.heads} * m.head_dim_v;
  const bool owns_kv = m.kind != MixerKind::gqa_shared_kv || m.kv_weights_present;
  if (context.layout.fused_qkv) {
    out.linear("attn_qkv", h, query + key + value, m.bias_q);
  } else {
    out.linear("attn_q", h, m.out_gate == OutGate::fused_in_q ? 2 * query : query, m.bias_q);
    if (owns_kv) out.linear("attn_k", h, key, m.bias_k);
    if (owns_kv && !m.v_equals_k) out.linear("attn_v", h, value, m.bias_v);
  }
  out.linear("attn_output", joined, h, m.bias_o);
  if (m.qk_norm != QkNorm::none) write_qk_norms(context, m, owns_kv, out);
  if (m.out_gate == OutGate::per_head) out.linear("attn_gate", h, m.heads);
  if (m.out_gate == OutGate::full) out.linear("attn_gate", h, joined);
  if (m.sinks) out.add("attn_sinks.weight", {m.heads});
  if (m.sub_norm) out.norm("attn_sub_norm", joined, NormKind::rms);
  if (m.indexer.heads != 0) {  // block-sparse selection (MiniMax M3)
    out.linear("indexer.q_proj", h, u64{m.indexer.heads} * m.indexer.dim);
    out.linear("indexer.k_proj", h, m.indexer.dim);
    out.norm("indexer.q_norm", m.indexer.dim, NormKind::rms);
    out.norm("indexer.k_norm", m.indexer.dim, NormKind::rms);
  }
}

void write_indexer(const Mixer& m, u64 hidden, Writer& out) {
  out.norm("indexer.k_norm", m.indexer.dim, NormKind::layer);
  out.add_f32("indexer.proj.weight", {hidden, m.indexer.heads});
  out.linear("indexer.attn_k", hidden, m.indexer.dim);
  out.linear("indexer.attn_q_b", m.q_lora_rank, u64{m.indexer.heads} * m.indexer.dim);
}

// The converter splits the up-projection of the latent into its key and value parts, per head.
void write_latent_attention(const Context& context, const Mixer& m, Writer& out) {
  const u64 h = context.arch.hidden;
  const u64 query = u64{m.heads} * (u64{m.rope_dim} + m.nope_dim);
  const u64 latent = m.kv_lora_rank;
  if (m.q_lora_rank != 0) {
    out.linear("attn_q_a", h, m.q_lora_rank);
    out.norm("attn_q_a_norm", m.q_lora_rank, NormKind::rms);
    out.linear("attn_q_b", m.q_lora_rank, query);
  } else {
    out.linear("attn_q", h, query);
  }
  out.linear("attn_kv_a_mqa", h, latent + m.rope_dim);
  out.norm("attn_kv_a_norm", latent, NormKind::rms);
  if (context.layout.joint_kv_b) {
    out.linear("attn_kv_b", latent, u64{m.heads} * (u64{m.nope_dim} + m.head_dim_v));
  } else {
    out.add("attn_k_b.weight", {m.nope_dim, latent, m.heads});
    out.add("attn_v_b.weight", {latent, m.head_dim_v, m.heads});
  }
  out.linear("attn_output", u64{m.heads} * m.head_dim_v, h);
  if (m.qk_norm == QkNorm::head) {
    out.norm("attn_q_norm", u64{m.rope_dim} + m.nope_dim, NormKind::rms);
    out.norm("attn_k_norm", u64{m.rope_dim} + m.nope_dim, NormKind::rms);
  }
  if (m.out_gate == OutGate::full) out.linear("attn_gate", h, u64{m.heads} * m.head_dim_v);
  if (m.indexer.heads != 0) write_indexer(m, h, out);
}

// Mllama: attention to the image's tokens, with norms and two scalar gates of its own.
void write_cross_attention(const Context& context, const Mixer& m, Writer& out) {
  const u64 h = context.arch.hidden;
  out.linear("cross_attn_q_proj", h, u64{m.heads} * m.head_dim_k);
  out.linear("cross_attn_k_proj", h, u64{m.kv_heads} * m.head_dim_k);
  out.linear("cross_attn_v_proj", h, u64{m.kv_heads} * m.head_dim_v);
  out.linear("cross_attn_o_proj", u64{m.heads} * m.head_dim_v, h);
  out.norm("cross_attn_q_norm", m.head_dim_k, NormKind::rms);
  out.norm("cross_attn_k_norm", m.head_dim_k, NormKind::rms);
  out.add("cross_attn_attn_gate", {1});
  out.add("cross_attn_mlp_gate", {1});
}

}  // namespace

void write_mixer(const Context& context, const Mixer& mixer, Writer& out) {
  switch (mixer.kind) {
    case MixerKind::none:
    case MixerKind::custom:
    case MixerKind::rwkv:
    case MixerKind::compressed_csa: return;  // by parameter count, or by a builder of their own
    case MixerKind::gqa:
    case MixerKind::gqa_shared_kv: write_softmax_attention(context, mixer, out); return;
    case MixerKind::mla: write_latent_attention(context, mixer, out); return;
    case MixerKind::cross: write_cross_attention(context, mixer, out); return;
    case MixerKind::attention_mamba2:
      write_softmax_attention(context, mixer, out);
      write_recurrent(context, mixer, out);
      return;
    default: write_recurrent(context, mixer, out);
  }
}

}  // namespace headroom::gguf
