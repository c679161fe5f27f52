#include "wasm/app/typed_number.h"

#include <cmath>
#include <cstdlib>
#include <string>

namespace headroom {
namespace {

constexpr std::string_view kNarrowSpace = "\xE2\x80\xAF", kSpace = "\xC2\xA0";  // as some languages group digits

bool is_typed_digit(char c) { return c >= '0' && c <= '9'; }

// Without what only groups digits; "," as decimal mark becomes ".".
std::string without_groups(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with(kNarrowSpace) || rest.starts_with(kSpace)) {
      i += (rest.starts_with(kNarrowSpace) ? kNarrowSpace : kSpace).size() - 1;
      continue;
    }
    const char c = text[i];
    if (c == ' ' || c == '_' || c == '\'') continue;
    std::size_t digits = 0;
    while (i + 1 + digits < text.size() && is_typed_digit(text[i + 1 + digits])) ++digits;
    const bool groups = (c == '.' || c == ',') && i > 0 && digits == 3;
    if (!groups) out += c == ',' ? '.' : c;
  }
  return out;
}

}  // namespace

std::optional<double> read_count(std::string_view text) {
  std::string figure = without_groups(text);
  double unit = 1;
  if (!figure.empty()) {
    const char last = figure.back();
    if (last == 'k' || last == 'K') unit = 1024;
    if (last == 'm' || last == 'M') unit = 1024.0 * 1024;
    if (unit > 1) figure.pop_back();
  }
  if (figure.empty() || figure.find_first_not_of("0123456789.") != std::string::npos || !is_typed_digit(figure[0])) {
    return std::nullopt;
  }
  char* end = nullptr;
  const double value = std::strtod(figure.c_str(), &end) * unit;
  if (*end != '\0' || value != std::floor(value)) return std::nullopt;
  return value;
}

}  // namespace headroom
