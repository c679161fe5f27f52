// Who holds what: layers over devices, experts and layers on the host, tensor, pipeline and expert parallelism.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/engine/engine.h"
#include "core/hardware/device.h"
#include "core/inline_vector.h"
#include "core/memory/memory.h"
#include "core/message.h"
#include "core/model/profile.h"
#include "core/scenario.h"
#include "core/trace.h"

namespace headroom {

enum class FitStatus : std::uint8_t { fits, tight, offload, does_not_fit };

// What a part that shares the host's memory may use of it: what its platform sets by itself, or what a person can raise
// that to (macOS: iogpu.wired_limit_mb, Linux: ttm.pages_limit).
enum class MemoryLimit : std::uint8_t { platform, raised };

struct DeviceShare {
  Bytes usable, weights, kv, state, compute, engine, adapters, draft, projector;
  // What the sequences asked for need of `kv`, and of the cache in `draft`. An engine that fills the device with cache
  // may have more than that, or less
  Bytes cache_asked, draft_asked;
  InlineVector<std::uint16_t, kMaxGroups> layers_of_group;  // layers (or, under tensor parallel, sliced layers) held
  std::uint16_t layers = 0;
  std::uint16_t expert_layers_on_host = 0;  // of those, layers whose routed experts stay on the host
  bool holds_output = false;
  [[nodiscard]] Bytes total() const { return weights + kv + state + compute + engine + adapters + draft + projector; }
  [[nodiscard]] Bytes free() const { return usable - total(); }
  // What the sequences asked for leave of a pool to others.
  [[nodiscard]] Bytes pool_left() const { return kv - cache_asked; }
  [[nodiscard]] Bytes needed() const { return total() - kv - draft + cache_asked + draft_asked; }
  [[nodiscard]] Bytes spare() const { return usable - needed(); }
};

struct HostShare {
  Bytes usable, weights, kv, state, compute, output, adapters, projector;
  InlineVector<std::uint16_t, kMaxGroups> layers_of_group;         // whole layers that run on the host
  InlineVector<std::uint16_t, kMaxGroups> expert_layers_of_group;  // layers whose routed experts are on the host
  [[nodiscard]] Bytes total() const { return weights + kv + state + compute + output + adapters + projector; }
  // What it holds whatever the context and the number of sequences.
  [[nodiscard]] Bytes fixed() const { return weights + adapters + projector; }
  // Whether it runs layers, or experts of some.
  [[nodiscard]] bool computes_layers() const {
    const auto any = [](const auto& layers) {
      return std::any_of(layers.begin(), layers.end(), [](std::uint16_t count) { return count > 0; });
    };
    return any(layers_of_group) || any(expert_layers_of_group);
  }
};

struct Placement {
  FitStatus status = FitStatus::does_not_fit;
  Message reason;                             // why it does not fit, or what was moved
  bool impossible = false;                    // it is not memory that is missing: `reason` says what
  bool spills = false;                        // what the devices lack, the host may hold
  bool raisable = false;                      // a person can raise what the platform lets the devices use
  MemoryLimit limit = MemoryLimit::platform;  // raised: it fits only once a person has raised the platform's limit
  Split split = Split::none;
  std::uint32_t tensor_parallel = 1, pipeline_parallel = 1, expert_parallel = 1;
  std::uint32_t data_parallel = 1;     // copies in each stage, of tensor_parallel ranks each
  std::uint32_t context_parallel = 1;  // of these, ranks that hold different tokens of a cache
  std::uint32_t network_ranks = 1;     // that divide the feed-forwards that are not routed, and the head
  // Devices of a stage.
  [[nodiscard]] std::uint32_t ranks() const { return tensor_parallel * data_parallel; }
  InlineVector<DeviceShare, kMaxDevices> devices;
  HostShare host;
  std::uint32_t gpu_layers = 0;  // as the engine counts them: where Engine::counts_output, with MTP blocks and output
  std::uint32_t cpu_moe_layers = 0;
  double offload_fraction = 0;  // share of weight bytes that no accelerator holds
  bool moved_to_fit = false;    // layers or experts are on the host to make room
  // Largest context that fits at this parallelism: with the help of the host where the engine can offload, else on the
  // devices alone.
  std::uint32_t safe_context = 0;
  std::uint32_t max_parallel = 0;  // sequences of `context` tokens that fit
  std::uint64_t kv_tokens = 0;     // fraction engines: cache capacity in tokens as they print it
  // Sums over devices (and host where the engine keeps it there)
  Bytes weights, kv, state, compute, output, engine, adapters, draft, projector;
  // It does not run, whatever the memory. What it would take stays told.
  void forbid(const Message& why) {
    status = FitStatus::does_not_fit;
    reason = why;
    impossible = true;
    safe_context = max_parallel = 0;
  }
  // Whether a device holds part of what runs. Where it does not fit, or only with the host, all that were tried do.
  [[nodiscard]] bool holds(std::size_t device) const {
    if (device >= devices.size()) return false;
    const DeviceShare& share = devices[device];
    return status > FitStatus::tight || share.weights > Bytes(0) || share.layers > 0 || share.holds_output;
  }
  [[nodiscard]] Bytes used_on_devices() const {
    Bytes sum;
    for (const DeviceShare& device : devices) sum += device.total();
    return sum;
  }
  [[nodiscard]] Bytes usable_on_devices() const {
    Bytes sum;
    for (const DeviceShare& device : devices) sum += device.usable;
    return sum;
  }
  [[nodiscard]] Bytes total() const {
    return weights + kv + state + compute + output + engine + adapters + draft + projector;
  }
  // What all devices hold together; which layers is not told.
  [[nodiscard]] DeviceShare on_devices() const {
    DeviceShare sum;
    for (const DeviceShare& device : devices) {
      sum.usable += device.usable;
      sum.weights += device.weights;
      sum.kv += device.kv;
      sum.cache_asked += std::min(device.cache_asked, device.kv);  // a pool that lacks room takes none of another's
      sum.draft_asked += std::min(device.draft_asked, device.draft);
      sum.state += device.state;
      sum.compute += device.compute;
      sum.engine += device.engine;
      sum.adapters += device.adapters;
      sum.draft += device.draft;
      sum.projector += device.projector;
    }
    return sum;
  }
  // total(), but of a pool only what the sequences asked for need.
  [[nodiscard]] Bytes needed() const {
    Bytes sum = total();
    for (const DeviceShare& device : devices) sum = sum - device.total() + device.needed();
    return sum;
  }
};

// The devices that hold it, equal ones in a row together.
[[nodiscard]] inline InlineVector<DeviceRun, kMaxDevices> holders_of(const System& system, const Placement& placement) {
  InlineVector<DeviceRun, kMaxDevices> runs;
  for (std::size_t i = 0; i < system.devices.size(); ++i) {
    if (placement.holds(i)) add_to_runs(runs, system.devices[i]);
  }
  return runs;
}
// How many hold nothing of it.
[[nodiscard]] inline std::uint32_t idle_devices(const System& system, const Placement& placement) {
  std::uint32_t idle = 0;
  for (std::size_t i = 0; i < system.devices.size(); ++i) idle += placement.holds(i) ? 0 : 1;
  return idle;
}

// Bytes of a device the engine may use: reported memory less the platform's limit, the desktop and a person's reserve.
[[nodiscard]] Bytes usable_bytes(const Device& device, const Engine& engine, const System& system,
                                 MemoryLimit limit = MemoryLimit::platform);

// A second model loaded beside the first (speculation); nullptr when none.
struct DraftModel {
  const ModelProfile* model = nullptr;
  const WeightProfile* weights = nullptr;
};

// The largest context on one device, kept because it does not depend on the context asked for; 0: not known. It is
// larger where layers were moved off the device.
struct LongestContext {
  std::uint32_t in_place = 0, moved = 0;
  [[nodiscard]] std::uint32_t of(bool layers_moved) const { return layers_moved ? moved : in_place; }
  void keep(bool layers_moved, std::uint32_t context) { (layers_moved ? moved : in_place) = context; }
};

// Which of the largest that fit are searched for; the others stay 0. Engines that fill a pool know both without a
// search.
struct Sought {
  bool context = true, parallel = true;
  LongestContext known = {};  // within the platform's limit
};

// Allocates nothing. `dynamic` must have been made for the same engine and cache settings but context and sequences.
[[nodiscard]] Placement place(const ModelProfile& model, const WeightProfile& weights, const System& system,
                              const Engine& engine, const Settings& settings, const DynamicMemory& dynamic,
                              const DraftModel& draft, Sought sought = {}, Trace* trace = nullptr);

}  // namespace headroom
