// A pasted measurement beside the estimate of the same test on the scenario's machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/front.h"
#include "core/catalog/measurement_paste.h"
#include "core/catalog/scenario_spec.h"
#include "core/catalog/texts.h"
#include "core/result.h"

namespace headroom {

struct FigureComparison {
  double estimated = 0;  // 0 where there is nothing to compare with
  LeftOut left_out = LeftOut::no;
  std::string measured, asked;      // what differs from the scenario
  double cache_bits = 0, host = 0;  // of the run that was estimated, as in PasteComparison
};

struct OwnMeasurement {
  Paste paste;
  std::vector<FigureComparison> comparisons;  // parallel to paste.figures
  std::optional<PersonalFactors> personal;    // for ScenarioSpec::personal; empty when no speed counts
};

// Compares with the plain estimate: factors that the scenario has already are left aside. What a run did otherwise than
// the scenario says (lengths, cache types, batches, flash attention) the estimate does, too. Errors: those of the
// scenario.
[[nodiscard]] Result<OwnMeasurement> compare_measurement(Front& front, const ScenarioSpec& spec, std::string_view text);

// Why a figure was left out, as a sentence; empty where it was not.
[[nodiscard]] std::string why_left_out(const FigureComparison& comparison, const Texts& texts);

}  // namespace headroom
