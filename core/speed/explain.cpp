#include "core/speed/explain.h"

#include "core/si.h"
#include "core/speed/decode.h"
#include "core/speed/speculation.h"

namespace headroom {
namespace {

// Labels and formulas are keys of data/texts/<language>/trace_speed.json.
constexpr const char* kLinkSource = "data/links.json; data/hardware";

class SpeedExplainer {
 public:
  SpeedExplainer(const SpeedProfile& profile, const Placement& placement, const Settings& settings, const Speed& result,
                 Trace& trace)
      : profile_(profile),
        placement_(placement),
        settings_(settings),
        result_(result),
        rates_(profile.rates_of(0)),
        trace_(trace) {}

  void explain(const StepLoad& shape, const PrefillTime& prefill, const FirstToken& first) {
    trace_.open("trace.speed", "trace.speed.formula");
    trace_.fitted("trace.speed.calibration_rows", result_.calibration_rows);
    trace_.asked("trace.speed.tensor_parallel", placement_.tensor_parallel);
    if (placement_.data_parallel > 1) trace_.asked("trace.speed.data_parallel", placement_.data_parallel);
    if (result_.has_decode) generation(shape);
    if (result_.has_prefill) prompt(prefill);
    if (result_.has_prefill) first_token_of_all(first);
    trace_.close(result_.decode_tok_s.p50, "tok/s");
  }

 private:
  [[nodiscard]] bool fused() const { return settings_.cache.flash_attention; }
  static double gigabytes(BytesPerSecond rate) { return rate.value() / kGiga; }

  void bandwidth(const char* label, SecondsPerByte byte) {
    const BytesPerSecond rate = reciprocal(byte), peak = profile_.peak_bandwidth;
    if (rate <= BytesPerSecond(0)) return;
    trace_.open(label, "trace.speed.bandwidth.formula");
    trace_.of_device(0, "trace.speed.peak_bandwidth", gigabytes(peak), "GB/s");
    if (peak > BytesPerSecond(0)) trace_.fitted("trace.speed.efficiency", rate / peak);
    trace_.close(gigabytes(rate), "GB/s");
  }

  void throughput(const char* label, SecondsPerFlop flop) {
    const FlopsPerSecond rate = reciprocal(flop);
    if (rate > FlopsPerSecond(0)) trace_.fitted(label, rate.value() / kTera, "Tflop/s");
  }

  // A part of a step, where it takes any time.
  template <class Facts>
  void part(const char* label, const char* formula, Seconds time, const Facts& facts) {
    if (time <= Seconds(0)) return;
    trace_.open(label, formula);
    facts();
    trace_.close(time.value(), "s");
  }

  void weight_bytes(const StepLoad& shape) {
    const ExpertsTouched touched = touched_by_step(profile_.cost, shape.sequences * shape.tokens);
    trace_.open("trace.speed.bytes", "trace.speed.bytes.formula");
    Traffic all = profile_.cost.head_bytes;
    for (std::size_t g = 0; g < profile_.cost.groups.size(); ++g) {
      const LayerCost& layer = profile_.cost.groups[g];
      trace_.of_model("trace.speed.layers", layer.count);
      trace_.note("trace.speed.layer_dense_bytes", layer.dense_bytes.value(), "bytes", kAboveSource);
      if (layer.experts > 0) {
        experts(layer, touched[g], shape);
        trace_.note("trace.speed.expert_bytes", layer.bytes_of_experts(1).value(), "bytes", kAboveSource);
      }
      all += layer.count * (layer.dense_bytes + layer.bytes_of_experts(touched[g]));
    }
    trace_.note("trace.speed.head_bytes", profile_.cost.head_bytes.value(), "bytes", kAboveSource);
    trace_.close(all.value(), "bytes");
  }

  void experts(const LayerCost& layer, double touched, const StepLoad& shape) {
    trace_.open("trace.speed.experts_touched", "trace.speed.experts_touched.formula");
    trace_.of_model("trace.speed.experts", layer.experts);
    trace_.of_model("trace.speed.experts_per_token", layer.experts_used);
    trace_.asked("trace.speed.tokens_at_once", shape.sequences * shape.tokens);
    trace_.close(touched, "");
  }

  void cache_bytes(const StepLoad& shape) {
    trace_.open("trace.speed.cache_bytes", "trace.speed.cache_bytes.formula");
    Traffic sum;
    for (const LayerCost& layer : profile_.cost.groups) {
      const Traffic bytes = kv_bytes_read(layer, shape, shape.depth);
      if (bytes <= Traffic(0)) continue;
      trace_.of_model("trace.speed.layers", layer.count);
      trace_.note("trace.speed.layer_kv_bytes", bytes.value(), "bytes", kAboveSource);
      sum += layer.count * bytes * shape.sequences;
    }
    trace_.asked("trace.speed.sequences", shape.sequences);
    trace_.close(sum.value(), "bytes");
  }

