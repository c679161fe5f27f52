#include <algorithm>
#include <string>
#include <vector>

#include "core/catalog/near_measurements.h"
#include "wasm/app/screens/fit/sections.h"
#include "wasm/app/widgets/plot.h"
#include "wasm/app/widgets/plot_frame.h"

namespace headroom::fit {
namespace {

constexpr float kHeight = 218, kTwoFrom = 640;

std::vector<CurveSample> samples_of(const std::vector<CurvePoint>& points) {
  std::vector<CurveSample> samples;
  for (const CurvePoint& point : points) {
    if (!point.fits) continue;
    const double low = std::min(point.value.p10, point.value.p90), high = std::max(point.value.p10, point.value.p90);
    samples.push_back({static_cast<double>(point.tokens), low, point.value.p50, high});
  }
  return samples;
}

// What lies beyond the axis is not on it.
std::vector<RingSample> rings_of(const Ui& ui, const Catalog& catalog, const std::vector<MeasuredPoint>& points,
                                 const std::vector<CurveSample>& samples) {
  std::vector<RingSample> rings;
  if (samples.empty()) return rings;
  for (const MeasuredPoint& point : points) {
    if (point.tokens < samples.front().x || point.tokens > samples.back().x) continue;
    const PublicMeasurement& measured = *point.near->measurement;
    const double rate = measured.is_prefill() ? measured.tok_s : point.value;
    std::string value = join(format_rate(rate, ui.language())) + " · " + measured.test();
    for (const std::string& difference : differences(*point.near, catalog, ui.texts())) value += " · " + difference;
    rings.push_back(
        {point.tokens, point.value,
         ui.fill("plot.measured", {{"value", value}, {"source", measured.source}, {"date", measured.date}})});
  }
  return rings;
}

// From where on fewer sequences run at a time than were asked for: there each is quicker again. Empty where all run.
std::string fewer_text(const Ui& ui, const std::vector<CurvePoint>& points, const Answer& answer) {
  const double asked = answer.scenario.settings.cache.sequences();
  const auto fewer = std::find_if(points.begin(), points.end(),
                                  [asked](const CurvePoint& point) { return point.fits && point.sequences < asked; });
  if (fewer == points.end()) return {};
  return ui.fill("plot.fewer", {{"count", format_number(asked, 0, ui.language())},
                                {"tokens", format_short_tokens(static_cast<double>(fewer->tokens), ui.language())}});
}

// The words of a plot's markers, which the legend refers to.
struct MarkerNames {
  std::string now, context;
};

std::vector<LegendItem> legend_of(const Ui& ui, const CurvePlot& plot, MarkerNames& names) {
  const Theme& theme = ui.theme();
  std::vector<LegendItem> items{{LegendMark::line, theme.accent, ui.text("legend.median")},
                                {LegendMark::band, with_alpha(theme.accent, 0.3F), ui.text("legend.band")}};
  if (!plot.rings.empty()) items.push_back({LegendMark::ring, theme.good, ui.text("legend.measured")});
  if (plot.shows(plot.marker)) {
    names.now = ui.fill("legend.now", {{"tokens", plot.format_x(*plot.marker)}});
    items.push_back({LegendMark::dashed, theme.muted, names.now});
  }
  if (plot.shows(plot.context)) {
    names.context = ui.fill("legend.context", {{"tokens", plot.format_x(*plot.context)}});
    items.push_back({LegendMark::dashed, theme.warning, names.context});
  }
  return items;
}

}  // namespace

void draw_curves(ScreenContext& context, Flow& flow, const Answer& answer) {
  Ui& ui = context.ui;
  const Language language = ui.language();
  const std::vector<CurveSample> decode = samples_of(context.session.decode_curve());
  const std::vector<CurveSample> ttft = samples_of(context.session.ttft_curve());
  const Workload& workload = answer.scenario.settings.workload;
  const auto tokens = [language](double value) { return format_short_tokens(value, language); };

  const std::vector<NearMeasurement>& near = context.session.measurements();
  const Catalog& catalog = context.session.catalog();
  const std::vector<RingSample> decode_rings =
      rings_of(ui, catalog, decode_points(answer.estimate, answer.scenario, near), decode);
  const std::vector<RingSample> ttft_rings =
      rings_of(ui, catalog, ttft_points(answer.estimate, answer.scenario, near), ttft);

  CurvePlot speed;
  speed.title = ui.text("plot.decode");
  speed.samples = decode;
  speed.rings = decode_rings;
  speed.marker = workload.mean_depth();
  // Beside the workload's depth it would be one line with it.
  constexpr double kApart = 1.25;
  const double context_asked = answer.scenario.settings.cache.context;
  if (context_asked > kApart * workload.mean_depth()) speed.context = context_asked;
  speed.format_x = tokens;
  speed.format_y = [language](double value) { return join(format_rate(value, language)); };
  speed.format_tick = [language](double value) { return value == 0 ? "0" : format_rate(value, language).value; };
  const std::string_view no_decode = why_no_decode(context.session.catalog(), answer.scenario.model);
  const std::string_view nothing = ui.text("plot.empty");
  speed.empty_text = no_decode.empty() ? nothing : ui.text(no_decode);

  CurvePlot first;
  first.title = ui.text(no_decode == kReadsOnly ? "plot.reading" : "plot.ttft");
  first.samples = ttft;
  first.rings = ttft_rings;
  first.marker = workload.prompt;
  first.log_y = true;
  first.format_x = tokens;
  first.format_y = [language](double value) { return join(format_seconds(value, language)); };
  first.format_tick = [language](double value) { return decade_text(value, language) + "\u00A0s"; };
  first.empty_text = nothing;

  MarkerNames speed_names, first_names;
  std::vector<LegendItem> speed_legend = legend_of(ui, speed, speed_names);
  const std::string fewer = fewer_text(ui, context.session.decode_curve(), answer);
  if (!fewer.empty()) speed_legend.push_back({LegendMark::dot, ui.theme().muted, fewer});
  const std::vector<LegendItem> first_legend = legend_of(ui, first, first_names);
  if (!decode.empty()) speed.legend = speed_legend;
  if (!ttft.empty()) first.legend = first_legend;

  // Where there is a speed but nothing to draw it against, no empty plot stands.
  const bool answered = has_speed(answer.estimate),
             hears_speech = hears(context.session.catalog(), answer.scenario.model);
  const bool shows_speed = !answered || (decode.size() > 1 && !hears_speech);
  const bool shows_first = !answered || (ttft.size() > 1 && !hears_speech);
  if (!shows_speed && !shows_first) return;
  const bool side_by_side = flow.width >= kTwoFrom && shows_speed && shows_first;
  const float width = side_by_side ? (flow.width - space::kGap) / 2 : flow.width;
  const float inner = width - 2 * plot_space::kLeft;
  const float height =
      kHeight + std::max(legend_height(ui, inner, speed.legend), legend_height(ui, inner, first.legend));
  if (!side_by_side) {
    if (shows_speed) curve_plot(ui, flow.take(height), speed);
    if (shows_speed && shows_first) flow.gap(space::kGap);
    if (shows_first) curve_plot(ui, flow.take(height), first);
    return;
  }
  const Rect both = flow.take(height);
  const float half = (both.width - space::kGap) / 2;
  curve_plot(ui, {both.x, both.y, half, both.height}, speed);
  curve_plot(ui, {both.x + half + space::kGap, both.y, half, both.height}, first);
}

}  // namespace headroom::fit
