// An accelerator or CPU that is not in the catalog, given as a record in a scenario.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/catalog/scenario_spec.h"
#include "core/result.h"

namespace headroom {

// Needs memory_bytes; a bandwidth or throughput left out stays unknown. Takes what hr.hardware(id) returns, too.
// `path` names the field in messages. Errors: bad_value.
[[nodiscard]] Result<CustomDevice> parse_custom_device(const nlohmann::json& record, const std::string& path);

}  // namespace headroom
