// RWKV 6 and 7. The ranks of the low-rank parts follow from the width (llama.cpp's converter and the reference code).
#include <cmath>

#include "core/model/inventory/writer.h"

namespace headroom::gguf {
namespace {

using u64 = std::uint64_t;

constexpr u64 kHeadSize = 64;
constexpr u64 kTokenShifts = 6;  // lerp vectors of one RWKV-7 block

void write_embeddings(const Context& context, Inventory& inventory) {
  const u64 h = context.arch.hidden;
  Writer out(inventory, "", -1);
  out.linear("token_embd", h, context.arch.vocab);
  out.norm("token_embd_norm", h, NormKind::layer);
  out.norm("output_norm", h, NormKind::layer);
  out.linear("output", h, context.arch.vocab);
}

template <class WriteBlock>
void for_each_block(const Context& context, Inventory& inventory, WriteBlock write) {
  for (std::size_t i = 0; i < context.arch.layers.size(); ++i) {
    Writer out(inventory, "blk." + std::to_string(i) + ".", static_cast<std::int32_t>(i));
    out.norm("attn_norm", context.arch.hidden, NormKind::layer);
    out.norm("attn_norm_2", context.arch.hidden, NormKind::layer);
    write(i, out);
  }
}

// max(1, round(hidden^exponent x factor / 32)) x 32
u64 low_rank(u64 hidden, double exponent, double factor) {
  constexpr double kStep = 32;
  const double steps = std::round(std::pow(static_cast<double>(hidden), exponent) * factor / kStep);
  return static_cast<u64>(std::fmax(1, steps) * kStep);
}

struct Ranks {
  u64 decay = 0, learning = 0, value = 0, gate = 0;
};

// The reference code's defaults. The gate of some released models is narrower; their parameter count tells.
Ranks rwkv7_ranks(u64 h, u64 mixer_params) {
  Ranks ranks{low_rank(h, 0.5, 1.8), low_rank(h, 0.5, 1.8), low_rank(h, 0.5, 1.3), low_rank(h, 0.8, 0.6)};
  constexpr u64 kStep = 32, kSquares = 12;  // four projections and a channel mix of 4h x h, twice
  const u64 others = kSquares * h * h + 2 * h * (ranks.decay + ranks.learning + ranks.value);
  if (mixer_params > others) {
    const u64 gate = (mixer_params - others) / (2 * h) / kStep * kStep;
    if (gate != 0) ranks.gate = gate;
  }
  return ranks;
}

void write_rwkv7_block(u64 h, const Ranks& ranks, bool first, Writer& out) {
  const u64 decay = ranks.decay;
  const u64 learning = ranks.learning;
  // The first block has no value residual; its unused matrices have the size of the learning rate's.
  const u64 value = first ? learning : ranks.value;
  const u64 gate = ranks.gate;
  out.add("time_mix_w0.weight", {h});
  out.add_f32("time_mix_w1.weight", {h, decay});
  out.add_f32("time_mix_w2.weight", {decay, h});
  out.add("time_mix_a0.weight", {h});
  out.add("time_mix_a1.weight", {h, learning});
  out.add("time_mix_a2.weight", {learning, h});
  out.add("time_mix_v0.weight", {h});
  out.add("time_mix_v1.weight", {h, value});
  out.add("time_mix_v2.weight", {value, h});
  out.add("time_mix_g1.weight", {h, gate});
  out.add("time_mix_g2.weight", {gate, h});
  out.add_f32("time_mix_lerp_fused.weight", {h, 1, 1, kTokenShifts});
  for (const char* name : {"k_k", "k_a", "r_k"}) out.add(std::string("time_mix_") + name + ".weight", {h});
  for (const char* name : {"key", "value", "receptance", "output"}) out.linear(std::string("time_mix_") + name, h, h);
  out.norm("time_mix_ln", h, NormKind::layer);
  out.add("channel_mix_lerp_k.weight", {h, 1});
}

}  // namespace

void write_rwkv7(const Context& context, Inventory& inventory) {
  constexpr u64 kFfnFactor = 4;
  const u64 h = context.arch.hidden;
  write_embeddings(context, inventory);
  const u64 counted = context.arch.mixers.empty() ? 0 : context.arch.mixers.front().custom_params;
  const Ranks ranks = rwkv7_ranks(h, counted);
  for_each_block(context, inventory, [h, &ranks](std::size_t block, Writer& out) {
    write_rwkv7_block(h, ranks, block == 0, out);
    out.linear("channel_mix_key", h, kFfnFactor * h);
    out.linear("channel_mix_value", kFfnFactor * h, h);
  });
}

void write_rwkv6(const Context& context, Inventory& inventory) {
  // Ranks double at the 7B width; the FFN is 3.5 times the width, down to a multiple of 32.
  constexpr u64 kWide = 4096, kTimeMixes = 5, kStep = 32;
  const u64 h = context.arch.hidden;
  const u64 mix = h == kWide ? 64 : 32;
  const u64 decay = h == kWide ? 128 : 64;
  const u64 width = h * 7 / 2 / kStep * kStep;
  write_embeddings(context, inventory);
  for_each_block(context, inventory, [=](std::size_t, Writer& out) {
    out.add_f32("time_mix_w1.weight", {h, mix * kTimeMixes});
    out.add_f32("time_mix_w2.weight", {mix, h, kTimeMixes});
    out.add("time_mix_lerp_x.weight", {h});
    out.add_f32("time_mix_lerp_fused.weight", {h, 1, 1, kTimeMixes});
    out.add_f32("time_mix_first.weight", {kHeadSize, h / kHeadSize});
    out.add("time_mix_decay.weight", {h});
    out.add_f32("time_mix_decay_w1.weight", {h, decay});
    out.add_f32("time_mix_decay_w2.weight", {decay, h});
    for (const char* name : {"key", "value", "receptance", "gate", "output"}) {
      out.linear(std::string("time_mix_") + name, h, h);
    }
    out.norm("time_mix_ln", h, NormKind::layer);
    out.add("channel_mix_lerp_k.weight", {h});
    out.add("channel_mix_lerp_r.weight", {h});
    out.linear("channel_mix_key", h, width);
    out.linear("channel_mix_value", width, h);
    out.linear("channel_mix_receptance", h, h);
  });
}

}  // namespace headroom::gguf
