// Figures as people of a language write them. A figure is its digits and its unit apart, since a screen sets the unit
// smaller; join() puts them together for running text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/units.h"

namespace headroom {

enum class Language : std::uint8_t { en, es, zh };
inline constexpr Language kLanguages[] = {Language::en, Language::es, Language::zh};

[[nodiscard]] const char* language_code(Language language);  // "en"
// From a BCP 47 tag: "es-MX" is Spanish; nullopt for a language that has no texts.
[[nodiscard]] std::optional<Language> parse_language(std::string_view tag);

// Whether a value is a whole number below 10^15, all of whose digits a double holds; not of what is not finite.
[[nodiscard]] bool is_whole(double value);

struct Figure {
  std::string value;
  std::string unit;  // empty for a plain count
};
[[nodiscard]] std::string join(const Figure& figure);

// Grouped digits with a fixed number of decimals: 1,234.5 (en, zh), 1234,5 and 12 345,6 (es). Not finite: "–".
[[nodiscard]] std::string format_number(double value, int decimals, Language language);
// Three significant digits at most, never in exponents: 0.0421, 4.21, 42.1, 421, 4,210.
[[nodiscard]] std::string format_significant(double value, Language language);

[[nodiscard]] Figure format_bytes(double bytes, Language language);               // 75.2 GiB, 512 MiB
[[nodiscard]] Figure format_seconds(double seconds, Language language);           // 1.9 s, 240 ms, 3.5 min
[[nodiscard]] Figure format_rate(double tokens_per_second, Language language);    // 44 tok/s
[[nodiscard]] Figure format_bandwidth(BytesPerSecond rate, Language language);    // 31.5 GB/s, 1.01 TB/s
[[nodiscard]] std::string format_tokens(double tokens, Language language);        // 8,192; 61K; 128K; 1M (K = 1024)
[[nodiscard]] std::string format_short_tokens(double tokens, Language language);  // 8K; for axes and tables
[[nodiscard]] std::string format_percent(double share, Language language);        // 0.073 -> 7.3 %
[[nodiscard]] std::string format_dollars(double dollars, Language language);      // $850, $12k, $1.2M
[[nodiscard]] std::string format_params(double count, Language language);         // 70.6 B, 135 M

}  // namespace headroom
