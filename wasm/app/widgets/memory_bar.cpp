#include "wasm/app/widgets/memory_bar.h"

#include <algorithm>

namespace headroom {

void memory_bar(Ui& ui, const Rect& rect, std::span<const MemoryPart> parts, double capacity) {
  constexpr float kRadius = 5;
  double used = 0;
  for (const MemoryPart& part : parts) used += part.bytes;
  const double scale = std::max(used, capacity);
  Ui::fill_rect(rect, ui.theme().raised, kRadius);
  if (scale <= 0) return;

  double before = 0;
  for (const MemoryPart& part : parts) {
    if (part.bytes <= 0) continue;
    const auto x = rect.x + static_cast<float>(before / scale) * rect.width;
    before += part.bytes;
    const auto right = rect.x + static_cast<float>(before / scale) * rect.width;
    const Rect segment{x, rect.y, right - x, rect.height};
    ImDrawFlags corners = ImDrawFlags_RoundCornersNone;
    if (x <= rect.x + 0.5F) corners |= ImDrawFlags_RoundCornersLeft;
    if (right >= rect.right() - 0.5F) corners |= ImDrawFlags_RoundCornersRight;
    // A hair between the parts keeps them apart without colour.
    const float hair = right < rect.right() - 0.5F && segment.width > 3 ? 1 : 0;
    Ui::draw().AddRectFilled(segment.min(), {segment.right() - hair, segment.bottom()}, part.color,
                             std::min(kRadius, segment.width / 2), corners);
    ui.hint(segment, std::string(part.name) + "  " + join(format_bytes(part.bytes, ui.language())));
  }
  if (used > capacity && capacity > 0) {
    const float limit = rect.x + static_cast<float>(capacity / scale) * rect.width;
    Ui::draw().AddLine({limit, rect.y - 4}, {limit, rect.bottom() + 4}, ui.theme().bad, 2);
  }
}

void memory_legend(Ui& ui, Flow& flow, std::span<const MemoryPart> parts, double capacity) {
  constexpr float kSquare = 9, kBetween = 16, kLine = 20;
  float x = flow.x;
  const auto entry = [&](std::string_view name, double bytes, ImU32 color, bool hollow) {
    const std::string size = join(format_bytes(bytes, ui.language()));
    const float name_width = ui.width_of(type::kLabel, name);
    const float width = kSquare + 6 + name_width + 5 + ui.width_of(type::kLabelStrong, size);
    if (x > flow.x && x + width > flow.x + flow.width) {
      x = flow.x;
      flow.gap(kLine);
    }
    const Rect square{x, flow.y + (kLine - kSquare) / 2, kSquare, kSquare};
    Ui::fill_rect(square, color, 2);
    if (hollow) Ui::stroke_rect(square, ui.theme().line, 2);
    const float top = flow.y + (kLine - type::kLabel.line) / 2;
    ui.put({x + kSquare + 6, top}, type::kLabel, ui.theme().muted, name);
    ui.put({x + kSquare + 6 + name_width + 5, top}, type::kLabelStrong, ui.theme().text, size);
    x += width + kBetween;
  };
  double used = 0;
  for (const MemoryPart& part : parts) {
    used += part.bytes;
    if (part.bytes > 0) entry(part.name, part.bytes, part.color, false);
  }
  if (capacity > used) entry(ui.text("memory.free"), capacity - used, ui.theme().raised, true);
  flow.gap(kLine);
}

}  // namespace headroom
