// What a step takes, by the engine's policy. Labels and formulas are keys of data/texts/<language>/trace.json and
// formulas.json.
#include "core/memory/element_sizes.h"
#include "core/memory/memory.h"
#include "core/placement/planner.h"

namespace headroom {
namespace {

void explain_layer(const StepParts& parts, const char* source, Trace& trace) {
  trace.open("trace.step.layer", "trace.step.values.formula");
  trace.asked("trace.step.tokens", static_cast<double>(parts.tokens), "tokens");
  trace.of_model("trace.step.values", static_cast<double>(parts.values));
  trace.note("trace.tuning.each", kHalf, "bytes", source);
  trace.close(parts.layer.as_double(), "bytes");
}

}  // namespace

void Planner::explain_buffers(Trace& trace) const {
  if (in_.engine.cache == CachePolicy::cells) return explain_planned_step(trace);
  if (in_.engine.reserve == ReservePolicy::needed) return explain_eager_step(trace);
  explain_profiled_step(trace);
}

void Planner::explain_planned_step(Trace& trace) const {
  trace.open("trace.compute", "trace.compute.formula", kPlannerSource);
  trace.asked("trace.ubatch", in_.settings.cache.ubatch, "tokens");
  trace.of_model("trace.vocabulary", in_.model.arch.vocab);
  trace.of_model("trace.hidden", in_.model.arch.hidden);
  trace.note("trace.host", out_.host.compute.as_double(), "bytes", kPlannerSource);
  for (std::size_t d = 0; d < out_.devices.size(); ++d) {
    if (!streams_experts(d, out_.devices[d].expert_layers_on_host > 0)) continue;
    trace.note("trace.expert_copy", in_.weights.largest_expert_tensor.as_double(), "bytes", kPlannerSource);
  }
  if (fetches_layers(0)) {
    const Bytes copy = fetched(0, now_.compute, now_.widest_kv, now_.scores);
    trace.note("trace.layer_copy", copy.as_double(), "bytes", kPlannerSource);
  }
  trace.close(out_.compute.as_double(), "bytes");
}

void Planner::explain_profiled_step(Trace& trace) const {
  const CacheSettings& cache = in_.settings.cache;
  const char* source = in_.engine.source.c_str();
  trace.open("trace.compute", "trace.step.profiled", source);
  explain_layer(step_parts(in_.model, in_.engine, cache), source, trace);
  std::size_t last = 0;  // the device that samples
  for (std::size_t d = 0; d < out_.devices.size(); ++d) {
    if (out_.devices[d].holds_output) last = d;
  }
  const std::uint32_t sequences = fills_pool_ ? sampled_sequences(last) : in_.engine.profile_sequences;
  trace.open("trace.step.sampling", "trace.step.sampling.formula");
  trace.asked("trace.step.tokens", cache.batch, "tokens");
  trace.of_model("trace.hidden", in_.model.arch.hidden);
  if (in_.model.samples) {
    trace.note("trace.sequences", sequences, "", source);
    trace.of_model("trace.vocabulary", in_.model.arch.vocab);
    trace.note("trace.step.logit", in_.engine.sampler_bytes_per_logit, "bytes", source);
  }
  trace.close(sampler_peak(in_.model, in_.engine, cache, sequences).as_double(), "bytes");
  const EncoderStep encoder = fills_pool_ ? encoding() : EncoderStep();
  if (encoder.items > 0) {
    trace.open("trace.step.encoding", "trace.step.encoding.formula");
    trace.note("trace.step.patches", static_cast<double>(encoder.patches), "", source);
    trace.of_model("trace.step.patch_values", static_cast<double>(encoder.values));
    trace.note("trace.tuning.each", kHalf, "bytes", source);
    trace.close(encoder.peak.as_double(), "bytes");
    trace.open("trace.step.encoded", "trace.step.encoded.formula");
    trace.note("trace.step.encoded_tokens", static_cast<double>(encoder.tokens), "tokens", source);
    trace.of_model("trace.hidden", in_.model.arch.hidden);
    trace.note("trace.tuning.each", kHalf, "bytes", source);
    trace.close(encoder.outputs.as_double(), "bytes");
  }
  trace.close(out_.compute.as_double(), "bytes");
}

void Planner::explain_eager_step(Trace& trace) const {
  const CacheSettings& cache = in_.settings.cache;
  const char* source = in_.engine.source.c_str();
  const StepParts parts = step_parts(in_.model, in_.engine, cache);
  trace.open("trace.compute", "trace.step.eager", source);
  explain_layer(parts, source, trace);
  if (parts.in_flight > Bytes(0)) trace.note("trace.step.in_flight", parts.in_flight.as_double(), "bytes", source);
  if (parts.scores > Bytes(0)) trace.note("trace.tuning.scores", parts.scores.as_double(), "bytes", source);
  trace.open("trace.logits", "trace.output.formula");
  trace.of_model("trace.vocabulary", in_.model.arch.vocab);
  trace.asked("trace.sequences", static_cast<double>(cache.sequences()));
  trace.close(parts.logits.as_double(), "bytes");
  trace.close(out_.compute.as_double(), "bytes");
}

}  // namespace headroom
