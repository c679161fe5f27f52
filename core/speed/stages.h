// How a placement's devices share the layers in time: ranks of a stage work on a layer together, stages follow one
// another.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/placement/placement.h"
#include "core/speed/speed.h"

namespace headroom {

// Ranks that work on a layer together: `tensor` of them share one copy of what is not a routed expert, `data` copies
// work on sequences of their own, and all share the experts.
struct Ranks {
  double tensor = 1, data = 1, expert = 1;
  double network = 1;  // ranks that divide the feed-forwards that are not routed, and the head
  double context = 1;  // of `tensor`, ranks that hold different tokens of a cache
  [[nodiscard]] bool shares_networks() const { return network > tensor; }  // across copies
  // Those of `all` sequences that one copy works on.
  [[nodiscard]] double own(double all) const { return std::max(all / data, 1.0); }
  [[nodiscard]] double count() const { return std::max(tensor * data, expert); }
};
[[nodiscard]] Ranks ranks_of(const Placement& placement);

// Share of the loaded adapters that a step of so many sequences works with: servers apply to each its own, llama.cpp
// all of them to every token.
[[nodiscard]] double adapters_used(const SpeedProfile& profile, double adapters, double sequences);

// Devices of a stage: tensor or expert parallel ranks, else one.
[[nodiscard]] std::size_t ranks_per_stage(const Placement& placement);

// How often a step is handed on, and one.
[[nodiscard]] std::size_t stages_of(const Placement& placement);

// Of the layers of `group` on device `device`, how many have their routed experts on the host: those of the device,
// shared out over its groups as their layers are.
[[nodiscard]] double layers_without_experts(const Placement& placement, std::size_t device, std::size_t group);

// Rates of what computes the output head: the slowest of the ranks that hold it, the host where no device does.
[[nodiscard]] const Rates& head_rates(const SpeedProfile& profile, const Placement& placement);

}  // namespace headroom
