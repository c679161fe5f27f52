// What a person gave, in a message: never the whole of a pasted file, and no character cut in two.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace headroom {

// The beginning of a text: at most so many bytes, and of UTF-8 whole characters only.
[[nodiscard]] std::string_view beginning(std::string_view text, std::size_t bytes);
// The text, or its first 60 bytes and "..." where it is longer.
[[nodiscard]] std::string shortened(std::string_view text);
// The same in quotes.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace headroom
