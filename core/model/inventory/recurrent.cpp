// Mixers with a recurrent state: state space models, delta nets, short convolutions, linear attention.
#include "core/model/inventory/writer.h"

namespace headroom::gguf {
namespace {

using u64 = std::uint64_t;

void write_mamba1(const Mixer& m, u64 h, Writer& out) {
  const u64 d = m.d_inner;
  out.linear("ssm_in", h, 2 * d, m.proj_bias);
  out.add_f32("ssm_conv1d.weight", {m.conv, d});
  out.add("ssm_conv1d.bias", {d});
  out.linear("ssm_x", d, u64{m.dt_rank} + 2 * u64{m.d_state});
  if (m.dt_bc_norm) {
    out.norm("ssm_dt_norm", m.dt_rank, NormKind::rms);
    out.norm("ssm_b_norm", m.d_state, NormKind::rms);
    out.norm("ssm_c_norm", m.d_state, NormKind::rms);
  }
  out.linear("ssm_dt", m.dt_rank, d, true);
  out.add_f32("ssm_a", {m.d_state, d});
  out.add("ssm_d", {d});
  out.linear("ssm_out", d, h, m.proj_bias);
}

void write_mamba2(const Mixer& m, u64 h, Writer& out) {
  const u64 d = m.d_inner;
  const u64 groups = m.n_groups;
  const u64 convolved = d + 2 * groups * m.d_state;
  out.linear("ssm_in", h, d + convolved + m.ssm_heads, m.proj_bias);
  out.add_f32("ssm_conv1d.weight", {m.conv, convolved});
  if (m.conv_bias) out.add("ssm_conv1d.bias", {convolved});
  out.add("ssm_dt.bias", {m.ssm_heads});
  out.add_f32("ssm_a", {1, m.ssm_heads});
  out.add_f32("ssm_d", {1, m.ssm_heads});
  if (m.ssm_norm && groups > 0) out.add_f32("ssm_norm.weight", {d / groups, groups});
  out.linear("ssm_out", d, h, m.proj_bias);
}

void write_gated_delta(const Context& context, const Mixer& m, Writer& out) {
  const u64 h = context.arch.hidden;
  const u64 key = u64{m.key_heads} * m.key_head_dim;
  const u64 value = u64{m.value_heads} * m.value_head_dim;
  out.linear("attn_qkv", h, 2 * key + value);
  out.linear("attn_gate", h, value);
  out.add_f32("ssm_conv1d.weight", {m.conv, 2 * key + value});
  out.add("ssm_dt.bias", {m.value_heads});
  out.add("ssm_a", {m.value_heads});
  if (context.layout.beta_alpha_joint) {
    out.linear("ssm_ba", h, 2 * u64{m.value_heads});
  } else {
    out.linear("ssm_beta", h, m.value_heads);
    out.linear("ssm_alpha", h, m.value_heads);
  }
  out.norm("ssm_norm", m.value_head_dim, NormKind::rms);
  out.linear("ssm_out", value, h);
}

void write_kimi_delta(const Mixer& m, u64 h, Writer& out) {
  const u64 d = m.key_head_dim;
  const u64 width = u64{m.key_heads} * d;
  for (const char* part : {"q", "k", "v"}) {
    out.linear(std::string("attn_") + part, h, width);
    out.add_f32(std::string("ssm_conv1d_") + part + ".weight", {m.conv, 1, width, 1});
  }
  out.linear("ssm_f_a", h, d);
  out.linear("ssm_f_b", d, width);
  out.linear("ssm_beta", h, m.key_heads);
  out.add_f32("ssm_a", {1, m.key_heads, 1, 1});
  out.add("ssm_dt.bias", {width});
  if (m.full_rank_gate) {
    out.linear("ssm_g", h, width);
  } else {
    out.linear("ssm_g_a", h, d);
    out.linear("ssm_g_b", d, width);
  }
  out.norm("ssm_norm", d, NormKind::rms);
  out.linear("attn_output", width, h);
}

void write_short_conv(const Mixer& m, u64 h, Writer& out) {
  out.add_f32("shortconv.conv.weight", {m.conv, h});
  out.linear("shortconv.in_proj", h, 3 * h);
  out.linear("shortconv.out_proj", h, h);
}

// No GGUF architecture yet: the shapes under names in the manner of the others.
void write_lightning(const Mixer& m, u64 h, Writer& out) {
  const u64 width = u64{m.key_heads} * m.key_head_dim;
  out.linear("attn_qkv", h, 3 * width);
  out.linear("attn_gate", h, width);
  out.norm("attn_sub_norm", width + m.extra_params, NormKind::rms);
  if (m.qk_norm == QkNorm::head) {
    out.norm("attn_q_norm", m.key_head_dim, NormKind::rms);
    out.norm("attn_k_norm", m.key_head_dim, NormKind::rms);
  }
  out.linear("attn_output", width, h);
}

void write_rglru(const Mixer& m, u64 h, Writer& out) {
  const u64 w = m.lru_width;
  const u64 blocks = m.lru_blocks == 0 ? 1 : m.lru_blocks;
  out.linear("rglru_x", h, w, true);
  out.linear("rglru_y", h, w, true);
  out.add_f32("rglru_conv1d.weight", {m.conv, w});
  out.add("rglru_conv1d.bias", {w});
  out.add("rglru_a", {w});
  for (const char* gate : {"rglru_input_gate", "rglru_a_gate"}) {
    out.add(std::string(gate) + ".weight", {w / blocks, w / blocks, blocks});
    out.add(std::string(gate) + ".bias", {w});
  }
  out.linear("attn_output", w, h, true);
}

}  // namespace

void write_recurrent(const Context& context, const Mixer& mixer, Writer& out) {
  const u64 h = context.arch.hidden;
  switch (mixer.kind) {
    case MixerKind::mamba1: write_mamba1(mixer, h, out); return;
    case MixerKind::mamba2:
    case MixerKind::attention_mamba2: write_mamba2(mixer, h, out); return;
    case MixerKind::gated_delta: write_gated_delta(context, mixer, out); return;
    case MixerKind::kda: write_kimi_delta(mixer, h, out); return;
    case MixerKind::short_conv: write_short_conv(mixer, h, out); return;
    case MixerKind::lightning: write_lightning(mixer, h, out); return;
    case MixerKind::rglru: write_rglru(mixer, h, out); return;
    default: return;
  }
}

}  // namespace headroom::gguf
