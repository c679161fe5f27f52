// What of a device's memory is not the model's: the platform's limit, the desktop, the engine itself.
#pragma once

#include <array>
#include <cstdint>

#include "core/engine/engine.h"
#include "core/hardware/device.h"
#include "core/placement/placement.h"
#include "core/units.h"

namespace headroom {

// What a desktop session and a browser keep of the card that draws them: users' load tables show 0.3 to 1.6 GiB beside
// the engine's own context (tests/truth/memory-logs, kind "unaccounted"). Windows keeps more: beside that context
// llama.cpp found 1.0 to 1.1 GiB taken of an RTX 4080, 4090 and 5090 each (15074 of 16376, 22994 of 24563 and 30927 of
// 32606 MiB free). Which system it is nobody is asked; the derivation names both.
inline constexpr Bytes kDesktopReserve = mebibytes(600);

// What one process takes on one device beside the model: contexts of driver and libraries, as a whole and by the
// device's compute units, the communicator between several devices, captured graphs.
struct EngineParts {
  Bytes context, units, communicator, graphs;
  [[nodiscard]] Bytes before_load() const { return context + units + communicator; }
};
[[nodiscard]] EngineParts engine_parts(const Device& device, const Engine& engine, const System& system,
                                       std::size_t devices);

// Their sum.
[[nodiscard]] Bytes engine_reserve(const Device& device, const Engine& engine, const System& system,
                                   std::size_t devices);

// That part of it which stands before a model is loaded: the contexts.
[[nodiscard]] Bytes held_before_load(const Device& device, const Engine& engine, const System& system,
                                     std::size_t devices);

// What `usable` is a part of: the device's own memory, or the host's where a processor may take more of that.
[[nodiscard]] Bytes memory_behind(const Device& device, const System& system, Bytes usable);

// What lowers the memory of a device to what is usable.
enum class KeptFor : std::uint8_t {
  driver,
  contexts,  // of an engine that takes its share of what they leave
  share,     // the engine's, which it leaves alone
  asked,     // a share or a reserve that the scenario tells
  platform,
  system,
  desktop,
  count
};
using KeptBack = std::array<Bytes, static_cast<std::size_t>(KeptFor::count)>;
// By usable_bytes() under the same circumstances.
[[nodiscard]] KeptBack kept_back(const Device& device, const Engine& engine, const System& system, MemoryLimit limit);

// Host memory a model may take.
[[nodiscard]] Bytes usable_host_bytes(const System& system);

}  // namespace headroom
