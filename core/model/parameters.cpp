#include "core/model/parameters.h"

#include <cmath>

namespace headroom {
namespace {

using Count = std::uint64_t;

Count if_set(bool flag, Count n) { return flag ? n : 0; }

Count attention_params(Count hidden, const Mixer& m) {
  const Count q_width = Count{m.heads} * m.head_dim_k;
  const Count k_width = Count{m.kv_heads} * m.head_dim_k;
  const Count v_width = Count{m.kv_heads} * m.head_dim_v;
  const Count out_width = Count{m.heads} * m.head_dim_v;
  const Count q_parts = m.out_gate == OutGate::fused_in_q ? 2 : 1;
  const bool owns_cache = m.kind != MixerKind::gqa_shared_kv;

  Count n = q_parts * (hidden * q_width + if_set(m.bias_q, q_width));
  if (owns_cache || m.kv_weights_present) {
    n += hidden * k_width + if_set(m.bias_k, k_width);
    if (!m.v_equals_k) n += hidden * v_width + if_set(m.bias_v, v_width);
  }
  n += out_width * hidden + if_set(m.bias_o, hidden);
  if (m.out_gate == OutGate::per_head) n += hidden * m.heads;
  if (m.out_gate == OutGate::full) n += hidden * out_width;

  const Count k_norms = owns_cache ? 1 : 0;
  switch (m.qk_norm) {
    case QkNorm::none: break;
    case QkNorm::head: n += (1 + k_norms) * m.head_dim_k; break;
    case QkNorm::head_ln: n += 2 * (1 + k_norms) * m.head_dim_k; break;
    case QkNorm::full: n += q_width + k_norms * k_width; break;
    case QkNorm::full_ln: n += 2 * (q_width + k_norms * k_width); break;
  }
  n += if_set(m.sinks, m.heads) + if_set(m.sub_norm, out_width);
  return n;
}

Count mla_params(Count hidden, const Mixer& m) {
  const Count q_width = Count{m.heads} * (m.rope_dim + m.nope_dim);
  const Count out_width = Count{m.heads} * m.head_dim_v;
  Count n = m.q_lora_rank == 0 ? hidden * q_width : hidden * m.q_lora_rank + m.q_lora_rank + m.q_lora_rank * q_width;
  n += hidden * (m.kv_lora_rank + m.rope_dim) + m.kv_lora_rank;
  n += Count{m.kv_lora_rank} * m.heads * (m.nope_dim + m.head_dim_v) + out_width * hidden;
  if (m.out_gate == OutGate::full) n += hidden * out_width;
  if (m.qk_norm == QkNorm::head) n += 2 * Count{m.rope_dim + m.nope_dim};
  if (m.indexer.heads > 0) {
    n += Count{m.q_lora_rank} * m.indexer.heads * m.indexer.dim + hidden * m.indexer.dim + 2 * Count{m.indexer.dim} +
         hidden * m.indexer.heads;
  }
  return n;
}

Count gated_delta_params(Count hidden, const Mixer& m) {
  const Count key = Count{m.key_heads} * m.key_head_dim;
  const Count value = Count{m.value_heads} * m.value_head_dim;
  const Count projections = hidden * (2 * key + 2 * value) + hidden * 2 * m.value_heads + value * hidden;
  return projections + (2 * key + value) * m.conv + 2 * Count{m.value_heads} + m.value_head_dim;
}

Count kda_params(Count hidden, const Mixer& m) {
  const Count head = m.key_head_dim;
  const Count width = Count{m.heads} * head;
  const Count low_rank = hidden * head + head * width;
  Count n = 3 * hidden * width + 3 * width * m.conv;  // q, k, v and their short convolutions
  n += low_rank + width + m.heads;                    // decay gate, its bias and A
  n += hidden * m.heads;                              // beta
  n += m.full_rank_gate ? hidden * width : low_rank;  // output gate
  return n + head + width * hidden;                   // norm and output projection
}

Count mamba1_params(Count hidden, const Mixer& m) {
  const Count inner = m.d_inner;
  Count n = hidden * 2 * inner + inner * m.conv + inner + inner * (m.dt_rank + 2 * Count{m.d_state});
  n += m.dt_rank * inner + inner + inner * m.d_state + inner + inner * hidden;
  n += if_set(m.proj_bias, 2 * inner + hidden) + if_set(m.dt_bc_norm, m.dt_rank + 2 * Count{m.d_state});
  return n;
}

Count mamba2_params(Count hidden, const Mixer& m) {
  const Count inner = m.d_inner;
  const Count groups = 2 * Count{m.n_groups} * m.d_state;
  const Count conv_width = inner + groups;
  Count n = hidden * (2 * inner + groups + m.ssm_heads) + conv_width * m.conv + if_set(m.conv_bias, conv_width);
  n += 3 * Count{m.ssm_heads} + inner * hidden + if_set(m.ssm_norm, inner);
  n += if_set(m.proj_bias, 2 * inner + groups + m.ssm_heads + hidden);
  return n;
}

Count lightning_params(Count hidden, const Mixer& m) {
  const Count width = Count{m.heads} * m.head_dim_k;
  const Count norms = width + (m.qk_norm == QkNorm::head ? 2 * Count{m.head_dim_k} : 0);
  return hidden * 3 * width + hidden * width + norms + width * hidden;
}

Count rglru_params(Count hidden, const Mixer& m) {
  const Count width = m.lru_width;
  const Count block = m.lru_blocks == 0 ? width : width / m.lru_blocks;
  const Count branches = 2 * (hidden * width + width) + width * m.conv + width + width * hidden + hidden;
  return branches + width + 2 * (width * block + width);
}

Count cross_params(Count hidden, const Mixer& m) {
  const Count q_width = Count{m.heads} * m.head_dim_k;
  return 2 * hidden * q_width + 2 * hidden * m.kv_heads * m.head_dim_k + 2 * Count{m.head_dim_k} + 2;
}

Count layer_norms(const Architecture& model, Count layers) {
  return static_cast<Count>(std::llround(model.norms_per_layer * static_cast<double>(layers))) *
         norm_params(model.norm, model.hidden);
}

}  // namespace

std::uint64_t norm_params(NormKind kind, std::uint64_t width) {
  switch (kind) {
    case NormKind::rms:
    case NormKind::layer_no_bias: return width;
    case NormKind::layer: return 2 * width;
    case NormKind::none: return 0;
  }
  return 0;
}

std::uint64_t mixer_params(const Architecture& model, const Mixer& mixer) {
  const Count hidden = model.hidden;
  Count n = 0;
  switch (mixer.kind) {
    case MixerKind::none: break;
    case MixerKind::gqa:
    case MixerKind::gqa_shared_kv: n = attention_params(hidden, mixer); break;
    case MixerKind::mla: n = mla_params(hidden, mixer); break;
    case MixerKind::gated_delta: n = gated_delta_params(hidden, mixer); break;
    case MixerKind::kda: n = kda_params(hidden, mixer); break;
    case MixerKind::mamba1: n = mamba1_params(hidden, mixer); break;
    case MixerKind::mamba2: n = mamba2_params(hidden, mixer); break;
    case MixerKind::attention_mamba2: n = attention_params(hidden, mixer) + mamba2_params(hidden, mixer); break;
    case MixerKind::short_conv: n = 4 * hidden * hidden + hidden * mixer.conv; break;
    case MixerKind::lightning: n = lightning_params(hidden, mixer); break;
    case MixerKind::rglru: n = rglru_params(hidden, mixer); break;
    case MixerKind::cross: n = cross_params(hidden, mixer); break;
    case MixerKind::rwkv:
    case MixerKind::compressed_csa:
    case MixerKind::custom: n = mixer.custom_params; break;
  }
  return n + mixer.extra_params;
}

FfnParams ffn_params(const Architecture& model, const Ffn& ffn) {
  const Count hidden = model.hidden;
  FfnParams n;
  if (ffn.kind == FfnKind::dense || ffn.kind == FfnKind::dense_and_moe) {
    const Count matrices = ffn.gated ? 3 : 2;
    n.dense = matrices * hidden * ffn.width + if_set(ffn.bias_up, (matrices - 1) * ffn.width) +
              if_set(ffn.bias_down, hidden) + if_set(ffn.sub_norm, ffn.width);
  }
  if (ffn.kind != FfnKind::moe && ffn.kind != FfnKind::dense_and_moe) return n;

  const Count width = ffn.expert_width;
  const Count matrices = ffn.experts_gated ? 3 : 2;
  const Count input = ffn.latent > 0 ? ffn.latent : hidden;
  n.experts = ffn.experts;
  n.experts_used = ffn.experts_used;
  n.expert = matrices * input * width + if_set(ffn.expert_bias, (matrices - 1) * width + input);
  if (ffn.latent > 0) n.dense += 2 * hidden * ffn.latent + if_set(ffn.latent_norm, ffn.latent);
  n.dense += 3 * hidden * ffn.dense_residual_width;
  const Count targets = Count{ffn.experts} + ffn.zero_experts;
  n.router = hidden * targets + if_set(ffn.router_bias, targets);
  if (ffn.shared_experts > 0) {
    n.shared = (ffn.shared_gated ? 3 : 2) * hidden * ffn.shared_width +
               if_set(ffn.expert_bias, 2 * Count{ffn.shared_width} + hidden) + if_set(ffn.shared_gate, hidden);
  }
  return n;
}

ParameterCounts count_parameters(const Architecture& model) {
  ParameterCounts n;
  const Count hidden = model.hidden;
  const Count embedding_dim = model.embedding_dim > 0 ? model.embedding_dim : hidden;
  n.embedding = model.vocab * embedding_dim + (Count{model.position_rows} + model.token_type_rows) * hidden +
                norm_params(model.embedding_norm, hidden);
  if (model.embedding_dim > 0) n.embedding += 2 * embedding_dim * hidden;  // projections in and out
  if (!model.tied_embeddings && !model.no_lm_head) n.head = model.vocab * embedding_dim;
  if (model.lm_head_bias) n.head += model.vocab;

  std::vector<Count> mixer_counts;
  for (const Mixer& mixer : model.mixers) mixer_counts.push_back(mixer_params(model, mixer));
  std::vector<FfnParams> ffn_counts;
  for (const Ffn& ffn : model.ffns) ffn_counts.push_back(ffn_params(model, ffn));
  for (const Layer& layer : model.layers) {
    n.mixers += mixer_counts[layer.mixer];
    n.ffn += ffn_counts[layer.ffn].total();
    n.idle_experts += ffn_counts[layer.ffn].total() - ffn_counts[layer.ffn].active();
  }
  const Count final_norm = norm_params(model.norm, hidden);
  n.norms = layer_norms(model, model.layers.size()) + if_set(model.final_norm, final_norm);

  if (model.topology == Topology::encoder_decoder && !model.layers.empty()) {
    // The decoder's layers stand in `layers`; each also has a cross attention of the same shape and its norm. The
    // encoder's have the self attention and the feed-forward, and a final norm of their own.
    n.mixers += n.mixers + Count{model.encoder_layers} * mixer_counts[model.layers[0].mixer];
    n.ffn += Count{model.encoder_layers} * ffn_counts[model.layers[0].ffn].total();
    n.norms += (model.layers.size() + 2 * Count{model.encoder_layers} + 1) * final_norm;
  }
  for (const ExtraPart& part : model.extras) {
    switch (part.where) {
      case ExtraPart::Where::text: n.extras += part.params; break;
      case ExtraPart::Where::vision: n.vision += part.params; break;
      case ExtraPart::Where::audio: n.audio += part.params; break;
      case ExtraPart::Where::stated: n.stated += part.params; break;
    }
  }
  if (model.mtp.layers > 0) {
    const Count per_layer = mixer_counts[model.mtp.mixer] + ffn_counts[model.mtp.ffn].total() +
                            model.mtp.norms * final_norm + 2 * hidden * hidden +
                            Count{model.mtp.own_embeddings} * model.vocab * hidden;
    n.mtp = model.mtp.layers * per_layer + model.mtp.shared_norms * final_norm;
  }
  return n;
}

void set_parameter_counts(Architecture& model) {
  const ParameterCounts n = count_parameters(model);
  model.text_params = n.text();
  model.text_active_params = n.text() - n.idle_experts;
  model.vision_params = n.vision;
  model.audio_params = n.audio;
  model.stated_params = n.stated;
  model.mtp.params = n.mtp;
}

std::uint64_t tower_params(const Tower& t) {
  const Count hidden = t.hidden;
  const Count q_width = Count{t.heads} * t.head_dim;
  const Count kv_width = Count{t.kv_heads} * t.head_dim;
  Count layer = 2 * hidden * q_width + 2 * hidden * kv_width;
  layer += if_set(t.attention_bias, q_width + kv_width + hidden) + if_set(t.key_bias, kv_width);
  if (t.qk_norm == QkNorm::head) layer += 2 * Count{t.head_dim};
  if (t.qk_norm == QkNorm::full) layer += q_width + kv_width;
  const Count matrices = t.gated ? 3 : 2;
  layer += matrices * hidden * t.ffn + if_set(t.mlp_bias, (matrices - 1) * t.ffn + hidden);
  layer += t.norms_per_layer * norm_params(t.norm, hidden) + t.layer_scales * hidden;

  const Count patch = Count{t.channels} * t.temporal * t.patch * t.patch * hidden + if_set(t.patch_bias, hidden);
  const Count positions = t.positions * hidden + if_set(t.class_token, hidden);
  const Count outer_norms = (t.pre_norm ? 1U : 0U) + (t.post_norm ? 1U : 0U);
  return patch + positions + t.layers * layer + outer_norms * norm_params(t.norm, hidden);
}

}  // namespace headroom
