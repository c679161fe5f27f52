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

}  // namespace

Bytes tune_share(const TuneFootprint& footprint, std::uint32_t devices) {
  const Bytes working = footprint.activations + footprint.logits;
  const Bytes states =
      footprint.weights + footprint.master + footprint.adapters + footprint.gradients + footprint.optimizer;
  return Bytes(divide_up(states.value(), std::max(devices, 1U))) + working;
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
  if (trace != nullptr) {
    trace->open("trace.tuning", "trace.tuning.formula");
    trace->note("trace.weights", out.weights.as_double(), "bytes");
    trace->note("trace.master", out.master.as_double(), "bytes");
    trace->note("trace.adapters", out.adapters.as_double(), "bytes");
    trace->note("trace.gradients", out.gradients.as_double(), "bytes");
    trace->note("trace.optimizer", out.optimizer.as_double(), "bytes");
    trace->note("trace.activations", out.activations.as_double(), "bytes");
    trace->note("trace.logits", out.logits.as_double(), "bytes");
    trace->close(out.total().as_double(), "bytes");
  }
  return out;
}

}  // namespace headroom
