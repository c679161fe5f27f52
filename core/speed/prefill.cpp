#include "core/speed/prefill.h"

#include <algorithm>
#include <cmath>

#include "core/memory/element_sizes.h"
#include "core/speed/communication.h"
#include "core/speed/stages.h"

namespace headroom {
namespace {

// Ranks that share a prompt, and what is shared by all copies.
struct PromptRanks {
  double of_copy = 1, all = 1;
  double network = 1;      // that divide the feed-forwards that are not routed, and the head
  double busy_copies = 1;  // each with a prompt of the same length, whose experts they share
};

// Attending to the prompt itself and to what is cached before it.
Seconds attention_time(const LayerCost& layer, const Rates& rates, const Prompt& prompt, double ranks,
                       bool flash_attention) {
  const double scores = prompt.tokens * mean_attended(layer, prompt) / ranks;
  Seconds time = flash_attention ? scores * layer.prefill_flops * rates.prefill_attention_flop
                                 : scores * layer.query_heads * rates.prefill_score_plain;
  time += prompt.tokens * mean_context(prompt) / ranks * layer.context_flops * rates.prefill_attention_flop;
  return layer.wide_prompt && flash_attention ? time * rates.prefill_wide : time;
}

PrefillTime prefill_layer(const LayerCost& layer, const Rates& rates, const Prompt& prompt, const PromptRanks& ranks,
                          bool flash_attention) {
  PrefillTime time;
  const SecondsPerFlop flop = flash_attention ? rates.prefill_flop : rates.prefill_flop_plain;
  // What copies share sees the prompts of all.
  const double network = ranks.network > ranks.of_copy ? ranks.busy_copies / ranks.network : 1 / ranks.network;
  const double weights = layer.mixer_weights / ranks.of_copy + (layer.dense_weights - layer.mixer_weights) * network;
  time.compute = kPerMultiplyAdd * prompt.tokens * weights * flop;
  Traffic bytes = layer.mixer_bytes / ranks.of_copy + (layer.dense_bytes - layer.mixer_bytes) / ranks.network;
  if (layer.experts > 0) {
    // An expert works on few tokens at a time and is less efficient for it.
    const double at_once = prompt.per_batch * ranks.busy_copies;
    const double tokens_per_expert = at_once * layer.experts_used / layer.experts;
    time.compute += kPerMultiplyAdd * prompt.tokens * ranks.busy_copies * layer.expert_weights / ranks.all * flop *
                    rates.prefill_expert_flop_factor * (1 + rates.expert_tokens / tokens_per_expert);
    bytes += layer.bytes_of_experts(experts_touched(layer.experts, layer.experts_used, at_once)) / ranks.all;
  }
  time.compute += prompt.tokens / ranks.of_copy *
                  (layer.recurrence_flops * rates.prefill_recurrent + layer.activations * rates.prefill_activation);
  // Every micro-batch reads the weights again.
  time.memory = prompt.batches * bytes * rates.weight_byte;
  time.scores = attention_time(layer, rates, prompt, ranks.of_copy, flash_attention);
  time.overhead = prompt.batches * rates.prefill_layer;
  if (layer.experts > 0) time.overhead += prompt.batches * rates.prefill_expert_layer;
  return time;
}

// One layer's all-reduces within a copy, the second of which is an all-to-all of the routed tokens where copies share
// the experts.
Seconds layer_communication(const SpeedProfile& profile, const LayerCost& layer, const Prompt& prompt,
                            const PromptRanks& ranks) {
  if (ranks.all <= 1) return Seconds(0);
  const Traffic bytes = prompt.per_batch * profile.cost.hidden * kHiddenValue;
  const Seconds within = prompt_reduce_time(profile.link_among(ranks.of_copy), ranks.of_copy, bytes);
  if (ranks.all <= ranks.of_copy || layer.experts <= 0) {
    const Seconds of_network =
        ranks.network > ranks.of_copy
            ? prompt_reduce_time(profile.link_among(ranks.network), ranks.network, bytes * ranks.busy_copies)
            : within;
    return prompt.batches * (within + of_network);
  }
  const Traffic routed = bytes * ranks.busy_copies * layer.experts_used / ranks.all;
  return prompt.batches * (within + all_to_all_time(profile.link_among(ranks.all), ranks.all, routed));
}

// A kernel package makes the token mixer of its kind of layers quicker. Published ranges are of the kernel alone, the
// recurrence; a mixer's projections stay as they are. What the kernel takes of the mixer is fitted, not measured, so
// the high case credits it with all of it.
void apply_kernels(const LayerCost& layer, const Rates& rates, const Prompt& prompt, double ranks,
                   const Settings& settings, KernelCase kernel_case, PrefillTime& time) {
  for (const KernelSpeedup& kernel : settings.kernels) {
    if (kernel.mixer != layer.mixer || kernel.prefill_low < 1) continue;
    const Seconds recurrence = prompt.tokens * layer.recurrence_flops / ranks * rates.prefill_recurrent;
    const Seconds mixer =
        kPerMultiplyAdd * prompt.tokens * layer.mixer_weights * rates.prefill_flop / ranks + recurrence;
    switch (kernel_case) {
      case KernelCase::low: time.compute -= recurrence * (1 - 1 / kernel.prefill_low); break;
      case KernelCase::middle:
        time.compute -= recurrence * (1 - 1 / std::sqrt(kernel.prefill_low * kernel.prefill_high));
        break;
      case KernelCase::high: time.compute -= mixer * (1 - 1 / kernel.prefill_high); break;
    }
  }
}

// A layer (or its experts) on the host, for one prompt: computed there, or streamed over the link to the accelerator,
// whichever is sooner.
Seconds host_layer(const LayerCost& layer, const SpeedProfile& profile, const Rates& device, const Prompt& prompt,
                   bool flash_attention, bool has_device) {
  const Seconds there = prefill_layer(layer, profile.host, prompt, {}, flash_attention).total();
  if (!has_device || profile.host_link.byte <= SecondsPerByte(0)) return there;
  const Seconds streamed = prompt.batches * (layer.dense_bytes + layer.expert_bytes) * profile.host_link.byte +
                           prefill_layer(layer, device, prompt, {}, flash_attention).total();
  return profile.host.compute_known ? std::min(there, streamed) : streamed;
}

double tokens_per_step(const SpeedProfile& profile, const Settings& settings) {
  return profile.chunk_tokens > 0 ? profile.chunk_tokens : std::max<double>(settings.cache.ubatch, 1);
}

// Adds up the layers of one prompt over devices and host.
class PromptPass {
 public:
  PromptPass(const SpeedProfile& profile, const Placement& placement, const Settings& settings, const StepLoad& shape,
             const Prompt& prompt, KernelCase kernels)
      : profile_(profile),
        placement_(placement),
        settings_(settings),
        shape_(shape),
        prompt_(prompt),
        kernels_(kernels),
        devices_(placement.devices.size()),
        together_(ranks_per_stage(placement)) {
    const Ranks ranks = ranks_of(placement);
    ranks_ = {ranks.tensor, ranks.count(), ranks.network, std::min(ranks.data, shape.sequences)};
    const double step = tokens_per_step(profile, settings);
    const double full = std::floor(prompt.tokens / step);
    if (full > 0) on_host_.push_back({full * step, prompt.prefix, full, step});
    const double rest = prompt.tokens - full * step;
    if (rest > 0) on_host_.push_back({rest, prompt.prefix + full * step, 1, rest});
  }

