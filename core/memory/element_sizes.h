// Bytes of one element.
#pragma once

#include <cstdint>

namespace headroom {

inline constexpr std::uint64_t kFloat = 4, kHalf = 2;

}  // namespace headroom
