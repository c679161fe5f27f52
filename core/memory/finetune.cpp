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

// Scores of every head, which a fused kernel does not keep: before the softmax, after it, and a mask of the dropout.
Bytes trained_scores(const LayerGroup& group, const TuneSettings& settings) {
  if (settings.flash_attention) return Bytes(0);
  return Bytes(group.mixer.heads) * settings.sequence * settings.sequence * settings.batch * (2 * kHalf + 1);
}

Bytes layer_activations(const LayerGroup& group, std::uint64_t hidden, const TuneSettings& settings) {
  const Bytes tokens = Bytes(settings.sequence) * settings.batch;
  return layer_values(group, hidden) * kHalf * tokens.value() + trained_scores(group, settings);
}

// One hidden row per layer.
Bytes kept_rows(const ModelProfile& model, const TuneSettings& settings) {
  const Bytes tokens = Bytes(settings.sequence) * settings.batch;
  return Bytes(model.arch.hidden) * model.layer_count() * kHalf * tokens.value();
}

// With checkpointing one layer at a time is computed again.
Bytes activation_bytes(const ModelProfile& model, const TuneSettings& settings) {
  Bytes every, widest;
  for (const LayerGroup& group : model.groups) {
    const Bytes layer = layer_activations(group, model.arch.hidden, settings);
    every += layer * group.count;
    widest = std::max(widest, layer);
  }
  return settings.checkpointing ? kept_rows(model, settings) + widest : every;
}

// Of a trained weight where it is updated: adapters and master copies train in 32 bit.
std::uint64_t value_bytes(const TuneSettings& settings) {
  return settings.precision == TunePrecision::bf16 ? kHalf : kFloat;
}

// Labels and formulas are keys of data/texts/<language>/trace.json and formulas.json.
class TuningExplainer {
 public:
  TuningExplainer(const ModelProfile& model, const WeightProfile& quantized, const TuneSettings& settings,
                  const TuneFootprint& out, Trace& trace)
      : model_(model), quantized_(quantized), settings_(settings), out_(out), trace_(trace) {}

  void explain() {
    trace_.open("trace.tuning", "trace.tuning.formula", kZero);
    part("trace.weights", "trace.tuning.weights", kZero, out_.weights, [&] { weights(); });
    part("trace.master", "trace.tuning.per_weight", kZero, out_.master, [&] {
      parameters();
      bytes_of_each(kFloat);
    });
    part("trace.adapters", "trace.tuning.adapters", kLora, out_.adapters, [&] {
      trace_.asked("trace.rank", settings_.rank);
      const std::uint64_t each = std::max<std::uint64_t>(settings_.rank * value_bytes(settings_), 1);
      trace_.of_model("trace.adapter_edges", out_.adapters.as_double() / static_cast<double>(each));
      bytes_of_each(value_bytes(settings_));
    });
    part("trace.gradients", "trace.tuning.per_weight", kZero, out_.gradients, [&] {
      trained();
      bytes_of_each(is_full() ? kHalf : value_bytes(settings_));
    });
    part("trace.optimizer", "trace.tuning.per_weight", kZero, out_.optimizer, [&] {
      trained();
      trace_.note("trace.tuning.moments",
                  static_cast<double>(moment_bytes(settings_.optimizer, value_bytes(settings_))), "bytes",
                  settings_.optimizer == Optimizer::adamw_8bit ? kEightBit : kAdamW);
    });
    part("trace.activations", settings_.checkpointing ? "trace.tuning.recomputed" : "trace.tuning.activations",
         kRecomputation, out_.activations, [&] { activations(); });
    part("trace.logits", "trace.tuning.logits", kLoss, out_.logits, [&] {
      trace_.of_model("trace.vocabulary", model_.arch.vocab);
      step();
      trace_.note("trace.tuning.each", kLogitBytes, "bytes", kLoss);
    });
    trace_.note("trace.tuning_overhead", out_.overhead.as_double(), "bytes", kMeasured);
    trace_.close(out_.total().as_double(), "bytes");
  }

