#include "core/memory/element_sizes.h"
#include "core/memory/memory.h"

namespace headroom {
namespace {

// Rows and columns of every projection of a layer that adapters usually target, summed: a low-rank pair of rank r adds
// r x (in + out) weights to each.
Bytes attention_edges(const Mixer& m, std::uint64_t hidden) {
  const Bytes in(hidden);
  const Bytes values = Bytes(m.value_heads) * m.value_head_dim;
  switch (m.kind) {
    case MixerKind::gqa:
    case MixerKind::gqa_shared_kv:
    case MixerKind::attention_mamba2:
    case MixerKind::cross: {
      const Bytes q = Bytes(m.heads) * m.head_dim_k, o = Bytes(m.heads) * m.head_dim_v;
      const Bytes kv = Bytes(m.kv_heads) * (std::uint64_t{m.head_dim_k} + m.head_dim_v);
      return in * 4 + q + o + kv;
    }
    case MixerKind::mla: {
      const Bytes row = Bytes(m.kv_lora_rank) + Bytes(m.rope_dim);
      const Bytes q = Bytes(m.heads) * (std::uint64_t{m.nope_dim} + m.rope_dim);
      return in * 3 + q + row + Bytes(m.heads) * m.head_dim_v + Bytes(m.q_lora_rank) * 2;
    }
    case MixerKind::gated_delta:
    case MixerKind::kda:
    case MixerKind::lightning: return in * 4 + Bytes(m.key_heads) * m.key_head_dim * 2 + values * 2;
    case MixerKind::mamba1:
    case MixerKind::mamba2: return in * 2 + Bytes(m.d_inner) * 3;
    default: return Bytes(0);
  }
}

Bytes feed_forward_edges(const Ffn& ffn, std::uint64_t hidden) {
  Bytes edges;
  if (ffn.width != 0) edges += (Bytes(hidden) + Bytes(ffn.width)) * (ffn.gated ? 3 : 2);
  if (ffn.shared_width != 0) edges += (Bytes(hidden) + Bytes(ffn.shared_width)) * (ffn.shared_gated ? 3 : 2);
  return edges;
}

}  // namespace

Bytes adapter_bytes(const ModelProfile& model, const Adapter& adapter) {
  Bytes edges;
  for (const LayerGroup& group : model.groups) {
    edges += (attention_edges(group.mixer, model.arch.hidden) + feed_forward_edges(group.ffn, model.arch.hidden)) *
             group.count;
  }
  return edges * adapter.rank * kHalf * adapter.count;
}

}  // namespace headroom
