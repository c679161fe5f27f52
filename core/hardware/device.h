// What an accelerator or a CPU is, and a system built of them. Figures come from data/hardware/.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "core/inline_vector.h"
#include "core/units.h"

namespace headroom {

enum class Backend : std::uint8_t { cuda, rocm, vulkan, metal, sycl, cpu, other, count };
enum class DeviceClass : std::uint8_t {
  datacenter,
  workstation,
  consumer,
  laptop,
  edge,
  unified,
  apple,
  apu,
  cpu,
  phone,
  asic
};

// Dense matrix throughput (never the sparse figure); 0 = the part has no such unit, < 0 = unknown.
struct DenseThroughput {
  FlopsPerSecond fp32, tf32, fp16, bf16, fp8, int8, fp4;
};

// A link between devices, or between a device and its host.
struct Link {
  std::string id;
  std::string name;
  BytesPerSecond per_direction;   // peak; 0 = there is no link
  double achievable = 0.8;        // share of the peak a large transfer reaches
  Seconds latency;                // of one small message
  std::uint32_t max_devices = 0;  // 0: no limit known
  std::uint32_t per_server = 0;   // how many of the joined devices stand in one server; 0: all
  bool switched = false;          // every pair at full rate (NVSwitch), not a shared bus
  friend bool operator==(const Link&, const Link&) = default;
};

// Two links in a row are as fast as the slower one. A link without a rate does not exist.
[[nodiscard]] inline const Link& slower(const Link& a, const Link& b) {
  if (a.per_direction.value() <= 0) return b;
  return b.per_direction.value() > 0 && b.per_direction < a.per_direction ? b : a;
}

// An accelerator, or a processor that runs models itself.
struct Device {
  std::string id;
  std::string name;
  std::string vendor;
  DeviceClass cls = DeviceClass::consumer;
  std::string architecture;        // "Ada", "CDNA3", "Apple M3"
  std::string compute_capability;  // "8.9", or the gfx target; empty when none
  Bytes memory;                    // what the driver reports as total
  BytesPerSecond bandwidth;        // peak; 0 = unknown
  DenseThroughput tflops;          // in FLOP/s, as all rates
  bool unified_memory = false;     // shares memory with the host
  double usable_fraction = 1.0;    // of `memory`, by platform (macOS working set, UMA aperture)
  Bytes raised_limit;              // what the system can be set to let the GPU use; 0 = not adjustable
  bool drives_display = false;     // consumer and laptop cards: reserve for the desktop
  Watts tdp;
  std::uint32_t launch_year = 0;
  Link peer;       // best link to a sibling (NVLink, xGMI, PCIe); per_direction 0 = none
  Link host_link;  // PCIe to the host
  Backend default_backend = Backend::cuda;
  std::array<bool, static_cast<std::size_t>(Backend::count)> backends{};  // what it can run
  bool module = false;  // on a board of a server made for it (SXM, OAM), not in a slot
  // CUDA compute capability as a number; 0 where there is none.
  [[nodiscard]] double capability() const {
    double whole = 0, part = 0, place = 1;
    bool point = false;
    for (const char c : compute_capability) {
      if (c == '.' && !point) {
        point = true;
      } else if (c < '0' || c > '9') {
        return 0;
      } else if (point) {
        part += (c - '0') * (place /= 10);
      } else {
        whole = whole * 10 + (c - '0');
      }
    }
    return whole + part;
  }
  [[nodiscard]] bool usually_drives_display() const {
    return (cls == DeviceClass::consumer || cls == DeviceClass::laptop) && !unified_memory;
  }
  // A computer by itself: a further one of it is another machine.
  [[nodiscard]] bool is_computer() const { return unified_memory && !module; }
  // Apple's have neither a slot nor a driver for other makers' accelerators.
  [[nodiscard]] bool takes_cards() const { return vendor != "Apple"; }
  // Stands in a slot of a machine that has memory of its own.
  [[nodiscard]] bool is_card() const {
    const bool built_in = cls == DeviceClass::laptop || cls == DeviceClass::phone || unified_memory || module;
    return cls != DeviceClass::cpu && !built_in;
  }
};

struct Host {
  std::string id, name;
  Bytes memory;
  Bytes reserved;            // operating system and other programs
  BytesPerSecond bandwidth;  // peak
  double achievable = 0.8;
  FlopsPerSecond fp32;  // 0 = unknown
  Link link;            // the slot a card stands in, where a person named it: no card is faster than it
  friend bool operator==(const Host&, const Host&) = default;
};

inline constexpr std::size_t kMaxDevices = 16;

struct System {
  InlineVector<const Device*, kMaxDevices> devices;  // one entry per card
  Link interconnect;                                 // between the devices of a host
  Link network;                                      // between hosts, where the devices need several
  std::uint32_t devices_per_host = 0;                // 0: all stand in one
  Host host;
  Backend backend = Backend::cuda;
  double usable_fraction = -1;  // override; < 0 = default
  Bytes reserved = Bytes(0);    // a person's own reserve per device, when `reserved_given`
  bool reserved_given = false;
  [[nodiscard]] std::uint32_t hosts() const {
    return devices_per_host == 0 ? 1 : static_cast<std::uint32_t>(divide_up(devices.size(), devices_per_host));
  }
  // Devices that are computers by themselves.
  [[nodiscard]] std::uint32_t computers() const {
    std::uint32_t count = 0;
    for (const Device* d : devices) count += d->is_computer() ? 1 : 0;
    return count;
  }
  // Whether the others beside computers stand in a machine of their own: in which of several computers they would be is
  // not known, and one may take none.
  [[nodiscard]] bool has_cards_apart() const {
    const std::uint32_t own = computers();
    if (own == 0 || own == devices.size()) return false;
    if (own > 1) return true;
    for (const Device* d : devices) {
      if (d->is_computer()) return !d->takes_cards();
    }
    return false;
  }
  // Whether the devices are several computers, or computers and a machine of cards.
  [[nodiscard]] bool joins_computers() const { return computers() > 1 || has_cards_apart(); }
  // The machine with an operating system of its own that a device stands in, counted as they appear. A link may join
  // several (NVL72: trays of four).
  [[nodiscard]] std::uint32_t server_of(std::size_t device) const {
    if (!joins_computers()) {
      const std::uint32_t each = computers() > 0 ? 0 : hosts() > 1 ? devices_per_host : interconnect.per_server;
      return each == 0 ? 0 : static_cast<std::uint32_t>(device / each);
    }
    std::uint32_t server = 0, of_cards = 0, next = 0;
    bool cards = false;
    for (std::size_t i = 0; i <= device; ++i) {
      const bool first_card = !cards && !devices[i]->is_computer();
      if (first_card) of_cards = next;
      cards = cards || first_card;
      server = devices[i]->is_computer() || first_card ? next++ : of_cards;
    }
    return server;
  }
  [[nodiscard]] std::uint32_t servers() const {
    std::uint32_t count = 1;
    for (std::size_t i = 0; i < devices.size(); ++i) count = std::max(count, server_of(i) + 1);
    return count;
  }
  [[nodiscard]] std::uint32_t devices_in(std::uint32_t server) const {
    std::uint32_t count = 0;
    for (std::size_t i = 0; i < devices.size(); ++i) count += server_of(i) == server ? 1 : 0;
    return count;
  }
  [[nodiscard]] bool homogeneous() const {
    for (const Device* d : devices) {
      if (d != devices[0]) return false;
    }
    return true;
  }
  friend bool operator==(const System&, const System&) = default;
};

// Equal devices in a row.
struct DeviceRun {
  const Device* device = nullptr;
  std::uint32_t count = 0;
};
inline void add_to_runs(InlineVector<DeviceRun, kMaxDevices>& runs, const Device* device) {
  if (runs.empty() || runs.back().device != device) runs.push_back({device, 0});
  ++runs.back().count;
}
[[nodiscard]] inline InlineVector<DeviceRun, kMaxDevices> runs_of(const System& system) {
  InlineVector<DeviceRun, kMaxDevices> runs;
  for (const Device* device : system.devices) add_to_runs(runs, device);
  return runs;
}

// Whether there are more modules than one server's board holds, so that they stand in several servers.
[[nodiscard]] inline bool needs_hosts(const System& system) {
  const Device& first = *system.devices[0];
  const bool joined = system.homogeneous() && first.peer.per_direction.value() > 0 && first.peer.max_devices > 1;
  return joined && first.module && system.devices.size() > first.peer.max_devices;
}

// Whether a computer has this link to others like it, which its slot is not.
[[nodiscard]] inline bool joins_computers(const Link& link, const Device& computer) {
  return link.per_direction.value() > 0 && link == computer.peer && link.id != computer.host_link.id;
}

// The link used when a scenario names none: the devices' own if they are alike and within its reach, else the bus.
// `system` has a device.
[[nodiscard]] inline Link automatic_link(const System& system) {
  const Device& first = *system.devices[0];
  if (needs_hosts(system)) return first.peer;
  const bool within_reach = first.peer.max_devices == 0 || system.devices.size() <= first.peer.max_devices;
  if (system.homogeneous() && first.peer.per_direction.value() > 0 && within_reach) return first.peer;
  Link slowest = slower(first.host_link, system.host.link);
  for (const Device* device : system.devices) slowest = slower(slowest, device->host_link);
  return slowest;
}

}  // namespace headroom
