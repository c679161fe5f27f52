#include "core/estimate.h"

#include "core/advice/explain.h"

namespace headroom {

Prepared prepare(const ModelProfile& model, const WeightProfile& weights, const Engine& engine, const System& system,
                 const Settings& settings, const Calibration& calibration, const DraftModel& draft,
                 Precision precision) {
  return prepare(model, weights, engine, system, settings, calibration, draft,
                 make_dynamic_memory(model, engine, settings.cache, system.backend,
                                     static_cast<std::uint32_t>(system.devices.size()), precision));
}

Prepared prepare(const ModelProfile& model, const WeightProfile& weights, const Engine& engine, const System& system,
                 const Settings& settings, const Calibration& calibration, const DraftModel& draft,
                 const DynamicMemory& dynamic) {
  Prepared prepared;
  prepared.model = &model;
  prepared.weights = &weights;
  prepared.engine = &engine;
  prepared.system = system;
  prepared.draft = draft;
  prepared.dynamic = dynamic;
  prepared.speed = SystemSpeed(calibration, system, engine).profile(model, weights, settings.speculation.kind, draft);
  return prepared;
}

Estimate estimate(const EstimateInputs& in, const Settings& settings, Trace* trace) {
  Estimate result{
      place(in.model, in.weights, in.system, in.engine, settings, in.dynamic, in.draft, in.sought, trace), {}, {}};
  const bool hindered = !in.hindrance.why.empty();
  if (hindered) result.placement.forbid(in.hindrance.why);
  const bool runs = result.placement.status != FitStatus::does_not_fit;
  result.speed = speed(result.placement, settings, in.speed, runs ? trace : nullptr);
  result.verdict = judge(in.system, result.placement, result.speed, settings, in.quality, in.model.total_params);
  if (hindered) result.verdict.bottleneck_text = in.hindrance.way_out;
  if (trace == nullptr) return result;
  if (result.placement.impossible) {
    explain_hindrance(hindered ? in.hindrance.in_short : result.placement.reason.key, in.engine.source, *trace);
  }
  explain_score(result.verdict, settings.score_weights, *trace);
  return result;
}

Estimate estimate(const Prepared& prepared, const Settings& settings, Trace* trace) {
  const EstimateInputs inputs{*prepared.model,
                              *prepared.weights,
                              *prepared.engine,
                              prepared.system,
                              prepared.dynamic,
                              prepared.speed,
                              prepared.draft,
                              {prepared.model_quality, prepared.format_quality},
                              {},
                              prepared.hindrance};
  return estimate(inputs, settings, trace);
}

}  // namespace headroom
