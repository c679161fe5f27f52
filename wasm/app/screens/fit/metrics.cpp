#include <string>

#include "wasm/app/screens/fit/sections.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"
#include "wasm/app/words.h"
#include "wasm/inspect/inspector.h"

namespace headroom::fit {
namespace {

struct Metric {
  std::string_view id;
  std::string_view topic;  // label of its derivation; empty where it has none
  std::string_view title;
  Figure figure;
  std::string note;
};

void draw_metric(ScreenContext& context, CardRow& row, const Metric& metric, int span = 1) {
  Ui& ui = context.ui;
  Flow& cell = row.next(span);
  const float top = cell.y;
  Card card(ui, cell, {.min_height = row.height(), .padding = 14});
  Flow& body = card.body;
  const Rect box{cell.x, top, cell.width, std::max(row.height(), 92.0F)};
  Interaction state;
  if (!metric.topic.empty()) state = ui.interact(metric.id, box, metric.title);
  if (state.clicked) context.shell.show_derivation(metric.topic);
  if (state.hovered) Ui::stroke_rect(box.inset(1, 1), with_alpha(ui.theme().accent, 0.6F), space::kRadius - 1);
  if (state.focused) ui.focus_ring(box, space::kRadius);
  ui.put_in(body.take(type::kLabel.line), type::kLabel, ui.theme().muted, metric.title);
  body.gap(6);
  put_figure(ui, {body.x, body.y}, type::kMetric, type::kTable, metric.figure);
  body.gap(type::kMetric.line + 2);
  body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kLabel, ui.theme().muted, metric.note));
  row.wants(card.natural_height());
  inspect_value(metric.id, join(metric.figure));
}

std::string_view why_not(const Placement& placement) {
  return placement.impossible ? "metric.does_not_start" : "metric.does_not_run";
}

Metric decode_metric(const Ui& ui, const Answer& answer, std::string_view no_decode) {
  const Estimate& estimate = answer.estimate;
  Metric metric{"decode",
                "trace.speed.decode",
                ui.text("metric.decode"),
                {"–", ""},
                std::string(ui.text("metric.unknown_speed"))};
  if (!has_speed(estimate)) {
    if (estimate.placement.status == FitStatus::does_not_fit) metric.note = ui.text(why_not(estimate.placement));
    return metric;
  }
  const Speed& speed = estimate.speed;
  if (!speed.has_decode) {
    metric.note = ui.text(no_decode.empty() ? "speed.no_output" : no_decode);
    return metric;
  }
  metric.figure = format_rate(speed.decode_tok_s.p50, ui.language());
  const double depth = answer.scenario.settings.workload.mean_depth();
  metric.note = range_text(speed.decode_tok_s, ui.language(), format_rate) + " · " +
                ui.fill("metric.depth", {{"tokens", format_short_tokens(depth, ui.language())}}) + " · " +
                std::string(ui.text(bound_key(speed.decode_bound)));
  if (answer.scenario.settings.cache.sequences() > 1 && speed.throughput_tok_s.p50 > 0) {
    const std::string rate = join(format_rate(speed.throughput_tok_s.p50, ui.language()));
    metric.note += " · " + ui.fill("metric.together", {{"rate", rate}});
  }
  return metric;
}

Metric ttft_metric(const Ui& ui, const Answer& answer, bool writes) {
  const Estimate& estimate = answer.estimate;
  Metric metric{"ttft",
                writes ? "trace.speed.first_token" : "trace.speed.prefill",
                ui.text(writes ? "metric.ttft" : "metric.reading"),
                {"–", ""},
                std::string(ui.text("metric.unknown_speed"))};
  if (!has_speed(estimate)) {
    if (estimate.placement.status == FitStatus::does_not_fit) metric.note = ui.text(why_not(estimate.placement));
    return metric;
  }
  const Range& range = estimate.speed.ttft_s;
  if (answer.scenario.settings.workload.prompt == 0) metric.note.clear();
  if (range.p50 <= 0) return metric;
  metric.figure = format_seconds(range.p50, ui.language());
  const double prompt = answer.scenario.settings.workload.prompt;
  metric.note = range_text(range, ui.language(), format_seconds) + " · " +
                ui.fill("metric.prompt", {{"tokens", format_number(prompt, 0, ui.language())}});
  if (writes && estimate.speed.sequences > 1 && estimate.speed.queue <= Seconds(0))
    metric.note += " · " + std::string(ui.text("metric.ttft_among"));
  return metric;
}

