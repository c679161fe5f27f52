// What no real checkpoint exceeds, whatever its format: beyond, a file is refused rather than believed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace headroom {

inline constexpr std::size_t kMaxMetadata = 16384;
inline constexpr std::size_t kMaxTensors = 65536;
inline constexpr std::uint64_t kMaxElements = 1ULL << 62U;   // of one tensor
inline constexpr std::uint64_t kMaxDataBytes = 1ULL << 50U;  // 1 PiB, a thousand times the largest model

}  // namespace headroom
