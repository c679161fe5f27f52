#include <algorithm>
#include <string_view>
#include <utility>

#include "core/catalog/engine_choice.h"
#include "core/catalog/host_defaults.h"
#include "core/catalog/look_up.h"
#include "core/catalog/names.h"
#include "core/catalog/nearest.h"
#include "core/catalog/resolve.h"
#include "core/si.h"

namespace headroom {
namespace {

constexpr double kDefaultLinkLatencyUs = 2;  // of an explicit link without one: a PCIe hop (data/links.json)
// Between servers of eight: a port of 400 Gbit/s for each accelerator (NVIDIA DGX H100/H200 user guide).
constexpr std::string_view kNetworkOfServers = "ib-ndr";
// Assumed between computers that have no link to each other of their own.
constexpr std::string_view kNetworkOfComputers = "eth-10gbe";

Result<Link> resolve_link(const Catalog& catalog, const LinkSpec& spec, const System& system) {
  if (!spec.id.empty()) {
    const auto link = find_link(catalog, "hardware.interconnect", spec.id);
    if (!link) return link.error();
    return **link;
  }
  if (!spec.gbs_per_direction) {
    const Link link = automatic_link(system);
    if (!system.joins_computers()) return link;
    if (joins_computers(link, *system.devices[0])) return link;
    const auto network = find_link(catalog, "hardware.interconnect", kNetworkOfComputers);
    return network ? **network : link;
  }
  Link link;
  link.name = "given";
  link.per_direction = BytesPerSecond(*spec.gbs_per_direction * kGiga);
  link.latency = Seconds(spec.latency_us.value_or(kDefaultLinkLatencyUs) * kMicro);
  return link;
}

Result<Host> resolve_host(const Catalog& catalog, const HostSpec& spec, const System& system) {
  const Device& first = *system.devices[0];
  const auto id_of = [](const Host& host) { return std::string_view(host.id); };
  const HostDefault assumed = spec.memory_bytes ? default_host(first, Bytes(*spec.memory_bytes)) : default_host(first);
  const std::string_view preset = spec.id ? std::string_view(*spec.id) : assumed.preset;
  Host host;
  if (const Host* found = find_ignoring_case(catalog.hosts(), preset, id_of)) {
    host = *found;
  } else if (spec.id) {
    const auto ids = ids_of(catalog.hosts(), id_of);
    return unknown(ErrorCode::bad_value, "hardware.host.id", preset, nearest_ids(preset, ids, Catalog::kSuggestions));
  }
  if (host.memory.value() == 0) host.memory = gibibytes(assumed.memory_gib);
  // A processor, or a chip that shares its memory with one, is its own host.
  if (!spec.id && (first.unified_memory || first.cls == DeviceClass::cpu)) {
    host.memory = first.memory;
    host.bandwidth = first.bandwidth;
    host.fp32 = first.cls == DeviceClass::cpu ? first.tflops.fp32 : host.fp32;
  }
  if (spec.memory_bytes) host.memory = Bytes(*spec.memory_bytes);
  if (spec.mem_bandwidth_gbs) host.bandwidth = BytesPerSecond(*spec.mem_bandwidth_gbs * kGiga);
  if (host.reserved.value() == 0) host.reserved = host_reserve(host.memory);
  return host;
}

// A link that was named may be a network between two machines.
Status check_neighbours(const HardwareSpec& hardware, const DeviceList& devices) {
  if (!hardware.interconnect.is_automatic()) return std::nullopt;
  const auto is_apple = [](const Device* device) { return !device->takes_cards(); };
  const auto apple = std::find_if(devices.begin(), devices.end(), is_apple);
  const auto other = std::find_if_not(devices.begin(), devices.end(), is_apple);
  if (apple == devices.end() || other == devices.end()) return std::nullopt;
  return Error{ErrorCode::unsupported, "hardware.others: " + (*other)->name + " beside " + (*apple)->name +
                                           " was given, for which no drivers exist; allowed is a second machine, "
                                           "with the network to it in hardware.interconnect"};
}

}  // namespace

Result<System> resolve_system(const Catalog& catalog, const ScenarioSpec& spec, const Engine& engine) {
  const Result<DeviceList> devices = find_devices(catalog, spec.hardware);
  if (!devices) return devices.error();
  if (auto error = check_neighbours(spec.hardware, *devices)) return *std::move(error);
  System system;
  system.devices = *devices;
  const auto backend = resolve_backend(spec, engine, {devices->begin(), devices->size()});
  if (!backend) return backend.error();
  system.backend = *backend;
  const auto host = resolve_host(catalog, spec.hardware.host, system);
  if (!host) return host.error();
  system.host = *host;
  if (spec.hardware.host.link) {
    const auto bus = find_link(catalog, "hardware.host.link", *spec.hardware.host.link);
    if (!bus) return bus.error();
    system.host.link = **bus;
  }
  const auto link = resolve_link(catalog, spec.hardware.interconnect, system);
  if (!link) return link.error();
  system.interconnect = *link;
  if (spec.hardware.interconnect.is_automatic() && needs_hosts(system)) {
    const auto network = find_link(catalog, "hardware.interconnect", kNetworkOfServers);
    if (!network) return network.error();
    system.network = **network;
    system.devices_per_host = system.devices[0]->peer.max_devices;
  }
  if (spec.hardware.usable_fraction) system.usable_fraction = *spec.hardware.usable_fraction;
  if (spec.hardware.reserved_bytes) {
    system.reserved = Bytes(*spec.hardware.reserved_bytes);
    system.reserved_given = true;
  }
  return system;
}

}  // namespace headroom
