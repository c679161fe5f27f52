// A split of models in two that depends on nothing but their names.
#pragma once

#include <cstdint>
#include <string_view>

namespace headroom::accuracy {

[[nodiscard]] inline bool in_first_half(std::string_view name) {
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619U;
  return hash % 2 == 0;
}

}  // namespace headroom::accuracy
