#include "core/catalog/rows_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "core/catalog/estimate_json.h"
#include "core/catalog/json_text.h"
#include "core/catalog/names.h"
#include "core/catalog/scenario_json.h"
#include "core/si.h"

namespace headroom {
namespace {

using nlohmann::json;

constexpr std::array<Named<UpgradeKind>, 10> kUpgradeNames{{{UpgradeKind::placement, "placement"},
                                                            {UpgradeKind::sequences, "sequences"},
                                                            {UpgradeKind::format, "format"},
                                                            {UpgradeKind::kv_cache, "kv_cache"},
                                                            {UpgradeKind::backend, "backend"},
                                                            {UpgradeKind::engine, "engine"},
                                                            {UpgradeKind::host_memory, "host_memory"},
                                                            {UpgradeKind::fewer_devices, "fewer_devices"},
                                                            {UpgradeKind::more_devices, "more_devices"},
                                                            {UpgradeKind::other_device, "other_device"}}};

json speed_or_null(bool known, const Range& range) {
  return known && range.p50 > 0 ? range_json(range) : json(nullptr);
}
json dollars_or_null(double usd) { return usd >= 0 ? json(usd) : json(nullptr); }
// A ratio is 0 where it is undefined.
json ratio_or_null(double ratio) { return ratio > 0 ? json(ratio) : json(nullptr); }

void put_verdict(json& out, const Verdict& verdict) {
  out["grade"] = std::string(1, verdict.grade);
  out["score"] = verdict.score;
  out["score_parts"] = score_parts_json(verdict.parts);
}

void put_figures(json& out, const Estimate& estimate) {
  const bool known = has_speed(estimate);
  const Placement& placement = estimate.placement;
  out["fit"] = name_of(kFitNames, placement.status);
  out["decode_tok_s"] = speed_or_null(known, estimate.speed.decode_tok_s);
  out["prefill_tok_s"] = speed_or_null(known, estimate.speed.prefill_tok_s);
  out["ttft_s"] = speed_or_null(known, estimate.speed.ttft_s);
  out["safe_context"] = placement.safe_context;
  out["max_parallel"] = placement.max_parallel;
  out["total_bytes"] = placement.total().value();
  put_verdict(out, estimate.verdict);
}

// The top-level fields of `after` that `before` lacks or has otherwise; null for those that went away.
json difference(const json& before, const json& after) {
  json change = json::object();
  for (const auto& field : after.items()) {
    const auto old = before.find(field.key());
    if (old == before.end() || *old != field.value()) change[field.key()] = field.value();
  }
  for (const auto& field : before.items()) {
    if (after.find(field.key()) == after.end()) change[field.key()] = nullptr;
  }
  return change;
}

}  // namespace

json row_json(const FormatRow& row, const Texts& texts) {
  const FormatQuality& quality = *row.quality;
  json out = json_object({{"quantization", row.format->id},
                          {"name", texts.term(row.format->name)},
                          {"bits_per_weight", row.bits_per_weight},
                          {"weights_bytes", row.weights.value()},
                          {"weights_exact", row.exact},
                          {"total_bytes", row.total.value()},
                          {"short_listed", row.format->short_listed},
                          {"fit", name_of(kFitNames, row.fit)},
                          {"decode_tok_s", speed_or_null(row.speed_known, row.decode_tok_s)},
                          {"safe_context", row.safe_context}});
  out["quality"] = json_object({{"label", texts.get(quality.label)},
                                {"ppl_increase", quality.ppl_increase ? json(*quality.ppl_increase) : json(nullptr)},
                                {"measured_on", quality.measured_on},
                                {"source", quality.source},
                                {"date", quality.date}});
  return out;
}

json row_json(const WorkloadRow& row) {
  const Workload& workload = row.workload->workload;
  json out = json_object({{"workload", workload.id},
                          {"prompt", workload.prompt},
                          {"output", workload.output},
                          {"cached_prefix", workload.cached_prefix},
                          {"context", row.context}});
  put_figures(out, row.estimate);
  return out;
}

json row_json(const ScalingRow& row) {
  const Placement& placement = row.estimate.placement;
  json out = json_object({{"count", row.count},
                          {"models_fit", row.models_fit},
                          {"models_total", row.models_total},
                          {"parallelism", json_object({{"split", name_of(kSplitNames, placement.split)},
                                                       {"tensor_parallel", placement.tensor_parallel},
                                                       {"pipeline_parallel", placement.pipeline_parallel},
                                                       {"data_parallel", placement.data_parallel},
                                                       {"expert_parallel", placement.expert_parallel}})}});
  Bytes fullest;
  for (const DeviceShare& device : placement.devices) fullest = std::max(fullest, device.total());
  out["memory"] = json_object({{"usable_bytes", placement.usable_on_devices().value()},
                               {"total_bytes", placement.total().value()},
                               {"fullest_device_bytes", fullest.value()}});
  put_figures(out, row.estimate);
  const bool known = has_speed(row.estimate);
  const StepTime& step = row.estimate.speed.decode_step;
  const double total = step.total().value();
  out["communication_s"] = known ? json(step.communication.value()) : json(nullptr);
  out["communication_share"] = known && total > 0 ? json(step.communication.value() / total) : json(nullptr);
  return out;
}

json row_json(const RankedModel& row, const Catalog& catalog) {
  const ModelEntry& model = catalog.models()[row.model];
  return json_object({{"model", model.id},
                      {"name", model.name},
                      {"engine", row.engine->id},
                      {"quantization", row.format != nullptr ? json(row.format->id) : json(nullptr)},
                      {"fit", name_of(kFitNames, row.fit)},
                      {"grade", std::string(1, row.grade)},
                      {"score", row.score},
                      {"score_parts", score_parts_json(row.parts)},
                      {"decode_tok_s", speed_or_null(row.speed_known, row.decode_tok_s)},
                      {"ttft_s", speed_or_null(row.speed_known, row.ttft_s)},
                      {"safe_context", row.safe_context},
                      {"weights_bytes", row.weights.value()},
                      {"total_bytes", row.total.value()},
                      {"devices_needed", row.devices_needed}});
}

json row_json(const RankedDevice& row, const Catalog& catalog) {
  const DeviceEntry& entry = catalog.devices()[row.device];
  json out = json_object({{"device", entry.device.id},
                          {"name", entry.device.name},
                          {"count", row.count},
                          {"memory_bytes", (entry.device.memory * row.count).value()},
                          {"mem_bandwidth_gbs", entry.device.bandwidth.value() / kGiga},
                          {"price_usd", dollars_or_null(row.price_usd)},
                          {"launch_price_usd", dollars_or_null(row.launch_usd)},
                          {"price_date", entry.price_date.empty() ? json(nullptr) : json(entry.price_date)},
                          {"engine_made", row.engine_made},
                          {"confidence", name_of(kConfidenceNames, row.confidence)}});
  put_figures(out, row.estimate);
  return out;
}

json row_json(const Upgrade& row, const json& before, const Texts& texts) {
  json after = to_json(row.scenario);
  Message text = row.text;
  text.args.push_back({"name", MessageArg::Kind::text, 0, row.name});
  json out = json_object(
      {{"kind", name_of(kUpgradeNames, row.kind)},
       {"text", texts.render(text)},
       {"change", difference(before, after)},
       {"gain", json_object({{"fit", name_of(kFitNames, row.fit)},
                             {"decode_ratio", ratio_or_null(row.decode_ratio)},
                             {"prefill_ratio", ratio_or_null(row.prefill_ratio)},
                             {"decode_tok_s", row.decode_tok_s > 0 ? json(row.decode_tok_s) : json(nullptr)},
                             {"safe_context", row.safe_context}})},
       {"price_usd", dollars_or_null(row.price_usd)},
       {"price_date", row.price_date.empty() ? json(nullptr) : json(row.price_date)}});
  out["scenario"] = std::move(after);
  return out;
}

json roofline_json(const MachineRoofline& machine) {
  const auto tflops = [](FlopsPerSecond rate) { return rate.value() > 0 ? json(rate.value() / kTera) : json(nullptr); };
  const auto point = [&](const RooflinePoint& at) {
    if (!at.known) return json(nullptr);
    return json_object(
        {{"intensity", at.intensity}, {"tflops", tflops(at.reached)}, {"limit_tflops", tflops(at.limit)}});
  };
  return json_object({{"bandwidth_gbs", machine.bandwidth.value() / kGiga},
                      {"fitted_bandwidth_gbs", machine.fitted_bandwidth.value() / kGiga},
                      {"peak_tflops", tflops(machine.peak)},
                      {"fitted_peak_tflops", tflops(machine.fitted_peak)},
                      {"units", name_of(kUnitNames, machine.units)},
                      {"ridge", machine.ridge() > 0 ? json(machine.ridge()) : json(nullptr)},
                      {"decode", point(machine.decode)},
                      {"prefill", point(machine.prefill)}});
}

json own_measurement_json(const OwnMeasurement& own, const Texts& texts) {
  json figures = json::array();
  for (std::size_t i = 0; i < own.paste.figures.size(); ++i) {
    const PastedFigure& figure = own.paste.figures[i];
    const FigureComparison& comparison = own.comparisons[i];
    const double estimated = comparison.estimated;
    json row = json_object({{"kind", name_of(kPastedNames, figure.kind)},
                            {"line", figure.line},
                            {"measured", figure.value},
                            {"estimated", estimated > 0 ? json(estimated) : json(nullptr)},
                            {"ratio", estimated > 0 ? ratio_or_null(figure.value / estimated) : json(nullptr)},
                            {"sequences", figure.sequences},
                            {"device", figure.device}});
    const std::optional<Workload> workload = workload_of(figure);
    row["workload"] = nullptr;
    if (workload) {
      row["workload"] = json_object(
          {{"prompt", workload->prompt}, {"output", workload->output}, {"cached_prefix", workload->cached_prefix}});
    }
    row["left_out"] = nullptr;
    if (comparison.left_out != LeftOut::no) {
      row["left_out"] = json_object(
          {{"reason", name_of(kLeftOutNames, comparison.left_out)}, {"text", why_left_out(comparison, texts)}});
    }
    figures.push_back(std::move(row));
  }
  json lines = json::array();
  for (const Paste::Line& line : own.paste.not_understood)
    lines.push_back(json_object({{"line", line.number},
                                 {"text", line.text},
                                 {"reason", line.mixed  ? "mixed_window"
                                            : line.idle ? "nothing_to_compare"
                                                        : "not_understood"}}));
  json out = json_object({{"figures", std::move(figures)},
                          {"figures_not_read", own.paste.not_read},
                          {"not_understood", std::move(lines)},
                          {"model", own.paste.model},
                          {"device", own.paste.device},
                          {"backend", own.paste.backend},
                          {"personal", nullptr}});
  if (own.personal) out["personal"] = to_json(*own.personal);
  return out;
}

}  // namespace headroom
