// Pieces of error messages about files. What comes from a file is quoted, cut and made printable first.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace headroom {

// The text in quotes, at most 64 bytes of it; bytes outside printable ASCII appear as \xNN.
[[nodiscard]] std::string quote(std::string_view text);

[[nodiscard]] inline Error bad_file(std::string message) { return Error{ErrorCode::bad_file, std::move(message)}; }

}  // namespace headroom
