// What Gemma 3n and Gemma 4 add to a sandwich-norm decoder: per-layer embeddings, AltUp, Laurel, layer scales.
#include "core/model/inventory/writer.h"

namespace headroom::gguf {
namespace {

using u64 = std::uint64_t;

// Gemma3nTextConfig: altup_num_inputs and laurel_rank, the same in every published model.
constexpr u64 kAltupInputs = 4;
constexpr u64 kLaurelRank = 64;

bool is_gemma3n(const Context& context) { return context.arch.gguf_arch == "gemma3n"; }
bool is_gemma4(const Context& context) { return context.arch.gguf_arch == "gemma4"; }

void write_altup(u64 h, Writer& out) {
  out.add_f32("altup_correct_coef.weight", {kAltupInputs, kAltupInputs});
  out.add("altup_correct_scale.weight", {h});
  out.add_f32("altup_predict_coef.weight", {kAltupInputs, kAltupInputs * kAltupInputs});
  out.linear("altup_router", h, kAltupInputs);
  out.norm("altup_router_norm", h, NormKind::rms);
  out.linear("laurel_l", h, kLaurelRank);
  out.linear("laurel_r", kLaurelRank, h);
  out.norm("laurel_post_norm", h, NormKind::rms);
}

}  // namespace

void write_gemma_block(const Context& context, const Layer& layer, Writer& out) {
  const u64 h = context.arch.hidden;
  const u64 per_layer = context.arch.per_layer_embedding_dim;
  if (per_layer != 0) {
    out.linear("inp_gate", h, per_layer);
    out.linear("proj", per_layer, h);
    out.norm("post_norm", h, NormKind::rms);
  }
  if (is_gemma3n(context)) write_altup(h, out);
  if (!is_gemma4(context)) return;
  out.add("layer_output_scale.weight", {1});
  if (context.arch.ffns[layer.ffn].kind == FfnKind::dense_and_moe) {
    for (const char* name : {"pre_ffw_norm_2", "post_ffw_norm_1", "post_ffw_norm_2"}) out.norm(name, h, NormKind::rms);
  }
}

void write_gemma_globals(const Context& context, Inventory& inventory) {
  const Architecture& arch = context.arch;
  const u64 h = arch.hidden;
  Writer out(inventory, "", -1);
  if (is_gemma3n(context)) {
    out.add("altup_proj.weight", {h, h, kAltupInputs - 1});
    out.add("altup_unembd_proj.weight", {h, h, kAltupInputs - 1});
  }
  if (arch.per_layer_embedding_dim != 0) {
    const u64 width = u64{arch.per_layer_embedding_dim} * arch.layers.size();
    out.linear("per_layer_token_embd", width, arch.vocab);
    out.linear("per_layer_model_proj", h, width);
    out.norm("per_layer_proj_norm", arch.per_layer_embedding_dim, NormKind::rms);
  }
  if (is_gemma4(context)) {
    // Proportional rotary factors of the global layers, whose heads are the widest.
    u64 widest = 0;
    for (const Mixer& m : arch.mixers) widest = m.head_dim_k > widest ? m.head_dim_k : widest;
    out.add("rope_freqs.weight", {widest / 2});
  }
}

}  // namespace headroom::gguf
