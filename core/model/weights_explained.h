// The derivation of a model's bytes in a format, down to tensors, their shapes and the blocks they are stored in.
#pragma once

#include "core/model/profile.h"
#include "core/trace.h"

namespace headroom {

// Records one node per place in the model (embedding, head, every kind of layer), in each one per name and type of
// tensor, and returns their sum. Of sizes that somebody published, and of a profile without tensors, the places alone.
// `mtp`: with the MTP layers.
Bytes explain_weights(const ModelProfile& model, const WeightProfile& weights, bool mtp, Trace& trace);

}  // namespace headroom
