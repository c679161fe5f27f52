// Records how a score came about.
#pragma once

#include "core/advice/advice.h"
#include "core/trace.h"

namespace headroom {

void explain_score(const Mark& mark, const ScoreWeights& weights, Trace& trace);

}  // namespace headroom
