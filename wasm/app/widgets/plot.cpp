#include "wasm/app/widgets/plot.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "wasm/app/widgets/card.h"

namespace headroom {
namespace {

constexpr float kTitleHeight = 36, kAxisHeight = 28, kRightMargin = 18, kLeftMargin = 16;
constexpr float kLineWidth = 2, kRingRadius = 3.5F;

// A scale from values to 0..1.
struct Scale {
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

struct Frame {
  Rect area;
  Scale x, y;
  [[nodiscard]] float px(double value) const { return area.x + static_cast<float>(x.share(value)) * area.width; }
  [[nodiscard]] float py(double value) const {
    return area.bottom() - static_cast<float>(y.share(value)) * area.height;
  }
  [[nodiscard]] ImVec2 at(double vx, double vy) const { return {px(vx), py(vy)}; }
};

// 1, 2, 2.5 or 5 times a power of ten, at least `value`.
double nice_above(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(std::max(value, 1e-9))));
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (factor * power >= value) return factor * power;
  }
  return 10 * power;
}

std::vector<double> linear_ticks(double highest) {
  constexpr int kSteps = 4;
  const double step = nice_above(highest / kSteps);
  std::vector<double> ticks;
  for (double tick = 0; tick < highest + step * 0.999; tick += step) ticks.push_back(tick);
  return ticks;
}

std::vector<double> decade_ticks(double low, double high) {
  std::vector<double> ticks;
  for (double tick = std::pow(10.0, std::floor(std::log10(low))); tick <= high * 1.001; tick *= 10) {
    if (tick >= low * 0.999) ticks.push_back(tick);
  }
  return ticks;
}

// 1K 4K 16K 64K ...: powers of four of 1024 inside the range, thinned where they would touch.
std::vector<double> context_ticks(double low, double high, float width) {
  constexpr float kRoom = 44;
  std::vector<double> ticks;
  double step = 4;
  while (width / static_cast<float>(std::log(high / low) / std::log(step) + 1e-9) < kRoom && step < 1e6) step *= 4;
  for (double tick = 1024; tick <= high * 1.001; tick *= step) {
    if (tick >= low * 0.999) ticks.push_back(tick);
  }
  return ticks;
}

void draw_grid(Ui& ui, const Frame& frame, std::span<const double> ticks,
               const std::function<std::string(double)>& format) {
  for (const double tick : ticks) {
    const float y = std::round(frame.py(tick)) + 0.5F;
    Ui::draw().AddLine({frame.area.x, y}, {frame.area.right(), y}, with_alpha(ui.theme().line, 0.75F));
    ui.put_in({frame.area.x - 64, y - 8, 56, 16}, type::kLabel, ui.theme().muted, format(tick), Align::right);
  }
}

void draw_x_labels(Ui& ui, const Frame& frame, std::span<const double> ticks, const Rect& card,
                   const std::function<std::string(double)>& format) {
  for (const double tick : ticks) {
    const std::string text = format(tick);
    const float width = ui.width_of(type::kLabel, text);
    const float x = std::clamp(frame.px(tick) - width / 2, card.x + 4, card.right() - width - 6);
    ui.put({x, frame.area.bottom() + 6}, type::kLabel, ui.theme().muted, text);
  }
}

void draw_dashed(const ImVec2 from, const ImVec2 to, ImU32 color) {
  constexpr float kDash = 3, kGap = 3;
  for (float y = from.y; y < to.y; y += kDash + kGap) {
    Ui::draw().AddLine({from.x, y}, {to.x, std::min(y + kDash, to.y)}, color);
  }
}

void draw_band(Ui& ui, const Frame& frame, std::span<const CurveSample> samples) {
  ImDrawList& list = Ui::draw();
  const ImU32 color = with_alpha(ui.theme().accent, 0.18F);
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const CurveSample &a = samples[i - 1], &b = samples[i];
    const ImVec2 corners[] = {frame.at(a.x, a.high), frame.at(b.x, b.high), frame.at(b.x, b.low), frame.at(a.x, a.low)};
    // No smoothed edges: they would show as seams where two pieces meet.
    const ImDrawListFlags flags = list.Flags;
    list.Flags &= ~ImDrawListFlags_AntiAliasedFill;
    list.AddConvexPolyFilled(corners, 4, color);
    list.Flags = flags;
  }
}

