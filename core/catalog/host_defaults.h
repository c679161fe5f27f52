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
};

// A choice, not a fact: any scenario can name its own.
constexpr HostDefault default_host(DeviceClass cls) {
  switch (cls) {
    case DeviceClass::datacenter:
    case DeviceClass::asic: return {"xeon-spr-ddr5-4800-8ch-2s", 1024};
    case DeviceClass::workstation: return {"trpro-7000-ddr5-5200-8ch", 128};
    case DeviceClass::laptop: return {"laptop-lpddr5-6400", 32};
    default: return {"desktop-ddr5-5600-2ch", 64};
  }
}

// Memory the operating system and other programs keep: an eighth, at most 4 GiB (an idle desktop of 2025).
constexpr Bytes host_reserve(Bytes memory) {
  const Bytes share(memory.value() / 8);
  return share < gibibytes(4) ? share : gibibytes(4);
}

}  // namespace headroom
