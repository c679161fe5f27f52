#include <string>
#include <vector>

#include "wasm/app/screens/fit/sections.h"
#include "wasm/app/widgets/plot.h"

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

}  // namespace

void draw_curves(ScreenContext& context, Flow& flow, const Answer& answer) {
  Ui& ui = context.ui;
  const Language language = ui.language();
  const std::vector<CurveSample> decode = samples_of(context.session.decode_curve());
  const std::vector<CurveSample> ttft = samples_of(context.session.ttft_curve());
  const Workload& workload = answer.scenario.settings.workload;
  const auto tokens = [language](double value) { return format_short_tokens(value, language); };

  CurvePlot speed;
  speed.title = ui.text("plot.decode");
  speed.samples = decode;
  speed.marker = workload.cached_prefix + workload.prompt + workload.output / 2.0;
  speed.format_x = tokens;
  speed.format_y = [language](double value) { return format_rate(value, language).value; };
  speed.empty_text = ui.text("plot.empty");

  CurvePlot first;
  first.title = ui.text("plot.ttft");
  first.samples = ttft;
  first.marker = workload.prompt;
  first.log_y = true;
  first.format_x = tokens;
  first.format_y = [language](double value) { return join(format_seconds(value, language)); };
  first.empty_text = speed.empty_text;

  if (flow.width < kTwoFrom) {
    curve_plot(ui, flow.take(kHeight), speed);
    flow.gap(space::kGap);
    curve_plot(ui, flow.take(kHeight), first);
    return;
  }
  const Rect both = flow.take(kHeight);
  const float half = (both.width - space::kGap) / 2;
  curve_plot(ui, {both.x, both.y, half, both.height}, speed);
  curve_plot(ui, {both.x + half + space::kGap, both.y, half, both.height}, first);
}

}  // namespace headroom::fit
