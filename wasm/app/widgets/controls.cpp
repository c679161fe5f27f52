#include "wasm/app/widgets/controls.h"

#include <array>
#include <cmath>

namespace headroom {
namespace {

constexpr float kChipHeight = 24, kChipHeightTouch = 32;
constexpr float kChipPadding = 10;
constexpr float kButtonPadding = 12;

}  // namespace

float button_width(const Ui& ui, std::string_view text) { return ui.width_of(type::kBody, text) + 2 * kButtonPadding; }

bool button(Ui& ui, std::string_view id, const Rect& rect, std::string_view text, ButtonLook look) {
  const Interaction state = ui.interact(id, rect, text);
  const Theme& theme = ui.theme();
  if (look == ButtonLook::filled) {
    Ui::fill_rect(rect, state.hovered ? with_alpha(theme.accent, 0.88F) : theme.accent, space::kRadiusSmall);
  } else if (look == ButtonLook::outlined) {
    Ui::fill_rect(rect, state.hovered ? theme.raised : theme.card, space::kRadiusSmall);
    Ui::stroke_rect(rect, theme.line, space::kRadiusSmall);
  } else if (state.hovered) {
    Ui::fill_rect(rect, theme.raised, space::kRadiusSmall);
  }
  if (state.focused) ui.focus_ring(rect, space::kRadiusSmall);
  ui.put_in(rect, type::kBody, look == ButtonLook::filled ? theme.on_accent : theme.text, text, Align::center);
  return state.clicked;
}

bool icon_button(Ui& ui, std::string_view id, const Rect& rect, Icon icon, std::string_view label) {
  const Interaction state = ui.interact(id, rect, label);
  if (state.hovered) Ui::fill_rect(rect, ui.theme().raised, space::kRadiusSmall);
  if (state.focused) ui.focus_ring(rect, space::kRadiusSmall);
  const float margin = std::max(0.0F, (std::min(rect.width, rect.height) - 16) / 2);
  draw_icon(rect.inset(margin, margin), icon, state.hovered ? ui.theme().text : ui.theme().muted);
  ui.hint(rect, label);
  return state.clicked;
}

bool text_link(Ui& ui, std::string_view id, ImVec2 position, TextStyle style, std::string_view text) {
  const Rect rect{position.x, position.y, ui.width_of(style, text), style.line};
  // A finger needs more room than the words take.
  const float beyond = ui.touch() ? std::max(0.0F, (kChipHeightTouch - rect.height) / 2) : 0;
  const Interaction state = ui.interact(id, rect.inset(0, -beyond), text);
  const ImU32 color = state.hovered ? ui.theme().accent : ui.theme().muted;
  ui.put(position, style, color, text);
  const float y = std::round(rect.bottom() - 2) + 0.5F;
  Ui::draw().AddLine({rect.x, y}, {rect.right(), y}, with_alpha(color, 0.6F));
  if (state.focused) ui.focus_ring(rect, 2);
  return state.clicked;
}

std::optional<std::size_t> chips(Ui& ui, Flow& flow, std::string_view id, std::span<const Chip> items) {
  constexpr float kBetween = 6;
  const Theme& theme = ui.theme();
  const float height = ui.touch() ? kChipHeightTouch : kChipHeight;
  std::optional<std::size_t> clicked;
  ImGui::PushID(id.data(), id.data() + id.size());
  float x = flow.x;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Chip& chip = items[i];
    const TextStyle style = chip.selected ? type::kLabelStrong : type::kLabel;
    // The width is that of the bold text, so that choosing one moves none of the others.
    const float width = std::min(flow.width, std::ceil(ui.width_of(type::kLabelStrong, chip.text)) + 2 * kChipPadding);
    if (x > flow.x && x + width > flow.x + flow.width + 0.5F) {
      x = flow.x;
      flow.gap(height + kBetween);
    }
    const Rect rect{x, flow.y, width, height};
    x += width + kBetween;
    ImGui::PushID(static_cast<int>(i));
    const Interaction state = ui.interact("chip", rect, chip.text);
    ImGui::PopID();
    if (state.clicked) clicked = i;
    if (!Ui::visible(rect)) continue;
    if (chip.selected) {
      Ui::fill_rect(rect, theme.accent, height / 2);
    } else {
      if (state.hovered) Ui::fill_rect(rect, theme.raised, height / 2);
      Ui::stroke_rect(rect, theme.line, height / 2);
    }
    if (state.focused) ui.focus_ring(rect, height / 2);
    const ImU32 plain = state.hovered ? theme.text : theme.muted;
    const ImU32 color = chip.selected ? theme.on_accent : chip.muted ? with_alpha(plain, 0.55F) : plain;
    ui.put_in(rect.inset(kChipPadding - 1, 0), style, color, chip.text, Align::center);
  }
  flow.gap(height);
  ImGui::PopID();
  return clicked;
}

std::optional<std::uint32_t> stepper(Ui& ui, std::string_view id, const Rect& rect, std::uint32_t value,
                                     std::uint32_t lowest, std::uint32_t highest, std::string_view label) {
  ImGui::PushID(id.data(), id.data() + id.size());
  std::optional<std::uint32_t> changed;
  const float side = std::min(rect.height, 32.0F);
  Ui::fill_rect(rect, ui.theme().raised, space::kRadiusSmall);
  const std::string name(label);
  if (icon_button(ui, "less", {rect.x, rect.y, side, rect.height}, Icon::minus, name + " −1") && value > lowest) {
    changed = value - 1;
  }
  if (icon_button(ui, "more", {rect.right() - side, rect.y, side, rect.height}, Icon::plus, name + " +1") &&
      value < highest) {
    changed = value + 1;
  }
  ui.put_in(rect.inset(side, 0), type::kBody, ui.theme().text, format_number(value, 0, ui.language()) + "×",
            Align::center);
  ImGui::PopID();
  return changed;
}

