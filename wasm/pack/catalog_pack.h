// The compiled facts, part of the program's own data: nothing is fetched or read from disk.
#pragma once

#include <cstdint>
#include <span>

namespace headroom {

[[nodiscard]] std::span<const std::uint8_t> catalog_pack();

}  // namespace headroom