  [[nodiscard]] PrefillTime time() const {
    PrefillTime sum;
    std::size_t stages = 0;
    for (std::size_t first = 0; first < devices_; first += together_, ++stages) {
      sum.add(slowest_rank(first));
      if (stages == 0) continue;
      const Traffic bytes = prompt_.per_batch * profile_.cost.hidden * kHiddenValue;
      sum.communication += prompt_.batches * hop_time(profile_.link_before(first), bytes);
    }
    if (stages > 1 && pipelines()) sum.scale(overlap_of(static_cast<double>(stages)));
    for (std::size_t g = 0; g < profile_.cost.groups.size(); ++g) sum.host += on_host(g);
    // The head is applied to the last token only.
    const Rates& head = head_rates(profile_, placement_);
    sum.memory += profile_.cost.head_bytes / ranks_.network * head.weight_byte;
    sum.overhead += head.prompt;
    return sum;
  }

 private:
  // Of the device that layers on the host are streamed to.
  [[nodiscard]] const Rates& first_rates() const { return devices_ > 0 ? profile_.rates_of(0) : profile_.host; }

  // Micro-batches of one prompt follow one another through the devices of a layer split, unless they meet at the host
  // (llama_context: pipeline_parallel).
  [[nodiscard]] bool pipelines() const { return !shape_.cache_on_host && !placement_.host.computes_layers(); }

  [[nodiscard]] double overlap_of(double stages) const {
    const double ideal = (prompt_.batches + stages - 1) / (stages * prompt_.batches);
    return 1 - first_rates().prefill_overlap * (1 - ideal);
  }

