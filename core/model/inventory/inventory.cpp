#include "core/model/inventory.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/inventory/writer.h"

namespace headroom {
namespace {

using gguf::BlockNorms;
using gguf::Context;
using gguf::Layout;
using gguf::Writer;
using u64 = std::uint64_t;

std::string block_prefix(std::size_t block) { return "blk." + std::to_string(block) + "."; }

bool has_mixer(const Mixer& m) { return m.kind != MixerKind::none; }

void write_norms(const Context& context, const Mixer& mixer, const Ffn& ffn, std::size_t block, Writer& out) {
  const u64 h = context.arch.hidden;
  const NormKind kind = context.norm_kind();
  const bool one = context.arch.norms_per_layer < 1.5;  // a mean: ModernBERT lacks one norm in all
  const bool with_ffn = ffn.kind != FfnKind::none;
  const bool skip_first = context.layout.first_norm_missing && block == 0;
  const bool skip_mixer = context.layout.bare_mixerless && !has_mixer(mixer);
  const bool pre_attention = context.layout.norms != BlockNorms::post && context.layout.norms != BlockNorms::encoder;
  if (pre_attention && !skip_first && !skip_mixer) out.norm("attn_norm", h, kind);
  switch (context.layout.norms) {
    case BlockNorms::pre:
      if (with_ffn && !one) context.layout.bare_ffn_norm ? out.add("ffn_norm", {h}) : out.norm("ffn_norm", h, kind);
      return;
    case BlockNorms::pre_post_named: out.norm("post_attention_norm", h, kind); return;
    case BlockNorms::sandwich:
      out.norm("post_attention_norm", h, kind);
      out.norm("ffn_norm", h, kind);
      out.norm("post_ffw_norm", h, kind);
      return;
    case BlockNorms::post:
      out.norm("post_attention_norm", h, kind);
      out.norm("post_ffw_norm", h, kind);
      return;
    case BlockNorms::output_named:
      out.norm("attn_output_norm", h, kind);
      out.norm("ffn_norm", h, kind);
      out.norm("layer_output_norm", h, kind);
      return;
    case BlockNorms::attention_pair: out.norm("attn_output_norm", h, kind); return;
    case BlockNorms::second:
      if (!one) out.norm("attn_norm_2", h, kind);
      return;
    case BlockNorms::with_experts:
      out.norm("ffn_norm", h, kind);
      out.norm("ffn_norm_exps", h, kind);
      return;
    case BlockNorms::single: return;
    case BlockNorms::encoder:
      out.norm("attn_output_norm", h, kind);
      out.norm("layer_output_norm", h, kind);
      return;
  }
}

// A mixer of which only the parameter count is known.
void write_counted_mixer(const Context& context, const Mixer& mixer, Writer& out) {
  if (mixer.custom_params != 0) out.linear("mixer", context.arch.hidden, mixer.custom_params / context.arch.hidden);
}

void write_block(const Context& context, const Layer& layer, std::size_t block, Writer& out) {
  const Mixer& mixer = context.arch.mixers[layer.mixer];
  const Ffn& ffn = context.arch.ffns[layer.ffn];
  write_norms(context, mixer, ffn, block, out);
  write_mixer(context, mixer, out);
  write_counted_mixer(context, mixer, out);
  write_ffn(context, ffn, out);
}

// A multi-token-prediction block: a decoder block behind a projection of (hidden, embedding).
void write_mtp_block(const Context& context, std::size_t block, Writer& out) {
  const u64 h = context.arch.hidden;
  Layer layer;
  layer.mixer = context.arch.mtp.mixer;
  layer.ffn = context.arch.mtp.ffn;
  write_block(context, layer, block, out);
  out.linear("nextn.eh_proj", 2 * h, h);
  out.norm("nextn.enorm", h, NormKind::rms);
  out.norm("nextn.hnorm", h, NormKind::rms);
  out.norm("nextn.shared_head_norm", h, NormKind::rms);
  if (context.layout.mtp_embeddings && context.arch.mtp.own_embeddings != 0) {
    out.linear("nextn.embed_tokens", h, context.arch.vocab);
    out.linear("nextn.shared_head_head", h, context.arch.vocab);
  }
}

// Width of a head that is rotated, of the first softmax attention.
u64 rotary_width(const Architecture& arch) {
  for (const Mixer& m : arch.mixers) {
    if (m.kind == MixerKind::mla) return m.rope_dim;
    if (m.kind == MixerKind::gqa) return static_cast<u64>(std::llround(m.head_dim_k * arch.rotary_share));
  }
  return 0;
}

void write_globals(const Context& context, Inventory& inventory) {
  const Architecture& arch = context.arch;
  const u64 width = arch.embedding_dim != 0 ? arch.embedding_dim : arch.hidden;
  Writer out(inventory, "", -1);
  out.linear("token_embd", width, arch.vocab);
  out.add_f32("position_embd.weight", {width, arch.position_rows});
  out.add_f32("token_types.weight", {width, arch.token_type_rows});
  out.norm("token_embd_norm", arch.hidden, arch.embedding_norm);
  const bool lfm = arch.gguf_arch == "lfm2" || arch.gguf_arch == "lfm2moe";  // its converter names the final norm so
  if (arch.final_norm) out.norm(lfm ? "token_embd_norm" : "output_norm", arch.hidden, context.norm_kind());
  const bool has_head = !arch.no_lm_head && (!arch.tied_embeddings || context.layout.own_head);
  if (has_head) out.linear("output", width, arch.vocab);
  if (arch.lm_head_bias) out.add("output.bias", {arch.vocab});
  const u64 rotated = rotary_width(arch);
  if (arch.rope_table == RopeTable::frequencies) out.add("rope_freqs.weight", {rotated / 2});
  if (arch.rope_table == RopeTable::long_short) {
    out.add("rope_factors_long.weight", {rotated / 2});
    out.add("rope_factors_short.weight", {rotated / 2});
  }
}

void write_decoder(const Context& context, Inventory& inventory) {
  const Architecture& arch = context.arch;
  write_globals(context, inventory);
  write_gemma_globals(context, inventory);
  std::size_t block = 0;
  for (const Layer& layer : arch.layers) {
    Writer out(inventory, block_prefix(block), static_cast<std::int32_t>(block));
    write_block(context, layer, block, out);
    write_gemma_block(context, layer, out);
    ++block;
  }
  if (!context.layout.mtp_blocks) return;
  for (std::uint32_t i = 0; i < arch.mtp.layers; ++i, ++block) {
    Writer out(inventory, block_prefix(block), static_cast<std::int32_t>(block));
    write_mtp_block(context, block, out);
  }
  inventory.blocks = static_cast<std::uint32_t>(block);
}

bool is_rope_table(const Tensor& t) { return t.name.rfind("rope_", 0) == 0; }

// For architectures whose tensor list is not known for certain: what the shapes do not explain becomes one tensor.
void reconcile(const Architecture& arch, Inventory& inventory) {
  constexpr double kTolerance = 1e-4;
  const auto blocks = static_cast<std::int32_t>(arch.layers.size());
  u64 counted = 0;
  for (const Tensor& t : inventory.tensors) {
    if (t.layer < blocks && !is_rope_table(t)) counted += t.elements();
  }
  const double expected = static_cast<double>(arch.text_params);
  const double missing = expected - static_cast<double>(counted);
  if (std::abs(missing) <= kTolerance * expected) return;
  inventory.exact_shapes = false;
  if (missing < 0) {
    inventory.note = "shapes.too_many";
    return;
  }
  inventory.note = "shapes.counted_only";
  const u64 width = std::max<u64>(arch.hidden, 1);
  Writer out(inventory, "", -1);
  out.linear("unnamed", width, divide_up(arch.text_params - counted, width));
}

// Fills in what each tensor is for. The blocks of a model repeat the same few names, so each is read once.
void classify(Inventory& inventory) {
  constexpr std::string_view kBlock = "blk.";
  struct Known {
    std::string_view name;
    bool matrix;
    TensorClass cls;
  };
  std::vector<Known> known;
  for (Tensor& t : inventory.tensors) {
    const bool matrix = t.is_matrix();
    std::string_view name = t.name;
    if (name.starts_with(kBlock)) name.remove_prefix(name.find('.', kBlock.size()));
    auto same =
        std::find_if(known.begin(), known.end(), [&](const Known& k) { return k.matrix == matrix && k.name == name; });
    if (same == known.end()) same = known.insert(same, {name, matrix, tensor_class(t.name, matrix)});
    t.cls = same->cls;
  }
}

}  // namespace

Inventory make_inventory(const Architecture& arch) {
  const Layout& layout = gguf::layout_of(arch.gguf_arch);
  const Context context{arch, layout};
  Inventory inventory;
  inventory.blocks = static_cast<std::uint32_t>(arch.layers.size());
  inventory.kv_heads_per_block = layout.kv_heads_per_block;
  inventory.mla_single_kv_head = !layout.joint_kv_b;
  switch (layout.builder) {
    case gguf::Builder::decoder:
      arch.topology == Topology::encoder_decoder ? gguf::write_t5(context, inventory)
                                                 : write_decoder(context, inventory);
      break;
    case gguf::Builder::bert: gguf::write_bert(context, inventory); break;
    case gguf::Builder::t5: gguf::write_t5(context, inventory); break;
    case gguf::Builder::rwkv6: gguf::write_rwkv6(context, inventory); break;
    case gguf::Builder::rwkv7: gguf::write_rwkv7(context, inventory); break;
    case gguf::Builder::deepseek4: gguf::write_deepseek4(context, inventory); break;
  }
  if (layout.partial) reconcile(arch, inventory);
  classify(inventory);
  return inventory;
}

TensorClass tensor_class(std::string_view name, bool matrix) {
  const auto has = [name](std::string_view part) { return name.find(part) != std::string_view::npos; };
  const auto starts = [name](std::string_view part) { return name.rfind(part, 0) == 0; };
  if (starts("token_embd.")) return TensorClass::token_embedding;
  if (starts("output.")) return TensorClass::output_head;
  if (starts("per_layer_token_embd")) return TensorClass::per_layer_embedding;
  if (starts("position_embd") || starts("token_types")) return TensorClass::position_embedding;
  if (starts("v.") || starts("mm.") || starts("a.")) return TensorClass::vision;
  if (has(".nextn.")) return TensorClass::mtp;
  if (has("_exps.")) return TensorClass::routed_experts;
  if (has("ffn_gate_inp") || has("exp_probs_b") || has("ffn_gate_tid2eid")) return TensorClass::router;
  if (has("shexp")) return TensorClass::shared_experts;
  static constexpr std::array<std::string_view, 8> kMixerParts{"attn_",   "ssm_",  "shortconv", "time_mix",
                                                               "indexer", "rglru", ".mixer.",   "attn_sinks"};
  const bool block_norm = has("attn_norm") || has("post_attention_norm") || has("attn_output_norm");
  if (!block_norm && std::any_of(kMixerParts.begin(), kMixerParts.end(), has)) {
    return matrix ? TensorClass::attention : TensorClass::attention_small;
  }
  if (has("norm")) return TensorClass::norm;
  if (has("ffn_") || has("channel_mix")) return TensorClass::ffn;
  return TensorClass::other;
}

}  // namespace headroom
