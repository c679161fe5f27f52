#include "core/engine/gguf_rules.h"

#include <algorithm>
#include <array>

namespace headroom {
namespace {

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 19> kWindowed = {
    "gemma2",    "gemma3", "gemma3n",    "gemma4",     "gemma-embedding", "cohere2",      "gpt-oss",
    "llama4",    "mimo2",  "exaone-moe", "olmo2",      "afmoe",           "smallthinker", "step35",
    "deepseek4", "plamo3", "laguna",     "cohere2moe", "muse-glimmer"};

// EXAONE 4 slides in its 32B model only, which the loader knows by its layer count.
constexpr std::uint32_t kExaone4WindowedLayers = 64;

// Qwen3-VL feeds the features of three levels of its vision tower into the first layers.
constexpr std::uint32_t kDeepstackLevels = 3;

BlockOrder block_order(std::string_view gguf_arch) {
  if (gguf_arch == "command-r" || gguf_arch == "cohere2" || gguf_arch == "gptneox") {
    return BlockOrder::ffn_residual_attention;
  }
  if (gguf_arch == "falcon") return BlockOrder::ffn_attention_residual;
  if (gguf_arch == "phi2" || gguf_arch == "plamo") return BlockOrder::attention_ffn_residual;
  if (gguf_arch == "stablelm") return BlockOrder::ffn_block;
  return BlockOrder::sequential;
}

}  // namespace

bool gguf_uses_window(std::string_view gguf_arch, std::uint32_t layers) {
  if (gguf_arch == "exaone4") return layers == kExaone4WindowedLayers;
  return contains(kWindowed, gguf_arch);
}

bool gguf_indexer_keeps_values(std::string_view gguf_arch) { return gguf_arch == "minimax-m3"; }

GraphTraits gguf_graph_traits(std::string_view gguf_arch) {
  constexpr std::array<std::string_view, 3> kNoRope = {"bloom", "gpt2", "bert"};
  constexpr std::array<std::string_view, 9> kScaled = {
      "gemma", "gemma2", "gemma3", "gemma3n", "gemma4", "granite", "granitemoe", "granitehybrid", "gemma-embedding"};
  constexpr std::array<std::string_view, 9> kPostNorms = {"gemma2", "gemma3",  "gemma3n",         "gemma4",      "glm4",
                                                          "olmo2",  "exaone4", "gemma-embedding", "muse-glimmer"};
  GraphTraits traits;
  traits.rope = !contains(kNoRope, gguf_arch);
  traits.scales_embedding = contains(kScaled, gguf_arch);
  traits.post_norms = contains(kPostNorms, gguf_arch);
  traits.score_softcap = gguf_arch == "gemma2";
  constexpr std::uint32_t kAltupInputs = 4;  // Gemma3nTextConfig, the same in every published model
  if (gguf_arch == "gemma3n") traits.residual_streams = kAltupInputs;
  traits.logit_softcap =
      gguf_arch == "gemma2" || gguf_arch == "gemma3n" || gguf_arch == "gemma4" || gguf_arch == "muse-glimmer";
  traits.order = block_order(gguf_arch);
  if (gguf_arch == "qwen3vl" || gguf_arch == "qwen3vlmoe") traits.embedding_rows = 1 + kDeepstackLevels;
  return traits;
}

}  // namespace headroom
