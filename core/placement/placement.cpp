#include "core/placement/placement.h"

#include <algorithm>
#include <utility>

#include "core/memory/cache_rules.h"
#include "core/placement/device_limits.h"
#include "core/placement/planner.h"

namespace headroom {

Planner::Planner(const PlaceInputs& inputs, Placement& out) : in_(inputs), out_(out) {
  const WeightProfile& w = in_.weights;
  fixed_.head = w.output_head + w.other;
  // A tied head is a second copy only where the embedding stays on the host; elsewhere both are one tensor.
  if (in_.engine.embedding_on_host) fixed_.head += w.tied_head_copy;
  fixed_.input = w.token_embedding + w.per_layer_embedding + w.position_embedding;
  fixed_.input_on_host = in_.engine.embedding_on_host && in_.system.backend != Backend::cpu;
  if (!in_.settings.adapters.empty()) measure_adapters();
  // A GGUF engine loads towers from a file of their own, on request; others load the checkpoint as a whole.
  if (in_.settings.projector || in_.engine.cache != CachePolicy::cells) fixed_.projector = w.vision;
  if (in_.settings.projector && in_.engine.cache == CachePolicy::cells) add_tower_buffers();
  if (in_.settings.speculation.kind == SpeculationKind::mtp) fixed_.head += w.mtp;
  if (in_.engine.counts_output()) fetched_ = fetched_stages(in_.model, in_.settings.cache);
}

// An engine that keeps room beforehand keeps it in whole layers, and fuses the projections that read the same.
Adapter Planner::as_kept(Adapter adapter) const {
  namespace target = adapter_target;
  std::uint16_t& targets = adapter.targets;
  if (targets == 0) targets = in_.engine.adapts_all ? target::all : target::usual;
  if (!in_.engine.adapts_all) return adapter;
  for (const int fused : {target::q | target::k | target::v, target::gate | target::up}) {
    if ((targets & fused) != 0) targets = static_cast<std::uint16_t>(targets | fused);
  }
  return adapter;
}

void Planner::add_tower_buffers() {
  const TowerBuffers buffers = tower_buffers(in_.model.arch.vision_step, in_.settings.cache.flash_attention);
  fixed_.projector += buffers.device;
  if (in_.settings.projector_on_host) {
    std::swap(fixed_.projector, fixed_.projector_on_host);
  } else if (in_.system.backend != Backend::cpu) {
    fixed_.projector_on_host = buffers.host;
  }
}

void Planner::measure_adapters() {
  const std::uint64_t hidden = in_.model.arch.hidden;
  for (const LayerGroup& group : in_.model.groups) {
    Bytes all, experts;
    for (const Adapter& asked : in_.settings.adapters) {
      Adapter adapter = as_kept(asked);
      all += adapter_layer_bytes(group, hidden, adapter, {});
      adapter.targets &= adapter_target::experts;
      if (adapter.targets != 0) experts += adapter_layer_bytes(group, hidden, adapter, {});
    }
    fixed_.layer_adapters.push_back(all);
    fixed_.expert_adapters.push_back(experts);
    fixed_.adapters += all * group.count;
  }
}

// llama.cpp keeps what adapts a tensor where that tensor is (llama-adapter.cpp), be it in a repacked copy.
Bytes Planner::adapters_of_layer(std::uint32_t layer) const {
  return fixed_.layer_adapters.empty() ? Bytes(0) : fixed_.layer_adapters[in_.model.group_of_layer[layer]];
}

Bytes Planner::expert_adapters_of_layer(std::uint32_t layer) const {
  return fixed_.expert_adapters.empty() ? Bytes(0) : fixed_.expert_adapters[in_.model.group_of_layer[layer]];
}

Bytes Planner::experts_of_layer(std::uint32_t layer) const {
  return in_.weights.layer_expert_bytes[layer] + expert_adapters_of_layer(layer);
}

ComputeBuffers Planner::buffers_at(const CacheSettings& cache) const {
  std::uint64_t context = cache.context;
  if (cache.unified) {
    // One stream holds every sequence: the buffers follow its length.
    const std::uint64_t prepared = in_.settings.cache.sequences();
    context = context * cache.sequences() / prepared;
  }
  const ComputeCurve& curve = in_.dynamic.compute;
  ComputeBuffers buffers = curve.at(static_cast<std::uint32_t>(std::min<std::uint64_t>(context, UINT32_MAX)));
  if (cache.parallel > curve.sequences) {
    const std::uint32_t further = cache.parallel - curve.sequences;
    buffers.device += curve.per_sequence * further;
    buffers.middle += curve.middle_per_sequence * further;
    buffers.converted += curve.converted_per_sequence * further;
  }
  if (in_.settings.kv_on_host) buffers.converted = Bytes(0);  // attention runs where its cache is
  return buffers;
}

// llama.cpp keeps the cache of what drafts in 16 bit, whatever the model's is (--cache-type-k-draft).
CacheSettings Planner::draft_cache(CacheSettings cache) const {
  if (in_.engine.cache == CachePolicy::cells) cache.k = cache.v = kHalfFloats;
  return cache;
}

Planner::Need Planner::need(const CacheSettings& cache) const {
  Need need;
  need.cache = cache_footprint(in_.dynamic.caches, in_.engine, cache);
  need.compute = buffers_at(cache);
  need.output = output_buffer(in_.model, in_.engine, cache);
  for (const Bytes kv : need.cache.kv_per_layer) need.widest_kv = std::max(need.widest_kv, kv);
  need.scores = attention_scores(in_.model, cache);
  const Speculation& speculation = in_.settings.speculation;
  if (speculation.kind == SpeculationKind::mtp) {
    // MTP layers have a cache and a buffer of their own, and every drafted token a copy of the recurrent state.
    const CacheFootprint own = cache_footprint(in_.model, in_.engine, draft_cache(cache));
    need.draft_cache = own.kv_per_layer[in_.model.mtp_group()] * in_.model.arch.mtp.layers;
    need.draft_buffer = need.compute.device;
    need.state_copies = 1 + std::uint64_t{speculation.draft_tokens};
  } else if (speculation.kind == SpeculationKind::draft_model && in_.draft.model != nullptr) {
    const CacheSettings apart = draft_cache(cache);
    const CacheFootprint draft = cache_footprint(*in_.draft.model, in_.engine, apart);
    need.draft_cache = draft.kv + draft.state;
    need.draft_buffer = draft_buffer(*in_.draft.model, in_.engine, apart, in_.system.backend);
  }
  return need;
}

// Ranks share a drafter as they share the model (vLLM's draft_tensor_parallel_size, and SGLang's and TensorRT-LLM's
// way).
Bytes Planner::draft_weights() const {
  if (in_.draft.weights == nullptr) return Bytes(0);
  return Bytes(divide_up(in_.draft.weights->file_bytes.value(), out_.tensor_parallel));
}

std::uint64_t Planner::draft_ranks() const {
  const ModelProfile& drafter = in_.draft.model != nullptr ? *in_.draft.model : in_.model;
  return drafter.groups.empty() ? 1 : cache_ranks(drafter.groups[drafter.mtp_group()].mixer);
}

Bytes Planner::draft_dynamic(const Need& need) const {
  // An engine that fills a pool has measured its worst step, which is larger than a drafter's, and keeps both caches in
  // the pool.
  if (fills_pool_) return Bytes(0);
  Bytes bytes = need.draft_buffer;
  // The context of MTP layers is scheduled as the model's is.
  if (in_.settings.speculation.kind == SpeculationKind::mtp && pipelines()) bytes += need.compute.pipeline;
  if (need.draft_cache == Bytes(0)) return bytes;
  return bytes + Bytes(divide_up(need.draft_cache.value(), draft_ranks()));
}

// A pool is divided once, in proportion to what a token takes of each cache. That is measured at the model's largest
// context, where sliding windows matter least.
double Planner::draft_of_pool(std::size_t device) const {
  if (!out_.devices[device].holds_output || now_.draft_cache == Bytes(0)) return 0;
  CacheSettings longest = in_.settings.cache;
  longest.context = in_.model.arch.longest_context();
  const Need full = need(longest);
  const Dynamic parts = cache_parts(device, full);
  const double own = full.draft_cache.as_double() / static_cast<double>(draft_ranks());
  const Bytes beside = parts.kv > Bytes(0) ? parts.kv : parts.state;
  return own / (own + beside.as_double());
}

// Heads are shared, and repeated where there are more ranks than heads; a latent row is repeated everywhere.
std::uint64_t Planner::cache_ranks(const Mixer& m) const {
  if (out_.tensor_parallel == 1) return 1;
  if (keeps_latent_rows(m.kind)) return 1;
  return std::min(out_.tensor_parallel, std::max(m.kv_heads, 1U));
}

// The experts of a device's own layers, and on the first device those of whole layers on the host.
bool Planner::streams_experts(std::size_t device, bool own_layers) const {
  if (!in_.engine.host_offload || !in_.model.has_experts || in_.system.devices[device]->unified_memory) return false;
  return own_layers || (device == 0 && first_device_layer_ > 0);
}

// Several micro-batches at once need every layer with its cache on devices and no tensor moved off them
// (llama_context: pipeline_parallel).
bool Planner::pipelines() const {
  return first_device_layer_ == 0 && out_.cpu_moe_layers == 0 && !in_.settings.kv_on_host;
}

// The first device computes a large batch of the layers that are on the host.
bool Planner::fetches_layers(std::size_t device) const {
  return device == 0 && first_device_layer_ > 0 && fetched_.output > Bytes(0) && !in_.system.devices[0]->unified_memory;
}

// What that takes: a layer's cache or a matrix at a time, and the output head where that is on the host too.
Bytes Planner::fetched(std::size_t device, const ComputeBuffers& buffers, Bytes widest_kv, Bytes scores) const {
  if (!fetches_layers(device)) return Bytes(0);
  const WeightProfile& w = in_.weights;
  const Bytes cache = in_.settings.kv_on_host ? Bytes(0) : widest_kv + fetched_.attention + scores;
  Bytes layer = buffers.host + std::max(cache, fetched_.feed_forward + w.largest_layer_tensor);
  if (streams_experts(0, false)) layer = std::max(layer, buffers.streaming + w.largest_expert_tensor);
  if (output_on_device(first_device_layer_)) return layer;
  return std::max(layer, fetched_.output + w.output_head + w.tied_head_copy);
}

// Whether a device holds the output, the layers from `first` on being on devices.
bool Planner::output_on_device(std::uint32_t first) const {
  const bool alone = in_.engine.counts_output() && in_.settings.gpu_layers > 0;
  return first < in_.model.layer_count() || alone || in_.system.backend == Backend::cpu;
}

Bytes Planner::compute_of(const ComputeBuffers& buffers, bool output, bool streams, Bytes fetched) const {
  Bytes bytes = std::max(output ? buffers.device : buffers.middle, fetched);
  if (streams && buffers.streaming > Bytes(0)) {
    bytes = std::max(bytes, buffers.streaming + in_.weights.largest_expert_tensor);
  }
  bytes += buffers.converted;
  return pipelines() ? bytes + buffers.pipeline : bytes;
}

bool Planner::works(std::size_t device) const {
  const DeviceShare& share = out_.devices[device];
  return share.layers > 0 || share.holds_output;
}

// Copies of the cache that a device makes at the settings asked for, also of layers it computes for the host: of its
// compute, and told as the engine's.
Bytes Planner::converted_on(std::size_t device) const {
  return works(device) || fetches_layers(device) ? now_.compute.converted : Bytes(0);
}

Planner::Dynamic Planner::cache_parts(std::size_t device, const Need& need) const {
  const DeviceShare& share = out_.devices[device];
  Dynamic parts;
  for (std::size_t g = 0; g < share.layers_of_group.size(); ++g) {
    const std::uint64_t layers = share.layers_of_group[g];
    if (layers == 0) continue;
    const Bytes kv = need.cache.kv_per_layer[g] * layers, state = need.cache.state_per_layer[g] * layers;
    const std::uint64_t ranks = cache_ranks(in_.model.groups[g].mixer);
    if (!in_.settings.kv_on_host) parts.kv += ranks == 1 ? kv : Bytes(divide_up(kv.value(), ranks));
    parts.state += out_.tensor_parallel == 1 ? state : Bytes(divide_up(state.value(), out_.tensor_parallel));
  }
  parts.state = parts.state * need.state_copies;
  return parts;
}

std::uint32_t Planner::sampled_sequences(std::size_t device) const {
  if (in_.settings.max_sequences > 0) return in_.settings.max_sequences;
  const bool large = in_.engine.takes_as_large(*in_.system.devices[device], in_.system.backend);
  return large ? in_.engine.profile_sequences_large : in_.engine.profile_sequences;
}

Planner::Dynamic Planner::dynamic_parts(std::size_t device) const {
  const DeviceShare& share = out_.devices[device];
  Dynamic parts = cache_parts(device, now_);
  const bool streams = streams_experts(device, share.expert_layers_on_host > 0);
  const Bytes fetch = fetched(device, now_.compute, now_.widest_kv, now_.scores);
  parts.compute =
      works(device) ? compute_of(now_.compute, share.holds_output, streams, fetch) : fetch + converted_on(device);
  if (fills_pool_ && share.holds_output) {
    const Bytes sampling = sampler_peak(in_.model, in_.engine, in_.settings.cache, sampled_sequences(device));
    parts.compute = std::max(now_.compute.middle, sampling);
  }
  if (fills_pool_) {
    const EncoderStep encoder = encoding();
    parts.compute = std::max(parts.compute + encoder.outputs, encoder.peak);
  }
  if (share.holds_output) parts.draft = draft_weights() + draft_dynamic(now_);
  return parts;
}

bool Planner::repeats(std::size_t device) const {
  // Ranks of a stage hold the same; the device itself may still be another one.
  return device % out_.ranks() != 0 && in_.system.devices[device] == in_.system.devices[device - 1];
}

Planner::HostDynamic Planner::dynamic_host_parts() const {
  HostDynamic parts;
  if (in_.system.backend == Backend::cpu) return parts;
  const auto& layers = out_.host.layers_of_group;
  for (std::size_t g = 0; g < layers.size(); ++g) {
    if (layers[g] == 0) continue;
    parts.kv += now_.cache.kv_per_layer[g] * layers[g];
    parts.state += now_.cache.state_per_layer[g] * layers[g];
  }
  parts.output = now_.output;
  parts.compute = host_compute(now_.compute, now_.scores);
  if (in_.settings.kv_on_host) parts.kv = now_.cache.kv;
  return parts;
}

Bytes Planner::host_compute(const ComputeBuffers& buffers, Bytes scores) const {
  Bytes bytes = buffers.host;
  // Attention runs where its cache is.
  if (in_.settings.kv_on_host) bytes += fetched_.attention + scores;
  if (pipelines()) bytes += buffers.host_pipeline;
  // MTP layers have a context of their own.
  return in_.settings.speculation.kind == SpeculationKind::mtp ? bytes * 2 : bytes;
}

bool Planner::idle(std::size_t device) const {
  const DeviceShare& share = out_.devices[device];
  const bool empty = share.weights == Bytes(0) && share.projector == Bytes(0);  // the first may hold the embedding
  return empty && share.layers == 0 && !share.holds_output && !fetches_layers(device);
}

void Planner::settle() {
  Dynamic parts;
  double drafts = 0;
  for (std::size_t d = 0; d < out_.devices.size(); ++d) {
    DeviceShare& share = out_.devices[d];
    if (!repeats(d)) {
      parts = dynamic_parts(d);
      drafts = fills_pool_ ? draft_of_pool(d) : 0;
    }
    share.compute = parts.compute - converted_on(d);
    share.engine += converted_on(d);
    if (fills_pool_ && !out_.impossible) {
      // Where not even one sequence fits, report the cache that is missing instead of the little that is left for it.
      if (out_.max_parallel == 0) share.kv = std::max(share.kv, share.cache_asked);
      // Recurrent state lives in the pages too.
      const double for_each = drafts < 1 ? drafts / (1 - drafts) : 0;
      share.draft = parts.draft + Bytes::from_double(share.kv.as_double() * for_each);
      share.draft_asked = parts.draft + Bytes::from_double(share.cache_asked.as_double() * for_each);
      continue;
    }
    share.draft = share.draft_asked = parts.draft;
    share.kv = share.cache_asked = parts.kv;
    share.state = parts.state;
  }
  const HostDynamic host = dynamic_host_parts();
  out_.host.kv = host.kv;
  out_.host.state = host.state;
  out_.host.compute = host.compute;
  out_.host.output = host.output;
  const DeviceShare together = out_.on_devices();
  out_.weights = together.weights + out_.host.weights;
  out_.kv = together.kv + out_.host.kv;
  out_.state = together.state + out_.host.state;
  out_.compute = together.compute + out_.host.compute;
  out_.output = out_.host.output;
  out_.engine = together.engine;
  out_.adapters = together.adapters + out_.host.adapters;
  out_.draft = together.draft;
  out_.projector = together.projector + out_.host.projector;
}

void Planner::judge_fit() {
  const bool fits = !out_.impossible && (fills_pool_ ? out_.max_parallel >= 1 : slack_now_ >= 0);
  if (!fits) {
    out_.status = FitStatus::does_not_fit;
    if (out_.reason.empty()) {
      out_.reason.key = in_.engine.host_offload ? "placement.too_large" : "placement.cannot_offload";
    }
    return;
  }
  if (out_.host.computes_layers() || in_.settings.kv_on_host) {
    out_.status = FitStatus::offload;
    return;
  }
  out_.status = FitStatus::fits;
  if (fills_pool_) {
    if (out_.max_parallel >= in_.settings.cache.parallel) return;
    out_.status = FitStatus::tight;
    out_.reason.key = "placement.queues";
    return;
  }
  // Less is free than the engine itself likes to leave, or than a sixteenth of a small device.
  constexpr std::uint64_t kSmallShare = 16;
  for (const DeviceShare& share : out_.devices) {
    const Bytes small(share.usable.value() / kSmallShare);
    const Bytes margin = in_.engine.fit_margin > Bytes(0) ? std::min(in_.engine.fit_margin, small) : small;
    if (share.free() >= margin) continue;
    out_.status = FitStatus::tight;
    out_.reason.key = "placement.little_free";
  }
}

void Planner::run(Trace* trace) {
  const std::size_t devices = in_.system.devices.size();
  if (devices == 0 || !in_.weights.available || in_.model.groups.empty()) {
    out_.reason.key = devices == 0 ? "placement.no_device" : "placement.format_unavailable";
    out_.impossible = true;
    return;
  }
  const Device* last = nullptr;
  DeviceShare share;
  for (const Device* device : in_.system.devices) {
    if (device != last) {
      share.usable = usable_bytes(*device, in_.engine, in_.system, in_.limit);
      share.engine = engine_reserve(*device, in_.engine, in_.system, devices);
    }
    out_.devices.push_back(share);
    last = device;
  }
  out_.host.usable = usable_host_bytes(in_.system);
  now_ = need(in_.settings.cache);
  const bool sharded = in_.settings.split == Split::tensor || in_.settings.split == Split::expert ||
                       in_.settings.tensor_parallel > 1 || in_.settings.pipeline_parallel > 1 ||
                       in_.settings.data_parallel > 1 || (!in_.engine.layer_split && in_.engine.tensor_parallel);
  if (sharded && in_.engine.tensor_parallel) {
    place_shards();
  } else {
    place_layers();
  }
  if (!fills_pool_ && (in_.sought.context || in_.sought.parallel)) find_largest();
  settle();
  judge_fit();
  const Bytes on_host = fixed_.input_on_host ? out_.host.weights - fixed_.input : out_.host.weights;
  const double all = in_.weights.file_bytes.as_double();
  out_.offload_fraction = all > 0 ? std::min(1.0, on_host.as_double() / all) : 0;
  if (trace != nullptr) explain(*trace);
}

namespace {

bool can_raise_limit(const System& system) {
  if (system.usable_fraction >= 0 || system.reserved_given || system.backend == Backend::cpu) return false;
  for (const Device* device : system.devices) {
    if (device->raised_limit <= Bytes(0)) return false;
  }
  return !system.devices.empty();
}

}  // namespace

Placement place(const ModelProfile& model, const WeightProfile& weights, const System& system, const Engine& engine,
                const Settings& settings, const DynamicMemory& dynamic, const DraftModel& draft, Sought sought,
                Trace* trace) {
  const auto plan = [&](MemoryLimit limit, Trace* steps, Placement& out) {
    const Sought search{sought.context, sought.parallel,
                        limit == MemoryLimit::platform ? sought.known : LongestContext{}};
    Planner({model, weights, system, engine, settings, dynamic, draft, search, limit}, out).run(steps);
  };
  Placement placement;
  const bool raisable = can_raise_limit(system);
  // If a second plan may replace this one, only the plan that is kept is traced.
  plan(MemoryLimit::platform, raisable ? nullptr : trace, placement);
  if (!raisable) return placement;
  MemoryLimit limit = MemoryLimit::platform;
  if (placement.status == FitStatus::does_not_fit || placement.moved_to_fit) {
    Placement raised;
    plan(MemoryLimit::raised, nullptr, raised);
    // What runs as the platform is stays so unless raising the limit spares it the host.
    const bool better = !(placement.moved_to_fit && raised.moved_to_fit);
    if (raised.status != FitStatus::does_not_fit && better) {
      placement = raised;
      limit = MemoryLimit::raised;
    }
  }
  if (trace != nullptr) {
    placement = {};
    plan(limit, trace, placement);
  }
  placement.raisable = true;
  if (limit == MemoryLimit::raised) {
    placement.limit = limit;
    placement.status = std::max(placement.status, FitStatus::tight);
    placement.reason.key = "placement.raised_limit";
  }
  return placement;
}

}  // namespace headroom
