// Engines that fill a share of a device with pages of cache and say how many tokens and sequences that is.
// Rules of vLLM's hybrid cache manager (v1/core/kv_cache_utils), checked against users' logs (tests/truth/memory-logs).
#pragma once

#include <cstdint>

#include "core/engine/engine.h"
#include "core/inline_vector.h"
#include "core/memory/element_sizes.h"
#include "core/model/profile.h"
#include "core/scenario.h"
#include "core/units.h"

namespace headroom {

// How one rank's share of the model is laid out in pages.
struct PagePlan {
  struct Kind {  // layers with equal pages and equal reach
    std::uint64_t layers = 0;
    Bytes per_token;           // of one layer on this rank; 0 for recurrent state
    std::uint64_t window = 0;  // 0: whole context
    bool state = false;
    std::uint64_t block_tokens = 0;  // tokens of a page
    std::uint64_t pool_groups = 0;   // groups of `group_layers` it is cut into
  };
  InlineVector<Kind, kMaxGroups> kinds;
  std::uint64_t state_pages = 1;   // of a group, for one sequence
  std::uint64_t group_layers = 1;  // layers that share a page number
  Bytes page;                      // of one layer
  // Pages of one sequence of `context` tokens, over all groups.
  [[nodiscard]] std::uint64_t pages_per_sequence(std::uint64_t context, std::uint64_t batch) const;
  [[nodiscard]] std::uint64_t groups() const;
  [[nodiscard]] Bytes page_set() const { return page * group_layers; }  // what one page number takes
};

// What a token takes of one layer of the group on a rank.
[[nodiscard]] Bytes layer_token_bytes(const LayerGroup& group, const Engine& engine, const CacheSettings& cache,
                                      std::uint32_t ranks);

// `tensor_parallel` ranks share the heads: no rank holds less than one K/V head, and a latent row is not divided.
// `context_parallel` ranks share the tokens. Recurrent state is divided by its heads.
[[nodiscard]] PagePlan page_plan(const ModelProfile& model, const Engine& engine, const CacheSettings& cache,
                                 std::uint32_t tensor_parallel, std::uint32_t context_parallel = 1);

// A row of a sparse attention's index in 8 bit, with a scale per 128 values. vLLM's is so whatever the cache's type.
[[nodiscard]] constexpr Bytes indexer_row(std::uint64_t dim) {
  constexpr std::uint64_t kScaled = 128;
  return Bytes(dim + dim / kScaled * kFloat);
}

struct PageCapacity {
  std::uint64_t tokens = 0;  // as the engine prints it
  double concurrency = 0;    // sequences of the whole context
};
[[nodiscard]] PageCapacity page_capacity(const PagePlan& plan, const Engine& engine, const CacheSettings& cache,
                                         Bytes available);

}  // namespace headroom
