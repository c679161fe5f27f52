// Puts layers into an Architecture, storing each distinct mixer and feed-forward part once.
#pragma once

#include "core/model/architecture.h"

namespace headroom {

class LayerSet {
 public:
  explicit LayerSet(Architecture& architecture) : architecture_(architecture) {}
  void add(const Mixer& mixer, const Ffn& ffn, bool shares_kv = false);
  // Indices of the parts, without adding a layer. Beyond 255 distinct ones the last is shared.
  Layer find_or_add(const Mixer& mixer, const Ffn& ffn);

 private:
  Architecture& architecture_;
};

}  // namespace headroom