  void tokens() {
    const Speculation& speculation = settings_.speculation;
    if (speculation.kind == SpeculationKind::none) {
      trace_.asked("trace.speed.tokens_per_step", result_.tokens_per_step);
      return;
    }
    trace_.open("trace.speed.tokens_per_step", "trace.speed.tokens_per_step.formula");
    trace_.asked("trace.speed.guesses", drafted_tokens(speculation), "tokens");
    trace_.asked("trace.speed.acceptance", speculation.acceptance);
    trace_.close(result_.tokens_per_step, "");
    trace_.fitted("trace.speed.drafting", result_.drafting.value(), "s");
  }

  void generation(StepLoad all) {
    all.tokens = 1 + drafted_tokens(settings_.speculation);
    const StepLoad shape = load_of_stage(placement_, all);
    trace_.open("trace.speed.decode", "trace.speed.decode.formula", kCalibrationSource);
    trace_.asked("trace.speed.depth", all.depth, "tokens");
    trace_.asked("trace.speed.sequences", all.sequences);
    if (profile_.personal.decode != 1) trace_.asked("trace.speed.personal", profile_.personal.decode);
    tokens();
    step(shape);
    ends(result_.decode_tok_s);
    trace_.close(result_.decode_tok_s.p50, "tok/s");
  }

  void step(const StepLoad& shape) {
    const StepTime& step = result_.decode_step;
    trace_.open("trace.speed.step", "trace.speed.step.formula");
    part("trace.speed.weights", "trace.speed.weights.formula", step.weights, [&] {
      weight_bytes(shape);
      bandwidth("trace.speed.effective_bandwidth", rates_.weight_byte);
      if (profile_.cost.has_experts) bandwidth("trace.speed.expert_bandwidth", rates_.expert_byte);
    });
    part("trace.speed.kv", "trace.speed.kv.formula", step.kv, [&] {
      cache_bytes(shape);
      bandwidth("trace.speed.kv_bandwidth", fused() ? rates_.kv_byte : rates_.kv_byte_plain);
      if (shape.kv_quantized()) trace_.fitted("trace.speed.kv_quantized", rates_.kv_quantized);
    });
    part("trace.speed.compute", "trace.speed.compute.formula", step.compute - result_.others_prompts, [&] {
      throughput("trace.speed.batch_flops", rates_.batch_flop);
      throughput("trace.speed.attention_flops", rates_.attention_flop);
    });
    part("trace.speed.others_prompts", "trace.speed.others_prompts.formula", result_.others_prompts,
         [&] { trace_.fitted("trace.speed.interference", rates_.interference); });
    part("trace.speed.communication", "trace.speed.communication.formula", step.communication, [&] { link(); });
    part("trace.speed.host", "trace.speed.host.formula", step.host, [&] { host(); });
    part("trace.speed.overhead", "trace.speed.overhead.formula", step.overhead, [&] { launches(); });
    trace_.close(step.total().value(), "s");
  }

  void overhead(const char* label, Seconds time) {
    if (time > Seconds(0)) trace_.fitted(label, time.value(), "s");
  }

  void launches() {
    const auto layers = [this](auto&& counts) {
      double sum = 0;
      for (const LayerCost& layer : profile_.cost.groups) sum += counts(layer) ? layer.count : 0;
      return sum;
    };
    trace_.of_model("trace.layers", layers([](const LayerCost&) { return true; }));
    overhead("trace.speed.layer_overhead", fused() ? rates_.layer : rates_.layer_plain);
    if (profile_.cost.has_experts) overhead("trace.speed.expert_overhead", rates_.expert_layer);
    const auto of_some = [&](const char* count_label, double count, const char* label, Seconds time) {
      if (count <= 0) return;
      trace_.of_model(count_label, count);
      overhead(label, time);
    };
    of_some("trace.speed.layers_beside_experts", layers([](const LayerCost& l) { return l.beside_experts; }),
            "trace.speed.beside_overhead", rates_.beside_experts);
    of_some("trace.speed.recurrent_layers", layers([](const LayerCost& l) { return l.recurs; }),
            "trace.speed.recurrent_overhead", rates_.recurrent_layer);
    of_some("trace.speed.compressed_layers", layers([](const LayerCost& l) { return l.compresses; }),
            "trace.speed.compressed_overhead", rates_.compressed_layer);
    of_some("trace.speed.indexed_layers", layers([](const LayerCost& l) { return l.indexed; }),
            "trace.speed.indexed_overhead", rates_.indexed_layer);
    overhead("trace.speed.token_overhead", rates_.token);
    overhead("trace.speed.served_token", rates_.served_token);
  }

