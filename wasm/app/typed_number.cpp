#include "wasm/app/typed_number.h"

#include <cmath>
#include <cstdlib>
#include <string>

namespace headroom {
namespace {

constexpr std::string_view kNarrowSpace = "\xE2\x80\xAF", kSpace = "\xC2\xA0";  // as some languages group digits

bool is_typed_digit(char c) { return c >= '0' && c <= '9'; }

constexpr std::string_view kGroupMarks[] = {kNarrowSpace, kSpace, " ", "_", "'", ".", ","};

// Without marks between groups of three digits and without spaces around the figure and its unit. A decimal mark
// becomes
// "."; what groups nothing stays, and makes the text none of a number.
std::string without_groups(std::string_view text) {
  std::string out;
  bool grouped = false;
  const auto digits_from = [&text](std::size_t i) {
    std::size_t count = 0;
    while (i + count < text.size() && is_typed_digit(text[i + count])) ++count;
    return count;
  };
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = 0;
    for (const std::string_view mark : kGroupMarks) {
      if (text.substr(i).starts_with(mark)) length = mark.size();
    }
    const std::size_t digits = digits_from(i + length);
    if (length > 0 && digits == 3 && !out.empty()) {
      grouped = true;
    } else if (length > 0 && digits == 0 && text[i] == ' ') {
      // between the figure and its unit, or behind them
    } else {
      const bool decimal = text[i] == ',' && !grouped;
      out += decimal ? '.' : grouped && text[i] == '.' ? ',' : text[i];
      length = 1;
    }
    i += length;
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
