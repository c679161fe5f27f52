// Where a line of text may end.
#pragma once

#include <cstddef>
#include <string_view>

namespace headroom {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
};
// The first character of non-empty UTF-8 text; malformed bytes count as one character each.
[[nodiscard]] CodePoint decode_first(std::string_view text);

// Whether text may be broken between these two characters: after spaces, and around Chinese, Japanese and Korean
// characters unless punctuation must not begin or end a line.
[[nodiscard]] bool may_break_between(char32_t before, char32_t after);

}  // namespace headroom
