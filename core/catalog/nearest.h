// Suggestions for a misspelled id.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

// The candidates with the smallest edit distance (case ignored) to `given`, best first, at most `count`.
[[nodiscard]] std::vector<std::string_view> nearest_ids(std::string_view given,
                                                        std::span<const std::string_view> candidates,
                                                        std::size_t count);

[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] std::string joined(std::span<const std::string_view> parts);  // "a, b, c"

}  // namespace headroom
