// Processing a prompt.
#pragma once

#include "core/placement/placement.h"
#include "core/speed/roofline.h"
#include "core/speed/speed.h"

namespace headroom {

// Seconds of one prompt by cause; `scores` is attention.
struct PrefillTime {
  double compute = 0, scores = 0, memory = 0, communication = 0, host = 0, overhead = 0;
  [[nodiscard]] double total() const { return compute + scores + memory + communication + host + overhead; }
};

// Which end of a kernel package's published range to assume.
enum class KernelCase : std::uint8_t { low, middle, high };

// `prompt` tokens of one sequence after `prefix` tokens already in its cache. prompt > 0.
[[nodiscard]] PrefillTime prefill_time(const SpeedProfile& profile, const Placement& placement,
                                       const Settings& settings, const StepShape& shape, double prompt, double prefix,
                                       KernelCase kernels = KernelCase::middle);

}  // namespace headroom
