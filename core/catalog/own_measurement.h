// A pasted measurement beside the estimate of the same test on the scenario's machine.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/catalog/front.h"
#include "core/catalog/measurement_paste.h"
#include "core/catalog/scenario_spec.h"
#include "core/result.h"

namespace headroom {

struct OwnMeasurement {
  Paste paste;
  std::vector<double> estimates;            // parallel to paste.figures; 0 where there is nothing to compare with
  std::optional<PersonalFactors> personal;  // for ScenarioSpec::personal; empty when no speed could be compared
};

// Compares with the plain estimate: factors that the scenario has already are left aside. Errors: those of the
// scenario.
[[nodiscard]] Result<OwnMeasurement> compare_measurement(Front& front, const ScenarioSpec& spec, std::string_view text);

}  // namespace headroom
