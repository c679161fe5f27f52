// What devices tell each other in a step.
#pragma once

#include "core/hardware/device.h"
#include "core/speed/speed.h"

namespace headroom {

// A value of a hidden state: they travel in 16 bit.
inline constexpr Traffic kHiddenValue{2};

// One all-reduce of `bytes` over `ranks`: one latency through a switch, else one per level of a tree; transfer is the
// ring's 2 (n-1)/n of the data (Patarasuk and Yuan 2009).
[[nodiscard]] Seconds all_reduce_time(const LinkRates& link, double ranks, Traffic bytes);
// The same for the many tokens of a prompt, whose messages are large.
[[nodiscard]] Seconds prompt_reduce_time(const LinkRates& link, double ranks, Traffic bytes);
// All-to-all of expert parallelism: every rank sends (n-1)/n of `bytes` once each way.
[[nodiscard]] Seconds all_to_all_time(const LinkRates& link, double ranks, Traffic bytes);
// Hidden states handed to the next stage.
[[nodiscard]] Seconds hop_time(const LinkRates& link, Traffic bytes);

}  // namespace headroom
