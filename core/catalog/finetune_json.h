// The "finetune" field of a scenario, and its part of an estimate.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/catalog/front.h"
#include "core/catalog/json_fields.h"
#include "core/catalog/scenario_spec.h"

namespace headroom {

// Reads the field if it is there; what is wrong with it is recorded in `fields`.
void parse_finetune(JsonFields& fields, ScenarioSpec& spec);
[[nodiscard]] nlohmann::json to_json(const TuneSettings& settings);
[[nodiscard]] nlohmann::json tuning_json(const Tuning& tuning);

}  // namespace headroom
