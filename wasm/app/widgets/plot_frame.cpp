#include "wasm/app/widgets/plot_frame.h"

#include <algorithm>

namespace headroom {
namespace {

constexpr float kMark = 16, kMarkGap = 6, kItemGap = 14, kLegendLine = 18;

// Calls `each(item, x, line)` for every item at its place; the number of lines.
template <class Each>
int lay_out_legend(const Ui& ui, float width, std::span<const LegendItem> items, const Each& each) {
  float x = 0;
  int line = 0;
  for (const LegendItem& item : items) {
    const float wide = kMark + kMarkGap + ui.width_of(type::kLabel, item.text);
    if (x > 0 && x + wide > width) {
      x = 0;
      ++line;
    }
    each(item, x, line);
    x += wide + kItemGap;
  }
  return items.empty() ? 0 : line + 1;
}

void draw_mark(const Ui& ui, const LegendItem& item, const Rect& box) {
  ImDrawList& list = Ui::draw();
  const float y = std::round(box.center_y()) + 0.5F;
  const ImVec2 center{box.x + box.width / 2, y};
  switch (item.mark) {
    case LegendMark::line: list.AddLine({box.x, y}, {box.right(), y}, item.color, 2); break;
    case LegendMark::band: Ui::fill_rect({box.x, box.y + 4, box.width, box.height - 8}, item.color, 2); break;
    case LegendMark::ring:
      list.AddCircleFilled(center, 3.5F, ui.theme().card);
      list.AddCircle(center, 3.5F, item.color, 0, 1.5F);
      break;
    case LegendMark::dashed:
      for (float x = box.x; x < box.right(); x += 6) list.AddLine({x, y}, {x + 3, y}, item.color);
      break;
    case LegendMark::dot: list.AddCircleFilled(center, 4, item.color); break;
  }
}

}  // namespace

float legend_height(const Ui& ui, float width, std::span<const LegendItem> items) {
  const int lines = lay_out_legend(ui, width, items, [](const LegendItem&, float, int) {});
  return lines > 0 ? static_cast<float>(lines) * kLegendLine + space::kTiny : 0;
}

void draw_legend(Ui& ui, ImVec2 position, float width, std::span<const LegendItem> items) {
  lay_out_legend(ui, width, items, [&](const LegendItem& item, float x, int line) {
    const Rect box{position.x + x, position.y + static_cast<float>(line) * kLegendLine, kMark, type::kLabel.line};
    draw_mark(ui, item, box);
    ui.put({box.right() + kMarkGap, box.y}, type::kLabel, ui.theme().muted, item.text);
  });
}

std::vector<double> decade_ticks(double low, double high) {
  std::vector<double> ticks;
  for (double tick = std::pow(10.0, std::floor(std::log10(low))); tick <= high * 1.001; tick *= 10) {
    if (tick >= low * 0.999) ticks.push_back(tick);
  }
  return ticks;
}

std::string decade_text(double tick, Language language) {
  const int decimals = tick >= 1 ? 0 : static_cast<int>(std::ceil(-std::log10(tick)));
  return format_number(tick, decimals, language);
}

void draw_plot_grid(Ui& ui, const PlotFrame& frame, std::span<const double> ticks,
                    const std::function<std::string(double)>& format) {
  for (const double tick : ticks) {
    const float y = std::round(frame.py(tick)) + 0.5F;
    Ui::draw().AddLine({frame.area.x, y}, {frame.area.right(), y}, with_alpha(ui.theme().line, 0.75F));
    constexpr float kGutter = 120;  // more than any label is wide
    ui.put_in({frame.area.x - kGutter - 8, y - 8, kGutter, 16}, type::kLabel, ui.theme().muted, format(tick),
              Align::right);
  }
}

void draw_plot_x_labels(Ui& ui, const PlotFrame& frame, std::span<const double> ticks, const Rect& card,
                        const std::function<std::string(double)>& format) {
  constexpr float kApart = 8;
  float last = card.x;
  for (const double tick : ticks) {
    const std::string text = format(tick);
    const float width = ui.width_of(type::kLabel, text);
    const float x = std::clamp(frame.px(tick) - width / 2, card.x + 4, frame.area.right() - width);
    if (x < last) continue;
    last = x + width + kApart;
    ui.put({x, frame.area.bottom() + 6}, type::kLabel, ui.theme().muted, text);
  }
}

void draw_dashed(ImVec2 from, ImVec2 to, ImU32 color) {
  constexpr float kDash = 3, kGap = 3;
  for (float y = from.y; y < to.y; y += kDash + kGap) {
    Ui::draw().AddLine({from.x, y}, {to.x, std::min(y + kDash, to.y)}, color);
  }
}

float widest_label(const Ui& ui, std::span<const double> ticks, const std::function<std::string(double)>& format) {
  float width = 0;
  for (const double tick : ticks) width = std::max(width, ui.width_of(type::kLabel, format(tick)));
  return width;
}

void draw_plot_surface(Ui& ui, const Rect& rect, std::string_view title) {
  Ui::fill_rect(rect, ui.theme().card, space::kRadius);
  Ui::stroke_rect(rect, ui.theme().line, space::kRadius);
  ui.put_in({rect.x + plot_space::kLeft, rect.y + 8, rect.width - 2 * plot_space::kLeft, 20}, type::kLabel,
            ui.theme().muted, title);
}

}  // namespace headroom
