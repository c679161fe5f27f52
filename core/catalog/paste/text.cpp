#include "core/catalog/paste/text.h"

#include <cmath>
#include <limits>

namespace headroom::paste {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
constexpr std::size_t kMostCells = 256;
constexpr std::size_t kMostDigits = 40;

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

namespace {

// "118,25" but not "1,250" nor the comma of a list.
bool is_decimal_comma(std::string_view text, std::size_t at) {
  std::size_t digits = 0;
  while (at + 1 + digits < text.size() && is_digit(text[at + 1 + digits])) ++digits;
  return digits > 0 && digits != 3;
}

// The power of ten at `at` ("e+03"); 1 where there is none, nothing where it is beyond what a double holds.
std::optional<double> exponent(std::string_view text, std::size_t at) {
  if (at >= text.size() || (text[at] != 'e' && text[at] != 'E')) return 1;
  ++at;
  const bool negative = at < text.size() && text[at] == '-';
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  if (at >= text.size() || !is_digit(text[at])) return 1;
  int power = 0;
  for (; at < text.size() && is_digit(text[at]); ++at) {
    power = power * 10 + (text[at] - '0');
    if (power > std::numeric_limits<double>::max_exponent10) return std::nullopt;
  }
  return std::pow(10.0, negative ? -power : power);
}

}  // namespace

std::optional<double> leading_number(std::string_view text) {
  text = trimmed(text);
  double value = 0;
  double scale = 0;  // 0 before the point
  std::size_t digits = 0;
  std::size_t i = 0;
  for (; i < text.size() && digits < kMostDigits; ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      ++digits;
      if (scale > 0) {
        value += (c - '0') * scale;
        scale /= 10;
      } else {
        value = value * 10 + (c - '0');
      }
    } else if (c == '.' && scale == 0 && i + 1 < text.size() && is_digit(text[i + 1])) {
      scale = 0.1;
    } else if (c != ',' || digits == 0 || scale > 0 || i + 1 == text.size() || !is_digit(text[i + 1])) {
      break;
    } else if (is_decimal_comma(text, i)) {
      scale = 0.1;
    }
  }
  const std::optional<double> factor = exponent(text, i);
  if (digits == 0 || !factor || !std::isfinite(value * *factor)) return std::nullopt;
  return value * *factor;
}

std::optional<double> number_after(std::string_view text, std::string_view label) {
  const std::size_t at = text.find(label);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + label.size());
  while (!text.empty() && (is_blank(text.front()) || text.front() == '=' || text.front() == ':')) text.remove_prefix(1);
  return leading_number(text);
}

std::optional<double> number_before(std::string_view text, std::string_view label) {
  const std::size_t at = text.find(label);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view head = trimmed(text.substr(0, at));
  std::size_t start = head.size();
  while (start > 0 && (is_digit(head[start - 1]) || head[start - 1] == '.' || head[start - 1] == ',')) --start;
  return leading_number(head.substr(start));
}

std::optional<double> bytes_after(std::string_view text, std::string_view label, double thousand) {
  const std::optional<double> number = number_after(text, label);
  if (!number) return std::nullopt;
  text.remove_prefix(text.find(label) + label.size());
  const std::size_t unit = text.find_first_not_of("0123456789.,: =\"\t", 0);
  constexpr std::string_view kPrefixes = "KMGT";
  const std::size_t power = unit == std::string_view::npos ? std::string_view::npos : kPrefixes.find(text[unit]);
  if (power == std::string_view::npos) return *number;
  constexpr double kBinary = 1024;
  const bool binary = unit + 1 < text.size() && text[unit + 1] == 'i';
  return *number * std::pow(binary ? kBinary : thousand, static_cast<double>(power + 1));
}

std::string without_escapes(std::string_view text) {
  constexpr char kEscape = '\x1b';
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != kEscape) {
      out += text[i];
      continue;
    }
    if (i + 1 == text.size() || text[i + 1] != '[') continue;
    // A sequence ends with a letter or one of "@[\\]^_`{|}~".
    for (i += 2; i < text.size() && (text[i] < '@' || text[i] > '~') && text[i] != '\n'; ++i) {
    }
  }
  return out;
}

std::uint32_t to_count(double value) {
  if (!(value > 0)) return 0;
  constexpr double kMost = std::numeric_limits<std::uint32_t>::max();
  return value >= kMost ? std::numeric_limits<std::uint32_t>::max() : static_cast<std::uint32_t>(value);
}

std::uint32_t count_within(double value, std::uint32_t most) { return value <= most ? to_count(value) : 0; }

std::optional<double> leading_params(std::string_view text) {
  const std::optional<double> number = leading_number(text);
  if (!number) return std::nullopt;
  constexpr double kThousand = 1e3;
  constexpr std::string_view kUnits = "KMBT";
  text = trimmed(text);
  const std::size_t unit = text.find_first_not_of("0123456789., ");
  const std::size_t power = unit == std::string_view::npos ? std::string_view::npos : kUnits.find(text[unit]);
  return power == std::string_view::npos ? *number : *number * std::pow(kThousand, static_cast<double>(power + 1));
}

std::vector<std::string> cells(std::string_view line, char separator, char quote) {
  std::vector<std::string> result(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != '\0' && c == quote) {
      if (quoted && i + 1 < line.size() && line[i + 1] == quote) {
        result.back() += quote;
        ++i;
      } else {
        quoted = !quoted;
      }
    } else if (c == separator && !quoted) {
      if (result.size() == kMostCells) break;
      result.emplace_back();
    } else {
      result.back() += c;
    }
  }
  for (std::string& cell : result) cell = std::string(trimmed(cell));
  return result;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace headroom::paste
