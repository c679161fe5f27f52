#include "core/placement/planner.h"

namespace headroom {

void Planner::explain(Trace& trace) const {
  const CacheSettings& cache = in_.settings.cache;
  trace.open("trace.memory", "trace.memory.formula");
  trace.open("trace.weights", "trace.weights.formula", in_.weights.format != nullptr ? in_.weights.format->source : "");
  trace.note("trace.token_embedding", in_.weights.token_embedding.as_double(), "bytes");
  trace.note("trace.output_head", (fixed_.head - in_.weights.other).as_double(), "bytes");
  for (std::size_t g = 0; g < in_.model.groups.size(); ++g) {
    const GroupWeights& group = in_.weights.groups[g];
    trace.open("trace.layer_group", "trace.layer_group.formula");
    trace.note("trace.layers", in_.model.groups[g].count, "");
    trace.note("trace.mixer", group.mixer.as_double(), "bytes");
    trace.note("trace.feed_forward", (group.ffn + group.shared_experts).as_double(), "bytes");
    trace.note("trace.routed_experts", group.routed_experts.as_double(), "bytes");
    trace.close(group.total().as_double(), "bytes");
  }
  trace.close(out_.weights.as_double(), "bytes");
  const bool pools = fills_pool_ && !out_.impossible;
  if (pools) {
    trace.open("trace.pool", "trace.pool.formula", in_.engine.source);
    trace.note("trace.pool_tokens", static_cast<double>(out_.kv_tokens), "tokens");
  }
  (void)cache_footprint(in_.model, in_.engine, cache, &trace);
  if (pools) trace.close(out_.kv.as_double(), "bytes");
  trace.open("trace.compute", "trace.compute.formula");
  trace.note("trace.ubatch", cache.ubatch, "tokens");
  trace.note("trace.vocabulary", in_.model.arch.vocab, "");
  trace.note("trace.hidden", in_.model.arch.hidden, "");
  trace.note("trace.host", out_.host.compute.as_double(), "bytes");
  for (std::size_t d = 0; d < out_.devices.size(); ++d) {
    if (!streams_experts(d, out_.devices[d].expert_layers_on_host > 0)) continue;
    trace.note("trace.expert_copy", in_.weights.largest_expert_tensor.as_double(), "bytes");
  }
  if (fetches_layers(0)) {
    const Bytes copy = fetched(0, now_.compute, now_.widest_kv, now_.scores);
    trace.note("trace.layer_copy", copy.as_double(), "bytes");
  }
  trace.close(out_.compute.as_double(), "bytes");
  trace.note("trace.output", out_.output.as_double(), "bytes");
  trace.note("trace.engine", out_.engine.as_double(), "bytes", in_.engine.source);
  if (out_.adapters > Bytes(0)) trace.note("trace.adapters", out_.adapters.as_double(), "bytes");
  if (out_.draft > Bytes(0)) trace.note("trace.draft", out_.draft.as_double(), "bytes");
  if (out_.projector > Bytes(0)) trace.note("trace.projector", out_.projector.as_double(), "bytes");
  for (const DeviceShare& share : out_.devices) {
    trace.open("trace.device", "trace.device.formula");
    trace.note("trace.usable", share.usable.as_double(), "bytes");
    trace.note("trace.layers", share.layers, "");
    trace.close(share.total().as_double(), "bytes");
  }
  trace.close(out_.total().as_double(), "bytes");
}

}  // namespace headroom
