#include "core/placement/told_weights.h"

namespace headroom {

ToldWeights told_weights(Bytes held, const WeightProfile& weights, const Engine& engine, SpeculationKind speculation) {
  if (engine.cache != CachePolicy::cells || held == Bytes(0)) return {held, Bytes(0), Bytes(0)};
  const bool uses_mtp = speculation == SpeculationKind::mtp;
  const Bytes second_file = uses_mtp && weights.mtp_apart ? weights.mtp : Bytes(0);
  const Bytes not_loaded = uses_mtp || weights.mtp_apart ? Bytes(0) : weights.mtp;
  const Bytes read = weights.file_bytes + second_file;
  return {read, held + not_loaded - read, not_loaded};
}

}  // namespace headroom
