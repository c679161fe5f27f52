#include "core/memory/finetune.h"

#include <algorithm>

#include "core/memory/element_sizes.h"
#include "core/memory/memory.h"

namespace headroom {
namespace {

// Optimizer state per trained weight.
std::uint64_t moment_bytes(Optimizer optimizer) {
  switch (optimizer) {
    case Optimizer::adamw: return 2 * kFloat;
    case Optimizer::adamw_8bit: return 2;
    case Optimizer::sgd: return kFloat;
  }
  return 2 * kFloat;
}

// 16-bit values that one token leaves behind in one layer for the backward pass: inputs of the norms and projections,
// queries, keys, values and the attention's output, and the feed-forward's gate, up and product.
Bytes layer_values(const LayerGroup& group, std::uint64_t hidden) {
  constexpr std::uint64_t kHiddenRows = 6;
  const Mixer& m = group.mixer;
  const Ffn& ffn = group.ffn;
  const Bytes attention = Bytes(m.heads) * (std::uint64_t{m.head_dim_k} + m.head_dim_v) +
                          Bytes(m.kv_heads) * (std::uint64_t{m.head_dim_k} + m.head_dim_v);
  const Bytes recurrent = Bytes(m.d_inner) * 4 + Bytes(m.value_heads) * m.value_head_dim * 4;
  const Bytes dense = (Bytes(ffn.width) + Bytes(ffn.shared_width)) * 3;
  const Bytes routed = Bytes(ffn.expert_width) * ffn.experts_used * 3;
  return Bytes(hidden) * kHiddenRows + attention + recurrent + dense + routed;
}

Bytes activation_bytes(const ModelProfile& model, const TuneSettings& settings) {
  const Bytes tokens = Bytes(settings.sequence) * settings.batch;
  Bytes every, widest;
  for (const LayerGroup& group : model.groups) {
    Bytes layer = layer_values(group, model.arch.hidden) * kHalf * tokens.value();
    if (!settings.flash_attention) {
      layer += Bytes(group.mixer.heads) * settings.sequence * settings.sequence * settings.batch * (2 * kHalf + 1);
    }
    every += layer * group.count;
    widest = std::max(widest, layer);
  }
  if (!settings.checkpointing) return every;
  // One hidden row per layer is kept, one layer at a time is computed again.
  return Bytes(model.arch.hidden) * model.layer_count() * kHalf * tokens.value() + widest;
}

// Labels and formulas are keys of data/texts/<language>/trace.json and formulas.json.
void explain_tuning(const ModelProfile& model, const WeightProfile& quantized, const TuneSettings& settings,
                    const TuneFootprint& out, Trace& trace) {
  constexpr const char* kZero = "https://arxiv.org/abs/1910.02054";
  constexpr const char* kRecomputation = "https://arxiv.org/abs/2205.05198";
  const auto part = [&trace](const char* label, const char* formula, const char* source, Bytes bytes,
                             const auto& facts) {
    if (bytes == Bytes(0)) return;
    trace.open(label, formula, source);
    facts();
    trace.close(bytes.as_double(), "bytes");
  };
  const auto parameters = [&] { trace.of_model("trace.parameters", static_cast<double>(model.total_params)); };
  const auto adapters = [&] {
    trace.asked("trace.rank", settings.rank);
    trace.of_model("trace.layers", model.layer_count());
    trace.of_model("trace.hidden", model.arch.hidden);
  };
  const bool full = settings.method == TuneMethod::full;
  const auto trained = [&] { full ? parameters() : adapters(); };
  const auto step = [&] {
    trace.asked("trace.sequence_length", settings.sequence, "tokens");
    trace.asked("trace.sequences", settings.batch);
    trace.of_model("trace.hidden", model.arch.hidden);
    trace.of_model("trace.layers", model.layer_count());
  };
  trace.open("trace.tuning", "trace.tuning.formula", kZero);
  part("trace.weights", "trace.tuning.weights", kZero, out.weights, [&] {
    parameters();
    if (settings.method != TuneMethod::qlora || quantized.format == nullptr) return;
    trace.note("trace.tensor.weight_bits", quantized.bits_per_weight, "bit", quantized.format->source);
  });
  part("trace.master", "trace.tuning.master", kZero, out.master, parameters);
  part("trace.adapters", "trace.tuning.adapters", "https://arxiv.org/abs/2106.09685", out.adapters, adapters);
  part("trace.gradients", "trace.tuning.gradients", kZero, out.gradients, trained);
  part("trace.optimizer", "trace.tuning.optimizer", kZero, out.optimizer, trained);
  part("trace.activations", "trace.tuning.activations", kRecomputation, out.activations, step);
  part("trace.logits", "trace.tuning.logits", kRecomputation, out.logits, [&] {
    trace.of_model("trace.vocabulary", model.arch.vocab);
    trace.asked("trace.sequence_length", settings.sequence, "tokens");
    trace.asked("trace.sequences", settings.batch);
  });
  trace.close(out.total().as_double(), "bytes");
}

}  // namespace

TuneFootprint tune_share(const TuneFootprint& footprint, std::uint32_t devices) {
  TuneFootprint share = footprint;
  for (Bytes* state : {&share.weights, &share.master, &share.adapters, &share.gradients, &share.optimizer}) {
    *state = Bytes(divide_up(state->value(), std::max(devices, 1U)));
  }
  return share;
}

TuneFootprint tune_footprint(const ModelProfile& model, const WeightProfile& quantized, const TuneSettings& settings,
                             Trace* trace) {
  TuneFootprint out;
  const Bytes parameters(model.total_params);
  out.weights = settings.method == TuneMethod::qlora ? quantized.file_bytes : parameters * kHalf;
  Bytes trained = parameters;
  if (settings.method == TuneMethod::full) {
    out.master = parameters * kFloat;
  } else {
    out.adapters = adapter_bytes(model, {settings.rank, 1}) * (kFloat / kHalf);  // adapters train in 32 bit
    trained = Bytes(out.adapters.value() / kFloat);
  }
  out.gradients = trained * (settings.method == TuneMethod::full ? kHalf : kFloat);
  out.optimizer = trained * moment_bytes(settings.optimizer);
  out.activations = activation_bytes(model, settings);
  // Logits and their gradient in 32 bit.
  out.logits = Bytes(model.arch.vocab) * settings.sequence * settings.batch * (2 * kFloat);
  if (trace != nullptr) explain_tuning(model, quantized, settings, out, *trace);
  return out;
}

}  // namespace headroom
