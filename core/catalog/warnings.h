// What a person should know about an estimate besides its figures.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/front.h"
#include "core/catalog/scenario_spec.h"
#include "core/catalog/texts.h"

namespace headroom {

struct Warning {
  std::string_view code;  // fixed spelling, for programs
  std::string text;       // in the language of `texts`
};

[[nodiscard]] std::vector<Warning> warnings_of(const Answer& answer, const ScenarioSpec& spec, const Catalog& catalog,
                                               const Texts& texts);

}  // namespace headroom