  // Equal ranks take equal time; unequal ones wait for the slowest.
  [[nodiscard]] PrefillTime slowest_rank(std::size_t first) const {
    PrefillTime slowest;
    const std::size_t end = std::min(first + (profile_.homogeneous ? 1 : together_), devices_);
    for (std::size_t d = first; d < end; ++d) {
      const PrefillTime time = rank_time(d);
      if (time.total() > slowest.total()) slowest = time;
    }
    return slowest;
  }

  [[nodiscard]] PrefillTime rank_time(std::size_t device) const {
    PrefillTime sum;
    const DeviceShare& share = placement_.devices[device];
    const Rates& rates = profile_.rates_of(device);
    for (std::size_t g = 0; g < share.layers_of_group.size() && g < profile_.cost.groups.size(); ++g) {
      const double layers = share.layers_of_group[g];
      if (layers <= 0) continue;
      const LayerCost& layer = profile_.cost.groups[g];
      const double moved = layers_without_experts(placement_, device, g);
      const PrefillTime whole = device_layer(layer, rates);
      sum.add(whole, layers - moved);
      if (moved > 0) {
        PrefillTime rest = device_layer(without_experts(layer), rates);
        rest.overhead = whole.overhead;  // launched here all the same
        sum.add(rest, moved);
      }
      if (!shape_.cache_on_host) continue;
      sum.host += layers * attention_time(layer, profile_.host, prompt_, 1, shape_.flash_attention);
    }
    // One prompt has one adapter, or all of them: weights of 16 bit beside the model's own.
    const Traffic adapters = adapters_used(profile_, shape_.adapters, 1) * traffic(share.adapters);
    sum.memory += prompt_.batches * adapters * rates.weight_byte;
    sum.compute += kPerMultiplyAdd * prompt_.tokens * (adapters.value() / kHalf) * rates.prefill_flop;
    return sum;
  }

  [[nodiscard]] PrefillTime device_layer(const LayerCost& layer, const Rates& rates) const {
    PrefillTime time = prefill_layer(layer, rates, prompt_, ranks_, shape_.flash_attention);
    apply_kernels(layer, rates, prompt_, ranks_.of_copy, settings_, kernels_, time);
    time.communication = layer_communication(profile_, layer, prompt_, ranks_);
    if (shape_.cache_on_host) time.scores = Seconds(0);  // attention runs where its cache is
    return time;
  }

  [[nodiscard]] Seconds on_host(std::size_t group) const {
    const HostShare& host = placement_.host;
    const LayerCost& layer = profile_.cost.groups[group];
    const auto time = [&](const LayerCost& part, double layers) {
      Seconds sum;
      for (const Prompt& steps : on_host_) {
        sum += layers * host_layer(part, profile_, first_rates(), steps, shape_.flash_attention, devices_ > 0);
      }
      return sum;
    };
    const double whole = group < host.layers_of_group.size() ? host.layers_of_group[group] : 0;
    const double experts = group < host.expert_layers_of_group.size() ? host.expert_layers_of_group[group] : 0;
    return (whole > 0 ? time(layer, whole) : Seconds(0)) +
           (experts > 0 ? time(experts_of(layer), experts) : Seconds(0));
  }

  const SpeedProfile& profile_;
  const Placement& placement_;
  const Settings& settings_;
  const StepLoad& shape_;
  const Prompt& prompt_;
  KernelCase kernels_;
  std::size_t devices_, together_;
  PromptRanks ranks_;
  // A step costs the host weights that are read or sent anew, so the last, which may be of a few tokens, counts apart.
  InlineVector<Prompt, 2> on_host_;
};

}  // namespace

Prompt make_prompt(const SpeedProfile& profile, const Settings& settings, double tokens, double prefix) {
  Prompt prompt{tokens, prefix};
  prompt.batches = std::ceil(tokens / tokens_per_step(profile, settings));
  prompt.per_batch = tokens / prompt.batches;
  return prompt;
}

double mean_context(const Prompt& prompt) { return prompt.prefix + 0.5 * prompt.tokens; }

double mean_attended(const LayerCost& layer, const Prompt& prompt) {
  const double mean = mean_context(prompt);
  if (layer.window <= 0 || mean <= layer.window) return mean;
  return layer.window;
}

PrefillTime prefill_time(const SpeedProfile& profile, const Placement& placement, const Settings& settings,
                         const StepLoad& shape, double prompt_tokens, double prefix, KernelCase kernels) {
  const Prompt prompt = make_prompt(profile, settings, prompt_tokens, prefix);
  return PromptPass(profile, placement, settings, shape, prompt, kernels).time();
}

}  // namespace headroom
