// The typeface: Inter, two weights, compiled in. What it lacks (Chinese) the platform lends.
#pragma once

#include <imgui.h>

#include "wasm/platform/platform.h"

namespace headroom {

struct Fonts {
  ImFont* regular = nullptr;
  ImFont* semibold = nullptr;
};

[[nodiscard]] Fonts load_fonts(Platform& platform);

}  // namespace headroom
