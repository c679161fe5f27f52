// Type-to-search over names: every word of the query must be found; better places in the name rank first.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

// Lower case, with everything but letters, digits and dots as single spaces.
[[nodiscard]] std::string search_key(std::string_view text);

// How well `key` (made by search_key) answers `query` (likewise); < 0 when a word is missing.
[[nodiscard]] int search_score(std::string_view key, std::string_view query);

// Indices of the keys that answer the query, best first; all, in order, for an empty query.
[[nodiscard]] std::vector<std::uint32_t> search(std::span<const std::string> keys, std::string_view query);

}  // namespace headroom
