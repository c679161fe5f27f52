// What the readers add to a paste.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/catalog/measurement_paste.h"
#include "core/catalog/paste/formats.h"

namespace headroom::paste {

inline constexpr double kKilo = 1e3, kKibi = 1024, kMebi = kKibi * kKibi;
inline constexpr double kMsPerSecond = 1e3;
inline constexpr std::string_view kLlamaCpp = "llama.cpp", kVllm = "vllm", kSglang = "sglang", kMlx = "mlx",
                                  kExllama3 = "exllamav3", kExllama2 = "exllamav2", kTensorRt = "tensorrt-llm";

struct Speed {
  double tok_s = 0;
  double tokens = 0;            // processed or generated; 0: not stated
  std::optional<double> depth;  // in the cache before
  double sequences = 1;
  double spread = 0;  // standard deviation / rate; 0: not stated
};
// Rates that are not above zero are left out; false then.
bool add_prefill(const Speed& speed, std::uint32_t line, Paste& paste);
// Where no depth is stated the output follows the prompt of the lines just before, if there is one.
bool add_decode(const Speed& speed, std::uint32_t line, Paste& paste);
// A test of llama-bench: of processing or of generating. One rate for both says neither.
struct BenchTest {
  double tok_s = 0;
  double prompt = 0, output = 0, depth = 0;  // tokens; 0: none
  double deviation = 0;                      // of the rate
};
Reading add_test(const BenchTest& test, std::uint32_t line, Paste& paste);
void add_memory(PastedKind kind, double value, std::uint32_t line, Paste& paste, std::uint32_t device = 0);

// Which of the devices listed so far the next figure of a kind belongs to.
[[nodiscard]] std::uint32_t next_device(PastedKind kind, const Paste& paste);

// The beginning of a name, at most kMostName bytes: every figure has its own copy.
inline constexpr std::size_t kMostName = 128;
[[nodiscard]] std::string name_in(std::string_view text);
// The first text that names a thing counts.
void keep(std::string& slot, std::string_view text);
// Of a log that names several the last is that of the figures that follow.
void tell_model(std::string_view text, Paste& paste);
// What was told of the model before is not of another.
void tell_model(std::string_view text, PastedRun& run);
void tell_device(std::string_view text, Paste& paste);

}  // namespace headroom::paste
