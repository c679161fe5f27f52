// How the weights of a GGUF file are told: as the bytes of its tensors, whatever an engine makes of them in memory.
#pragma once

#include "core/placement/placement.h"

namespace headroom {

struct ToldWeights {
  Bytes weights;     // of the files that are read; with other formats what the devices and the host hold
  Bytes copied;      // what the engine holds twice: tied embeddings, which llama.cpp uploads once more for the output
  Bytes not_loaded;  // what it leaves in the file: MTP layers, unless speculation with them is asked for
};

// weights + copied - not_loaded is `held`, what devices and host hold together.
[[nodiscard]] ToldWeights told_weights(Bytes held, const WeightProfile& weights, const Engine& engine,
                                       SpeculationKind speculation);

}  // namespace headroom
