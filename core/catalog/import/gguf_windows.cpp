#include "core/catalog/import/gguf_windows.h"

#include <array>

namespace headroom {
namespace {

// Where the loader, not the file, decides: one layer of every `period` sees the whole context, the last of the period
// unless `full_first`. Architectures without a rule and without a list slide in every layer.
// Source: llama.cpp's loader (build 11669), set_swa_pattern per architecture.
struct PatternRule {
  std::string_view architecture;
  std::uint32_t period;
  bool full_first = false;
  std::uint32_t chunk = 0;  // window where the file has no key for it
};
constexpr std::array<PatternRule, 14> kPatterns{{
    {"gemma2", 2},
    {"gemma3", 6},
    {"gemma3n", 5},
    {"gemma4", 6},
    {"gemma-embedding", 6},
    {"cohere2", 4},
    {"gpt-oss", 2},
    {"llama4", 4, false, 8192},
    {"exaone4", 4},
    {"exaone-moe", 4},
    {"olmo2", 4},
    {"afmoe", 4},
    {"smallthinker", 4, true},
    {"modern-bert", 3, true},
}};

const PatternRule* find_rule(std::string_view architecture) {
  for (const PatternRule& rule : kPatterns) {
    if (rule.architecture == architecture) return &rule;
  }
  return nullptr;
}

bool windowed(std::uint32_t layer, std::uint32_t period, bool full_first) {
  if (period == 0) return true;
  const std::uint32_t place = layer % period;
  return full_first ? place != 0 : place + 1 != period;
}

}  // namespace

LayerWindows gguf_windows(std::string_view architecture, std::uint32_t layers, GgufKeys& keys) {
  constexpr std::string_view kPatternKey = "attention.sliding_window_pattern";
  LayerWindows result;
  result.window.assign(layers, 0);
  const PatternRule* rule = find_rule(architecture);
  const std::uint32_t chunk = keys.number("attention.chunk_size", rule == nullptr ? 0 : rule->chunk, kMaxTokens);
  const std::uint32_t window = chunk != 0 ? chunk : keys.number("attention.sliding_window", 0, kMaxTokens);
  result.chunked = chunk != 0;
  if (window == 0) return result;
  if (keys.is_list(kPatternKey)) {
    const auto flags = keys.per_layer(kPatternKey, layers, 0, 1);
    for (std::uint32_t i = 0; i < layers; ++i) result.window[i] = flags[i] != 0 ? window : 0;
    return result;
  }
  const std::uint32_t period = keys.number(kPatternKey, rule == nullptr ? 0 : rule->period, kMaxLayers);
  const bool full_first = rule != nullptr && rule->full_first;
  for (std::uint32_t i = 0; i < layers; ++i) result.window[i] = windowed(i, period, full_first) ? window : 0;
  return result;
}

}  // namespace headroom
