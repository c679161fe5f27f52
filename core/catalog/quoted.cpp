#include "core/catalog/quoted.h"

namespace headroom {
namespace {

constexpr std::size_t kShownLength = 60;  // bytes

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

std::string_view beginning(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && continues_character(text[bytes])) --bytes;
  return text.substr(0, bytes);
}

std::string shortened(std::string_view text) {
  const std::string_view start = beginning(text, kShownLength);
  return std::string(start) + (start.size() < text.size() ? "..." : "");
}

std::string in_quotes(std::string_view text) { return "\"" + shortened(text) + "\""; }

}  // namespace headroom
