// The few signs the application uses, drawn as lines so that they stay sharp at any size.
#pragma once

#include "wasm/app/ui.h"

namespace headroom {

enum class Icon : std::uint8_t {
  chevron_down,
  chevron_right,
  search,
  close,
  check,
  plus,
  minus,
  menu,
  sun,
  moon,
  copy,
  external,
  arrow_up,
  arrow_down,
};

// Centred in `rect`, in a 16 px design box scaled to the smaller side.
void draw_icon(const Rect& rect, Icon icon, ImU32 color);

}  // namespace headroom
