// The size of the towers beside a multi-modal model's text stack.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/catalog/import/hf/fields.h"
#include "core/model/architecture.h"

namespace headroom::hf {

// The tower and a projector of the common form into `hidden` columns; 0 when its layers or width are not stated.
// `of_model`: the model_type of the whole. `scale`: patches joined into a token in each direction, where the tower
// itself does not say.
[[nodiscard]] TowerFacts vision_tower(Fields& vision, std::string_view of_model, std::uint32_t hidden,
                                      std::uint32_t scale);

// An audio encoder of Whisper's form; 0 when its layers or width are not stated.
[[nodiscard]] std::uint64_t audio_params(Fields& audio, std::uint32_t hidden);

}  // namespace headroom::hf
