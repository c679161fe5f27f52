// Small readers of text for pasted measurements. Nothing here throws or allocates without bound.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headroom::paste {

[[nodiscard]] std::string_view trimmed(std::string_view text);
[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] bool contains(std::string_view text, std::string_view part);

// The number at the start of `text` ("1,234.5 tok", "12.3 ± 0.1"): thousands separated by commas are understood.
// Finite and not negative, else nothing.
[[nodiscard]] std::optional<double> leading_number(std::string_view text);
// The number that follows the first `label`, past blanks, '=' and ':'.
[[nodiscard]] std::optional<double> number_after(std::string_view text, std::string_view label);
// The number that stands right before the first `label`.
[[nodiscard]] std::optional<double> number_before(std::string_view text, std::string_view label);

[[nodiscard]] std::uint32_t to_count(double value);

// Cells between `separator`; `quotes`: CSV quoting.
[[nodiscard]] std::vector<std::string> cells(std::string_view line, char separator, bool quotes);
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

}  // namespace headroom::paste
