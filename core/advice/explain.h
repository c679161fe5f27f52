// Records how a score came about.
#pragma once

#include "core/advice/advice.h"
#include "core/trace.h"

namespace headroom {

// That it does not run, and why: `reason` is the key of a sentence without figures.
void explain_hindrance(std::string_view reason, const std::string& source, Trace& trace);
void explain_score(const Mark& mark, const ScoreWeights& weights, Trace& trace);

}  // namespace headroom
