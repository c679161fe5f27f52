// The typeface: Inter, two weights, compiled in. What it lacks (Chinese) the platform lends.
#pragma once

#include <imgui.h>

#include "wasm/platform/platform.h"

namespace headroom {

// Dear ImGui measures a font by its line height; this is Inter's ascent plus descent, per em.
inline constexpr float kLineHeightPerEm = 1.2102F;

struct Fonts {
  ImFont* regular = nullptr;
  ImFont* semibold = nullptr;
};

[[nodiscard]] Fonts load_fonts(Platform& platform);

}  // namespace headroom
