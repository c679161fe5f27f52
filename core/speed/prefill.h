// Processing a prompt.
#pragma once

#include "core/placement/placement.h"
#include "core/speed/roofline.h"
#include "core/speed/speed.h"

namespace headroom {

// Time of one prompt by cause; `scores` is attention.
struct PrefillTime {
  Seconds compute, scores, memory, communication, host, overhead;
  [[nodiscard]] Seconds total() const { return compute + scores + memory + communication + host + overhead; }
  // What it adds to a step that reads the weights and is launched anyway.
  [[nodiscard]] Seconds beside_others() const { return compute + scores + communication + host; }
  void add(const PrefillTime& part, double times = 1) {
    compute += part.compute * times;
    scores += part.scores * times;
    memory += part.memory * times;
    communication += part.communication * times;
    host += part.host * times;
    overhead += part.overhead * times;
  }
  void scale(double factor) {
    for (Seconds* part : {&compute, &scores, &memory, &communication, &host, &overhead}) *part = *part * factor;
  }
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

// `prompt` tokens of one sequence after `prefix` tokens already in its cache. prompt > 0. Every part is >= 0.
[[nodiscard]] PrefillTime prefill_time(const SpeedProfile& profile, const Placement& placement,
                                       const Settings& settings, const StepLoad& shape, double prompt, double prefix,
                                       KernelCase kernels = KernelCase::middle);

}  // namespace headroom