// The sources word their basis freely; a person needs to know which kind of price it is.
std::string_view price_key(std::string_view basis) {
  const auto says = [basis](std::string_view word) { return basis.find(word) != std::string_view::npos; };
  if (says("used")) return "price.used";
  if (says("street")) return "price.street";
  if (says("system") || says("share") || says("baseboard")) return "price.share";
  if (says("list") || says("launch") || says("msrp") || says("MSRP")) return "price.list";
  return "price.estimate";
}

// With the basis and date of the first device.
Metric price_metric(const Ui& ui, const Session& session) {
  Metric metric{"price", "", ui.text("metric.price"), {"–", ""}, std::string(ui.text("metric.unknown_price"))};
  const std::optional<std::size_t> device = session.device_index();
  if (!device) return metric;
  const DeviceEntry& entry = session.catalog().devices()[*device];
  const MachinePrice price = price_of(session.catalog(), session.scenario().hardware);
  if (price.usd >= 0) {
    metric.figure = {"≈ " + format_dollars(price.usd, ui.language()), ""};
    const std::string_view key = price_key(entry.price_basis);
    const bool launch = key == "price.list" && !session.catalog().has_price_of_today(entry);
    metric.note = ui.text(launch ? "price.launch" : key);
    if (!entry.price_date.empty()) metric.note += " · " + std::string(entry.price_date);
  } else if (price.rent_usd_hour >= 0) {
    metric.figure = {"≈ " + format_dollars(price.rent_usd_hour, ui.language()), std::string(ui.text("unit.per_hour"))};
    metric.note = ui.text("price.rent");
    if (!entry.rent_date.empty()) metric.note += " · " + std::string(entry.rent_date);
  }
  return metric;
}

}  // namespace

void draw_metrics(ScreenContext& context, Flow& flow, const Answer& answer) {
  Ui& ui = context.ui;
  const Language language = ui.language();
  const Placement& placement = answer.estimate.placement;
  const CacheSettings& cache = answer.scenario.settings.cache;

  constexpr float kFiveFrom = 760, kThreeFrom = 520;
  CardRow row(ui, flow, "metrics", flow.width >= kFiveFrom ? 5 : flow.width >= kThreeFrom ? 3 : 2);
  const std::string_view no_decode = why_no_decode(context.session.catalog(), answer.scenario.model);
  draw_metric(context, row, decode_metric(ui, answer, no_decode));
  draw_metric(context, row, ttft_metric(ui, answer, no_decode.empty()));
  draw_metric(context, row,
              {"safe_context",
               "trace.cache",
               ui.text("metric.safe_context"),
               {format_short_tokens(placement.safe_context, language), std::string(ui.text("unit.tokens"))},
               ui.fill("metric.safe_context_note", {{"count", format_number(cache.parallel, 0, language)}})});
  draw_metric(context, row,
              {"parallel",
               "trace.cache",
               ui.text("metric.parallel"),
               {format_number(placement.max_parallel, 0, language), std::string(ui.text("unit.sequences"))},
               ui.fill("metric.parallel_note", {{"tokens", format_number(cache.context, 0, language)}})});
  // The last one takes what is left of its line.
  draw_metric(context, row, price_metric(ui, context.session), row.left_in_line());
}

}  // namespace headroom::fit
