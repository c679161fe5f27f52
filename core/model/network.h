// Whether two models are the same network with other weights: a base and what was tuned from it.
#pragma once

#include "core/model/architecture.h"

namespace headroom {

// Every tensor that a token of text passes has the same shape in both, and the same is done with it, up to the angles
// of rotary positions, which change no size and no speed. Towers that see and hear, layers that draft tokens, and how
// much context a model was trained for are left aside.
[[nodiscard]] bool same_network(const Architecture& a, const Architecture& b);

}  // namespace headroom
