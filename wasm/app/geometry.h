// Rectangles and the vertical flow that screens are laid out with, in logical pixels of the screen.
#pragma once

#include <imgui.h>

#include <algorithm>

namespace headroom {

struct Rect {
  float x = 0, y = 0, width = 0, height = 0;
  [[nodiscard]] float right() const { return x + width; }
  [[nodiscard]] float bottom() const { return y + height; }
  [[nodiscard]] float center_y() const { return y + height / 2; }
  [[nodiscard]] ImVec2 min() const { return {x, y}; }
  [[nodiscard]] ImVec2 max() const { return {right(), bottom()}; }
  [[nodiscard]] Rect inset(float horizontal, float vertical) const {
    return {x + horizontal, y + vertical, std::max(0.0F, width - 2 * horizontal),
            std::max(0.0F, height - 2 * vertical)};
  }
  [[nodiscard]] bool contains(ImVec2 point) const {
    return point.x >= x && point.x < right() && point.y >= y && point.y < bottom();
  }
};

// A column that is filled from the top: each part takes its height and moves the pen down.
struct Flow {
  float x = 0, y = 0, width = 0;
  Rect take(float height) {
    const Rect rect{x, y, width, height};
    y += height;
    return rect;
  }
  void gap(float height) { y += height; }
};

namespace space {  // the 4 px grid
inline constexpr float kTiny = 4, kSmall = 8, kMedium = 12, kGap = 14, kPad = 16, kLarge = 20;
inline constexpr float kRadius = 10, kRadiusSmall = 8;
}  // namespace space

}  // namespace headroom
