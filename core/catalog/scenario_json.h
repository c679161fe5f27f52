// The contract's scenario as JSON, both ways. Checks types and ranges; ids are checked when they are resolved.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/catalog/scenario_spec.h"
#include "core/result.h"

namespace headroom {

// Which of the two parts that have no default a caller needs.
struct ScenarioNeeds {
  bool model = true;
  bool hardware = true;
};

// Errors: bad_value naming the field, what was given and what is allowed; bad_file for an unreadable inline model.
// Unknown fields are listed in ScenarioSpec::unknown_fields and change nothing.
[[nodiscard]] Result<ScenarioSpec> parse_scenario(const nlohmann::json& value, ScenarioNeeds needs = {});

// Only what differs from the defaults, so that parse_scenario(to_json(s)) equals s.
[[nodiscard]] nlohmann::json to_json(const ScenarioSpec& spec);
[[nodiscard]] nlohmann::json to_json(const PersonalFactors& personal);

}  // namespace headroom
