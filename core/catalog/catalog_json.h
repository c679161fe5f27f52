// What the catalog holds, as the contract's JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "core/catalog/catalog.h"
#include "core/result.h"

namespace headroom {

// Short rows of everything a scenario can name: for pickers.
[[nodiscard]] nlohmann::json catalog_json(const Catalog& catalog);

// The full record of one: the fact with its sources, and the contract's field names beside the fact's own.
// Errors: unknown_model, unknown_hardware with the nearest ids.
[[nodiscard]] Result<nlohmann::json> model_json(const Catalog& catalog, std::string_view id);
[[nodiscard]] Result<nlohmann::json> hardware_json(const Catalog& catalog, std::string_view id);

}  // namespace headroom
