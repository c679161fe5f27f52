// A person's own measurement, pasted as text: what llama.cpp's programs, Ollama, LM Studio, MLX, ExLlama, KoboldCpp,
// vLLM, SGLang and TensorRT-LLM print of a run, or the tools that show a card's memory. Parsed here, compared with the
// estimate, and turned into a factor for this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/scenario.h"
#include "core/speed/speed.h"

namespace headroom {

enum class PastedKind : std::uint8_t {
  decode,           // tokens per second, all sequences together when several ran
  prefill,          // tokens per second
  weights,          // bytes on one device
  kv_cache,         // bytes on one device
  compute_buffer,   // bytes on one device
  device_used,      // bytes of device memory in use
  device_total,     // bytes of device memory
  kv_tokens,        // tokens the cache holds
  max_concurrency,  // sequences of the configured length
};

[[nodiscard]] constexpr bool is_speed(PastedKind kind) {
  return kind == PastedKind::decode || kind == PastedKind::prefill;
}

struct PastedFigure {
  PastedKind kind = PastedKind::decode;
  double value = 0;
  std::uint32_t prompt = 0, output = 0, depth = 0;  // of a speed, where stated
  std::uint32_t sequences = 1;
  std::uint32_t device = 0;  // which of several, of a figure of one device's memory
  std::uint32_t line = 0;    // 1-based
};

struct Paste {
  std::vector<PastedFigure> figures;
  // As printed; empty when the text does not say.
  std::string model, device, backend;
  std::uint32_t logit_rows = 0;  // that llama.cpp made room for; 0: not said
  // Lines that look like part of a measurement and gave no figure: number and beginning of the text.
  struct Line {
    std::uint32_t number = 0;
    std::string text;
    bool idle = false;  // it was read, but says nothing that an estimate could be compared with
  };
  std::vector<Line> not_understood;
};

// Never fails: text without a figure gives no figures and names the first line that meant nothing. Reads at most
// kPasteLimit bytes. Time is linear in the text.
inline constexpr std::size_t kPasteLimit = 1U << 20U;
[[nodiscard]] Paste parse_paste(std::string_view text);

// The workload that a pasted speed measured, to estimate it on the same terms; empty for figures that are no speed.
[[nodiscard]] std::optional<Workload> workload_of(const PastedFigure& figure);

struct PasteComparison {
  PastedKind kind = PastedKind::decode;
  double measured = 0, estimated = 0;
};
// Medians of measured / estimated, for SpeedProfile::personal. Comparisons without a positive estimate are left out;
// a factor is kept within a tenth and ten, beyond which the paste is of another machine or model.
[[nodiscard]] PersonalFactors personal_factors(std::span<const PasteComparison> comparisons);

}  // namespace headroom
