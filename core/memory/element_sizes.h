// Bytes of one element.
#pragma once

#include <cstdint>

namespace headroom {

inline constexpr std::uint64_t kFloat = 4, kHalf = 2;
inline constexpr std::uint64_t kIndex = 4;  // of a token: its position or id

}  // namespace headroom
