// The questions a person would ask of an estimate, answered in sentences made of its figures.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/front.h"
#include "core/catalog/measurements.h"
#include "core/catalog/scenario_spec.h"
#include "core/catalog/texts.h"

namespace headroom {

struct QuestionAnswer {
  std::string_view id;  // "fits", fixed spelling, for programs
  std::string question, answer;
};

// Everything the answers are made of; all of it of one scenario.
struct QuestionFacts {
  const ScenarioSpec& spec;
  const Answer& answer;
  std::span<const FormatRow> formats;
  std::span<const Upgrade> upgrades;
  std::span<const NearMeasurement> measurements;
};

// Asks `front` once more: for as many sequences as fit together.
[[nodiscard]] std::vector<QuestionAnswer> questions_and_answers(Front& front, const QuestionFacts& facts,
                                                                const Texts& texts);

}  // namespace headroom
