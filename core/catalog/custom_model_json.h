// A model that stands in a scenario as an object instead of an id.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/catalog/custom_model.h"
#include "core/result.h"

namespace headroom {

// {"config": {...a Hugging Face config.json...}, "name"?} or a record that importModel returned.
// Errors: bad_value, bad_file, unsupported.
[[nodiscard]] Result<CustomModel> parse_custom_model(const nlohmann::json& value);

}  // namespace headroom
