// The vision tower of a config.json: counted from its shapes, with a projector of the common form.
#pragma once

#include <cstdint>

#include "core/catalog/import/hf/fields.h"

namespace headroom::hf {

// Weights of the tower and of the projector into `hidden`; 0 when the section lacks the figures.
[[nodiscard]] std::uint64_t vision_params(Fields& vision, std::uint32_t hidden);

}  // namespace headroom::hf
