// Engines that hold their cache token by token in pools (SGLang): one of the layers that see the whole context, one of
// the sliding layers, one of recurrent states. What is free is divided among them once, before anything is served.
#pragma once

#include <cstdint>

#include "core/engine/engine.h"
#include "core/memory/paged.h"
#include "core/model/profile.h"
#include "core/scenario.h"
#include "core/units.h"

namespace headroom {

// One rank's share of the model.
struct TokenPools {
  Bytes full, sliding;       // of a token, all layers of that reach
  Bytes state;               // of a sequence
  std::uint64_t reach = 0;   // tokens a sliding layer looks back
  double sliding_share = 0;  // tokens of the sliding pool over those of the full one
  double state_share = 0;    // bytes of the states over those of the cache
  std::uint32_t slots = 1;   // states kept for a sequence that runs

  [[nodiscard]] double bytes_per_token() const { return full.as_double() + sliding_share * sliding.as_double(); }
  [[nodiscard]] bool empty() const { return bytes_per_token() <= 0 && state == Bytes(0); }
};

// `ranks` share the heads, `context_ranks` the tokens.
[[nodiscard]] TokenPools token_pools(const ModelProfile& model, const Engine& engine, const CacheSettings& cache,
                                     std::uint32_t ranks, std::uint32_t context_ranks = 1);

// What `available` bytes hold: tokens as the engine prints them, and sequences of the whole context.
[[nodiscard]] PageCapacity pool_capacity(const TokenPools& pools, const CacheSettings& cache, Bytes available);

// The least memory that holds `sequences` of the settings' context, divided into pools as the engine does.
[[nodiscard]] Bytes pool_needed(const TokenPools& pools, const CacheSettings& cache, std::uint64_t sequences);

}  // namespace headroom
