#include "core/speed/explain.h"

#include "core/speed/decode.h"
#include "core/speed/speculation.h"

namespace headroom {
namespace {

// Labels and formulas are keys of data/texts/<language>/trace_speed.json.
constexpr const char* kCalibrationSource = "data/calibration.json";
constexpr const char* kCatalogSource = "data/hardware";

void note_bytes(const SpeedProfile& profile, const StepLoad& shape, Trace& trace) {
  const ExpertsTouched touched = touched_by_step(profile.cost, shape.sequences * shape.tokens);
  trace.open("trace.speed.bytes", "trace.speed.bytes.formula");
  double layers_bytes = 0;
  for (std::size_t g = 0; g < profile.cost.groups.size(); ++g) {
    const LayerCost& layer = profile.cost.groups[g];
    trace.note("trace.speed.layers", layer.count, "");
    trace.note("trace.speed.layer_dense_bytes", layer.dense_bytes, "bytes");
    double bytes = layer.dense_bytes;
    if (layer.experts > 0) {
      trace.note("trace.speed.experts_touched", touched[g], "");
      trace.note("trace.speed.expert_bytes", layer.expert_bytes / layer.experts, "bytes");
      bytes += layer.expert_bytes / layer.experts * touched[g];
    }
    trace.note("trace.speed.layer_kv_bytes", kv_bytes_read(layer, shape, shape.depth), "bytes");
    layers_bytes += layer.count * bytes;
  }
  trace.note("trace.speed.head_bytes", profile.cost.head_bytes, "bytes");
  trace.close(layers_bytes + profile.cost.head_bytes, "bytes");
}

void note_rates(const Rates& rates, Trace& trace) {
  const auto gigabytes = [](double seconds_per_byte) { return seconds_per_byte > 0 ? 1e-9 / seconds_per_byte : 0; };
  trace.note("trace.speed.effective_bandwidth", gigabytes(rates.weight_byte), "GB/s", kCalibrationSource);
  trace.note("trace.speed.expert_bandwidth", gigabytes(rates.expert_byte), "GB/s", kCalibrationSource);
  trace.note("trace.speed.kv_bandwidth", gigabytes(rates.kv_byte), "GB/s", kCalibrationSource);
  trace.note("trace.speed.layer_overhead", rates.layer, "s", kCalibrationSource);
}

void note_tokens(const Speculation& speculation, const Speed& result, Trace& trace) {
  if (speculation.kind == SpeculationKind::none) {
    trace.note("trace.speed.tokens_per_step", result.tokens_per_step, "tokens");
    return;
  }
  trace.open("trace.speed.tokens_per_step", "trace.speed.tokens_per_step.formula");
  trace.note("trace.speed.guesses", drafted_tokens(speculation), "tokens");
  trace.note("trace.speed.acceptance", speculation.acceptance, "");
  trace.close(result.tokens_per_step, "tokens");
  trace.note("trace.speed.drafting", result.drafting.value(), "s");
}

void explain_decode(const SpeedProfile& profile, const Settings& settings, StepLoad shape, const Speed& result,
                    Trace& trace) {
  shape.tokens = 1 + drafted_tokens(settings.speculation);
  trace.open("trace.speed.decode", "trace.speed.decode.formula", kCalibrationSource);
  trace.note("trace.speed.depth", shape.depth, "tokens");
  trace.note("trace.speed.sequences", shape.sequences, "");
  note_bytes(profile, shape, trace);
  note_rates(profile.rates_of(0), trace);
  if (profile.personal.decode != 1) trace.note("trace.speed.personal", profile.personal.decode, "");
  note_tokens(settings.speculation, result, trace);
  trace.open("trace.speed.step", "trace.speed.step.formula");
  trace.note("trace.speed.weights", result.decode_step.weights.value(), "s");
  trace.note("trace.speed.kv", result.decode_step.kv.value(), "s");
  trace.note("trace.speed.compute", result.decode_step.compute.value(), "s");
  trace.note("trace.speed.communication", result.decode_step.communication.value(), "s", kCatalogSource);
  trace.note("trace.speed.host", result.decode_step.host.value(), "s");
  trace.note("trace.speed.overhead", result.decode_step.overhead.value(), "s");
  trace.close(result.decode_step.total().value(), "s");
  trace.note("trace.speed.p10", result.decode_tok_s.p10, "tok/s", kCalibrationSource);
  trace.note("trace.speed.p90", result.decode_tok_s.p90, "tok/s", kCalibrationSource);
  trace.close(result.decode_tok_s.p50, "tok/s");
}

void explain_prefill(const SpeedProfile& profile, const Settings& settings, const Speed& result,
                     const PrefillTime& prefill, Trace& trace) {
  const double flop = profile.rates_of(0).prefill_flop;
  trace.open("trace.speed.prefill", "trace.speed.prefill.formula", kCalibrationSource);
  trace.note("trace.speed.prompt", settings.workload.prompt, "tokens");
  trace.note("trace.speed.effective_flops", flop > 0 ? 1e-12 / flop : 0, "Tflop/s", kCalibrationSource);
  trace.note("trace.speed.compute", prefill.compute, "s");
  trace.note("trace.speed.scores", prefill.scores, "s");
  trace.note("trace.speed.weights", prefill.memory, "s");
  trace.note("trace.speed.communication", prefill.communication, "s");
  trace.note("trace.speed.host", prefill.host, "s");
  trace.note("trace.speed.overhead", prefill.overhead, "s");
  if (profile.personal.prefill != 1) trace.note("trace.speed.personal", profile.personal.prefill, "");
  trace.note("trace.speed.p10", result.prefill_tok_s.p10, "tok/s", kCalibrationSource);
  trace.note("trace.speed.p90", result.prefill_tok_s.p90, "tok/s", kCalibrationSource);
  trace.close(result.prefill_tok_s.p50, "tok/s");
}

}  // namespace

void explain_speed(const SpeedProfile& profile, const Placement& placement, const Settings& settings,
                   const StepLoad& shape, const Speed& result, const PrefillTime& prefill, Trace& trace) {
  trace.open("trace.speed", "trace.speed.formula");
  trace.note("trace.speed.calibration_rows", result.calibration_rows, "", kCalibrationSource);
  trace.note("trace.speed.tensor_parallel", placement.tensor_parallel, "");
  if (result.has_decode) explain_decode(profile, settings, shape, result, trace);
  if (result.has_prefill) explain_prefill(profile, settings, result, prefill, trace);
  trace.close(result.decode_tok_s.p50, "tok/s");
}

}  // namespace headroom