namespace {

// A track with a thumb that is moved by the pointer or, by `step` at a time, with keys. `snapped` turns the position
// (0..1) into the nearest one that stands for a value.
template <class Snap>
void draw_slider(Ui& ui, std::string_view id, const Rect& rect, double share, double step, std::string_view label,
                 const Snap& snapped) {
  constexpr float kTrack = 4, kThumb = 7;
  const Interaction state = ui.interact(id, rect, label);
  const Rect track{rect.x + kThumb, rect.center_y() - kTrack / 2, rect.width - 2 * kThumb, kTrack};
  std::optional<double> moved;
  if (state.held && track.width > 0) moved = (ImGui::GetIO().MousePos.x - track.x) / track.width;
  if (state.focused) {
    if (const int sideways = Ui::take_sideways(); sideways != 0) moved = share + sideways * step;
  }
  if (moved) moved = snapped(std::clamp(*moved, 0.0, 1.0));
  const float x = track.x + static_cast<float>(moved.value_or(share)) * track.width;
  Ui::fill_rect(track, ui.theme().line, kTrack / 2);
  Ui::fill_rect({track.x, track.y, x - track.x, kTrack}, ui.theme().accent, kTrack / 2);
  const ImVec2 center{x, rect.center_y()};
  Ui::draw().AddCircleFilled(center, kThumb + (state.held ? 1.0F : 0.0F), ui.theme().text);
  if (state.hovered || state.held) Ui::draw().AddCircle(center, kThumb + 4, with_alpha(ui.theme().accent, 0.5F), 0, 2);
  if (state.focused) Ui::draw().AddCircle(center, kThumb + 3, ui.theme().accent, 0, 2);
}

}  // namespace

std::optional<double> log_slider(Ui& ui, std::string_view id, const Rect& rect, const LogSlider& slider,
                                 std::string_view label) {
  const double span = std::max(1e-6, std::log2(slider.highest / slider.lowest));
  const auto share_of = [&](double value) { return std::clamp(std::log2(value / slider.lowest) / span, 0.0, 1.0); };
  double value = slider.value;
  const auto snapped = [&](double share) {
    const double octaves = std::round(share * span * slider.steps_per_octave) / slider.steps_per_octave;
    const double raw = slider.lowest * std::exp2(octaves);
    const double stepped = std::round(raw / slider.multiple_of) * slider.multiple_of;
    value = std::clamp(stepped, slider.lowest, slider.highest);
    return share_of(value);
  };
  const double step = 1 / (span * slider.steps_per_octave);
  draw_slider(ui, id, rect, share_of(value), step, label, snapped);
  return value == slider.value ? std::nullopt : std::optional(value);
}

std::optional<std::uint32_t> count_slider(Ui& ui, std::string_view id, const Rect& rect, std::uint32_t value,
                                          std::uint32_t highest, std::string_view label) {
  const double span = std::max(highest, 1U);
  std::uint32_t now = value;
  const auto snapped = [&](double share) {
    now = static_cast<std::uint32_t>(std::lround(share * span));
    return now / span;
  };
  draw_slider(ui, id, rect, std::min(value / span, 1.0), 1 / span, label, snapped);
  return now == value ? std::nullopt : std::optional(now);
}

std::optional<std::size_t> number_chips(Ui& ui, Flow& flow, std::string_view id, std::span<const std::uint64_t> numbers,
                                        std::uint64_t now) {
  std::vector<std::string> names;
  names.reserve(numbers.size());
  std::vector<Chip> items;
  items.reserve(numbers.size());
  for (const std::uint64_t number : numbers) {
    names.push_back(format_number(static_cast<double>(number), 0, ui.language()));
    items.push_back({names.back(), number == now, false});
  }
  return chips(ui, flow, id, items);
}

std::optional<bool> on_off_chips(Ui& ui, Flow& flow, std::string_view id, bool on) {
  const Chip items[] = {{ui.text("plain.on"), on, false}, {ui.text("plain.off"), !on, false}};
  const auto clicked = chips(ui, flow, id, items);
  return clicked ? std::optional(*clicked == 0) : std::nullopt;
}

ImU32 grade_color(const Theme& theme, char grade) {
  if (grade == 'A') return theme.good;
  if (grade == 'B' || grade == 'C') return theme.warning;
  return theme.bad;
}

void grade_tile(Ui& ui, const Rect& rect, char grade) {
  Ui::fill_rect(rect, grade_color(ui.theme(), grade), space::kRadius);
  ui.put_in(rect, type::kGrade, ui.theme().on_status, std::string_view(&grade, 1), Align::center);
}

float put_figure(Ui& ui, ImVec2 position, TextStyle digits, TextStyle unit, const Figure& figure) {
  ui.put(position, digits, ui.theme().text, figure.value);
  const float width = ui.width_of(digits, figure.value);
  if (figure.unit.empty()) return width;
  constexpr float kBetween = 6;
  // Both stand on one baseline: half the difference of sizes lies below the smaller line box.
  const float drop = (digits.line - unit.line) / 2 + (digits.px - unit.px) * 0.36F;
  ui.put({position.x + width + kBetween, position.y + drop}, unit, ui.theme().muted, figure.unit);
  return width + kBetween + ui.width_of(unit, figure.unit);
}

void meter(Ui& ui, const Rect& rect, double share, ImU32 color) {
  Ui::fill_rect(rect, ui.theme().line, rect.height / 2);
  const float filled = static_cast<float>(std::clamp(share, 0.0, 1.0)) * rect.width;
  if (filled >= 1) Ui::fill_rect({rect.x, rect.y, filled, rect.height}, color, rect.height / 2);
}

}  // namespace headroom
