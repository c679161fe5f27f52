// Text that may stand in the fragment of an address.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace headroom {

// Everything but letters, digits and "-._:/" becomes %XX.
[[nodiscard]] std::string percent_encoded(std::string_view text);
// Nothing for a broken escape.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

// RFC 4648 section 5, without padding.
[[nodiscard]] std::string base64url(std::string_view bytes);
// Nothing for a character outside the alphabet or an impossible length.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

}  // namespace headroom
