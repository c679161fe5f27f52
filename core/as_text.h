// Bytes of a file or of the pack, read as text.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace headroom {

[[nodiscard]] inline std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace headroom
