#include "wasm/app/widgets/roofline_plot.h"

#include <algorithm>
#include <cmath>

#include "core/si.h"

namespace headroom {
namespace {

constexpr float kRoofWidth = 2, kScenarioDot = 5;

double decade_below(double value) { return std::pow(10.0, std::floor(std::log10(value))); }
double decade_above(double value) { return std::pow(10.0, std::ceil(std::log10(value))); }

// From a decade below what matters to one above, so that the slope, the ridge and every dot are in sight.
PlotFrame frame_of(const Rect& area, const RooflinePlot& plot) {
  const MachineRoofline& machine = *plot.machine;
  const double ridge = machine.ridge() > 0 ? machine.ridge() : 1;
  double left = std::min(1.0, ridge), right = ridge * 4;
  for (const RooflineDot& dot : plot.dots) {
    if (!dot.point.known) continue;
    left = std::min(left, dot.point.intensity / 1.5);
    right = std::max(right, dot.point.intensity * 2);
  }
  left = decade_below(left);
  right = decade_above(right);
  double low = machine.roof(left).value() / kTera, high = machine.roof(right).value() / kTera;
  for (const RooflineDot& dot : plot.dots) {
    if (dot.point.known) low = std::min(low, dot.point.reached.value() / kTera / 1.5);
  }
  return {area, {left, right, true}, {decade_below(low), decade_above(high * 1.2), true}};
}

void draw_roof(const PlotFrame& frame, double bandwidth, double peak, ImU32 color, float width) {
  if (bandwidth <= 0) return;
  const double ridge = peak > 0 ? peak / bandwidth : frame.x.high;
  ImDrawList& list = Ui::draw();
  list.PathLineTo(frame.at(frame.x.low, frame.x.low * bandwidth / kTera));
  list.PathLineTo(frame.at(ridge, ridge * bandwidth / kTera));
  if (peak > 0) list.PathLineTo(frame.at(std::max(frame.x.high, ridge), peak / kTera));
  list.PathStroke(color, ImDrawFlags_None, width);
}

// Words among lines: on a patch of the card, so that no line runs through them.
void put_label(Ui& ui, ImVec2 at, TextStyle style, std::string_view text) {
  Ui::fill_rect({at.x - 3, at.y + 1, ui.width_of(style, text) + 6, style.line - 2}, with_alpha(ui.theme().card, 0.85F),
                3);
  ui.put(at, style, ui.theme().text, text);
}

// The label of the bandwidth: left of the slope, as high up on it as its width asks for.
Rect bandwidth_label(const Ui& ui, const PlotFrame& frame, const RooflinePlot& plot) {
  const MachineRoofline& machine = *plot.machine;
  const double ridge = machine.ridge() > 0 ? machine.ridge() : frame.x.high;
  constexpr float kBeside = 10;
  const float width = ui.width_of(type::kLabel, plot.bandwidth_label);
  const double middle = std::sqrt(frame.x.low * ridge);
  const float x = std::max(frame.px(middle), frame.area.x + width + kBeside + space::kTiny);
  const float y = frame.py(machine.roof(frame.x.value((x - frame.area.x) / frame.area.width)).value() / kTera);
  return {x - width - kBeside, y - 18, width, type::kLabel.line};
}

void draw_dots(Ui& ui, const PlotFrame& frame, const RooflinePlot& plot) {
  const Rect other = bandwidth_label(ui, frame, plot);
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  for (const RooflineDot& dot : plot.dots) {
    if (!dot.point.known) continue;
    const ImVec2 at = frame.at(dot.point.intensity, dot.point.reached.value() / kTera);
    const ImVec2 roof = frame.at(dot.point.intensity, dot.point.limit.value() / kTera);
    draw_dashed(roof, at, with_alpha(dot.color, 0.8F));
    Ui::draw().AddCircleFilled(at, kScenarioDot, dot.color);
    Ui::draw().AddCircle(at, kScenarioDot + 1, ui.theme().card, 0, 1.5F);
    const float width = ui.width_of(type::kLabelStrong, dot.name);
    const bool fits_right = at.x + kScenarioDot + 6 + width < frame.area.right();
    const float left = fits_right ? at.x + kScenarioDot + 6 : at.x - kScenarioDot - 6 - width;
    const bool over = left < other.right() && left + width > other.x;
    const bool hits = over && at.y + 2 < other.bottom() && at.y + 2 + type::kLabelStrong.line > other.y;
    put_label(ui, {left, hits ? other.bottom() + 2 : at.y + 2}, type::kLabelStrong, dot.name);
    constexpr float kReach = 14;
    if (ImGui::IsWindowHovered() && std::hypot(at.x - mouse.x, at.y - mouse.y) < kReach) ui.hint(frame.area, dot.note);
  }
}

// Beside the lines they name: the peak above its end, the bandwidth below the slope.
void draw_line_labels(Ui& ui, const PlotFrame& frame, const RooflinePlot& plot) {
  const MachineRoofline& machine = *plot.machine;
  if (machine.peak.value() > 0) {
    const float y = frame.py(machine.peak.value() / kTera);
    ui.put_in({frame.area.x, y - 20, frame.area.width - 4, 16}, type::kLabel, ui.theme().text, plot.peak_label,
              Align::right);
  }
  put_label(ui, bandwidth_label(ui, frame, plot).min(), type::kLabel, plot.bandwidth_label);
}

}  // namespace

void roofline_plot(Ui& ui, const Rect& rect, const RooflinePlot& plot) {
  if (!Ui::visible(rect)) return;
  draw_plot_surface(ui, rect, plot.title);
  if (plot.machine == nullptr || plot.machine->bandwidth.value() <= 0) {
    ui.put_in(rect.inset(plot_space::kLeft, 0), type::kTable, ui.theme().muted, plot.empty_text, Align::center);
    return;
  }
  const MachineRoofline& machine = *plot.machine;
  const float inner = rect.width - 2 * plot_space::kLeft;
  const float legend = legend_height(ui, inner, plot.legend);
  draw_legend(ui, {rect.x + plot_space::kLeft, rect.bottom() - legend - space::kTiny}, inner, plot.legend);

  const Rect outer{rect.x + plot_space::kLeft, rect.y + plot_space::kTitle, inner,
                   rect.height - plot_space::kTitle - plot_space::kAxis - legend};
  PlotFrame frame = frame_of(outer, plot);
  const std::vector<double> y_ticks = decade_ticks(frame.y.low, frame.y.high);
  const float labels = widest_label(ui, y_ticks, plot.format_tick) + 8;
  frame.area = {outer.x + labels, outer.y, outer.width - labels, outer.height};
  draw_plot_grid(ui, frame, y_ticks, plot.format_tick);
  draw_plot_x_labels(ui, frame, decade_ticks(frame.x.low, frame.x.high), rect, plot.format_tick);

  ImGui::PushClipRect({frame.area.x, frame.area.y - 4}, {frame.area.right() + 4, frame.area.bottom() + 1}, true);
  draw_roof(frame, machine.fitted_bandwidth.value(), machine.fitted_peak.value(), with_alpha(ui.theme().muted, 0.75F),
            1);
  draw_roof(frame, machine.bandwidth.value(), machine.peak.value(), ui.theme().text, kRoofWidth);
  ImGui::PopClipRect();
  draw_line_labels(ui, frame, plot);
  draw_dots(ui, frame, plot);
}

}  // namespace headroom
