// Dates as the facts write them: "2026-05" or "2026-05-17".
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace headroom {

// Months since the year 0; what is missing or no number counts as 0.
[[nodiscard]] inline int months_of(std::string_view date) {
  const auto number = [date](std::size_t at, std::size_t length) {
    int value = 0;
    for (const char digit : date.substr(std::min(at, date.size()), length)) {
      if (digit >= '0' && digit <= '9') value = value * 10 + (digit - '0');
    }
    return value;
  };
  return number(0, 4) * 12 + number(5, 2);
}

}  // namespace headroom
