#include "core/speed/decode.h"

#include <algorithm>

#include "core/memory/cache_rules.h"
#include "core/speed/stages.h"

namespace headroom {
namespace {

// What a weight of a dense layer takes to be multiplied by `tokens` tokens beside the first, whose product hides behind
// reading the weight.
Seconds product_time(const Rates& rates, double tokens) {
  const Flops product = kPerMultiplyAdd * (tokens - 1);
  const Seconds by_matrix = kPerMultiplyAdd * (std::max(tokens, rates.tile_tokens) - 1) * rates.batch_flop;
  // Few tokens go by vectors because that is quicker.
  return tokens > rates.vector_tokens ? by_matrix : std::min(product * rates.vector_batch_flop, by_matrix);
}

// The model's output head, once per step on the ranks that hold it.
StepTime decode_head(const ModelCost& cost, const Rates& rates, const StepLoad& shape, const Ranks& ranks) {
  StepTime time;
  const double tokens = (ranks.shares_networks() ? shape.sequences : ranks.own(shape.sequences)) * shape.tokens;
  time.weights = cost.head_bytes / ranks.network * rates.weight_byte;
  const Seconds compute = cost.head_weights / ranks.network * (product_time(rates, tokens) + rates.unpack);
  time.compute = overlap(time.weights, compute) - time.weights;
  return time;
}

Shard make_shard(const LayerCost& layer, const Ranks& ranks) {
  Shard shard;
  shard.mixer = ranks.tensor;
  shard.network = ranks.network;
  shard.experts = ranks.count();
  // A latent cache (no V of its own) is kept whole by every rank; others divide by head.
  shard.kv = ranks.context * (keeps_latent_rows(layer.mixer) ? 1 : std::min(ranks.tensor, layer.kv_heads));
  shard.copies = ranks.data;
  return shard;
}

// Communication of one layer: a reduction within a copy after the mixer and after the feed-forward; where experts are
// shared by copies, or whole, the latter is an all-to-all of the routed tokens.
Seconds layer_communication(const LayerCost& layer, double hidden, const SpeedProfile& profile, const Ranks& ranks,
                            double tokens) {
  if (ranks.count() <= 1) return Seconds(0);
  const Traffic bytes = tokens * hidden * kHiddenValue, own = ranks.own(tokens) * hidden * kHiddenValue;
  const Seconds within = all_reduce_time(profile.link_among(ranks.tensor), ranks.tensor, own);
  // Queries go to all that hold tokens, and what each found comes back.
  const Seconds found = all_reduce_time(profile.link_among(ranks.context), ranks.context, own);
  const bool routed_apart = layer.experts > 0 && (ranks.expert > 1 || ranks.data > 1);
  if (!routed_apart) {
    const Seconds of_network =
        ranks.shares_networks() ? all_reduce_time(profile.link_among(ranks.network), ranks.network, bytes) : within;
    return found + within + of_network;
  }
  return found + within +
         all_to_all_time(profile.link_among(ranks.count()), ranks.count(), bytes * layer.experts_used / ranks.count());
}

// Reading the cache of every sequence, and attending to it.
StepTime cache_step(const LayerCost& layer, const Rates& rates, const StepLoad& shape, const Shard& shard) {
  const double sequences = shard.sequences(shape.sequences);
  StepTime time;
  time.kv = sequences * kv_bytes_read(layer, shape, shape.depth) / shard.kv *
            (shape.flash_attention ? rates.kv_byte : rates.kv_byte_plain);
  if (shape.kv_quantized()) time.kv = time.kv * rates.kv_quantized;
  if (layer.wide_cache) time.kv = time.kv * rates.kv_wide;
  const Seconds attention =
      sequences * shape.tokens * layer.attended(shape.depth) * layer.decode_flops / shard.mixer * rates.attention_flop;
  time.compute = overlap(time.kv, attention) - time.kv;
  return time;
}

// The hidden states of `tokens` go to the host and come back.
Seconds crossing(const SpeedProfile& profile, double tokens) {
  const Traffic bytes = tokens * profile.cost.hidden * kHiddenValue;
  return 2 * (profile.host_link.latency + bytes * profile.host_link.byte);
}

// Layers that a device holds, experts of some of them or the cache of all on the host.
StepTime device_layers(const SpeedProfile& profile, const Placement& placement, std::size_t device, const Ranks& ranks,
                       const ExpertsTouched& touched, const StepLoad& shape) {
  StepTime time;
  const DeviceShare& share = placement.devices[device];
  const Rates& rates = profile.rates_of(device);
  const double tokens = shape.sequences * shape.tokens;
  for (std::size_t g = 0; g < share.layers_of_group.size() && g < profile.cost.groups.size(); ++g) {
    const double layers = share.layers_of_group[g];
    if (layers <= 0) continue;
    const LayerCost& layer = profile.cost.groups[g];
    const Shard shard = make_shard(layer, ranks);
    const StepTime whole = decode_layer(layer, touched[g], rates, shape, shard);
    const double moved = layers_without_experts(placement, device, g);
    time.add(whole, layers - moved);
    time.communication += layers * layer_communication(layer, profile.cost.hidden, profile, ranks, tokens);
    if (shape.cache_on_host) {
      const Seconds attending = cache_step(layer, profile.host, shape, {}).total();
      if (attending > Seconds(0)) time.host += layers * (attending + crossing(profile, tokens));
    }
    if (moved <= 0) continue;
    // Experts on the host: their time moves there, and the hidden states cross the link twice.
    StepTime rest = decode_layer(without_experts(layer), 0, rates, shape, shard);
    rest.overhead = whole.overhead;  // the layer is launched here all the same
    time.add(rest, moved);
    StepTime on_host = decode_layer(experts_of(layer), touched[g], profile.host, shape, {});
    on_host.overhead = profile.host.expert_layer;
    time.host += moved * (on_host.total() + crossing(profile, tokens));
  }
  const double used = adapters_used(profile, shape.adapters, ranks.own(shape.sequences));
  time.weights += used * traffic(share.adapters) * rates.weight_byte;
  return time;
}

StepTime host_layers(const SpeedProfile& profile, const HostShare& host, const ExpertsTouched& touched,
                     StepLoad shape) {
  StepTime time;
  shape.cache_on_host = false;  // it is where they are
  for (std::size_t g = 0; g < host.layers_of_group.size() && g < profile.cost.groups.size(); ++g) {
    const double layers = host.layers_of_group[g];
    if (layers <= 0) continue;
    const StepTime layer = decode_layer(profile.cost.groups[g], touched[g], profile.host, shape, {});
    time.host += layer.total() * layers;
  }
  time.host += traffic(host.adapters) * profile.host.weight_byte;
  return time;
}

}  // namespace

// With several stages and sequences the stages work on different sequences at a time; a sequence still waits for all.
StepLoad load_of_stage(const Placement& placement, StepLoad shape) {
  const std::size_t stages = stages_of(placement);
  if (placement.pipeline_parallel > 1 && stages > 1) {
    shape.sequences = std::max(shape.sequences / static_cast<double>(stages), 1.0);
  }
  return shape;
}

ExpertsTouched touched_by_step(const ModelCost& cost, double tokens) {
  ExpertsTouched touched{};
  for (std::size_t g = 0; g < cost.groups.size(); ++g) {
    const LayerCost& layer = cost.groups[g];
    if (layer.experts > 0) touched[g] = experts_touched(layer.experts, layer.experts_used, tokens);
  }
  return touched;
}

StepTime decode_layer(const LayerCost& layer, double touched, const Rates& rates, const StepLoad& shape,
                      const Shard& shard) {
  StepTime time;
  const double sequences = shard.sequences(shape.sequences);
  const double tokens = sequences * shape.tokens;
  const double network_tokens = shard.networks(shape.sequences) * shape.tokens;
  const double all_tokens = shape.sequences * shape.tokens;

  // Weights: read and unpacked once for the whole batch; multiplying costs nothing extra for one token.
  const double network_weights = layer.dense_weights - layer.mixer_weights;
  time.weights =
      (layer.mixer_bytes / shard.mixer + (layer.dense_bytes - layer.mixer_bytes) / shard.network) * rates.weight_byte +
      layer.bytes_of_experts(touched) / shard.experts * rates.expert_byte;
  const double unpacked = layer.mixer_weights / shard.mixer + network_weights / shard.network +
                          (layer.experts > 0 ? layer.expert_weights / layer.experts_used * touched / shard.experts : 0);
  Seconds compute = product_time(rates, tokens) * layer.mixer_weights / shard.mixer +
                    product_time(rates, network_tokens) * network_weights / shard.network +
                    kPerMultiplyAdd * (all_tokens - 1) * layer.expert_weights / shard.experts * rates.batch_flop;
  compute = std::max(compute, Seconds(0)) + unpacked * rates.unpack;
  time.compute = overlap(time.weights, compute) - time.weights;

  if (!shape.cache_on_host) time.add(cache_step(layer, rates, shape, shard), 1);
  time.kv += sequences * layer.state_bytes / shard.mixer * rates.state_byte;

  time.overhead = shape.flash_attention ? rates.layer : rates.layer_plain;
  if (layer.experts > 0) time.overhead += rates.expert_layer;
  if (layer.beside_experts) time.overhead += rates.beside_experts;
  if (layer.recurs) time.overhead += rates.recurrent_layer;
  if (layer.compresses) time.overhead += rates.compressed_layer;
  if (layer.indexed) time.overhead += rates.indexed_layer;
  return time;
}

StepTime decode_step(const SpeedProfile& profile, const Placement& placement, const StepLoad& shape) {
  const Ranks ranks = ranks_of(placement);
  const std::size_t devices = placement.devices.size(), together = ranks_per_stage(placement);
  const StepLoad stage_shape = load_of_stage(placement, shape);
  const double tokens = stage_shape.sequences * stage_shape.tokens;
  const ExpertsTouched touched = touched_by_step(profile.cost, tokens);

  StepTime step;
  for (std::size_t first = 0; first < devices; first += together) {
    StepTime slowest;
    // Equal ranks of a stage take equal time; unequal ones wait for the slowest.
    const std::size_t last = std::min(first + (profile.homogeneous ? 1 : together), devices);
    for (std::size_t d = first; d < last; ++d) {
      const StepTime time = device_layers(profile, placement, d, ranks, touched, stage_shape);
      if (time.total() > slowest.total()) slowest = time;
    }
    step.add(slowest, 1);
    if (first == 0) continue;
    step.communication += hop_time(profile.link_before(first), tokens * profile.cost.hidden * kHiddenValue);
  }
  step.add(host_layers(profile, placement.host, touched, stage_shape), 1);
  const Rates& head = head_rates(profile, placement);
  step.add(decode_head(profile.cost, head, stage_shape, ranks), 1);
  // Every token of a step is scheduled, normed, added and sampled, those that verify a draft alike; each copy has its
  // own scheduler.
  step.overhead += head.token + head.served_token * (ranks.own(shape.sequences) * shape.tokens - 1);
  return step;
}

StepTime draft_pass(const SpeedProfile& profile, const Placement& placement, const Settings& settings,
                    const StepLoad& shape) {
  const Drafter& drafter = profile.drafter;
  const Ranks ranks = ranks_of(placement);
  StepLoad load = load_of_stage(placement, shape);
  load.tokens = 1;
  load.cache_on_host = false;
  const ExpertsTouched touched = touched_by_step(drafter.cost, load.sequences);
  StepTime pass;
  for (std::size_t g = 0; g < drafter.cost.groups.size(); ++g) {
    const LayerCost& layer = drafter.cost.groups[g];
    pass.add(decode_layer(layer, touched[g], drafter.rates, load, make_shard(layer, ranks)), layer.count);
    pass.communication += layer.count * layer_communication(layer, drafter.cost.hidden, profile, ranks, load.sequences);
  }
  pass.add(decode_head(drafter.cost, drafter.rates, load, ranks), 1);
  // Layers of the model itself run in the step that verifies them; another model is started anew for every drafted
  // token.
  if (settings.speculation.kind == SpeculationKind::draft_model) pass.overhead += drafter.rates.token;
  return pass;
}

}  // namespace headroom
