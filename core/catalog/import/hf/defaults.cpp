#include "core/catalog/import/hf/defaults.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace headroom::hf {
namespace {

// Source: configuration_*.py of Hugging Face transformers. 0: not among the family's figures.
struct FamilyDefaults {
  std::string_view model_type;
  std::uint32_t hidden, layers, heads, kv_heads, head_dim, ffn, vocab, context;
};
constexpr auto kFamilyDefaults = std::to_array<FamilyDefaults>({
    {"llama", 4096, 32, 32, 0, 0, 11008, 32000, 2048},
    {"mistral", 4096, 32, 32, 8, 0, 14336, 32000, 131072},
    {"mixtral", 4096, 32, 32, 8, 0, 14336, 32000, 131072},
    {"qwen2", 4096, 32, 32, 0, 0, 22016, 151936, 32768},
    {"qwen3", 4096, 32, 32, 32, 128, 22016, 151936, 32768},
    {"gemma", 3072, 28, 16, 16, 256, 24576, 256000, 8192},
    {"gemma2", 2304, 26, 8, 4, 256, 9216, 256000, 8192},
    {"gemma3_text", 2304, 26, 8, 4, 256, 9216, 262208, 131072},
    {"gemma3n_text", 2048, 35, 8, 2, 256, 16384, 262400, 32768},
    {"phi3", 3072, 32, 32, 0, 0, 8192, 32064, 4096},
});

}  // namespace

std::string add_defaults(std::string_view model_type, nlohmann::json& text) {
  const auto* known = std::find_if(kFamilyDefaults.begin(), kFamilyDefaults.end(),
                                   [&](const FamilyDefaults& family) { return family.model_type == model_type; });
  std::string taken;
  if (known == kFamilyDefaults.end()) return taken;
  const auto fill = [&](const char* name, std::uint32_t value) {
    if (value == 0 || text.contains(name)) return;
    text[name] = value;
    taken += (taken.empty() ? "" : ", ") + std::string(name);
  };
  fill("hidden_size", known->hidden);
  fill("num_hidden_layers", known->layers);
  fill("num_attention_heads", known->heads);
  fill("num_key_value_heads", known->kv_heads);
  fill("head_dim", known->head_dim);
  fill("intermediate_size", known->ffn);
  fill("vocab_size", known->vocab);
  fill("max_position_embeddings", known->context);
  return taken;
}

}  // namespace headroom::hf
