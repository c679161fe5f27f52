// What plots share: scales, the area inside the axes, grid and labels, and the legend.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/number_format.h"
#include "wasm/app/ui.h"

namespace headroom {

namespace plot_space {
inline constexpr float kTitle = 36, kAxis = 28, kRight = 18, kLeft = 16;
}  // namespace plot_space

// A scale from values to 0..1.
struct PlotScale {
  double low = 0, high = 1;
  bool log = false;
  [[nodiscard]] double share(double value) const {
    if (log) return std::log(std::max(value, low * 1e-3) / low) / std::log(high / low);
    return (value - low) / (high - low);
  }
  [[nodiscard]] double value(double share) const {
    return log ? low * std::pow(high / low, share) : low + share * (high - low);
  }
};

struct PlotFrame {
  Rect area;
  PlotScale x, y;
  [[nodiscard]] float px(double value) const { return area.x + static_cast<float>(x.share(value)) * area.width; }
  [[nodiscard]] float py(double value) const {
    return area.bottom() - static_cast<float>(y.share(value)) * area.height;
  }
  [[nodiscard]] ImVec2 at(double vx, double vy) const { return {px(vx), py(vy)}; }
};

enum class LegendMark : std::uint8_t { line, band, ring, dashed, dot };
struct LegendItem {
  LegendMark mark = LegendMark::line;
  ImU32 color = 0;
  std::string_view text;
};
// Over as many lines as needed; legend_height() tells how high that is.
[[nodiscard]] float legend_height(const Ui& ui, float width, std::span<const LegendItem> items);
void draw_legend(Ui& ui, ImVec2 position, float width, std::span<const LegendItem> items);

// Powers of ten inside the range.
[[nodiscard]] std::vector<double> decade_ticks(double low, double high);
[[nodiscard]] std::string decade_text(double tick, Language language);  // 0.01, 1, 10,000
void draw_plot_grid(Ui& ui, const PlotFrame& frame, std::span<const double> ticks,
                    const std::function<std::string(double)>& format);
void draw_plot_x_labels(Ui& ui, const PlotFrame& frame, std::span<const double> ticks, const Rect& card,
                        const std::function<std::string(double)>& format);
void draw_dashed(ImVec2 from, ImVec2 to, ImU32 color);
[[nodiscard]] float widest_label(const Ui& ui, std::span<const double> ticks,
                                 const std::function<std::string(double)>& format);
// The card a plot stands on, with its title.
void draw_plot_surface(Ui& ui, const Rect& rect, std::string_view title);

}  // namespace headroom
