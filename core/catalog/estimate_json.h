// An estimate as the contract's JSON. Unknown and undefined figures are null, with a reason beside them.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/catalog/front.h"
#include "core/catalog/measurements.h"
#include "core/catalog/scenario_spec.h"
#include "core/catalog/texts.h"
#include "core/speed/speed.h"
#include "core/trace.h"

namespace headroom {

// What an estimate's JSON is made with, beside the answer itself.
struct EstimateSources {
  const Catalog& catalog;
  const Measurements& measurements;
  const Texts& texts;
};
[[nodiscard]] nlohmann::json estimate_json(const Answer& answer, const ScenarioSpec& spec,
                                           const EstimateSources& sources);

// Parts that rows of other answers share.
[[nodiscard]] nlohmann::json range_json(const Range& range);  // {p10, p50, p90}
[[nodiscard]] nlohmann::json score_parts_json(const ScoreParts& parts);
// What the scenario was resolved to: engine, backend, format, cache, placement, link.
[[nodiscard]] nlohmann::json resolved_json(const ResolvedScenario& scenario, const Placement& placement);

// {label, value, unit, formula, inputs, source}, down to the leaves; the root is the whole answer.
[[nodiscard]] nlohmann::json explanation_json(const Answer& answer, const Trace& trace, const Texts& texts);

}  // namespace headroom
