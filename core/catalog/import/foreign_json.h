// JSON files that lie beside a model's config.json and are dropped in its place.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/result.h"

namespace headroom {

// Says which file `json` is and what to give instead; nothing when it may describe a model. Error: unsupported.
[[nodiscard]] Status foreign_json(const nlohmann::json& file);

}  // namespace headroom
