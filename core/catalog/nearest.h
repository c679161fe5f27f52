// Suggestions for a misspelled id.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

// The candidates that hold most of the words of `given`, and of those the ones with the smallest edit distance, best
// first, at most `count`. Words are of letters or of digits; case is ignored.
[[nodiscard]] std::vector<std::string_view> nearest_ids(std::string_view given,
                                                        std::span<const std::string_view> candidates,
                                                        std::size_t count);

[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] std::string joined(std::span<const std::string_view> parts);  // "a, b, c"

}  // namespace headroom
