// The palette, in a dark and a light variant, and what of it Dear ImGui itself draws (scroll bars, text fields).
#pragma once

#include <imgui.h>

#include <cstdint>

namespace headroom {

struct Theme {
  bool dark = true;
  std::uint32_t page_rgb = 0;  // of the page around the canvas, 0xRRGGBB
  ImU32 background = 0, card = 0, raised = 0, line = 0;
  ImU32 text = 0, muted = 0;
  ImU32 accent = 0, on_accent = 0;
  ImU32 good = 0, warning = 0, bad = 0, on_status = 0;  // `on_status`: letters on a filled good, warning or bad tile
  ImU32 weights = 0, kv = 0, compute = 0, engine = 0;   // series
  ImU32 shade = 0;                                      // behind a sheet, over the page
};

[[nodiscard]] const Theme& theme_for(bool dark);
// Same hue, `alpha` 0..1 of its opacity.
[[nodiscard]] ImU32 with_alpha(ImU32 color, float alpha);
// Sets sizes and colours of Dear ImGui's own widgets. Call when the theme changes.
void apply_style(const Theme& theme);

}  // namespace headroom
