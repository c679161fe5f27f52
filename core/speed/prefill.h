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

// What is processed: `tokens` of one sequence after `prefix` tokens already in its cache, in steps of equal size.
struct Prompt {
  double tokens = 0, prefix = 0;
  double batches = 1;    // micro-batches, or the chunks of an engine that batches continuously
  double per_batch = 0;  // tokens of one
};
[[nodiscard]] Prompt make_prompt(const SpeedProfile& profile, const Settings& settings, double tokens, double prefix);

// Mean number of positions before a prompt token: half the prompt and all of the prefix.
[[nodiscard]] double mean_context(const Prompt& prompt);
// Of these, how many it attends to: those within the window.
[[nodiscard]] double mean_attended(const LayerCost& layer, const Prompt& prompt);

// Which end of a kernel package's published range to assume.
enum class KernelCase : std::uint8_t { low, middle, high };

// `prompt` tokens of one sequence after `prefix` tokens already in its cache. prompt > 0.
[[nodiscard]] PrefillTime prefill_time(const SpeedProfile& profile, const Placement& placement,
                                       const Settings& settings, const StepLoad& shape, double prompt, double prefix,
                                       KernelCase kernels = KernelCase::middle);

}  // namespace headroom
