#include "core/memory/token_pools.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/memory/cache_rules.h"

namespace headroom {
namespace {

// Tokens of the full pool that one sequence takes: its context, or what its sliding layers ask of theirs.
double tokens_of_sequence(const TokenPools& pools, const CacheSettings& cache) {
  double tokens = pools.full > Bytes(0) ? cache.context : 0;
  if (pools.sliding > Bytes(0) && pools.sliding_share > 0) {
    const std::uint64_t held = std::min<std::uint64_t>(pools.reach + cache.batch, cache.context);
    tokens = std::max(tokens, static_cast<double>(held) / pools.sliding_share);
  }
  return tokens;
}

// The share of what is free that goes to recurrent states (--mamba-full-memory-ratio); all where nothing else is held.
double state_part(const TokenPools& pools) {
  if (pools.state == Bytes(0)) return 0;
  return pools.bytes_per_token() > 0 ? pools.state_share / (1 + pools.state_share) : 1;
}

}  // namespace

TokenPools token_pools(const ModelProfile& model, const Engine& engine, const CacheSettings& cache, std::uint32_t ranks,
                       std::uint32_t context_ranks) {
  TokenPools pools;
  const bool slides = !cache.swa_full && engine.slides(model.arch.gguf_arch);
  pools.sliding_share = slides ? engine.sliding_share : 0;
  pools.state_share = engine.state_share;
  pools.slots = std::max(engine.state_slots, 1U);
  for (const LayerGroup& group : model.groups) {
    const Bytes token = layer_token_bytes(group, engine, cache, ranks) * group.count;
    if (slides && group.mixer.window != 0) {
      pools.sliding += token;
      pools.reach = std::max<std::uint64_t>(pools.reach, group.mixer.window);
    } else {
      pools.full += token;
    }
    const Bytes state = state_bytes(group, model.arch.hidden, engine) * group.count;
    pools.state += Bytes(divide_up(state.value(), std::max(ranks, 1U)));
  }
  pools.full = Bytes(divide_up(pools.full.value(), std::max(context_ranks, 1U)));
  pools.sliding = Bytes(divide_up(pools.sliding.value(), std::max(context_ranks, 1U)));
  return pools;
}

PageCapacity pool_capacity(const TokenPools& pools, const CacheSettings& cache, Bytes available) {
  PageCapacity capacity;
  if (pools.empty()) return capacity;
  const double free = available.as_double(), states = state_part(pools);
  double sequences = std::numeric_limits<double>::max();
  double left = free;
  if (pools.state > Bytes(0)) {
    // One slot more than are used: padding goes there.
    const double slots = std::max(free * states / pools.state.as_double() - 1, 0.0);
    sequences = std::floor(slots) / pools.slots;
    left = free - (std::floor(slots) + 1) * pools.state.as_double();
  }
  if (pools.bytes_per_token() > 0) {
    capacity.tokens = Bytes::from_double(std::max(left, 0.0) / pools.bytes_per_token()).value();
    const double each = tokens_of_sequence(pools, cache);
    if (each > 0) sequences = std::min(sequences, static_cast<double>(capacity.tokens) / each);
  }
  capacity.concurrency = sequences;
  return capacity;
}

Bytes pool_needed(const TokenPools& pools, const CacheSettings& cache, std::uint64_t sequences) {
  const double count = static_cast<double>(sequences), states = state_part(pools);
  const double tokens = tokens_of_sequence(pools, cache) * count * pools.bytes_per_token();
  const double slots = pools.state.as_double() * (count * pools.slots + 1);
  // Each part is a fixed share of the whole.
  double needed = states < 1 ? tokens / (1 - states) : 0;
  if (states > 0) needed = std::max(needed, slots / states);
  return Bytes::from_double(needed);
}

}  // namespace headroom
