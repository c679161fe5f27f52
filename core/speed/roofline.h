// Terms of a step's time. Each is a pure function of work and rates.
#pragma once

#include <cmath>

#include "core/scenario.h"
#include "core/speed/cost.h"
#include "core/speed/rates.h"

namespace headroom {

// What a step works on.
struct StepLoad {
  double sequences = 1;             // running together
  double tokens = 1;                // per sequence in this step: 1, or 1 + drafted when a draft is verified
  double depth = 0;                 // tokens already in each sequence's cache
  double k_bytes = 2, v_bytes = 2;  // per cached element
  bool flash_attention = true;
  bool cache_on_host = false;  // of the layers on devices
  double adapters = 0;         // that are loaded
  [[nodiscard]] bool kv_quantized() const { return k_bytes < 2 || v_bytes < 2; }
};
// The step that gives the mean output token: half of the output is in the cache by then.
[[nodiscard]] inline StepLoad make_step_load(const Settings& settings) {
  const CacheSettings& cache = settings.cache;
  StepLoad load;
  load.sequences = cache.sequences();
  load.depth = settings.workload.mean_depth();
  load.k_bytes = static_cast<double>(cache.k.bytes) / cache.k.elements;
  load.v_bytes = static_cast<double>(cache.v.bytes) / cache.v.elements;
  load.flash_attention = cache.flash_attention;
  load.cache_on_host = settings.kv_on_host;
  for (const Adapter& adapter : settings.adapters) load.adapters += adapter.count;
  return load;
}

// By how much a rank's share of a layer is smaller than the layer.
struct Shard {
  double mixer = 1, network = 1, experts = 1, kv = 1;  // network: feed-forwards that are not routed
  double copies = 1;                                   // of what is not a routed expert, each with sequences of its own
  // Those of `all` that a rank's mixers work on, and its networks.
  [[nodiscard]] double sequences(double all) const { return std::max(all / copies, 1.0); }
  [[nodiscard]] double networks(double all) const { return network > mixer ? all : sequences(all); }
};

// Memory and compute of one kernel overlap except near the ridge, where neither hides the other fully.
inline Seconds overlap(Seconds memory, Seconds compute) {
  return Seconds(std::sqrt(memory.value() * memory.value() + compute.value() * compute.value()));
}

// Bytes of one layer's cache that a token at `depth` reads.
inline Traffic kv_bytes_read(const LayerCost& layer, const StepLoad& shape, double depth) {
  return Traffic(layer.attended(depth) * (layer.k_elements * shape.k_bytes + layer.v_elements * shape.v_bytes) +
                 depth * layer.unbounded_elements * shape.k_bytes);
}

}  // namespace headroom
