// The derivation of a model's bytes in a format, down to tensors, their shapes and the blocks they are stored in.
#pragma once

#include "core/model/profile.h"
#include "core/trace.h"

namespace headroom {

// What an engine makes of them.
struct LoadedWeights {
  bool tied_copy = false;  // a second copy of tied embeddings, as the head
  bool mtp = false;        // the MTP layers
};
// Records one node per place in the model (embedding, head, every kind of layer), in each one per name and type of
// tensor, and returns their sum. Of sizes that somebody published, and of a profile without tensors, the places alone.
Bytes explain_weights(const ModelProfile& model, const WeightProfile& weights, const LoadedWeights& loaded,
                      Trace& trace);

}  // namespace headroom
