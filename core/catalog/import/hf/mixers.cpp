#include <algorithm>
#include <string>

#include "core/catalog/import/hf/parts.h"
#include "core/catalog/import/quotient.h"

namespace headroom::hf {
namespace {

std::uint8_t read_biases(const Family& family, Fields& config) {
  std::uint8_t bits = family.biases;
  const auto set = [&](Names names, std::uint8_t mask) {
    if (config.has(names)) {
      bits = static_cast<std::uint8_t>(config.flag(names, false) ? bits | mask : bits & ~mask);
    }
  };
  set({"attention_bias"}, family.attention_bias);
  set({"qkv_bias", "use_qkv_bias", "add_qkv_bias"}, bias::kQkv);
  set({"attention_out_bias"}, bias::kOut);
  set({"mlp_bias"}, bias::kMlp);
  // "bias" and "use_bias" switch the bias of all linear layers; Mamba's own switch has the same name.
  if (family.ssm == MixerKind::none) set({"bias", "use_bias"}, bias::kAll);
  if (config.flag({"no_bias"}, false)) bits = bias::kNone;
  return bits;
}

QkNorm read_qk_norm(const Family& family, Fields& config) {
  const bool asked = config.flag({"use_qk_norm", "qk_layernorm"}, false);
  if (asked && family.optional_qk_norm != QkNorm::none) return family.optional_qk_norm;
  return family.qk_norm;
}

// MLA wherever a compressed KV rank is stated.
bool is_mla(Fields& config) { return config.get({"kv_lora_rank"}, 0, kMostWidth) != 0; }

Mixer mla(Context& c, std::uint32_t layer) {
  Mixer m;
  m.kind = MixerKind::mla;
  m.name = "mla";
  m.heads = c.heads[layer];
  m.kv_heads = 1;
  m.q_lora_rank = c.config.get({"q_lora_rank"}, 0, kMostWidth);
  m.kv_lora_rank = c.config.get({"kv_lora_rank"}, 0, kMostWidth);
  m.rope_dim = c.config.required({"qk_rope_head_dim"}, kMostWidth);
  m.nope_dim = c.config.required({"qk_nope_head_dim"}, kMostWidth);
  m.head_dim_k = m.rope_dim + m.nope_dim;
  m.head_dim_v = c.config.get({"v_head_dim"}, m.nope_dim, kMostWidth);
  m.indexer.heads = c.config.get({"index_n_heads"}, 0, kMostHeads);
  m.indexer.dim = c.config.get({"index_head_dim"}, 0, kMostWidth);
  m.indexer.topk = c.config.get({"index_topk"}, 0, kMostTokens);
  return m;
}

void set_biases(const Context& c, Mixer& m) {
  m.bias_q = m.bias_k = m.bias_v = (c.biases & bias::kQkv) != 0;
  m.bias_o = (c.biases & bias::kOut) != 0;
}

// A configuration that states no width of a head divides the model's by the heads.
std::uint32_t head_width(Context& c, const Mixer& m) {
  const Names kHeadDims{"head_dim", "kv_channels", "attention_head_dim", "head_size", "d_kv"};
  if (m.heads != 0 && m.kv_heads != 0 && m.heads % m.kv_heads != 0) {
    c.config.fail(c.config.path_of("num_key_value_heads") + ": " + std::to_string(m.kv_heads) +
                  " was given; allowed are divisors of the " + std::to_string(m.heads) + " attention heads");
  }
  if (m.heads != 0 && c.hidden % m.heads != 0 && !c.config.has(kHeadDims)) {
    c.config.fail(c.config.path_of("num_attention_heads") + ": " + std::to_string(m.heads) +
                  " was given; without head_dim allowed are divisors of the width, " + std::to_string(c.hidden));
  }
  return c.config.get(kHeadDims, quotient(c.hidden, m.heads), kMostWidth);
}

Mixer softmax(Context& c, LayerKind kind, std::uint32_t layer) {
  Mixer m;
  m.kind = MixerKind::gqa;
  m.name = kind == LayerKind::full ? "full" : kind == LayerKind::chunked ? "chunked" : "sliding";
  m.heads = c.heads[layer];
  m.kv_heads = c.kv_heads[layer];
  const std::uint32_t dim = head_width(c, m);
  m.head_dim_k = dim;
  m.head_dim_v = c.config.get({"v_head_dim"}, dim, kMostWidth);
  if (kind != LayerKind::full) {
    m.window = c.window;
    m.chunked = kind == LayerKind::chunked;
    m.kv_heads = c.config.get({"swa_num_key_value_heads"}, m.kv_heads, kMostHeads);
    m.heads = c.config.get({"swa_num_attention_heads"}, m.heads, kMostHeads);
    m.head_dim_k = c.config.get({"swa_head_dim"}, m.head_dim_k, kMostWidth);
    m.head_dim_v = c.config.get({"swa_v_head_dim"}, m.head_dim_v, kMostWidth);
    if (const nlohmann::json* other = c.config.object({"attention_other_setting"})) {  // Step 3.5
      Fields setting(*other, c.config.path_of("attention_other_setting"));
      m.heads = setting.get({"num_attention_heads"}, m.heads, kMostHeads);
      m.kv_heads = setting.get({"num_attention_groups"}, m.kv_heads, kMostHeads);
      if (setting.error()) c.config.fail(setting.error()->message);
    }
  }
  set_biases(c, m);
  m.qk_norm = c.qk_norm;
  m.out_gate = c.family.out_gate;
  m.sinks = c.family.gguf_arch == "gpt-oss" ||
            (kind == LayerKind::full ? c.config.flag({"add_full_attention_sink_bias"}, false)
                                     : c.config.flag({"add_swa_attention_sink_bias"}, false));
  return m;
}

Mixer gated_delta(Context& c) {
  Mixer m;
  m.kind = MixerKind::gated_delta;
  m.name = "linear";
  m.key_heads = c.config.required({"linear_num_key_heads"}, kMostHeads);
  m.value_heads = c.config.required({"linear_num_value_heads"}, kMostHeads);
  m.key_head_dim = c.config.required({"linear_key_head_dim"}, kMostWidth);
  m.value_head_dim = c.config.required({"linear_value_head_dim"}, kMostWidth);
  m.conv = c.config.get({"linear_conv_kernel_dim"}, 4, kMostWidth);
  return m;
}

Mixer kda(Context& c) {
  Mixer m;
  m.kind = MixerKind::kda;
  m.name = "kda";
  const nlohmann::json* inner = c.config.object({"linear_attn_config"});
  static const nlohmann::json kNothing = nlohmann::json::object();
  Fields linear(inner == nullptr ? kNothing : *inner, c.config.path_of("linear_attn_config"));
  m.heads = m.key_heads = m.value_heads = linear.required({"num_heads"}, kMostHeads);
  m.key_head_dim = m.value_head_dim = m.head_dim_k = m.head_dim_v = linear.required({"head_dim"}, kMostWidth);
  m.conv = linear.get({"short_conv_kernel_size"}, 4, kMostWidth);
  if (linear.error()) c.config.fail(linear.error()->message);
  return m;
}

Mixer lightning(Context& c, std::uint32_t layer) {
  Mixer m = softmax(c, LayerKind::full, layer);
  m.kind = MixerKind::lightning;
  m.name = "lightning";
  m.kv_heads = m.heads;
  m.key_heads = m.value_heads = m.heads;
  m.key_head_dim = m.value_head_dim = m.head_dim_k;
  return m;
}

Mixer mamba1(Context& c) {
  Mixer m;
  m.kind = MixerKind::mamba1;
  m.name = "mamba";
  const std::uint32_t expand = c.config.get({"mamba_expand", "expand"}, 2, kMostWidth);
  m.d_inner = c.config.get({"intermediate_size"}, 0, kMostWidth);
  // Jamba's intermediate_size is that of its feed-forward part.
  if (m.d_inner == 0 || c.config.has({"mamba_expand"})) m.d_inner = expand * c.hidden;
  m.d_state = c.config.get({"mamba_d_state", "state_size"}, 16, kMostWidth);
  m.conv = c.config.get({"mamba_d_conv", "conv_kernel"}, 4, kMostWidth);
  m.dt_rank = c.hidden / 16 + (c.hidden % 16 != 0 ? 1 : 0);  // what "auto" stands for
  const bool stated =
      c.config.has({"mamba_dt_rank", "time_step_rank"}) && !c.config.text({"mamba_dt_rank", "time_step_rank"});
  if (stated) m.dt_rank = c.config.get({"mamba_dt_rank", "time_step_rank"}, m.dt_rank, kMostWidth);
  m.conv_bias = c.config.flag({"mamba_conv_bias", "use_conv_bias"}, true);
  m.proj_bias = c.config.flag({"mamba_proj_bias", "use_bias"}, false);
  m.dt_bc_norm = c.family.gguf_arch == "jamba";
  return m;
}

Mixer mamba2(Context& c) {
  Mixer m;
  m.kind = MixerKind::mamba2;
  m.name = "mamba2";
  const std::uint32_t expand = c.config.get({"mamba_expand", "expand"}, 2, kMostWidth);
  m.ssm_heads = c.config.get({"mamba_n_heads", "mamba_num_heads"}, 0, kMostHeads);
  m.ssm_head_dim = c.config.get({"mamba_d_head", "mamba_head_dim"}, 0, kMostWidth);
  if (m.ssm_heads == 0) {  // Mamba-2 itself calls them num_heads and head_dim
    m.ssm_heads = c.config.get({"num_heads"}, 0, kMostHeads);
    m.ssm_head_dim = c.config.get({"head_dim"}, 64, kMostWidth);
    if (m.ssm_heads == 0) m.ssm_heads = quotient(expand * c.hidden, m.ssm_head_dim);
  }
  m.d_inner = c.config.get({"mamba_d_ssm"}, m.ssm_heads * m.ssm_head_dim, kMostWidth);
  if (m.ssm_head_dim == 0) m.d_inner = expand * c.hidden;
  if (m.ssm_head_dim == 0) m.ssm_head_dim = quotient(m.d_inner, m.ssm_heads);
  m.d_state = c.config.get({"mamba_d_state", "ssm_state_size", "state_size"}, 128, kMostWidth);
  m.n_groups = c.config.get({"mamba_n_groups", "n_groups"}, 1, kMostHeads);
  m.conv = c.config.get({"mamba_d_conv", "conv_kernel"}, 4, kMostWidth);
  m.conv_bias = c.config.flag({"mamba_conv_bias", "use_conv_bias"}, true);
  m.proj_bias = c.config.flag({"mamba_proj_bias", "use_bias"}, false);
  m.ssm_norm = c.config.flag({"mamba_rms_norm"}, true);
  return m;
}

Mixer parallel_hybrid(Context& c, std::uint32_t layer) {  // Falcon-H1
  Mixer m = mamba2(c);
  const Mixer attention = softmax(c, LayerKind::full, layer);
  m.kind = MixerKind::attention_mamba2;
  m.name = "parallel";
  m.heads = attention.heads;
  m.kv_heads = attention.kv_heads;
  m.head_dim_k = attention.head_dim_k;
  m.head_dim_v = attention.head_dim_v;
  m.bias_q = attention.bias_q;
  m.bias_k = attention.bias_k;
  m.bias_v = attention.bias_v;
  m.bias_o = attention.bias_o;
  return m;
}

Mixer rglru(Context& c) {
  Mixer m;
  m.kind = MixerKind::rglru;
  m.name = "recurrent";
  m.lru_width = c.config.get({"lru_width"}, c.hidden, kMostWidth);
  m.lru_blocks = c.config.get({"num_attention_heads"}, 1, kMostHeads);
  m.conv = c.config.get({"conv1d_width"}, 4, kMostWidth);
  return m;
}

Mixer ssm(Context& c, std::uint32_t layer) {
  switch (c.family.ssm) {
    case MixerKind::mamba1: return mamba1(c);
    case MixerKind::attention_mamba2: return parallel_hybrid(c, layer);
    case MixerKind::rglru: return rglru(c);
    default: return mamba2(c);
  }
}

}  // namespace

Context make_context(const Family& family, std::uint32_t hidden, std::uint32_t layers, Fields& config) {
  Context c{family, config, hidden, layers, 0, 0, QkNorm::none, {}, {}};
  c.biases = read_biases(family, config);
  c.qk_norm = read_qk_norm(family, config);
  const Names kHeads{"num_attention_heads",    "n_head", "n_heads", "num_heads", "decoder_attention_heads",
                     "encoder_attention_heads"};
  c.heads = config.per_layer(kHeads, layers, 0, kMostHeads);
  c.kv_heads = c.heads;
  const Names kKvHeads{"num_key_value_heads", "num_kv_heads",          "n_head_kv",
                       "n_kv_heads",          "multi_query_group_num", "num_attention_groups"};
  if (config.has(kKvHeads)) c.kv_heads = config.per_layer(kKvHeads, layers, 0, kMostHeads);
  // One shared head: GPT-BigCode, and Falcon before its "new decoder architecture".
  const bool multi_query = config.flag({"multi_query"}, false) && !config.flag({"new_decoder_architecture"}, false);
  if (multi_query) c.kv_heads.assign(layers, 1);
  if (config.has({"multi_query_attention"}) && !config.flag({"multi_query_attention"}, true)) c.kv_heads = c.heads;
  if (const nlohmann::json* attention = config.object({"attn_config"})) {  // MPT, DBRX
    Fields inner(*attention, config.path_of("attn_config"));
    if (const auto kv = inner.find({"kv_n_heads"}, kMostHeads)) c.kv_heads.assign(layers, *kv);
  }
  read_block_heads(c);
  return c;
}

Mixer make_mixer(Context& context, LayerKind kind, std::uint32_t layer) {
  switch (kind) {
    case LayerKind::full:
      if (is_mla(context.config)) return mla(context, layer);
      return softmax(context, kind, layer);
    case LayerKind::sliding:
    case LayerKind::chunked: return softmax(context, kind, layer);
    case LayerKind::linear:
      if (context.family.linear == MixerKind::kda) return kda(context);
      if (context.family.linear == MixerKind::lightning) return lightning(context, layer);
      return gated_delta(context);
    case LayerKind::ssm: return ssm(context, layer);
    case LayerKind::conv: {
      Mixer m;
      m.kind = MixerKind::short_conv;
      m.name = "conv";
      m.conv = context.config.get({"conv_L_cache"}, 3, kMostWidth);
      return m;
    }
    case LayerKind::compressed: return make_compressed(context, layer);
    case LayerKind::cross: {
      Mixer m = softmax(context, LayerKind::full, layer);
      m.kind = MixerKind::cross;
      m.name = "cross";
      return m;
    }
    case LayerKind::mlp:
    case LayerKind::moe:
    case LayerKind::absent: break;
  }
  Mixer none;
  none.kind = MixerKind::none;
  none.name = "none";
  return none;
}

}  // namespace headroom::hf
