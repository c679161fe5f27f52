// Shapes from a file divided by shapes from a file.
#pragma once

#include <cstdint>

namespace headroom {

// 0 where the divisor is: a size that the file does not give.
[[nodiscard]] constexpr std::uint32_t quotient(std::uint32_t value, std::uint32_t by) {
  return by == 0 ? 0 : value / by;
}

}  // namespace headroom
