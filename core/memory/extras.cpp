#include <algorithm>

#include "core/memory/element_sizes.h"
#include "core/memory/memory.h"

namespace headroom {
namespace {

// The low-rank pairs of one layer on one rank: each adds as many weights per rank of the adapter as its input and
// output have rows there.
class Pairs {
 public:
  Pairs(std::uint16_t targets, std::uint32_t ranks) : targets_(targets), ranks_(std::max(ranks, 1U)) {}

  // Projections whose outputs are divided among the ranks, whose inputs are, and that every rank has whole.
  void column(std::uint16_t target, Bytes in, Bytes out) { add(target, in + share(out)); }
  void row(std::uint16_t target, Bytes in, Bytes out) { add(target, share(in) + out); }
  void whole(std::uint16_t target, Bytes in, Bytes out) { add(target, in + out); }
  // Keys or values: no rank has less than a head.
  void heads(std::uint16_t target, Bytes in, std::uint64_t heads, std::uint64_t dim) {
    add(target, in + Bytes(divide_up(heads, ranks_)) * dim);
  }
  void add(std::uint16_t target, Bytes edges) {
    if ((targets_ & target) != 0) edges_ += edges;
  }
  [[nodiscard]] Bytes share(Bytes whole) const { return Bytes(divide_up(whole.value(), ranks_)); }
  [[nodiscard]] Bytes edges() const { return edges_; }

 private:
  std::uint16_t targets_;
  std::uint32_t ranks_;
  Bytes edges_;
};

namespace target = adapter_target;

void add_attention(const Mixer& m, Bytes hidden, Pairs& pairs) {
  const Bytes values = Bytes(m.value_heads) * m.value_head_dim;
  switch (m.kind) {
    case MixerKind::gqa:
    case MixerKind::gqa_shared_kv:
    case MixerKind::attention_mamba2:
    case MixerKind::cross:
      pairs.column(target::q, hidden, Bytes(m.heads) * m.head_dim_k);
      pairs.heads(target::k, hidden, m.kv_heads, m.head_dim_k);
      pairs.heads(target::v, hidden, m.kv_heads, m.head_dim_v);
      pairs.row(target::o, Bytes(m.heads) * m.head_dim_v, hidden);
      return;
    case MixerKind::mla: {
      const Bytes q = Bytes(m.heads) * (std::uint64_t{m.nope_dim} + m.rope_dim);
      if (m.q_lora_rank != 0) pairs.whole(target::q, hidden, Bytes(m.q_lora_rank));
      pairs.column(target::q, m.q_lora_rank != 0 ? Bytes(m.q_lora_rank) : hidden, q);
      pairs.whole(target::k, hidden, Bytes(m.kv_lora_rank) + Bytes(m.rope_dim));
      pairs.row(target::o, Bytes(m.heads) * m.head_dim_v, hidden);
      return;
    }
    case MixerKind::gated_delta:
    case MixerKind::kda:
    case MixerKind::lightning:
      pairs.column(target::q, hidden, Bytes(m.key_heads) * m.key_head_dim);
      pairs.column(target::k, hidden, Bytes(m.key_heads) * m.key_head_dim);
      pairs.column(target::v, hidden, values);
      pairs.row(target::o, values, hidden);
      return;
    case MixerKind::mamba1:
    case MixerKind::mamba2:
      pairs.column(target::q, hidden, Bytes(m.d_inner) * 2);
      pairs.row(target::o, Bytes(m.d_inner), hidden);
      return;
    default: return;
  }
}

void add_network(std::uint64_t width, bool gated, Bytes hidden, Pairs& pairs) {
  if (width == 0) return;
  if (gated) pairs.column(target::gate, hidden, Bytes(width));
  pairs.column(target::up, hidden, Bytes(width));
  pairs.row(target::down, Bytes(width), hidden);
}

// Every routed expert has pairs of its own (vLLM's FusedMoEWithLoRA, SGLang's and llama.cpp's too).
void add_experts(const Ffn& ffn, Bytes hidden, const AdapterRanks& ranks, Pairs& pairs) {
  if (ffn.experts == 0) return;
  const std::uint64_t experts = ranks.whole_experts ? divide_up(ffn.experts, ranks.experts) : ffn.experts;
  const Bytes width(ranks.whole_experts ? ffn.expert_width : divide_up(ffn.expert_width, ranks.experts));
  pairs.add(target::experts, (hidden + width) * ((ffn.experts_gated ? 3 : 2) * experts));
}

}  // namespace

Bytes adapter_layer_bytes(const LayerGroup& group, std::uint64_t hidden, const Adapter& adapter,
                          const AdapterRanks& ranks) {
  Pairs pairs(adapter.targets != 0 ? adapter.targets : target::usual, ranks.of_copy);
  add_attention(group.mixer, Bytes(hidden), pairs);
  add_network(group.ffn.width, group.ffn.gated, Bytes(hidden), pairs);
  add_network(group.ffn.shared_width, group.ffn.shared_gated, Bytes(hidden), pairs);
  add_experts(group.ffn, Bytes(hidden), ranks, pairs);
  return pairs.edges() * adapter.rank * kHalf * adapter.count;
}

Bytes adapter_bytes(const ModelProfile& model, const Adapter& adapter) {
  Bytes bytes;
  for (const LayerGroup& group : model.groups) {
    bytes += adapter_layer_bytes(group, model.arch.hidden, adapter, {}) * group.count;
  }
  return bytes;
}

}  // namespace headroom
