// BERT and its kin, and encoder-decoders (T5).
#include <algorithm>

#include "core/model/inventory/writer.h"

namespace headroom::gguf {
namespace {

using u64 = std::uint64_t;

// RoBERTa keeps two unused rows in front of its positions (padding index + 1); the converter cuts them off.
u64 position_rows(const Architecture& arch) {
  constexpr u64 kUnused = 2, kUsualStep = 64;
  const u64 rows = arch.position_rows;
  return rows > kUnused && (rows - kUnused) % kUsualStep == 0 ? rows - kUnused : rows;
}

bool has_classifier(const Architecture& arch) {
  return std::any_of(arch.extras.begin(), arch.extras.end(),
                     [](const ExtraPart& part) { return part.name == "classification head"; });
}

void write_side(const Context& context, const char* side, std::size_t blocks, bool cross, Inventory& inventory) {
  const Architecture& arch = context.arch;
  const u64 h = arch.hidden;
  const std::string prefix(side);
  for (std::size_t i = 0; i < blocks; ++i) {
    Writer out(inventory, prefix + ".blk." + std::to_string(i) + ".", cross ? static_cast<std::int32_t>(i) : -1);
    const Layer& layer = arch.layers[std::min(i, arch.layers.size() - 1)];
    const Mixer& m = arch.mixers[layer.mixer];
    out.norm("attn_norm", h, arch.norm);
    write_mixer(context, m, out);
    constexpr u64 kBuckets = 32;  // relative positions, learned in the first block only
    if (i == 0 && arch.gguf_arch == "t5") out.add("attn_rel_b.weight", {m.heads, kBuckets});
    if (cross) {
      const u64 query = u64{m.heads} * m.head_dim_k;
      out.norm("cross_attn_norm", h, arch.norm);
      out.linear("cross_attn_q", h, query, m.bias_q);
      out.linear("cross_attn_k", h, query, m.bias_k);
      out.linear("cross_attn_v", h, query, m.bias_v);
      out.linear("cross_attn_o", query, h, m.bias_o);
    }
    out.norm("ffn_norm", h, arch.norm);
    write_ffn(context, arch.ffns[layer.ffn], out);
  }
  Writer out(inventory, "", -1);
  out.norm(prefix + ".output_norm", h, arch.norm);
}

}  // namespace

void write_bert(const Context& context, Inventory& inventory) {
  const Architecture& arch = context.arch;
  const u64 h = arch.hidden;
  Writer globals(inventory, "", -1);
  globals.linear("token_embd", h, arch.vocab);
  globals.add_f32("token_types.weight", {h, arch.token_type_rows});
  globals.norm("token_embd_norm", h, arch.embedding_norm);
  globals.add_f32("position_embd.weight", {h, position_rows(arch)});
  if (has_classifier(arch)) {
    globals.linear("cls", h, h, true);
    globals.linear("cls.output", h, 1, true);
  }
  for (std::size_t i = 0; i < arch.layers.size(); ++i) {
    Writer out(inventory, "blk." + std::to_string(i) + ".", static_cast<std::int32_t>(i));
    write_mixer(context, arch.mixers[arch.layers[i].mixer], out);
    out.norm("attn_output_norm", h, arch.norm);
    write_ffn(context, arch.ffns[arch.layers[i].ffn], out);
    out.norm("layer_output_norm", h, arch.norm);
  }
}

void write_t5(const Context& context, Inventory& inventory) {
  const Architecture& arch = context.arch;
  if (arch.layers.empty()) return;
  Writer globals(inventory, "", -1);
  globals.linear("token_embd", arch.hidden, arch.vocab);
  globals.add_f32("position_embd.weight", {arch.hidden, arch.position_rows});
  if (!arch.tied_embeddings) globals.linear("output", arch.hidden, arch.vocab);
  write_side(context, "enc", arch.encoder_layers, false, inventory);
  write_side(context, "dec", arch.layers.size(), true, inventory);
}

}  // namespace headroom::gguf
