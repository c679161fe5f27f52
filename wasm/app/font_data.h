// The font files of web/fonts as bytes; the definitions are generated at build time.
#pragma once

#include <cstdint>
#include <span>

namespace headroom {

[[nodiscard]] std::span<const std::uint8_t> inter_regular();
[[nodiscard]] std::span<const std::uint8_t> inter_semibold();

}  // namespace headroom
