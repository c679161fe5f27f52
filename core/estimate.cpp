#include "core/estimate.h"

namespace headroom {

Prepared prepare(const ModelProfile& model, const WeightProfile& weights, const Engine& engine, const System& system,
                 const Settings& settings, const Calibration& calibration, const DraftModel& draft,
                 Precision precision) {
  Prepared prepared;
  prepared.model = &model;
  prepared.weights = &weights;
  prepared.engine = &engine;
  prepared.system = system;
  prepared.draft = draft;
  prepared.dynamic = make_dynamic_memory(model, weights, engine, settings.cache, system.backend,
                                         static_cast<std::uint32_t>(system.devices.size()), precision);
  prepared.speed = make_speed_profile(calibration, model, weights, system, engine);
  return prepared;
}

Estimate estimate(const Prepared& prepared, const Settings& settings, Trace* trace) {
  Estimate result{place(*prepared.model, *prepared.weights, prepared.system, *prepared.engine, settings,
                        prepared.dynamic, prepared.draft, prepared.sought, trace),
                  {},
                  {}};
  result.speed = speed(*prepared.model, *prepared.weights, result.placement, prepared.system, *prepared.engine,
                       settings, prepared.speed, trace);
  result.verdict = judge(prepared.system, result.placement, result.speed, settings,
                         {prepared.model_quality, prepared.format_quality});
  return result;
}

}  // namespace headroom
