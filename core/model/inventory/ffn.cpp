// Feed-forward blocks: dense, experts, shared experts, router.
#include "core/model/inventory/writer.h"

namespace headroom::gguf {
namespace {

using u64 = std::uint64_t;

void write_dense(const Context& context, const Ffn& f, u64 width, Writer& out) {
  const u64 h = context.arch.hidden;
  if (f.gated && context.layout.packed_gate_up) {
    out.linear("ffn_up", h, 2 * width, f.bias_up);
  } else {
    if (f.gated) out.linear("ffn_gate", h, width, f.bias_up);
    out.linear("ffn_up", h, width, f.bias_up);
  }
  out.linear("ffn_down", width, h, f.bias_down);
  if (f.sub_norm) out.norm("ffn_sub_norm", width, NormKind::rms);
}

void write_router(const Context& context, const Ffn& f, Writer& out) {
  const u64 all = u64{f.experts} + f.zero_experts;
  out.add_f32("ffn_gate_inp.weight", {context.arch.hidden, all});
  if (f.router_bias) out.add(context.layout.router_bias_as_bias ? "ffn_gate_inp.bias" : "exp_probs_b.bias", {all});
}

// One tensor holds all experts of a block.
void write_stacked(const char* name, u64 in, u64 out_width, const Ffn& f, Writer& out) {
  const std::string base(name);
  out.add(base + ".weight", {in, out_width, f.experts});
  if (f.expert_bias) out.add_f32(base + ".bias", {out_width, f.experts});
}

void write_experts(const Context& context, const Ffn& f, Writer& out) {
  const u64 h = context.arch.hidden;
  const u64 space = f.latent != 0 ? f.latent : h;
  write_router(context, f, out);
  if (f.latent != 0) {
    out.linear("ffn_routed_down", h, f.latent);
    out.linear("ffn_routed_up", f.latent, h);
    if (f.latent_norm) out.norm("ffn_routed_norm", f.latent, NormKind::rms);
  }
  if (context.arch.gguf_arch == "gemma4") {  // gate and up in one stack, and scales beside them
    write_stacked("ffn_gate_up_exps", space, 2 * u64{f.expert_width}, f, out);
    out.add("ffn_gate_inp.scale", {h});
    out.add("ffn_down_exps.scale", {f.experts});
  } else {
    if (f.experts_gated) write_stacked("ffn_gate_exps", space, f.expert_width, f, out);
    write_stacked("ffn_up_exps", space, f.expert_width, f, out);
  }
  write_stacked("ffn_down_exps", f.expert_width, space, f, out);
  if (f.shared_experts != 0) {
    if (f.shared_gated) out.linear("ffn_gate_shexp", h, f.shared_width, f.expert_bias);
    out.linear("ffn_up_shexp", h, f.shared_width, f.expert_bias);
    out.linear("ffn_down_shexp", f.shared_width, h, f.expert_bias);
    if (f.shared_gate) out.add("ffn_gate_inp_shexp.weight", {h});
  }
}

}  // namespace

void write_ffn(const Context& context, const Ffn& ffn, Writer& out) {
  const bool dense = ffn.kind == FfnKind::dense || ffn.kind == FfnKind::dense_and_moe;
  const bool experts = ffn.kind == FfnKind::moe || ffn.kind == FfnKind::dense_and_moe;
  if (dense) write_dense(context, ffn, ffn.width, out);
  if (experts) {
    write_experts(context, ffn, out);
    if (ffn.dense_residual_width != 0) {
      Ffn residual;
      write_dense(context, residual, ffn.dense_residual_width, out);
    }
  }
}

}  // namespace headroom::gguf
