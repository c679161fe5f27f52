#include "wasm/app/wrap.h"

namespace headroom {
namespace {

bool is_ideographic(char32_t c) {
  return (c >= 0x2E80 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0xFF00 && c <= 0xFF60) || (c >= 0x20000 && c <= 0x3FFFF);
}

bool must_not_begin_line(char32_t c) {
  return std::u32string_view(U"、。，．：；？！）】》」』〉〕％,.:;?!)]%…—").find(c) != std::u32string_view::npos;
}

bool must_not_end_line(char32_t c) {
  return std::u32string_view(U"（【《「『〈〔([$").find(c) != std::u32string_view::npos;
}

}  // namespace

CodePoint decode_first(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  const std::size_t length = lead < 0x80 ? 1 : (lead >> 5) == 6 ? 2 : (lead >> 4) == 14 ? 3 : (lead >> 3) == 30 ? 4 : 1;
  if (length == 1 || length > text.size()) return {lead, 1};
  char32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {lead, 1};
    value = (value << 6) | (byte(i) & 0x3FU);
  }
  return {value, length};
}

bool may_break_between(char32_t before, char32_t after) {
  if (after == U' ') return false;  // the space stays on the line it ends
  if (before == U' ') return true;
  if (must_not_begin_line(after) || must_not_end_line(before)) return false;
  return is_ideographic(before) || is_ideographic(after);
}

}  // namespace headroom
