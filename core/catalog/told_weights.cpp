#include "core/catalog/told_weights.h"

namespace headroom {

ToldWeights told_weights(const Answer& answer) {
  const Bytes held = answer.estimate.placement.weights;
  const Bytes file = answer.weights->file_bytes;
  if (answer.scenario.engine->cache != CachePolicy::cells || held == Bytes(0)) return {held, Bytes(0), Bytes(0)};
  if (held >= file) return {file, held - file, Bytes(0)};
  return {file, Bytes(0), file - held};
}

}  // namespace headroom
