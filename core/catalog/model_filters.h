// What the list of models can be cut down to: thresholds, and the licences that allow any use
// (data/model_filters.json).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace headroom {

struct ModelFilters {
  double fast = 0;                 // tokens per second of one sequence
  std::uint32_t long_context = 0;  // tokens
  char good_grade = 'A';           // the worst one that still counts as good
  std::vector<std::string> open_licenses;
  [[nodiscard]] bool is_open(std::string_view license) const;
};

// Errors (bad_file): not the expected JSON, a threshold that is not positive, an unknown grade, no licence.
[[nodiscard]] Result<ModelFilters> read_model_filters(std::string_view json_text);

}  // namespace headroom
