// DeepSeek-V4: one shared key/value latent, compressors in front of a window, grouped low-rank output,
// hyper-connections.
#include "core/model/inventory/writer.h"

namespace headroom::gguf {
namespace {

using u64 = std::uint64_t;

// The released configurations: hc_mult, and the layers routed by a hash of the token instead of scores.
constexpr u64 kStreams = 4;
constexpr std::size_t kHashLayers = 3;
// One hyper-connection mixes the streams with pre, post and stream-to-stream weights.
constexpr u64 kMixes = kStreams * (2 + kStreams);
// Two overlapping windows per entry where the compressor is fine (ratio 4); none where it is coarse.
constexpr u64 kFineRatio = 4;

void write_compressor(const std::string& name, u64 hidden, u64 width, u64 ratio, Writer& out) {
  const u64 projected = ratio == kFineRatio ? 2 * width : width;
  out.linear(name + "_kv", hidden, projected);
  out.linear(name + "_gate", hidden, projected);
  out.add_f32(name + "_ape.weight", {projected, ratio});
  out.norm(name + "_norm", width, NormKind::rms);
}

void write_attention(const Mixer& m, u64 h, Writer& out) {
  const u64 joined = u64{m.heads} * m.latent_kv_dim;
  const u64 groups = m.output_groups == 0 ? 1 : m.output_groups;
  out.add("attn_sinks.weight", {m.heads});
  out.linear("attn_q_a", h, m.q_lora_rank);
  out.norm("attn_q_a_norm", m.q_lora_rank, NormKind::rms);
  out.linear("attn_q_b", m.q_lora_rank, joined);
  out.linear("attn_kv", h, m.latent_kv_dim);
  out.norm("attn_kv_a_norm", m.latent_kv_dim, NormKind::rms);
  out.add("attn_output_a.weight", {joined / groups, m.output_rank, groups});
  out.linear("attn_output_b", groups * m.output_rank, h);
  if (m.compress_ratio == 0) return;
  write_compressor("attn_compressor", h, m.latent_kv_dim, m.compress_ratio, out);
  if (m.indexer.heads == 0) return;
  out.add_f32("indexer.proj.weight", {h, m.indexer.heads});
  out.linear("indexer.attn_q_b", m.q_lora_rank, u64{m.indexer.heads} * m.indexer.dim);
  write_compressor("indexer_compressor", h, m.indexer.dim, m.compress_ratio, out);
}

void write_hyper_connection(const std::string& name, u64 hidden, u64 mixes, u64 scales, Writer& out) {
  out.add_f32(name + "_fn.weight", {kStreams * hidden, mixes});
  out.add(name + "_base.weight", {mixes});
  out.add(name + "_scale.weight", {scales});
}

}  // namespace

void write_deepseek4(const Context& context, Inventory& inventory) {
  const Architecture& arch = context.arch;
  const u64 h = arch.hidden;
  Writer globals(inventory, "", -1);
  globals.linear("token_embd", h, arch.vocab);
  globals.norm("output_norm", h, NormKind::rms);
  globals.linear("output", h, arch.vocab);
  write_hyper_connection("output_hc", h, kStreams, 1, globals);
  for (std::size_t i = 0; i < arch.layers.size(); ++i) {
    Writer out(inventory, "blk." + std::to_string(i) + ".", static_cast<std::int32_t>(i));
    out.norm("attn_norm", h, NormKind::rms);
    write_attention(arch.mixers[arch.layers[i].mixer], h, out);
    write_hyper_connection("hc_attn", h, kMixes, 3, out);
    write_hyper_connection("hc_ffn", h, kMixes, 3, out);
    out.norm("ffn_norm", h, NormKind::rms);
    Ffn ffn = arch.ffns[arch.layers[i].ffn];
    if (i < kHashLayers) {
      out.add("ffn_gate_tid2eid.weight", {ffn.experts_used, arch.vocab}, GgmlType::i32);
      ffn.router_bias = false;
    }
    write_ffn(context, ffn, out);
  }
}

}  // namespace headroom::gguf
