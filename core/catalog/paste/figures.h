// What the readers add to a paste.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/catalog/measurement_paste.h"
#include "core/catalog/paste/formats.h"

namespace headroom::paste {

inline constexpr double kKilo = 1e3, kKibi = 1024, kMebi = kKibi * kKibi;
inline constexpr double kMsPerSecond = 1e3;

struct Speed {
  double tok_s = 0;
  double tokens = 0;            // processed or generated; 0: not stated
  std::optional<double> depth;  // in the cache before
  double sequences = 1;
};
// Rates that are not above zero are left out; false then.
bool add_prefill(const Speed& speed, std::uint32_t line, Paste& paste);
// Where no depth is stated the output follows the prompt of the lines just before, if there is one.
bool add_decode(const Speed& speed, std::uint32_t line, Paste& paste);
// A test of llama-bench: of processing or of generating. One rate for both says neither.
struct BenchTest {
  double tok_s = 0;
  double prompt = 0, output = 0, depth = 0;  // tokens; 0: none
};
Reading add_test(const BenchTest& test, std::uint32_t line, Paste& paste);
void add_memory(PastedKind kind, double value, std::uint32_t line, Paste& paste, std::uint32_t device = 0);

// Which of the devices listed so far the next figure of a kind belongs to.
[[nodiscard]] std::uint32_t next_device(PastedKind kind, const Paste& paste);

// The first text that names a thing counts.
void keep(std::string& slot, std::string_view text);

}  // namespace headroom::paste
