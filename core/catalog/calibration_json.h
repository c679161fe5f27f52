// Fitted efficiencies as text: data/calibration.json, written by tests/calibration.
//
// {"factors": {slot: {level: {name: [log factor, rows]}}},
//  "ranges": [{"class", "group", "known", "p10", "p90", "rows"}]}
#pragma once

#include <string_view>

#include "core/result.h"
#include "core/speed/calibration.h"

namespace headroom {

// Errors (bad_file): not JSON, an unknown slot, level or class, a figure that is not finite. The result is sealed.
[[nodiscard]] Result<Calibration> read_calibration(std::string_view json_text);

// The names used in the file.
[[nodiscard]] const char* level_name(Level level);

}  // namespace headroom
