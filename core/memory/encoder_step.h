// What an engine encodes of images or video in the worst case step that it runs to see how much memory is left.
#pragma once

#include <cstdint>

#include "core/engine/engine.h"
#include "core/model/profile.h"
#include "core/scenario.h"
#include "core/units.h"

namespace headroom {

struct EncoderStep {
  std::uint64_t items = 0;    // of the largest size, as many as the batch has room for; one at least
  std::uint64_t patches = 0;  // of all
  std::uint64_t values = 0;   // that the widest layer of the tower keeps of a patch, in 16 bit
  std::uint64_t tokens = 0;   // that the language model gets of them
  Bytes peak;                 // while they are encoded
  Bytes outputs;              // kept while the step of the language model runs
};
// Nothing where the engine encodes none of this model's tower. `ranks` divide the tower's feed-forward.
[[nodiscard]] EncoderStep encoder_step(const ModelProfile& model, const Engine& engine, const CacheSettings& cache,
                                       std::uint32_t ranks);

}  // namespace headroom
