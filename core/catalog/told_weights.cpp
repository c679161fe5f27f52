#include "core/catalog/told_weights.h"

namespace headroom {

ToldWeights told_weights(const Answer& answer) {
  const Bytes held = answer.estimate.placement.weights;
  if (answer.scenario.engine->cache != CachePolicy::cells || held == Bytes(0)) return {held, Bytes(0), Bytes(0)};
  const WeightProfile& weights = *answer.weights;
  const bool uses_mtp = answer.scenario.settings.speculation.kind == SpeculationKind::mtp;
  const Bytes not_loaded = uses_mtp || weights.mtp_apart ? Bytes(0) : weights.mtp;
  return {weights.file_bytes, held + not_loaded - weights.file_bytes, not_loaded};
}

}  // namespace headroom
