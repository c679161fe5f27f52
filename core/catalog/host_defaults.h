// The host that is assumed when a scenario names none: what a device of that class usually sits in.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/hardware/device.h"
#include "core/units.h"

namespace headroom {

struct HostDefault {
  std::string_view preset;  // id in Catalog::hosts(), for the memory's bandwidth
  std::uint64_t memory_gib;
  std::uint64_t least_gib = 0;  // with a module of 16 GiB, the smallest for servers, in each channel
};

inline constexpr HostDefault kDesktop = {"desktop-ddr5-5600-2ch", 64};
inline constexpr HostDefault kOlderDesktop = {"laptop-ddr4-3200-2ch", 64};
inline constexpr HostDefault kWorkstation = {"trpro-7000-ddr5-5200-8ch", 128, 128};
inline constexpr HostDefault kServer = {"xeon-spr-ddr5-4800-8ch-2s", 1024, 256};

// Server and workstation cards up to this year (Turing, Vega 20) are bought second-hand and put into a desktop.
inline constexpr std::uint32_t kLastYearSecondHand = 2018;

// A choice, not a fact: any scenario can name its own.
inline HostDefault default_host(const Device& device) {
  const bool old_card = device.is_card() && device.launch_year > 0 && device.launch_year <= kLastYearSecondHand;
  switch (device.cls) {
    case DeviceClass::datacenter: return old_card ? kOlderDesktop : kServer;
    case DeviceClass::asic: return kServer;
    case DeviceClass::workstation: return old_card ? kOlderDesktop : kWorkstation;
    case DeviceClass::laptop: return {"laptop-lpddr5-6400", 32};
    default: return kDesktop;
  }
}

// The same where a person told how much memory there is: a card beside less than its usual host can have with all
// channels filled stands in a desktop.
inline HostDefault default_host(const Device& device, Bytes memory) {
  const HostDefault usual = default_host(device);
  return device.is_card() && memory < gibibytes(usual.least_gib) ? kDesktop : usual;
}

// Memory the operating system and other programs keep: an eighth, at most 4 GiB (an idle desktop of 2025).
constexpr Bytes host_reserve(Bytes memory) {
  const Bytes share(memory.value() / 8);
  return share < gibibytes(4) ? share : gibibytes(4);
}

}  // namespace headroom
