#include "core/catalog/import/message_text.h"

#include <cstdint>
#include <string>

namespace headroom {
namespace {

constexpr std::size_t kQuotedBytes = 64;

void append_escaped(std::string& out, unsigned char byte) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\x";
  out += kHex[byte >> 4U];
  out += kHex[byte & 15U];
}

}  // namespace

std::string quote(std::string_view text) {
  const bool cut = text.size() > kQuotedBytes;
  std::string out = "\"";
  for (const char c : text.substr(0, kQuotedBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f || c == '"' || c == '\\') {
      append_escaped(out, byte);
    } else {
      out += c;
    }
  }
  out += cut ? "...\"" : "\"";
  return out;
}

}  // namespace headroom
