#include "core/catalog/number_format.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "core/si.h"

namespace headroom {
namespace {

constexpr const char* kUnknown = "–";
constexpr const char* kNarrowSpace = "\u202F";  // groups Spanish digits and stands before the percent sign

struct Separators {
  const char* decimal;
  const char* group;
  std::size_t ungrouped_digits;  // integers of up to so many digits stay whole
};

Separators separators(Language language) {
  return language == Language::es ? Separators{",", kNarrowSpace, 4} : Separators{".", ",", 3};
}

// Decimals that leave `digits` significant ones.
int decimals_for(double value, int digits) {
  const double magnitude = std::fabs(value);
  if (magnitude == 0) return 0;
  const int before_point = static_cast<int>(std::floor(std::log10(magnitude))) + 1;
  return std::max(0, digits - before_point);
}

std::string without_trailing_zero(double value, int decimals, Language language) {
  const double scale = std::pow(10.0, decimals);
  const bool whole = std::fabs(std::round(value * scale) / scale - std::round(value)) < 0.5 / scale;
  return format_number(value, whole ? 0 : decimals, language);
}

struct Step {
  double size;
  const char* suffix;
};

template <std::size_t N>
const Step& step_for(const std::array<Step, N>& steps, double value) {
  for (const Step& step : steps) {
    if (value >= step.size) return step;
  }
  return steps.back();
}

}  // namespace

const char* language_code(Language language) {
  switch (language) {
    case Language::en: return "en";
    case Language::es: return "es";
    case Language::zh: return "zh";
  }
  return "en";
}

std::optional<Language> parse_language(std::string_view tag) {
  const std::string_view primary = tag.substr(0, tag.find_first_of("-_"));
  for (const Language language : kLanguages) {
    if (primary == language_code(language)) return language;
  }
  return std::nullopt;
}

std::string join(const Figure& figure) {
  return figure.unit.empty() ? figure.value : figure.value + "\u00A0" + figure.unit;
}

bool is_whole(double value) {
  constexpr double kMost = 1e15;  // a little below 2^53
  return std::abs(value) < kMost && value == std::round(value);
}

std::string format_number(double value, int decimals, Language language) {
  if (!std::isfinite(value)) return kUnknown;
  std::array<char, 400> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, std::fabs(value));
  const std::string_view plain(buffer.data());
  const std::size_t point = plain.find('.');
  const std::string_view whole = plain.substr(0, point);
  const Separators marks = separators(language);

  std::string out;
  const bool is_zero = plain.find_first_not_of("0.") == std::string_view::npos;
  if (value < 0 && !is_zero) out = "−";
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const std::size_t left = whole.size() - i;
    if (i > 0 && left % 3 == 0 && whole.size() > marks.ungrouped_digits) out += marks.group;
    out += whole[i];
  }
  if (point != std::string_view::npos) {
    out += marks.decimal;
    out += plain.substr(point + 1);
  }
  return out;
}

std::string format_significant(double value, Language language) {
  if (!std::isfinite(value)) return kUnknown;
  return format_number(value, std::min(decimals_for(value, 3), 6), language);
}

Figure format_bytes(double bytes, Language language) {
  static constexpr std::array<Step, 5> kSteps{{{1024.0 * 1024 * 1024 * 1024, "TiB"},
                                               {1024.0 * 1024 * 1024, "GiB"},
                                               {1024.0 * 1024, "MiB"},
                                               {1024.0, "KiB"},
                                               {1.0, "B"}}};
  // 999.95 GiB would print as 1,000.0 GiB: still the right unit until 1024.
  const Step& step = step_for(kSteps, std::fabs(bytes));
  const double value = bytes / step.size, size = std::fabs(value);
  const bool fine = step.size >= 1024.0 * 1024 * 1024;
  const int finest = step.size > 1024.0 * 1024 * 1024 ? 2 : 1;  // a tenth of a TiB is more than most cards hold
  const int decimals = size >= 1000 ? 0 : fine ? finest : size >= 10 ? 0 : 1;
  return {format_number(value, step.size == 1.0 ? 0 : decimals, language), step.suffix};
}

Figure format_seconds(double seconds, Language language) {
  if (!std::isfinite(seconds)) return {kUnknown, ""};
  constexpr double kMinute = 60, kHour = 3600;
  if (seconds < 1e-3) return {format_significant(seconds * 1e6, language), "µs"};
  if (seconds < 0.9995) return {format_number(seconds * 1e3, seconds < 0.01 ? 1 : 0, language), "ms"};
  if (seconds < 2 * kMinute) return {format_number(seconds, seconds < 9.95 ? 1 : 0, language), "s"};
  if (seconds < 2 * kHour) return {format_number(seconds / kMinute, seconds < 10 * kMinute ? 1 : 0, language), "min"};
  return {format_number(seconds / kHour, 1, language), "h"};
}

Figure format_rate(double tokens_per_second, Language language) {
  const int decimals = tokens_per_second < 0.995 ? 2 : tokens_per_second < 9.95 ? 1 : 0;
  return {format_number(tokens_per_second, decimals, language), "tok/s"};
}

Figure format_bandwidth(BytesPerSecond rate, Language language) {
  const bool tera = rate.value() >= kTera;
  return {format_significant(rate.value() / (tera ? kTera : kGiga), language), tera ? "TB/s" : "GB/s"};
}

std::string format_tokens(double tokens, Language language) {
  constexpr double kFullDigitsBelow = 10000;
  return tokens < kFullDigitsBelow ? format_number(tokens, 0, language) : format_short_tokens(tokens, language);
}

std::string format_short_tokens(double tokens, Language language) {
  constexpr double kKilo = 1024, kMega = 1024.0 * 1024;
  if (!std::isfinite(tokens)) return kUnknown;
  if (tokens < kKilo) return format_number(tokens, 0, language);
  if (tokens < kMega) return without_trailing_zero(tokens / kKilo, tokens < 10 * kKilo ? 1 : 0, language) + "K";
  return without_trailing_zero(tokens / kMega, 1, language) + "M";
}

std::string format_percent(double share, Language language) {
  const double percent = share * 100;
  const std::string digits = format_number(percent, std::fabs(percent) < 9.95 ? 1 : 0, language);
  return language == Language::zh ? digits + "%" : digits + kNarrowSpace + "%";
}

std::string format_dollars(double dollars, Language language) {
  constexpr double kMillion = 1e6, kThousand = 1e3;
  if (dollars >= 999.5 * kThousand) return "$" + without_trailing_zero(dollars / kMillion, 1, language) + "M";
  if (dollars >= 9.995 * kThousand) return "$" + format_number(dollars / kThousand, 0, language) + "k";
  return "$" + format_number(dollars, dollars < 20 ? 2 : 0, language);
}

std::string format_params(double count, Language language) {
  static constexpr std::array<Step, 4> kSteps{{{999.5e9, "T"}, {999.5e6, "B"}, {999.5e3, "M"}, {0, "K"}}};
  const Step& step = step_for(kSteps, count);
  const double unit = step.suffix[0] == 'T' ? 1e12 : step.suffix[0] == 'B' ? 1e9 : step.suffix[0] == 'M' ? 1e6 : 1e3;
  const double value = count / unit;
  return without_trailing_zero(value, value < 99.95 ? 1 : 0, language) + "\u00A0" + step.suffix;
}

}  // namespace headroom
