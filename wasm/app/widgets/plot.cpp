#include "wasm/app/widgets/plot.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "wasm/app/widgets/plot_frame.h"

namespace headroom {
namespace {

constexpr float kLineWidth = 2, kRingRadius = 3.5F;

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

// 1K 4K 16K 64K ...: powers of four of 1024 inside the range, thinned where they would touch.
std::vector<double> context_ticks(double low, double high, float width) {
  constexpr float kRoom = 44;
  std::vector<double> ticks;
  double step = 4;
  while (width / static_cast<float>(std::log(high / low) / std::log(step) + 1e-9) < kRoom && step < 1e6) step *= 4;
  double first = 1024;
  while (first > low * 1.001) first /= step;
  for (double tick = first; tick <= high * 1.001; tick *= step) {
    if (tick >= low * 0.999) ticks.push_back(tick);
  }
  return ticks;
}

void draw_band(Ui& ui, const PlotFrame& frame, std::span<const CurveSample> samples) {
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

void draw_curve(Ui& ui, const PlotFrame& frame, std::span<const CurveSample> samples) {
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

void hover_curve(Ui& ui, const PlotFrame& frame, const CurvePlot& plot) {
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

PlotScale y_scale(const CurvePlot& plot) {
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

}  // namespace

void curve_plot(Ui& ui, const Rect& rect, const CurvePlot& plot) {
  if (!Ui::visible(rect)) return;
  draw_plot_surface(ui, rect, plot.title);
  if (plot.samples.size() < 2) {
    ui.put_in(rect.inset(plot_space::kLeft, 0), type::kTable, ui.theme().muted, plot.empty_text, Align::center);
    return;
  }
  const PlotScale y = y_scale(plot);
  const std::vector<double> y_ticks = plot.log_y ? decade_ticks(y.low, y.high) : linear_ticks(y.high);
  const auto& format_tick = plot.format_tick ? plot.format_tick : plot.format_y;
  const float labels = widest_label(ui, y_ticks, format_tick);
  const float left = plot_space::kLeft + labels + 8;
  const float legend = legend_height(ui, rect.width - 2 * plot_space::kLeft, plot.legend);
  if (legend > 0) {
    draw_legend(ui, {rect.x + plot_space::kLeft, rect.bottom() - legend - space::kTiny},
                rect.width - 2 * plot_space::kLeft, plot.legend);
  }
  const PlotFrame frame{{rect.x + left, rect.y + plot_space::kTitle, rect.width - left - plot_space::kRight,
                         rect.height - plot_space::kTitle - plot_space::kAxis - legend},
                        {plot.samples.front().x, plot.samples.back().x, true},
                        y};
  draw_plot_grid(ui, frame, y_ticks, format_tick);
  draw_plot_x_labels(ui, frame, context_ticks(frame.x.low, frame.x.high, frame.area.width), rect, plot.format_x);

  ImGui::PushClipRect({frame.area.x - 4, frame.area.y - 4}, {frame.area.right() + 4, frame.area.bottom() + 4}, true);
  draw_band(ui, frame, plot.samples);
  const auto mark = [&](const std::optional<double>& at, ImU32 color) {
    if (!plot.shows(at)) return;
    const float x = std::round(frame.px(*at)) + 0.5F;
    draw_dashed({x, frame.area.y}, {x, frame.area.bottom()}, color);
  };
  mark(plot.context, ui.theme().warning);
  mark(plot.marker, ui.theme().muted);
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
  draw_plot_surface(ui, rect, plot.title);
  if (plot.samples.empty()) {
    ui.put_in(rect.inset(plot_space::kLeft, 0), type::kTable, ui.theme().muted, plot.empty_text, Align::center);
    return;
  }
  double low = plot.samples[0].x, high = low;
  for (const ScatterSample& sample : plot.samples) {
    low = std::min({low, static_cast<double>(sample.x), static_cast<double>(sample.y)});
    high = std::max({high, static_cast<double>(sample.x), static_cast<double>(sample.y)});
  }
  low = std::max(low, 1e-3);
  const PlotScale scale{low * 0.8, high * 1.25, true};
  const std::vector<double> ticks = decade_ticks(scale.low, scale.high);
  const auto format = [&](double value) {
    return value >= 1 ? format_number(value, 0, ui.language()) : format_significant(value, ui.language());
  };
  const float left = plot_space::kLeft + widest_label(ui, ticks, format) + 8;
  constexpr float kAxisTitle = 18;
  const PlotFrame frame{
      {rect.x + left, rect.y + plot_space::kTitle + kAxisTitle, rect.width - left - plot_space::kRight,
       rect.height - plot_space::kTitle - kAxisTitle - plot_space::kAxis - kAxisTitle},
      scale,
      scale};
  draw_plot_grid(ui, frame, ticks, format);
  draw_plot_x_labels(ui, frame, ticks, rect, format);
  ui.put({rect.x + plot_space::kLeft, rect.y + plot_space::kTitle - 6}, type::kLabel, ui.theme().muted, plot.y_label);
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
