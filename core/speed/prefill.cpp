#include "core/speed/prefill.h"

#include <algorithm>
#include <cmath>

#include "core/speed/communication.h"

namespace headroom {
namespace {

void add(PrefillTime& sum, const PrefillTime& part, double times) {
  sum.compute += part.compute * times;
  sum.scores += part.scores * times;
  sum.memory += part.memory * times;
  sum.communication += part.communication * times;
  sum.host += part.host * times;
  sum.overhead += part.overhead * times;
}

// Attending to the prompt itself and to what is cached before it.
double attention_time(const LayerCost& layer, const Rates& rates, const Prompt& prompt, double ranks,
                      bool flash_attention) {
  const double scores = prompt.tokens * mean_attended(layer, prompt) / ranks;
  double time = flash_attention ? scores * layer.prefill_flops * rates.prefill_attention_flop
                                : scores * layer.query_heads * rates.prefill_score_plain;
  time += prompt.tokens * mean_context(prompt) / ranks * layer.context_flops * rates.prefill_attention_flop;
  return layer.wide_prompt && flash_attention ? time * rates.prefill_wide : time;
}

PrefillTime prefill_layer(const LayerCost& layer, const Rates& rates, const Prompt& prompt, double ranks,
                          bool flash_attention) {
  PrefillTime time;
  const double flop = (flash_attention ? rates.prefill_flop : rates.prefill_flop_plain) / ranks;
  time.compute = 2 * prompt.tokens * layer.dense_weights * flop;
  double bytes = layer.dense_bytes;
  if (layer.experts > 0) {
    // An expert works on few tokens at a time and is less efficient for it.
    const double tokens_per_expert = prompt.per_batch * layer.experts_used / layer.experts;
    time.compute += 2 * prompt.tokens * layer.expert_weights * flop * rates.prefill_expert_flop_factor *
                    (1 + rates.expert_tokens / tokens_per_expert);
    bytes += layer.expert_bytes / layer.experts * experts_touched(layer.experts, layer.experts_used, prompt.per_batch);
  }
  // Every micro-batch reads the weights again.
  time.memory = prompt.batches * bytes / ranks * rates.weight_byte;
  time.scores = attention_time(layer, rates, prompt, ranks, flash_attention);
  time.compute += prompt.tokens / ranks *
                  (layer.recurrence_flops * rates.prefill_recurrent + layer.activations * rates.prefill_activation);
  time.overhead = prompt.batches * (rates.prefill_layer + (layer.experts > 0 ? rates.prefill_expert_layer : 0));
  return time;
}

double layer_communication(const SpeedProfile& profile, const Prompt& prompt, double ranks) {
  if (ranks <= 1) return 0;
  const double bytes = prompt.per_batch * profile.cost.hidden * kActivationBytes;
  return 2 * prompt.batches * prompt_reduce_time(profile.link_among(ranks), ranks, bytes);
}

// A kernel package makes the token mixer of its kind of layers quicker. Published ranges are of the kernel alone, the
// recurrence; a mixer's projections stay as they are. What the kernel takes of the mixer is fitted, not measured, so
// the high case credits it with all of it.
void apply_kernels(const LayerCost& layer, const Rates& rates, const Prompt& prompt, double ranks,
                   const Settings& settings, KernelCase kernel_case, PrefillTime& time) {
  for (const KernelSpeedup& kernel : settings.kernels) {
    if (kernel.mixer != layer.mixer || kernel.prefill_low < 1) continue;
    const double recurrence = prompt.tokens * layer.recurrence_flops / ranks * rates.prefill_recurrent;
    const double mixer = 2 * prompt.tokens * layer.mixer_weights * rates.prefill_flop / ranks + recurrence;
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
double host_layer(const LayerCost& layer, const SpeedProfile& profile, const Rates& device, const Prompt& prompt,
                  bool flash_attention, bool has_device) {
  const double there = prefill_layer(layer, profile.host, prompt, 1, flash_attention).total();
  if (!has_device || profile.host_link.byte <= 0) return there;
  const double streamed = prompt.batches * (layer.dense_bytes + layer.expert_bytes) * profile.host_link.byte +
                          prefill_layer(layer, device, prompt, 1, flash_attention).total();
  return profile.host.compute_known ? std::min(there, streamed) : streamed;
}

LayerCost experts_of(const LayerCost& layer) {
  LayerCost experts;
  experts.expert_bytes = layer.expert_bytes;
  experts.experts = layer.experts;
  experts.experts_used = layer.experts_used;
  experts.expert_weights = layer.expert_weights;
  return experts;
}

}  // namespace

Prompt make_prompt(const SpeedProfile& profile, const Settings& settings, double tokens, double prefix) {
  const double step = profile.chunk_tokens > 0 ? profile.chunk_tokens : std::max<double>(settings.cache.ubatch, 1);
  Prompt prompt{tokens, prefix};
  prompt.batches = std::ceil(tokens / step);
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

  const std::size_t devices = placement.devices.size();
  const std::uint32_t wanted = std::max({placement.tensor_parallel, placement.expert_parallel, 1U});
  const std::size_t per_stage = std::min<std::size_t>(wanted, std::max<std::size_t>(devices, 1));
  const double ranks = static_cast<double>(per_stage);

  PrefillTime sum;
  std::size_t stages = 0;
  for (std::size_t first = 0; first < devices; first += per_stage, ++stages) {
    const DeviceShare& share = placement.devices[first];
    const Rates& rates = profile.rates_of(first);
    for (std::size_t g = 0; g < share.layers_of_group.size() && g < profile.cost.groups.size(); ++g) {
      const double layers = share.layers_of_group[g];
      if (layers <= 0) continue;
      PrefillTime layer = prefill_layer(profile.cost.groups[g], rates, prompt, ranks, shape.flash_attention);
      apply_kernels(profile.cost.groups[g], rates, prompt, ranks, settings, kernels, layer);
      layer.communication = layer_communication(profile, prompt, ranks);
      if (shape.cache_on_host) {  // attention runs where its cache is
        layer.scores = 0;
        sum.host += layers * attention_time(profile.cost.groups[g], profile.host, prompt, 1, shape.flash_attention);
      }
      add(sum, layer, layers);
    }
  }
  const Rates& first_rates = devices > 0 ? profile.rates_of(0) : profile.host;
  // Micro-batches of one prompt follow one another through the devices of a layer split.
  if (stages > 1) {
    const double n = static_cast<double>(stages);
    const double ideal = (prompt.batches + n - 1) / (n * prompt.batches);
    const double factor = 1 - first_rates.prefill_overlap * (1 - ideal);
    PrefillTime overlapped;
    add(overlapped, sum, factor);
    sum = overlapped;
  }
  for (std::size_t g = 0; g < profile.cost.groups.size(); ++g) {
    const LayerCost& layer = profile.cost.groups[g];
    if (g < placement.host.layers_of_group.size() && placement.host.layers_of_group[g] > 0) {
      sum.host += placement.host.layers_of_group[g] *
                  host_layer(layer, profile, first_rates, prompt, shape.flash_attention, devices > 0);
    }
    if (g < placement.host.expert_layers_of_group.size() && placement.host.expert_layers_of_group[g] > 0) {
      const LayerCost experts = experts_of(layer);
      const double moved = placement.host.expert_layers_of_group[g];
      PrefillTime on_device = prefill_layer(experts, first_rates, prompt, ranks, shape.flash_attention);
      on_device.overhead = 0;
      add(sum, on_device, -moved);
      sum.host += moved * host_layer(experts, profile, first_rates, prompt, shape.flash_attention, devices > 0);
    }
  }
  // The head is applied to the last token only.
  sum.memory += profile.cost.head_bytes / ranks * first_rates.weight_byte;
  sum.overhead += first_rates.prompt;
  return sum;
}

}  // namespace headroom
