// Fitted efficiencies as text: data/calibration.json, written by tests/calibration.
//
// {"factors": {slot: {level: {name: [log factor, rows]}}},
//  "ranges": [{"class", "group", "known", "p10", "p90", "rows"}]}
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/speed/calibration.h"

namespace headroom {

// The file's rows, which the pack stores instead of the text.
struct FactorRow {
  Slot slot = Slot::count;
  Level level = Level::count;
  std::string name;
  double log_factor = 0;
  std::uint32_t rows = 0;
};
struct RangeRow {
  SpeedClass cls = SpeedClass::count;
  Acquaintance known = Acquaintance::count;
  std::string group;
  ResidualRange range;
};
struct CalibrationRows {
  std::vector<FactorRow> factors;
  std::vector<RangeRow> ranges;
};
[[nodiscard]] Result<CalibrationRows> read_calibration_rows(std::string_view json_text);
// Sealed.
[[nodiscard]] Calibration make_calibration(const CalibrationRows& rows);

// Errors (bad_file): not JSON, an unknown slot, level or class, a figure that is not finite. The result is sealed.
[[nodiscard]] Result<Calibration> read_calibration(std::string_view json_text);

// The names used in the file.
[[nodiscard]] const char* level_name(Level level);

}  // namespace headroom
