// Labels and formulas are keys of data/texts/<language>/trace.json and formulas.json.
#include <algorithm>
#include <string>
#include <vector>

#include "core/memory/element_sizes.h"
#include "core/memory/memory.h"
#include "core/model/weights_explained.h"
#include "core/placement/device_limits.h"
#include "core/placement/planner.h"
#include "core/placement/told_weights.h"

namespace headroom {

void Planner::explain(Trace& trace) const {
  const CacheSettings& cache = in_.settings.cache;
  trace.open("trace.memory", "trace.memory.formula");
  const ToldWeights told = told_weights(out_.weights, in_.weights, in_.engine, in_.settings.speculation.kind);
  explain_loaded(told, trace);
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
  for (std::size_t d = 0; d < out_.devices.size(); ++d) explain_engine(d, trace);
  explain_copied(told.copied, trace);
  trace.close((out_.engine + told.copied).as_double(), "bytes");
  explain_extras(trace);
  for (std::size_t d = 0; d < out_.devices.size(); ++d) explain_device(d, trace);
  trace.close(out_.total().as_double(), "bytes");
}

void Planner::explain_loaded(const ToldWeights& told, Trace& trace) const {
  const char* source = in_.weights.format != nullptr ? in_.weights.format->source.c_str() : "";
  trace.open("trace.weights", "trace.weights.formula", source);
  const bool mtp = in_.settings.speculation.kind == SpeculationKind::mtp || told.not_loaded > Bytes(0);
  const Bytes sum = explain_weights(in_.model, in_.weights, mtp, trace);
  if (told.weights > sum) trace.note("trace.replicas", (told.weights - sum).as_double(), "bytes", kPlacementSource);
  trace.close(told.weights.as_double(), "bytes");
  if (told.not_loaded > Bytes(0)) {
    trace.note("trace.not_loaded", -told.not_loaded.as_double(), "bytes", in_.engine.source);
  }
}

// What the engine holds twice: the tied embedding, and what several devices each have.
void Planner::explain_copied(Bytes copied, Trace& trace) const {
  const Bytes tied = std::min(copied, in_.engine.embedding_on_host ? in_.weights.tied_head_copy : Bytes(0));
  if (tied > Bytes(0)) {
    trace.open("trace.tied_copy", "trace.tied_copy.formula");
    trace.note("trace.token_embedding", in_.weights.token_embedding.as_double(), "bytes", kPlannerSource);
    trace.close(tied.as_double(), "bytes");
  }
  if (copied > tied) trace.note("trace.replicas", (copied - tied).as_double(), "bytes", kPlacementSource);
}

void Planner::explain_engine(std::size_t d, Trace& trace) const {
  const DeviceShare& share = out_.devices[d];
  if (share.engine == Bytes(0)) return trace.note("trace.engine_device", 0, "bytes", in_.engine.source);
  const EngineParts parts = engine_parts(*in_.system.devices[d], in_.engine, in_.system, in_.system.devices.size());
  trace.open("trace.engine_device", "trace.engine_device.formula");
  Bytes rest = share.engine;
  const auto part = [&](const char* label, Bytes bytes, const char* source) {
    bytes = std::min(bytes, rest);
    if (bytes > Bytes(0)) trace.note(label, bytes.as_double(), "bytes", source);
    rest -= bytes;
  };
  const char* source = in_.engine.source.c_str();
  part("trace.engine.context", parts.context, source);
  part("trace.engine.units", parts.units, source);
  part("trace.engine.communicator", parts.communicator, source);
  part("trace.engine.graphs", parts.graphs, source);
  part("trace.converted_cache", rest, kPlacementSource);
  trace.close(share.engine.as_double(), "bytes");
}

// What stands beside the model: adapters, what drafts, the towers that see and hear.
void Planner::explain_extras(Trace& trace) const {
  if (out_.adapters > Bytes(0)) {
    trace.open("trace.adapters", "trace.adapters.formula");
    Bytes whole;
    for (const Adapter& adapter : in_.settings.adapters) {
      const Bytes bytes = adapter_bytes(in_.model, as_kept(adapter));
      const double each = static_cast<double>(std::uint64_t{adapter.rank} * adapter.count * kHalf);
      trace.open("trace.adapter", "trace.adapter.formula");
      trace.asked("trace.adapter_count", adapter.count);
      trace.asked("trace.adapter_rank", adapter.rank);
      trace.of_model("trace.adapter_edges", each > 0 ? bytes.as_double() / each : 0);
      trace.close(bytes.as_double(), "bytes");
      whole += bytes;
    }
    if (out_.adapters > whole)
      trace.note("trace.replicas", (out_.adapters - whole).as_double(), "bytes", kPlacementSource);
    trace.close(out_.adapters.as_double(), "bytes");
  }
  if (out_.draft > Bytes(0)) {
    trace.open("trace.draft", "trace.draft.formula");
    const Bytes weights = in_.draft.weights != nullptr ? std::min(in_.draft.weights->file_bytes, out_.draft) : Bytes(0);
    if (weights > Bytes(0)) trace.of_model("trace.draft.weights", weights.as_double(), "bytes");
    const Bytes rest = out_.draft - weights;
    if (rest > Bytes(0)) trace.note("trace.draft.rest", rest.as_double(), "bytes", in_.engine.source);
    trace.close(out_.draft.as_double(), "bytes");
  }
  if (out_.projector > Bytes(0)) {
    trace.open("trace.projector", "trace.projector.formula");
    trace.of_model("trace.projector.params",
                   static_cast<double>(in_.model.arch.vision_params + in_.model.arch.audio_params));
    if (out_.projector > in_.weights.vision) {
      const bool of_file = in_.engine.cache == CachePolicy::cells;
      trace.note(of_file ? "trace.projector.buffers" : "trace.replicas",
                 (out_.projector - in_.weights.vision).as_double(), "bytes", kPlacementSource);
    }
    trace.close(out_.projector.as_double(), "bytes");
  }
}

void Planner::explain_kept_back(std::size_t d, Bytes kept, Trace& trace) const {
  if (kept == Bytes(0)) return trace.note("trace.kept_back", 0, "bytes", kPlatformSource);
  KeptBack parts = kept_back(*in_.system.devices[d], in_.engine, in_.system, in_.limit);
  if (in_.engine.reserve == ReservePolicy::fraction_static) {
    // Buffers and the engine itself, its contexts first, stand in what its share leaves.
    Bytes beside = out_.devices[d].compute + out_.devices[d].engine;
    for (const KeptFor cause :
         {KeptFor::contexts, KeptFor::share, KeptFor::asked, KeptFor::platform, KeptFor::system, KeptFor::driver}) {
      Bytes& part = parts[static_cast<std::size_t>(cause)];
      const Bytes given = std::min(part, beside);
      part -= given;
      beside -= given;
    }
  }
  trace.open("trace.kept_back", "trace.engine_device.formula");
  const auto part = [&](const char* label, KeptFor cause, const std::string& source) {
    const Bytes bytes = parts[static_cast<std::size_t>(cause)];
    if (bytes > Bytes(0)) trace.note(label, bytes.as_double(), "bytes", source);
  };
  part("trace.kept.driver", KeptFor::driver, in_.engine.source);
  part("trace.kept.share", KeptFor::share, in_.engine.source);
  part("trace.kept.asked", KeptFor::asked, kAskedSource);
  const std::vector<std::string>& devices = trace.sources().devices;
  part("trace.kept.platform", KeptFor::platform, d < devices.size() ? devices[d] : kPlatformSource);
  part("trace.kept.desktop", KeptFor::desktop, kDesktopSource);
  part("trace.kept.system", KeptFor::system, kPlatformSource);
  trace.close(kept.as_double(), "bytes");
}

void Planner::explain_device(std::size_t d, Trace& trace) const {
  const DeviceShare& share = out_.devices[d];
  const Device& device = *in_.system.devices[d];
  trace.open("trace.device", "trace.device.formula");
  trace.open("trace.usable", "trace.usable.formula");
  const Bytes memory = memory_behind(device, in_.system, share.usable);
  const bool of_host = share.usable > device.memory;
  if (of_host) {
    trace.asked("trace.memory_size", memory.as_double(), "bytes");
  } else {
    trace.of_device(d, "trace.memory_size", memory.as_double(), "bytes");
  }
  explain_kept_back(d, memory - share.usable, trace);
  trace.close(share.usable.as_double(), "bytes");
  trace.note("trace.layers", share.layers, "", kPlacementSource);
  const auto part = [&trace](const char* label, Bytes bytes) {
    if (bytes > Bytes(0)) trace.note(label, bytes.as_double(), "bytes", kAboveSource);
  };
  part("trace.weights", share.weights);
  part("trace.cache", share.kv + share.state);
  part("trace.compute", share.compute);
  const Bytes converted = converted_on(d);
  part("trace.converted_cache", converted);
  part("trace.engine", share.engine - converted);
  part("trace.adapters", share.adapters);
  part("trace.draft", share.draft);
  part("trace.projector", share.projector);
  trace.close(share.total().as_double(), "bytes");
}

}  // namespace headroom
