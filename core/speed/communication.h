// What devices tell each other in a step.
#pragma once

#include "core/hardware/device.h"
#include "core/speed/speed.h"

namespace headroom {

inline constexpr double kActivationBytes = 2;  // of one value of a hidden state: they travel in 16 bit

// One all-reduce of `bytes` over `ranks`: one latency through a switch, else one per level of a tree; transfer is the
// ring's 2 (n-1)/n of the data (Patarasuk and Yuan 2009).
[[nodiscard]] double all_reduce_time(const LinkRates& link, double ranks, double bytes);
// The same for the many tokens of a prompt, whose messages are large.
[[nodiscard]] double prompt_reduce_time(const LinkRates& link, double ranks, double bytes);
// All-to-all of expert parallelism: every rank sends (n-1)/n of `bytes` once each way.
[[nodiscard]] double all_to_all_time(const LinkRates& link, double ranks, double bytes);
// Hidden states handed to the next stage.
[[nodiscard]] double hop_time(const LinkRates& link, double bytes);

}  // namespace headroom
