// Numbers as people type them.
#pragma once

#include <optional>
#include <string_view>

namespace headroom {

// A count: "131072", "131,072", "131 072", "128k", "1.5K" (of 1024), "1m". None for anything else: signs, words, parts
// of one. `.` and `,` group digits where exactly three follow, and are a decimal mark before k and m.
[[nodiscard]] std::optional<double> read_count(std::string_view text);

}  // namespace headroom
