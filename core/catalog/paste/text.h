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

// The number at the start of `text` ("1,234.5 tok", "12.3 ± 0.1", "1.2e+03"). A comma before three digits separates
// thousands, any other is a decimal point.
// Finite and not negative, else nothing.
[[nodiscard]] std::optional<double> leading_number(std::string_view text);
// The number that follows the first `label`, past blanks, '=' and ':'.
[[nodiscard]] std::optional<double> number_after(std::string_view text, std::string_view label);
// The number that stands right before the first `label`.
[[nodiscard]] std::optional<double> number_before(std::string_view text, std::string_view label);

// As number_after(), in bytes by the unit that follows; `thousand` is what a unit without an "i" counts by.
[[nodiscard]] std::optional<double> bytes_after(std::string_view text, std::string_view label, double thousand);

// The text without the colours of a terminal.
[[nodiscard]] std::string without_escapes(std::string_view text);

[[nodiscard]] std::uint32_t to_count(double value);
// 0 for more than `most`.
[[nodiscard]] std::uint32_t count_within(double value, std::uint32_t most);
// The number of parameters at the start of a text: "8.03 B", "494.03 M", "1.03 T", "8030261312".
[[nodiscard]] std::optional<double> leading_params(std::string_view text);

// Cells between `separator`; within a pair of `quote` it separates nothing. '\0': no quoting.
[[nodiscard]] std::vector<std::string> cells(std::string_view line, char separator, char quote);
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

}  // namespace headroom::paste
