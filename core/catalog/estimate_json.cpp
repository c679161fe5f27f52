#include "core/catalog/estimate_json.h"

#include <nlohmann/json.hpp>
#include <string>

#include "core/catalog/finetune_json.h"
#include "core/catalog/json_text.h"
#include "core/catalog/names.h"
#include "core/catalog/near_measurements.h"
#include "core/catalog/warnings.h"
#include "core/placement/told_weights.h"
#include "core/si.h"

namespace headroom {
namespace {

using nlohmann::json;

constexpr std::size_t kMeasurements = 12;  // nearest ones listed

json device_json(const DeviceShare& share, std::string_view name) {
  return json_object({{"name", name},
                      {"usable_bytes", share.usable.value()},
                      {"weights_bytes", share.weights.value()},
                      {"kv_cache_bytes", share.kv.value()},
                      {"recurrent_state_bytes", share.state.value()},
                      {"compute_bytes", share.compute.value()},
                      {"engine_bytes", share.engine.value()},
                      {"adapters_bytes", share.adapters.value()},
                      {"draft_bytes", share.draft.value()},
                      {"projector_bytes", share.projector.value()},
                      {"total_bytes", share.total().value()},
                      {"free_bytes", share.free().value()},
                      {"pool_left_bytes", share.pool_left().value()},
                      {"layers", share.layers},
                      {"expert_layers_on_host", share.expert_layers_on_host}});
}

json host_json(const HostShare& share) {
  return json_object({{"weights_bytes", share.weights.value()},
                      {"kv_cache_bytes", share.kv.value()},
                      {"recurrent_state_bytes", share.state.value()},
                      {"compute_bytes", share.compute.value()},
                      {"output_bytes", share.output.value()},
                      {"adapters_bytes", share.adapters.value()},
                      {"projector_bytes", share.projector.value()},
                      {"total_bytes", share.total().value()},
                      {"usable_bytes", share.usable.value()}});
}

json memory_json(const Answer& answer) {
  const Placement& placement = answer.estimate.placement;
  json devices = json::array();
  for (std::size_t i = 0; i < placement.devices.size(); ++i) {
    devices.push_back(device_json(placement.devices[i], answer.scenario.system.devices[i]->name));
  }
  const ToldWeights told = told_weights(placement.weights, *answer.weights, *answer.scenario.engine,
                                        answer.scenario.settings.speculation.kind);
  const DeviceShare together = placement.on_devices();
  json out = json_object({{"weights_bytes", told.weights.value()},
                          {"kv_cache_bytes", placement.kv.value()},
                          {"recurrent_state_bytes", placement.state.value()},
                          {"compute_bytes", placement.compute.value()},
                          {"output_bytes", placement.output.value()},
                          {"engine_bytes", (placement.engine + told.copied).value()},
                          {"adapters_bytes", placement.adapters.value()},
                          {"draft_bytes", placement.draft.value()},
                          {"projector_bytes", placement.projector.value()},
                          {"total_bytes", placement.total().value()},
                          {"file_bytes", answer.weights->file_bytes.value()},
                          {"copied_bytes", told.copied.value()},
                          {"not_loaded_bytes", told.not_loaded.value()},
                          {"weights_exact", answer.weights->exact},
                          {"weights_relative_error", answer.weights->relative_error},
                          {"on_devices", json_object({{"usable_bytes", together.usable.value()},
                                                      {"total_bytes", together.total().value()},
                                                      {"needed_bytes", together.needed().value()}})},
                          {"devices", std::move(devices)},
                          {"host", host_json(placement.host)}});
  out["kv_tokens"] = placement.kv_tokens > 0 ? json(placement.kv_tokens) : json(nullptr);
  return out;
}

json step_time_json(const StepTime& step) {
  return json_object({{"weights", step.weights.value()},
                      {"kv", step.kv.value()},
                      {"compute", step.compute.value()},
                      {"communication", step.communication.value()},
                      {"host", step.host.value()},
                      {"overhead", step.overhead.value()}});
}

// A figure without a value, and the reason.
json absent(std::initializer_list<const char*> fields, const std::string& reason) {
  json out = json::object();
  for (const char* field : fields) out[field] = nullptr;
  out["reason"] = reason;
  return out;
}

void put_speed(json& out, const Answer& answer, std::string_view no_decode, const Texts& texts) {
  const Speed& speed = answer.estimate.speed;
  const Workload& workload = answer.scenario.settings.workload;
  std::string reason;
  if (!speed.known) {
    reason = texts.get(speed.unknown_reason);
  } else if (!has_speed(answer.estimate)) {
    const Estimate& estimate = answer.estimate;
    reason = estimate.placement.impossible ? texts.render(estimate.verdict.text) : texts.get("speed.does_not_fit");
  }
  const bool decodes = reason.empty() && workload.output > 0;
  const bool prefills = reason.empty() && speed.has_prefill;
  // The data sheet of the device says nothing about its throughput.
  const char* no_prefill = workload.prompt > 0 ? "speed.no_throughput" : "speed.no_prompt";
  const auto why = [&](std::string_view key) { return reason.empty() ? std::string(texts.get(key)) : reason; };
  if (decodes) {
    out["decode"] = json_object({{"tok_s", range_json(speed.decode_tok_s)},
                                 {"total_tok_s", range_json(speed.decode_total_tok_s)},
                                 {"bound", name_of(kBoundNames, speed.decode_bound)},
                                 {"time_s", step_time_json(speed.decode_step)}});
  } else {
    out["decode"] =
        absent({"tok_s", "total_tok_s", "bound", "time_s"}, why(no_decode.empty() ? "speed.no_output" : no_decode));
  }
  if (prefills) {
    out["prefill"] =
        json_object({{"tok_s", range_json(speed.prefill_tok_s)}, {"bound", name_of(kBoundNames, speed.prefill_bound)}});
    out["ttft_s"] = range_json(speed.ttft_s);
    if (speed.queue > Seconds(0)) out["queue_s"] = speed.queue.value();
  } else {
    out["prefill"] = absent({"tok_s", "bound"}, why(no_prefill));
    out["ttft_s"] = nullptr;
    out["ttft_reason"] = why(no_prefill);
  }
  if (decodes && speed.throughput_tok_s.p50 > 0) {
    const auto requests = [&](double tok_s) { return tok_s / workload.output; };
    const Range& all = speed.throughput_tok_s;
    const Range per_s{requests(all.p10), requests(all.p50), requests(all.p90)};
    out["throughput"] = json_object({{"tok_s", range_json(all)}, {"requests_s", range_json(per_s)}});
  } else {
    out["throughput"] = nullptr;
  }
  if (no_decode == kDenoises) {  // all of its tokens come at once
    out["ttft_s"] = nullptr;
    out["ttft_reason"] = why(no_decode);
  }
}

json measurements_json(const std::vector<NearMeasurement>& measurements, const Catalog& catalog, const Texts& texts) {
  json out = json::array();
  for (const NearMeasurement& near : measurements) {
    const PublicMeasurement& row = *near.measurement;
    out.push_back(
        json_object({{"tok_s", row.tok_s},
                     {"test", row.test()},
                     {"source", row.source},
                     {"url", row.url},
                     {"date", row.date},
                     {"device", row.device},
                     {"devices", row.devices},
                     {"quantization", row.format},
                     {"engine", row.engine},
                     {"backend", row.backend},
                     {"prompt", row.prompt},
                     {"output", row.output},
                     {"depth", row.depth},
                     {"concurrency", std::max(row.users, 1U)},
                     {"served", row.is_served()},
                     {"rows", row.rows},
                     {"prompts_included", row.is_served() ? json(!row.generation_only) : json(nullptr)},
                     {"each_tok_s", row.decode_tok_s() > 0 ? json(row.decode_tok_s()) : json(nullptr)},
                     {"model", row.model},
                     {"ubatch", row.ubatch > 0 ? json(row.ubatch) : json(nullptr)},
                     {"flash_attention",
                      row.flash_attention == Told::nothing ? json(nullptr) : json(row.flash_attention == Told::on)},
                     {"kv_cache", row.cache.empty() ? json(nullptr) : json(row.cache)},
                     {"differs", differences(near, catalog, texts)},
                     {"same_model", near.same_model},
                     {"same_quantization", near.same_format},
                     {"same_engine", near.same_engine}}));
  }
  return out;
}

// The text of a message; empty where there is nothing to say.
std::string sentence(const Message& message, const Texts& texts) {
  return message.empty() ? std::string() : texts.render(message);
}

// Labels and formulas are keys of texts; a name or a formula in symbols stands as it is.
json trace_json(const TraceNode& node, const Texts& texts) {
  json inputs = json::array();
  for (const TraceNode& input : node.inputs) inputs.push_back(trace_json(input, texts));
  return json_object({{"label", texts.get(node.label)},
                      {"value", node.value},
                      {"unit", node.unit},
                      {"formula", texts.get(node.formula)},
                      {"source", texts.get(node.source)},
                      {"inputs", std::move(inputs)}});
}

}  // namespace

json range_json(const Range& range) {
  return json_object({{"p10", range.p10}, {"p50", range.p50}, {"p90", range.p90}});
}

json score_parts_json(const ScoreParts& parts) {
  return json_object({{"fit", parts.fit},
                      {"speed", parts.speed},
                      {"quality", parts.quality},
                      {"context", parts.context},
                      {"efficiency", parts.efficiency}});
}

json resolved_json(const ResolvedScenario& scenario, const Placement& placement) {
  const Settings& settings = scenario.settings;
  const System& system = scenario.system;
  const Link& link = system.interconnect;
  json out = json_object({{"engine", scenario.engine->id},
                          {"engine_name", scenario.engine->name},
                          {"backend", name_of(kBackendNames, system.backend)},
                          {"quantization", scenario.format->id},
                          {"context", settings.cache.context},
                          {"parallel", settings.cache.parallel},
                          {"batch", settings.cache.batch},
                          {"ubatch", settings.cache.ubatch},
                          {"flash_attention", settings.cache.flash_attention},
                          {"swa_full", settings.cache.swa_full},
                          {"prompt", settings.workload.prompt},
                          {"output", settings.workload.output},
                          {"cached_prefix", settings.workload.cached_prefix},
                          {"split", name_of(kSplitNames, placement.split)},
                          {"tensor_parallel", placement.tensor_parallel},
                          {"pipeline_parallel", placement.pipeline_parallel},
                          {"data_parallel", placement.data_parallel},
                          {"decode_context_parallel", placement.context_parallel},
                          {"expert_parallel", placement.expert_parallel},
                          {"gpu_layers", placement.gpu_layers},
                          {"cpu_moe_layers", placement.cpu_moe_layers},
                          {"host", json_object({{"memory_bytes", system.host.memory.value()},
                                                {"mem_bandwidth_gbs", system.host.bandwidth.value() / kGiga}})}});
  if (system.devices.size() > 1) {
    out["interconnect"] = json_object({{"name", link.name.empty() ? link.id : link.name},
                                       {"gbs_per_direction", link.per_direction.value() / kGiga},
                                       {"latency_us", link.latency.value() / kMicro}});
    if (system.servers() > 1) out["hosts"] = system.servers();
    if (system.hosts() > 1) out["network"] = system.network.name;
  } else {
    out["interconnect"] = nullptr;
  }
  return out;
}

json explanation_json(const Answer& answer, const Trace& trace, const Texts& texts) {
  json root = trace_json(trace.root(), texts);
  root["label"] = texts.get("explain.root");
  root["value"] = answer.estimate.placement.total().value();
  root["unit"] = "bytes";
  return root;
}

json estimate_json(const Answer& answer, const ScenarioSpec& spec, const EstimateSources& sources) {
  const Texts& texts = sources.texts;
  const Estimate& estimate = answer.estimate;
  const Placement& placement = estimate.placement;
  const Verdict& verdict = estimate.verdict;
  json out = json::object();
  out["fit"] = json_object({{"status", name_of(kFitNames, placement.status)}, {"text", sentence(verdict.text, texts)}});
  out["memory"] = memory_json(answer);
  out["offload_fraction"] = placement.offload_fraction;
  out["safe_context"] = placement.safe_context;
  out["max_parallel"] = placement.max_parallel;
  put_speed(out, answer, why_no_decode(sources.catalog, answer.scenario.model), texts);
  out["grade"] = std::string(1, verdict.grade);
  out["score"] = verdict.score;
  out["score_parts"] = score_parts_json(verdict.parts);
  out["bottleneck"] = json_object({{"kind", name_of(kBottleneckNames, verdict.bottleneck)},
                                   {"text", sentence(verdict.bottleneck_text, texts)},
                                   {"remedy", sentence(verdict.remedy, texts)}});
  out["calibration_rows"] = estimate.speed.calibration_rows;
  auto near = near_measurements(sources.measurements, answer.scenario, sources.catalog, kMeasurementsOfPair);
  out["confidence"] = name_of(kConfidenceNames, confidence_with(estimate, answer.scenario, near));
  if (near.size() > kMeasurements) near.resize(kMeasurements);
  out["measurements"] = measurements_json(near, sources.catalog, texts);
  if (answer.tuning) out["finetune"] = tuning_json(*answer.tuning);
  out["warnings"] = json::array();
  for (const Warning& warning : warnings_of(answer, spec, sources.catalog, texts)) {
    out["warnings"].push_back(json_object({{"code", warning.code}, {"text", warning.text}}));
  }
  out["resolved"] = resolved_json(answer.scenario, placement);
  return out;
}

}  // namespace headroom
