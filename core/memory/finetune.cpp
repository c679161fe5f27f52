#include "core/memory/finetune.h"

#include <algorithm>

#include "core/memory/element_sizes.h"
#include "core/memory/memory.h"

namespace headroom {
namespace {

// What a training process holds on its device before the first weight and beside all that is counted: the median of
// what short sequences of tests/truth/memory-logs/finetune.csv took more.
constexpr Bytes kOverhead = mebibytes(1600);
// Of the logits: 16 bit as the head gives them, 32 bit for the loss, its softmax and a gradient in 16. A forward and
// backward pass of the loss on 16384 x 248320 of them was measured at 47.55 GB
// (https://github.com/huggingface/trl/pull/6858).
constexpr std::uint64_t kLogitBytes = 12;

// Optimizer state per trained weight whose values and moments take `value` bytes.
std::uint64_t moment_bytes(Optimizer optimizer, std::uint64_t value) {
  switch (optimizer) {
    // In pure 16 bit PyTorch updates all weights at once and holds one more value of each (the foreach implementation,
    // https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html); mixed training has fused kernels.
    case Optimizer::adamw: return value == kHalf ? 3 * value : 2 * value;
    case Optimizer::adamw_8bit: return 2;
    case Optimizer::sgd: return value;
  }
  return 2 * value;
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
  constexpr const char* kMeasured = "https://github.com/QwenLM/Qwen (profiling of memory and speed)";
  constexpr const char* kLoss = "https://github.com/huggingface/trl/pull/6858";
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
  part("trace.logits", "trace.tuning.logits", kLoss, out.logits, [&] {
    trace.of_model("trace.vocabulary", model.arch.vocab);
    trace.asked("trace.sequence_length", settings.sequence, "tokens");
    trace.asked("trace.sequences", settings.batch);
  });
  trace.note("trace.tuning_overhead", out.overhead.as_double(), "bytes", kMeasured);
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
  // Of a trained weight where it is updated: adapters and master copies train in 32 bit.
  const std::uint64_t value = settings.precision == TunePrecision::bf16 ? kHalf : kFloat;
  if (settings.method == TuneMethod::full) {
    if (value == kFloat) out.master = parameters * kFloat;
  } else {
    out.adapters = adapter_bytes(model, {settings.rank, 1}) * (value / kHalf);
    trained = Bytes(out.adapters.value() / value);
  }
  out.gradients = trained * (settings.method == TuneMethod::full ? kHalf : value);
  out.optimizer = trained * moment_bytes(settings.optimizer, value);
  out.activations = activation_bytes(model, settings);
  out.logits = Bytes(model.arch.vocab) * settings.sequence * settings.batch * kLogitBytes;
  out.overhead = kOverhead;
  if (trace != nullptr) explain_tuning(model, quantized, settings, out, *trace);
  return out;
}

}  // namespace headroom
