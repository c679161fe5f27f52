#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "core/catalog/names.h"
#include "core/si.h"
#include "wasm/app/screens/fit/sections.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"
#include "wasm/app/widgets/plot_frame.h"
#include "wasm/app/widgets/roofline_plot.h"
#include "wasm/inspect/inspector.h"

namespace headroom::fit {
namespace {

constexpr float kPlotHeight = 296, kProofTwoFrom = 640;
constexpr float kProofRow = 44;
constexpr std::size_t kFewRows = 4;

std::string tflops_text(double value, Language language) { return format_significant(value / kTera, language); }

void draw_roofline(ScreenContext& context, const Rect& rect, const MachineRoofline& machine) {
  Ui& ui = context.ui;
  const Language language = ui.language();
  const auto dot = [&](const RooflinePoint& point, std::string_view key, ImU32 color) {
    RooflineDot out{point, ui.text(key), {}, color};
    if (!point.known) return out;
    out.note =
        ui.fill("roofline.point", {{"name", out.name},
                                   {"intensity", format_significant(point.intensity, language)},
                                   {"reached", tflops_text(point.reached.value(), language)},
                                   {"share", format_percent(point.reached.value() / point.limit.value(), language)}});
    inspect_value(key, out.note);
    return out;
  };
  const std::array<RooflineDot, 2> dots{dot(machine.decode, "roofline.decode", ui.theme().accent),
                                        dot(machine.prefill, "roofline.prefill", ui.theme().kv)};
  const std::array<LegendItem, 2> legend{
      {{LegendMark::line, ui.theme().text, ui.text("legend.sheet")},
       {LegendMark::line, with_alpha(ui.theme().muted, 0.75F), ui.text("legend.fitted")}}};
  RooflinePlot plot;
  plot.title = ui.text("plot.roofline");
  plot.machine = &machine;
  plot.peak_label = ui.fill("roofline.peak", {{"value", tflops_text(machine.peak.value(), language)},
                                              {"units", name_of(kUnitNames, machine.units)}});
  plot.bandwidth_label =
      ui.fill("roofline.bandwidth", {{"value", join(format_bandwidth(machine.bandwidth, language))}});
  plot.dots = dots;
  plot.legend = legend;
  plot.format_tick = [language](double value) { return decade_text(value, language); };
  plot.empty_text = ui.text("roofline.unknown");
  roofline_plot(ui, rect, plot);
}

std::string_view device_name(const Catalog& catalog, std::string_view id) {
  const std::optional<std::size_t> device = catalog.find_device(id);
  return device ? std::string_view(catalog.devices()[*device].device.name) : id;
}

std::string_view name_of_format(const Catalog& catalog, std::string_view id) {
  const Format* format = catalog.find_format(id);
  return format != nullptr ? std::string_view(format->name) : id;
}

std::string_view name_of_engine(const Catalog& catalog, std::string_view id) {
  const Engine* engine = catalog.find_engine(id);
  return engine != nullptr ? std::string_view(engine->name) : id;
}

// What was run above, where and by whom below it; a click opens the source.
void draw_measurement(ScreenContext& context, const Rect& row, const NearMeasurement& near) {
  const PublicMeasurement& measured = *near.measurement;
  Ui& ui = context.ui;
  const Catalog& catalog = context.session.catalog();
  const std::string rate = join(format_rate(measured.tok_s, ui.language()));
  const std::string what = measured.test() + " · " +
                           std::string(ui.texts().term(name_of_format(catalog, measured.format))) + " · " +
                           std::string(name_of_engine(catalog, measured.engine));
  // What was otherwise than here comes first.
  std::string where;
  for (const std::string& difference : differences(near, catalog, ui.texts())) where += difference + " · ";
  if (const std::string_view counted = counted_key(measured); !counted.empty()) {
    where += std::string(ui.text(counted)) + " · ";
  }
  // Where there is too little room the source gives way, not the date.
  if (!measured.date.empty()) where += std::string(measured.date) + " · ";
  if (measured.devices > 1) where += format_number(measured.devices, 0, ui.language()) + " × ";
  where += device_name(catalog, measured.device);
  if (!measured.source.empty()) where += " · " + std::string(measured.source);
  if (!measured.url.empty()) {
    const Interaction state = ui.interact("source", row, rate + ", " + what);
    if (state.clicked) ui.platform().open_url(measured.url);
    if (state.hovered) Ui::fill_rect({row.x - 8, row.y, row.width + 16, row.height}, ui.theme().raised, 6);
    if (state.focused) ui.focus_ring(row, 4);
    ui.hint(row, where);
  }
  const float rate_width = ui.width_of(type::kTableStrong, rate) + space::kMedium;
  ui.put_in({row.x, row.y + 3, row.width - rate_width, 20}, type::kTable, ui.theme().text, what);
  ui.put_in({row.x, row.y + 3, row.width, 20}, type::kTableStrong, ui.theme().text, rate, Align::right);
  ui.put_in({row.x, row.y + 22, row.width, 18}, type::kLabel, ui.theme().muted, where);
}

void draw_measurements(ScreenContext& context, Flow& flow, float height, bool& all_rows) {
  Ui& ui = context.ui;
  const std::vector<NearMeasurement>& near = context.session.measurements();
  if (near.empty()) {
    Card card(ui, flow);
    Flow& body = card.body;
    body.gap(
        ui.put_wrapped({body.x, body.y}, body.width, type::kTable, ui.theme().muted, ui.text("measurements.none")));
    return;
  }
  Card card(ui, flow, {.min_height = height});
  Flow& body = card.body;
  const Rect title = body.take(type::kStrong.line);
  const bool more = near.size() > kFewRows;
  const std::string toggle =
      !more ? std::string()
      : all_rows
          ? std::string(ui.text("measurements.fewer"))
          : ui.fill("measurements.all", {{"count", format_number(static_cast<double>(near.size()), 0, ui.language())}});
  const float toggle_width = more ? ui.width_of(type::kLabel, toggle) : 0;
  ui.put_in({title.x, title.y, title.width - toggle_width - space::kSmall, title.height}, type::kStrong,
            ui.theme().text, ui.text("measurements.title"));
  if (more && text_link(ui, "measurements-toggle", {title.right() - toggle_width, title.y + 2}, type::kLabel, toggle)) {
    all_rows = !all_rows;
    ui.settle();
  }
  body.gap(space::kTiny);
  const std::size_t count = all_rows ? near.size() : std::min(near.size(), kFewRows);
  for (std::size_t i = 0; i < count; ++i) {
    const Rect row = body.take(kProofRow);
    ImGui::PushID(static_cast<int>(i));
    draw_measurement(context, row, near[i]);
    ImGui::PopID();
    if (i + 1 < count) {
      Ui::draw().AddLine({row.x, row.bottom() - 0.5F}, {row.right(), row.bottom() - 0.5F},
                         with_alpha(ui.theme().line, 0.6F));
    }
  }
}

}  // namespace

void draw_proof(ScreenContext& context, Flow& flow, bool& all_rows) {
  const MachineRoofline& machine = context.session.roofline();
  if (flow.width < kProofTwoFrom || context.session.measurements().empty()) {
    draw_roofline(context, flow.take(kPlotHeight), machine);
    flow.gap(space::kGap);
    draw_measurements(context, flow, 0, all_rows);
    return;
  }
  const float half = (flow.width - space::kGap) / 2;
  Flow left{flow.x, flow.y, half}, right{flow.x + half + space::kGap, flow.y, half};
  draw_roofline(context, left.take(kPlotHeight), machine);
  draw_measurements(context, right, kPlotHeight, all_rows);
  flow.y = std::max(left.y, right.y);
}

}  // namespace headroom::fit
