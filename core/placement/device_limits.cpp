#include "core/placement/device_limits.h"

#include <algorithm>

#include "core/placement/placement.h"

namespace headroom {
namespace {

// The share of FP32 throughput of one compute unit in flop/s, to tell a part's units when nobody lists them: 128 lanes,
// two operations, 2.3 GHz.
constexpr double kUnitFlops = 128 * 2 * 2.3e9;

double compute_units(const Device& device) {
  const double flops = device.tflops.fp32.value();
  return flops > 0 ? flops / kUnitFlops : 0;
}

// Whether the model runs on the processor of a device with unified memory: it may use all that the system leaves, and
// the limit of the graphics part does not apply. Phones limit every app.
bool uses_as_host(const Device& device, const System& system) {
  const bool of_processor = system.backend == Backend::cpu && device.unified_memory && device.cls != DeviceClass::phone;
  return of_processor && &device == system.devices[0] && system.usable_fraction < 0 && !system.reserved_given;
}

}  // namespace

EngineParts engine_parts(const Device& device, const Engine& engine, const System& system, std::size_t devices) {
  EngineParts parts;
  const auto backend = static_cast<std::size_t>(system.backend);
  if (backend >= engine.context_bytes.size()) return parts;
  parts.context = engine.context_bytes[backend];
  parts.units = Bytes::from_double(engine.context_per_unit[backend].as_double() * compute_units(device));
  if (devices > 1) parts.communicator = engine.communicator_bytes;
  parts.graphs = engine.graph_bytes;
  return parts;
}

Bytes engine_reserve(const Device& device, const Engine& engine, const System& system, std::size_t devices) {
  const EngineParts parts = engine_parts(device, engine, system, devices);
  return parts.before_load() + parts.graphs;
}

Bytes held_before_load(const Device& device, const Engine& engine, const System& system, std::size_t devices) {
  return engine_parts(device, engine, system, devices).before_load();
}

Bytes usable_host_bytes(const System& system) { return system.host.memory - system.host.reserved; }

Bytes memory_behind(const Device& device, const System& system, Bytes usable) {
  return usable > device.memory ? system.host.memory : device.memory;
}

namespace {

// Memory of a device, lowered by one cause after another.
class Limit {
 public:
  Limit(Bytes whole, KeptBack* kept) : bytes_(whole), kept_(kept) {}
  void lower(Bytes to, KeptFor cause) {
    if (to >= bytes_) return;
    if (kept_ != nullptr) (*kept_)[static_cast<std::size_t>(cause)] += bytes_ - to;
    bytes_ = to;
  }
  [[nodiscard]] Bytes bytes() const { return bytes_; }

 private:
  Bytes bytes_;
  KeptBack* kept_;
};

Bytes limited(const Device& device, const Engine& engine, const System& system, MemoryLimit memory_limit,
              KeptBack* kept) {
  if (device.cls == DeviceClass::cpu || uses_as_host(device, system)) {
    const Bytes usable = usable_host_bytes(system);
    Limit(memory_behind(device, system, usable), kept).lower(usable, KeptFor::system);
    return usable;
  }
  Limit limit(device.memory, kept);
  if (memory_limit == MemoryLimit::raised && device.raised_limit > Bytes(0)) {
    limit.lower(device.raised_limit, KeptFor::platform);
    return device.raised_limit;
  }
  const bool given = system.usable_fraction >= 0;
  // Unified memory is shared with the system, whatever the platform would allow. `host` describes the first device's.
  const bool of_host = device.unified_memory && &device == system.devices[0];
  double fraction = given ? system.usable_fraction : device.usable_fraction;
  KeptFor cause = given ? KeptFor::asked : KeptFor::platform;
  if (!given && engine.takes_a_share() && engine.memory_fraction < fraction) {
    fraction = engine.memory_fraction;
    cause = KeptFor::share;
  }
  const auto backend = static_cast<std::size_t>(system.backend);
  const bool of_runtime = engine.takes_a_share() && !device.unified_memory;
  if (of_runtime && backend < engine.driver_reserve.size()) {
    limit.lower(limit.bytes() - engine.driver_reserve[backend], KeptFor::driver);
  }
  if (engine.reserve == ReservePolicy::fraction_static) {
    // The engine takes its share of free memory, and what the system keeps of a shared memory is not free.
    if (of_host) limit.lower(usable_host_bytes(system), KeptFor::system);
    const Bytes contexts = held_before_load(device, engine, system, system.devices.size());
    limit.lower(limit.bytes() - contexts, KeptFor::contexts);
  }
  limit.lower(Bytes::from_double(limit.bytes().as_double() * std::min(fraction, 1.0)), cause);
  if (of_host) limit.lower(usable_host_bytes(system), KeptFor::system);
  // A share of the whole leaves room for the desktop by itself.
  const bool shares = engine.takes_a_share() || given;
  if (system.reserved_given) {
    limit.lower(device.memory - system.reserved, KeptFor::asked);
  } else if (device.drives_display && !shares && !device.unified_memory) {
    limit.lower(device.memory - kDesktopReserve, KeptFor::desktop);
  }
  return limit.bytes();
}

}  // namespace

Bytes usable_bytes(const Device& device, const Engine& engine, const System& system, MemoryLimit limit) {
  return limited(device, engine, system, limit, nullptr);
}

KeptBack kept_back(const Device& device, const Engine& engine, const System& system, MemoryLimit limit) {
  KeptBack kept;
  (void)limited(device, engine, system, limit, &kept);
  return kept;
}

}  // namespace headroom
