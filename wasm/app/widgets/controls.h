// Small controls: buttons, chips, stepper, slider, grade tile, figures that can be clicked.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "wasm/app/ui.h"
#include "wasm/app/widgets/icons.h"

namespace headroom {

enum class ButtonLook : std::uint8_t { outlined, filled, plain };
// True when clicked. The width it wants: button_width().
bool button(Ui& ui, std::string_view id, const Rect& rect, std::string_view text,
            ButtonLook look = ButtonLook::outlined);
[[nodiscard]] float button_width(const Ui& ui, std::string_view text);
bool icon_button(Ui& ui, std::string_view id, const Rect& rect, Icon icon, std::string_view label);
// Underlined text; true when clicked.
bool text_link(Ui& ui, std::string_view id, ImVec2 position, TextStyle style, std::string_view text);

struct Chip {
  std::string_view text;
  bool selected = false;
  bool muted = false;  // possible, but not with what else is chosen
};
// Wraps over lines; the index of the chip that was clicked.
std::optional<std::size_t> chips(Ui& ui, Flow& flow, std::string_view id, std::span<const Chip> items);

// Chips of numbers, the one at hand selected; the index of the one that was clicked.
std::optional<std::size_t> number_chips(Ui& ui, Flow& flow, std::string_view id, std::span<const std::uint64_t> numbers,
                                        std::uint64_t now);

// Two chips, on and off; the new value when changed.
std::optional<bool> on_off_chips(Ui& ui, Flow& flow, std::string_view id, bool on);

// "− 1 +"; the new value when changed.
std::optional<std::uint32_t> stepper(Ui& ui, std::string_view id, const Rect& rect, std::uint32_t value,
                                     std::uint32_t lowest, std::uint32_t highest, std::string_view label);

// A slider over powers of two, with steps between; keyboard: left and right. The new value when changed.
struct LogSlider {
  double value = 0, lowest = 1, highest = 2;
  double steps_per_octave = 4;
  double multiple_of = 1;  // values snap to a multiple of this
};
std::optional<double> log_slider(Ui& ui, std::string_view id, const Rect& rect, const LogSlider& slider,
                                 std::string_view label);

// A slider over 0 to `highest` in ones. The new value when changed.
std::optional<std::uint32_t> count_slider(Ui& ui, std::string_view id, const Rect& rect, std::uint32_t value,
                                          std::uint32_t highest, std::string_view label);

void grade_tile(Ui& ui, const Rect& rect, char grade);
[[nodiscard]] ImU32 grade_color(const Theme& theme, char grade);

// A figure: digits, and its unit smaller and muted after them. Returns its width.
float put_figure(Ui& ui, ImVec2 position, TextStyle digits, TextStyle unit, const Figure& figure);

// A thin bar filled to `share` (0..1).
void meter(Ui& ui, const Rect& rect, double share, ImU32 color);

}  // namespace headroom
