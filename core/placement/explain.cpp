// Labels and formulas are keys of data/texts/<language>/trace.json and formulas.json.
#include "core/model/weights_explained.h"
#include "core/placement/planner.h"

namespace headroom {

void Planner::explain(Trace& trace) const {
  const CacheSettings& cache = in_.settings.cache;
  trace.open("trace.memory", "trace.memory.formula");
  explain_loaded(trace);
  const bool pools = fills_pool_ && !out_.impossible;
  if (pools) {
    trace.open("trace.pool", "trace.pool.formula", in_.engine.source);
    trace.note("trace.pool_tokens", static_cast<double>(out_.kv_tokens), "tokens", in_.engine.source);
  }
  explain_cache(in_.model, in_.engine, cache, trace);
  if (pools) trace.close(out_.kv.as_double(), "bytes");
  explain_buffers(trace);
  if (out_.output > Bytes(0)) {
    trace.open("trace.output", "trace.output.formula");
    trace.of_model("trace.vocabulary", in_.model.arch.vocab);
    trace.asked("trace.sequences", static_cast<double>(cache.sequences()));
    trace.close(out_.output.as_double(), "bytes");
  }
  trace.open("trace.engine", "trace.engine.formula");
  for (const DeviceShare& share : out_.devices) {
    trace.note("trace.engine_device", share.engine.as_double(), "bytes", in_.engine.source);
  }
  trace.close(out_.engine.as_double(), "bytes");
  if (out_.adapters > Bytes(0)) trace.asked("trace.adapters", out_.adapters.as_double(), "bytes");
  if (out_.draft > Bytes(0)) trace.asked("trace.draft", out_.draft.as_double(), "bytes");
  if (out_.projector > Bytes(0)) trace.of_model("trace.projector", out_.projector.as_double(), "bytes");
  for (std::size_t d = 0; d < out_.devices.size(); ++d) explain_device(d, trace);
  trace.close(out_.total().as_double(), "bytes");
}

void Planner::explain_loaded(Trace& trace) const {
  trace.open("trace.weights", "trace.weights.formula", in_.weights.format != nullptr ? in_.weights.format->source : "");
  const LoadedWeights loaded{in_.engine.embedding_on_host, in_.settings.speculation.kind == SpeculationKind::mtp};
  const Bytes sum = explain_weights(in_.model, in_.weights, loaded, trace);
  if (out_.weights > sum) trace.note("trace.replicas", (out_.weights - sum).as_double(), "bytes", kPlacementSource);
  trace.close(out_.weights.as_double(), "bytes");
}

void Planner::explain_buffers(Trace& trace) const {
  const bool simulated = in_.engine.cache == CachePolicy::cells;
  const char* source = simulated ? kPlannerSource : in_.engine.source.c_str();
  trace.open("trace.compute", simulated ? "trace.compute.formula" : "trace.compute.closed_form", source);
  trace.asked("trace.ubatch", in_.settings.cache.ubatch, "tokens");
  trace.of_model("trace.vocabulary", in_.model.arch.vocab);
  trace.of_model("trace.hidden", in_.model.arch.hidden);
  trace.note("trace.host", out_.host.compute.as_double(), "bytes", source);
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

void Planner::explain_device(std::size_t d, Trace& trace) const {
  const DeviceShare& share = out_.devices[d];
  const Device& device = *in_.system.devices[d];
  trace.open("trace.device", "trace.device.formula");
  trace.open("trace.usable", "trace.usable.formula");
  const bool of_host = share.usable > device.memory;  // a processor's memory is the host's
  const Bytes memory = of_host ? in_.system.host.memory : device.memory;
  if (of_host) {
    trace.asked("trace.memory_size", memory.as_double(), "bytes");
  } else {
    trace.of_device(d, "trace.memory_size", memory.as_double(), "bytes");
  }
  trace.note("trace.kept_back", (memory - share.usable).as_double(), "bytes", kPlatformSource);
  trace.close(share.usable.as_double(), "bytes");
  trace.note("trace.layers", share.layers, "", kPlacementSource);
  const auto part = [&trace](const char* label, Bytes bytes) {
    if (bytes > Bytes(0)) trace.note(label, bytes.as_double(), "bytes", kAboveSource);
  };
  part("trace.weights", share.weights);
  part("trace.cache", share.kv + share.state);
  part("trace.compute", share.compute);
  const Bytes converted = converted_on(share);
  part("trace.converted_cache", converted);
  part("trace.engine", share.engine - converted);
  part("trace.adapters", share.adapters);
  part("trace.draft", share.draft);
  part("trace.projector", share.projector);
  trace.close(share.total().as_double(), "bytes");
}

}  // namespace headroom
