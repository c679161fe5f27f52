// What of a device's memory is not the model's: the platform's limit, the desktop, the engine itself.
#pragma once

#include "core/engine/engine.h"
#include "core/hardware/device.h"
#include "core/units.h"

namespace headroom {

// Driver and library context, graphs and communicator of one process on one device.
[[nodiscard]] Bytes engine_reserve(const Device& device, const Engine& engine, const System& system,
                                   std::size_t devices);

// That part of it which stands before a model is loaded: the contexts.
[[nodiscard]] Bytes held_before_load(const Device& device, const Engine& engine, const System& system,
                                     std::size_t devices);

// Host memory a model may take.
[[nodiscard]] Bytes usable_host_bytes(const System& system);

}  // namespace headroom
