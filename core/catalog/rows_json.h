// Rows of the contract's tables as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/catalog/catalog.h"
#include "core/catalog/front.h"
#include "core/catalog/own_measurement.h"
#include "core/catalog/quality.h"
#include "core/catalog/texts.h"
#include "core/trace.h"

namespace headroom {

[[nodiscard]] nlohmann::json row_json(const FormatRow& row, const Texts& texts);
[[nodiscard]] nlohmann::json row_json(const WorkloadRow& row);
[[nodiscard]] nlohmann::json row_json(const ScalingRow& row);
[[nodiscard]] nlohmann::json row_json(const RankedModel& row, const Catalog& catalog);
[[nodiscard]] nlohmann::json row_json(const RankedDevice& row, const Catalog& catalog);
// `before` is the scenario that was asked about: the row's `change` holds the fields that differ from it.
[[nodiscard]] nlohmann::json row_json(const Upgrade& row, const nlohmann::json& before, const Texts& texts);

[[nodiscard]] nlohmann::json roofline_json(const MachineRoofline& machine);

// The figures read, what the estimate says of each, and the factors that calibrate `scenario` to this machine.
[[nodiscard]] nlohmann::json own_measurement_json(const OwnMeasurement& own, const Texts& texts);

}  // namespace headroom
