#include "core/advice/explain.h"

namespace headroom {

void explain_hindrance(std::string_view reason, const std::string& source, Trace& trace) {
  trace.open("trace.runs", std::string(reason), source);
  trace.close(0, {});
}

void explain_score(const Mark& mark, const ScoreWeights& weights, Trace& trace) {
  if (mark.grade == 'F') {
    trace.open("trace.score", "trace.score.does_not_run", kAboveSource);
    return trace.close(0, {});
  }
  trace.open("trace.score", mark.ranked ? "trace.score.formula" : "trace.score.unranked");
  const auto part = [&](const char* label, const char* formula, double points, double weight) {
    trace.open(label, formula);
    trace.asked("trace.score.weight", weight * 100, "%");
    trace.close(points, {});
  };
  part("trace.score.fit", "trace.score.fit.formula", mark.parts.fit, weights.fit);
  part("trace.score.speed", "trace.score.speed.formula", mark.parts.speed, weights.speed);
  if (mark.ranked) part("trace.score.quality", "trace.score.quality.formula", mark.parts.quality, weights.quality);
  part("trace.score.context", "trace.score.context.formula", mark.parts.context, weights.context);
  part("trace.score.efficiency", "trace.score.efficiency.formula", mark.parts.efficiency, weights.efficiency);
  trace.close(mark.exact_score, {});
}

}  // namespace headroom