void draw_curve(Ui& ui, const Frame& frame, std::span<const CurveSample> samples) {
  for (const CurveSample& sample : samples) Ui::draw().PathLineTo(frame.at(sample.x, sample.middle));
  Ui::draw().PathStroke(ui.theme().accent, ImDrawFlags_None, kLineWidth);
}

CurveSample interpolate(std::span<const CurveSample> samples, double x) {
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const CurveSample &a = samples[i - 1], &b = samples[i];
    if (x > b.x) continue;
    const double t = std::clamp(std::log(x / a.x) / std::log(b.x / a.x), 0.0, 1.0);
    const auto mix = [t](double from, double to) { return from + (to - from) * t; };
    return {x, mix(a.low, b.low), mix(a.middle, b.middle), mix(a.high, b.high)};
  }
  return samples.back();
}

void hover_curve(Ui& ui, const Frame& frame, const CurvePlot& plot) {
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  if (!frame.area.contains(mouse) || !ImGui::IsWindowHovered() || plot.samples.size() < 2) return;
  for (const RingSample& ring : plot.rings) {
    const ImVec2 center = frame.at(ring.x, ring.y);
    constexpr float kReach = 8;
    if (std::hypot(center.x - mouse.x, center.y - mouse.y) > kReach) continue;
    ui.hint(frame.area, ring.note);
    return;
  }
  const double x = std::clamp(frame.x.value((mouse.x - frame.area.x) / frame.area.width), plot.samples.front().x,
                              plot.samples.back().x);
  const CurveSample sample = interpolate(plot.samples, x);
  const ImVec2 point = frame.at(sample.x, sample.middle);
  Ui::draw().AddLine({point.x, frame.area.y}, {point.x, frame.area.bottom()}, with_alpha(ui.theme().muted, 0.35F));
  Ui::draw().AddCircleFilled(point, 4, ui.theme().accent);
  ui.hint(frame.area, plot.format_x(sample.x) + ": " + plot.format_y(sample.middle) + " (" + plot.format_y(sample.low) +
                          " – " + plot.format_y(sample.high) + ")");
}

Scale y_scale(const CurvePlot& plot) {
  double low = plot.samples.front().low, high = 0;
  for (const CurveSample& sample : plot.samples) {
    low = std::min(low, sample.low);
    high = std::max(high, sample.high);
  }
  for (const RingSample& ring : plot.rings) {
    low = std::min(low, ring.y);
    high = std::max(high, ring.y);
  }
  if (plot.log_y) {
    low = std::max(low, 1e-4);
    return {std::pow(10.0, std::floor(std::log10(low))), std::pow(10.0, std::ceil(std::log10(std::max(high, low * 2)))),
            true};
  }
  return {0, linear_ticks(std::max(high, 1e-9)).back(), false};
}

float widest_label(const Ui& ui, std::span<const double> ticks, const std::function<std::string(double)>& format) {
  float width = 0;
  for (const double tick : ticks) width = std::max(width, ui.width_of(type::kLabel, format(tick)));
  return width;
}

void draw_surface(Ui& ui, const Rect& rect, std::string_view title) {
  Ui::fill_rect(rect, ui.theme().card, space::kRadius);
  Ui::stroke_rect(rect, ui.theme().line, space::kRadius);
  ui.put_in({rect.x + kLeftMargin, rect.y + 8, rect.width - 2 * kLeftMargin, 20}, type::kLabel, ui.theme().muted,
            title);
}

}  // namespace

