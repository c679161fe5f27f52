// An accelerator or CPU that is not in the catalog, given as a record in a scenario.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/catalog/scenario_spec.h"
#include "core/result.h"

namespace headroom {

// Needs memory_bytes; a bandwidth or throughput left out stays unknown. Takes what hr.hardware(id) returns, too.
// `path` names the field in messages; fields that nobody reads are added to `unknown`. Errors: bad_value.
[[nodiscard]] Result<CustomDevice> parse_custom_device(const nlohmann::json& record, const std::string& path,
                                                       std::vector<std::string>& unknown);

// A record that has the id of a device of the catalog and says nothing else of it than the catalog does is that device.
void use_catalog_ids(const Catalog& catalog, HardwareSpec& hardware);

}  // namespace headroom