  void link() {
    trace_.note("trace.speed.link_bandwidth", gigabytes(reciprocal(profile_.link.byte)), "GB/s", kLinkSource);
    trace_.fitted("trace.speed.link_latency", profile_.link.reduce_latency.value(), "s");
  }

  void host() {
    if (const BytesPerSecond rate = reciprocal(profile_.host.weight_byte); rate > BytesPerSecond(0)) {
      trace_.note("trace.speed.host_bandwidth", gigabytes(rate), "GB/s", trace_.sources().host);
    }
    trace_.note("trace.speed.link_bandwidth", gigabytes(reciprocal(profile_.host_link.byte)), "GB/s", kLinkSource);
  }

  void prompt(const PrefillTime& prefill) {
    trace_.open("trace.speed.prefill", "trace.speed.prefill.formula", kCalibrationSource);
    trace_.asked("trace.speed.prompt", settings_.workload.prompt, "tokens");
    if (settings_.workload.cached_prefix > 0) {
      trace_.asked("trace.speed.prefix", settings_.workload.cached_prefix, "tokens");
    }
    part("trace.speed.compute", "trace.speed.prompt_compute.formula", prefill.compute, [&] {
      double weights = 0;
      for (const LayerCost& layer : profile_.cost.groups) {
        weights += layer.count * (layer.dense_weights + layer.expert_weights);
      }
      trace_.of_model("trace.speed.active_weights", weights);
      throughput("trace.speed.effective_flops", fused() ? rates_.prefill_flop : rates_.prefill_flop_plain);
    });
    part("trace.speed.scores", "trace.speed.scores.formula", prefill.scores,
         [&] { throughput("trace.speed.attention_flops", rates_.prefill_attention_flop); });
    part("trace.speed.weights", "trace.speed.prompt_weights.formula", prefill.memory,
         [&] { bandwidth("trace.speed.effective_bandwidth", rates_.weight_byte); });
    part("trace.speed.communication", "trace.speed.communication.formula", prefill.communication, [&] { link(); });
    part("trace.speed.host", "trace.speed.host.formula", prefill.host, [&] { host(); });
    part("trace.speed.overhead", "trace.speed.overhead.formula", prefill.overhead, [&] {
      overhead("trace.speed.layer_overhead", rates_.prefill_layer);
      overhead("trace.speed.token_overhead", rates_.prompt);
    });
    if (profile_.personal.prefill != 1) trace_.asked("trace.speed.personal", profile_.personal.prefill);
    ends(result_.prefill_tok_s);
    trace_.close(result_.prefill_tok_s.p50, "tok/s");
  }

  void first_token_of_all(const FirstToken& first) {
    const bool among = result_.sequences > 1;
    const char* formula = "trace.speed.first_token.alone.formula";
    if (among) {
      formula =
          profile_.continuous_batching ? "trace.speed.first_token.formula" : "trace.speed.first_token.in_step.formula";
    }
    trace_.open("trace.speed.first_token", formula);
    trace_.asked("trace.speed.prompt", settings_.workload.prompt, "tokens");
    trace_.note("trace.speed.prefill", result_.prefill_tok_s.p50, "tok/s", kAboveSource);
    if (among) {
      trace_.asked("trace.speed.sequences", result_.sequences);
      trace_.note("trace.speed.first_token.steady", first.steady.value(), "s", kAboveSource);
      trace_.note("trace.speed.first_token.together", first.together.value(), "s", kAboveSource);
      if (profile_.continuous_batching) trace_.fitted("trace.speed.first_token.share", rates_.together);
    }
    if (result_.queue > Seconds(0)) trace_.note("trace.speed.queue", result_.queue.value(), "s", kAboveSource);
    trace_.fitted("trace.speed.first_token.soonest", result_.ttft_s.p10, "s");
    trace_.fitted("trace.speed.first_token.latest", result_.ttft_s.p90, "s");
    trace_.close(result_.ttft_s.p50, "s");
  }

  void ends(const Range& range) {
    trace_.fitted("trace.speed.p10", range.p10, "tok/s");
    trace_.fitted("trace.speed.p90", range.p90, "tok/s");
  }

  const SpeedProfile& profile_;
  const Placement& placement_;
  const Settings& settings_;
  const Speed& result_;
  const Rates& rates_;
  Trace& trace_;
};

}  // namespace

void explain_speed(const SpeedProfile& profile, const Placement& placement, const Settings& settings,
                   const StepLoad& shape, const Speed& result, const PrefillTime& prefill, const FirstToken& first,
                   Trace& trace) {
  SpeedExplainer(profile, placement, settings, result, trace).explain(shape, prefill, first);
}

}  // namespace headroom
