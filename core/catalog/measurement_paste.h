// A person's own measurement, pasted as text: what llama.cpp's programs, Ollama, LM Studio, MLX, ExLlama, KoboldCpp,
// vLLM, SGLang and TensorRT-LLM print of a run, or the tools that show a card's memory. Parsed here, compared with the
// estimate, and turned into a factor for this machine.
#pragma once

#include <cstddef>
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
  device_share,     // of device memory in use
  kv_tokens,        // tokens the cache holds
  max_concurrency,  // sequences of the configured length
};

[[nodiscard]] constexpr bool is_speed(PastedKind kind) {
  return kind == PastedKind::decode || kind == PastedKind::prefill;
}

// How a figure was measured, as far as the text says; empty, 0 or none where it does not.
struct PastedRun {
  std::string model, device, backend;  // as printed
  std::string_view engine;             // id; llama.cpp stands for what is built on it, too
  double bytes = 0, params = 0;        // of the model
  std::uint32_t devices = 0;           // that share it
  std::optional<std::uint32_t> gpu_layers, cpu_moe_layers;
  std::uint32_t batch = 0, ubatch = 0;
  std::string kv_k, kv_v;
  std::optional<bool> flash_attention, kv_on_host, kv_unified;
  bool model_alone = false;                 // by a benchmark that knows neither drafts nor adapters
  std::uint32_t context = 0, parallel = 0;  // tokens of all sequences together, and how many there are room for
};

struct PastedFigure {
  PastedKind kind = PastedKind::decode;
  double value = 0;
  std::uint32_t prompt = 0, output = 0, depth = 0;  // of a speed, where stated
  std::uint32_t sequences = 1;
  std::uint32_t device = 0;  // which of several, of a figure of one device's memory
  std::uint32_t line = 0;    // 1-based
  double spread = 0;         // standard deviation / value, where stated
  PastedRun run;
};

struct Paste {
  std::vector<PastedFigure> figures;  // at most kMostFigures
  std::uint32_t not_read = 0;         // figures beyond those
  // As printed; empty when the text does not say.
  std::string model, device, backend;
  std::uint32_t logit_rows = 0;  // that llama.cpp made room for; 0: not said
  PastedRun told;                // by the lines so far, of the figures that follow
  // Lines that look like part of a measurement and gave no figure: number and beginning of the text.
  struct Line {
    std::uint32_t number = 0;
    std::string text;
    bool idle = false;   // it was read, but says nothing that an estimate could be compared with
    bool mixed = false;  // idle: a server's rates over a while in which it read prompts, too
  };
  std::vector<Line> not_understood;
};

// Never fails: text without a figure gives no figures and names the first line that meant nothing. Reads at most
// kPasteLimit bytes. Time is linear in the text.
inline constexpr std::size_t kPasteLimit = 1U << 20U;
// Each figure is estimated, too.
inline constexpr std::size_t kMostFigures = 500;
[[nodiscard]] Paste parse_paste(std::string_view text);

// The workload that a pasted speed measured, to estimate it on the same terms; empty for figures that are no speed, and
// for that of a prompt whose length is not told.
[[nodiscard]] std::optional<Workload> workload_of(const PastedFigure& figure);

// Why a figure does not count: it is of something else than the scenario is about (`model` to `layers`), or says too
// little of the machine.
enum class LeftOut : std::uint8_t {
  no,
  model,
  format,
  engine,
  backend,
  device,
  devices,  // another number of them
  layers,   // another part of the model is on the device
  prompt_unknown,
  prompt_short,
  implausible,
};

struct PasteComparison {
  PastedKind kind = PastedKind::decode;
  double measured = 0, estimated = 0;
  double spread = 0;  // as of the figure
  // As it was run: sequences together, tokens in the cache, bits of a value there, share of the host as in OwnRun.
  std::uint32_t users = 1;
  double depth = 0, cache_bits = 0, host = 0;
};
// Medians of measured / estimated, for SpeedProfile::personal, and how far from them this machine may be. Comparisons
// without a positive estimate are left out. `devices`: that all of them ran on.
[[nodiscard]] SpeedFactors personal_factors(std::span<const PasteComparison> comparisons, std::uint32_t devices = 1);

}  // namespace headroom