void curve_plot(Ui& ui, const Rect& rect, const CurvePlot& plot) {
  if (!Ui::visible(rect)) return;
  draw_surface(ui, rect, plot.title);
  if (plot.samples.size() < 2) {
    ui.put_in(rect.inset(kLeftMargin, 0), type::kTable, ui.theme().muted, plot.empty_text, Align::center);
    return;
  }
  const Scale y = y_scale(plot);
  const std::vector<double> y_ticks = plot.log_y ? decade_ticks(y.low, y.high) : linear_ticks(y.high);
  const auto& format_tick = plot.format_tick ? plot.format_tick : plot.format_y;
  const float labels = widest_label(ui, y_ticks, format_tick);
  const float left = kLeftMargin + labels + 8;
  const Frame frame{{rect.x + left, rect.y + kTitleHeight, rect.width - left - kRightMargin,
                     rect.height - kTitleHeight - kAxisHeight},
                    {plot.samples.front().x, plot.samples.back().x, true},
                    y};
  draw_grid(ui, frame, y_ticks, format_tick);
  draw_x_labels(ui, frame, context_ticks(frame.x.low, frame.x.high, frame.area.width), rect, plot.format_x);

  ImGui::PushClipRect({frame.area.x - 4, frame.area.y - 4}, {frame.area.right() + 4, frame.area.bottom() + 4}, true);
  draw_band(ui, frame, plot.samples);
  if (plot.marker && *plot.marker >= frame.x.low * 0.99 && *plot.marker <= frame.x.high * 1.01) {
    const float x = std::round(frame.px(*plot.marker)) + 0.5F;
    draw_dashed({x, frame.area.y}, {x, frame.area.bottom()}, ui.theme().muted);
  }
  draw_curve(ui, frame, plot.samples);
  for (const RingSample& ring : plot.rings) {
    const ImVec2 center = frame.at(ring.x, ring.y);
    Ui::draw().AddCircleFilled(center, kRingRadius, ui.theme().card);
    Ui::draw().AddCircle(center, kRingRadius, ui.theme().good, 0, 1.5F);
  }
  ImGui::PopClipRect();
  hover_curve(ui, frame, plot);
}

void scatter_plot(Ui& ui, const Rect& rect, const ScatterPlot& plot) {
  if (!Ui::visible(rect)) return;
  draw_surface(ui, rect, plot.title);
  if (plot.samples.empty()) return;
  double low = plot.samples[0].x, high = low;
  for (const ScatterSample& sample : plot.samples) {
    low = std::min({low, static_cast<double>(sample.x), static_cast<double>(sample.y)});
    high = std::max({high, static_cast<double>(sample.x), static_cast<double>(sample.y)});
  }
  low = std::max(low, 1e-3);
  const Scale scale{low * 0.8, high * 1.25, true};
  const std::vector<double> ticks = decade_ticks(scale.low, scale.high);
  const auto format = [&](double value) {
    return value >= 1 ? format_number(value, 0, ui.language()) : format_significant(value, ui.language());
  };
  const float left = kLeftMargin + widest_label(ui, ticks, format) + 8;
  constexpr float kAxisTitle = 18;
  const Frame frame{{rect.x + left, rect.y + kTitleHeight + kAxisTitle, rect.width - left - kRightMargin,
                     rect.height - kTitleHeight - kAxisTitle - kAxisHeight - kAxisTitle},
                    scale,
                    scale};
  draw_grid(ui, frame, ticks, format);
  draw_x_labels(ui, frame, ticks, rect, format);
  ui.put({rect.x + kLeftMargin, rect.y + kTitleHeight - 6}, type::kLabel, ui.theme().muted, plot.y_label);
  ui.put_in({frame.area.x, frame.area.bottom() + 22, frame.area.width, 16}, type::kLabel, ui.theme().muted,
            plot.x_label, Align::right);

  ImGui::PushClipRect(frame.area.min(), frame.area.max(), true);
  Ui::draw().AddLine(frame.at(scale.low, scale.low), frame.at(scale.high, scale.high),
                     with_alpha(ui.theme().muted, 0.6F));
  const ImU32 dot = with_alpha(ui.theme().accent, plot.samples.size() > 300 ? 0.45F : 0.8F);
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const bool hovering = frame.area.contains(mouse) && ImGui::IsWindowHovered();
  constexpr float kDot = 2.2F, kReach = 7;
  const ScatterSample* nearest = nullptr;
  float nearest_distance = kReach;
  for (const ScatterSample& sample : plot.samples) {
    const ImVec2 point = frame.at(sample.x, sample.y);
    Ui::draw().AddNgonFilled(point, kDot, dot, 6);
    const float distance = hovering ? std::hypot(point.x - mouse.x, point.y - mouse.y) : kReach;
    if (distance < nearest_distance) {
      nearest = &sample;
      nearest_distance = distance;
    }
  }
  if (nearest != nullptr) {
    Ui::draw().AddCircle(frame.at(nearest->x, nearest->y), 5, ui.theme().text, 0, 1.5F);
    ui.hint(frame.area, plot.describe(nearest->index));
  }
  ImGui::PopClipRect();
}

}  // namespace headroom
