// The size of the towers beside a multi-modal model's text stack.
#pragma once

#include <cstdint>
#include <string>

#include "core/catalog/import/hf/fields.h"
#include "core/model/architecture.h"

namespace headroom::hf {

// What the whole model says about its tower.
struct SeenBy {
  std::string model_type;
  std::uint32_t hidden = 0;          // columns that the projector ends in
  std::uint32_t scale = 1;           // patches joined into a token in each direction, where the tower does not say
  std::uint32_t merge = 1;           // the same, by Mistral 3's projector
  std::uint32_t feature_layers = 1;  // whose outputs are projected together
  bool projector_bias = false;
  [[nodiscard]] bool is_mistral3() const { return model_type == "mistral3"; }
};
[[nodiscard]] SeenBy seen_by(Fields& model, Fields& outer, std::uint32_t hidden);

struct ImportedTower {
  TowerFacts facts;
  bool common_projector = true;  // for want of a better one
};
// The tower and its projector, of the common form unless it is known; 0 when its layers or width are not stated.
[[nodiscard]] ImportedTower vision_tower(Fields& vision, const SeenBy& model);

// An audio encoder of Whisper's form; 0 when its layers or width are not stated.
[[nodiscard]] std::uint64_t audio_params(Fields& audio, std::uint32_t hidden);

}  // namespace headroom::hf