 private:
  static constexpr const char* kZero = "https://arxiv.org/abs/1910.02054";
  static constexpr const char* kLora = "https://arxiv.org/abs/2106.09685";
  static constexpr const char* kAdamW = "https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html";
  static constexpr const char* kEightBit = "https://arxiv.org/abs/2110.02861";
  static constexpr const char* kMeasured = "https://github.com/QwenLM/Qwen (profiling of memory and speed)";
  static constexpr const char* kLoss = "https://github.com/huggingface/trl/pull/6858";
  static constexpr const char* kRecomputation = "https://arxiv.org/abs/2205.05198";

  [[nodiscard]] bool is_full() const { return settings_.method == TuneMethod::full; }

  template <class Facts>
  void part(const char* label, const char* formula, const char* source, Bytes bytes, const Facts& facts) {
    if (bytes == Bytes(0)) return;
    trace_.open(label, formula, source);
    facts();
    trace_.close(bytes.as_double(), "bytes");
  }

  void parameters() { trace_.of_model("trace.parameters", static_cast<double>(model_.total_params)); }
  void bytes_of_each(std::uint64_t bytes) {
    trace_.note("trace.tuning.each", static_cast<double>(bytes), "bytes", kAskedSource);  // what the precision says
  }
  void weights() {
    parameters();
    const bool quantized = settings_.method == TuneMethod::qlora && quantized_.format != nullptr;
    if (!quantized) return trace_.note("trace.tensor.weight_bits", kHalf * kBitsPerByte, "bit", kZero);
    const double bits = out_.weights.as_double() * kBitsPerByte / static_cast<double>(model_.total_params);
    trace_.note("trace.tensor.weight_bits", bits, "bit", quantized_.format->source);
  }
  void trained() {
    if (is_full()) return parameters();
    const double weights = out_.adapters.as_double() / static_cast<double>(value_bytes(settings_));
    trace_.note("trace.tuning.trained", weights, "", kAboveSource);
  }
  void step() {
    trace_.asked("trace.sequence_length", settings_.sequence, "tokens");
    trace_.asked("trace.sequences", settings_.batch);
  }
  void activations() {
    if (settings_.checkpointing) {
      trace_.open("trace.tuning.rows", "trace.tuning.rows.formula");
      step();
      trace_.of_model("trace.layers", model_.layer_count());
      trace_.of_model("trace.hidden", model_.arch.hidden);
      trace_.note("trace.tuning.each", kHalf, "bytes", kRecomputation);
      trace_.close(kept_rows(model_, settings_).as_double(), "bytes");
    }
    const LayerGroup* widest = nullptr;
    Bytes most;
    for (const LayerGroup& group : model_.groups) {
      const Bytes bytes = layer_activations(group, model_.arch.hidden, settings_);
      if (!settings_.checkpointing) layer(group, group.count);
      if (bytes > most) {
        most = bytes;
        widest = &group;
      }
    }
    if (settings_.checkpointing && widest != nullptr) layer(*widest, 1);
  }
  // Layers of one kind: values of a token, and the scores of all heads where they are kept.
  void layer(const LayerGroup& group, std::uint32_t count) {
    trace_.open("trace.tuning.layer", "trace.tuning.layer.formula");
    trace_.of_model("trace.layers", count);
    step();
    trace_.of_model("trace.tuning.values", layer_values(group, model_.arch.hidden).as_double());
    trace_.note("trace.tuning.each", kHalf, "bytes", kRecomputation);
    const Bytes scores = trained_scores(group, settings_);
    if (scores > Bytes(0)) trace_.note("trace.tuning.scores", scores.as_double(), "bytes", kRecomputation);
    trace_.close((layer_activations(group, model_.arch.hidden, settings_) * count).as_double(), "bytes");
  }

  const ModelProfile& model_;
  const WeightProfile& quantized_;
  const TuneSettings& settings_;
  const TuneFootprint& out_;
  Trace& trace_;
};

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
  const std::uint64_t value = value_bytes(settings);
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
  if (trace != nullptr) TuningExplainer(model, quantized, settings, out, *trace).explain();
  return out;
}

}  // namespace headroom
