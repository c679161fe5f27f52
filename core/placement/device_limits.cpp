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

Bytes usable_bytes(const Device& device, const Engine& engine, const System& system, MemoryLimit memory_limit) {
  if (device.cls == DeviceClass::cpu || uses_as_host(device, system)) return usable_host_bytes(system);
  const bool given = system.usable_fraction >= 0;
  if (memory_limit == MemoryLimit::raised && device.raised_limit > Bytes(0)) return device.raised_limit;
  double fraction = given ? system.usable_fraction : device.usable_fraction;
  if (!given && engine.takes_a_share()) fraction = std::min(fraction, engine.memory_fraction);
  Bytes total = device.memory;
  const auto backend = static_cast<std::size_t>(system.backend);
  const bool of_runtime = engine.takes_a_share() && !device.unified_memory;
  if (of_runtime && backend < engine.driver_reserve.size()) total -= engine.driver_reserve[backend];
  if (engine.reserve == ReservePolicy::fraction_static) {
    // The engine takes its share of free memory, and what the system keeps of a shared memory is not free.
    if (device.unified_memory && &device == system.devices[0]) total = std::min(total, usable_host_bytes(system));
    total -= held_before_load(device, engine, system, system.devices.size());
  }
  Bytes limit = Bytes::from_double(total.as_double() * std::min(fraction, 1.0));
  // Unified memory is shared with the system, whatever the platform would allow. `host` describes the first device's.
  if (device.unified_memory && &device == system.devices[0]) limit = std::min(limit, usable_host_bytes(system));
  if (system.reserved_given) return std::min(limit, device.memory - system.reserved);
  // A share of the whole leaves room for the desktop by itself.
  const bool shares = engine.takes_a_share() || given;
  if (!device.drives_display || shares || device.unified_memory) return limit;
  return std::min(limit, device.memory - kDesktopReserve);
}

}  // namespace headroom
