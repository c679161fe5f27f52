// Shared by the fuzz targets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace headroom::fuzz {

// Stops the fuzzer when something that must hold does not.
inline void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace headroom::fuzz
