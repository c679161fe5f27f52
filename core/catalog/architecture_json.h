// A model's fact, as it stands in data/models/, becomes an Architecture. Import records have the same fields.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/model/architecture.h"
#include "core/result.h"

namespace headroom {

// Reads the architecture fields (hidden, layers, attention, moe, vision ... see data/README.md) and counts the
// parameters. Published totals in the row are not looked at. `path` leads the field names in messages.
// Errors (bad_value): a wrong type, a figure out of range, a layout that does not cover the layers, an unknown kind.
[[nodiscard]] Result<Architecture> architecture_from_json(const nlohmann::json& row, const std::string& path = "model");

}  // namespace headroom
