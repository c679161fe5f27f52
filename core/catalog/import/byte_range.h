// A part of a file that a parser wants to see. 64 bit everywhere: size_t has 32 bits in WebAssembly.
#pragma once

#include <cstdint>

namespace headroom {

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

}  // namespace headroom
