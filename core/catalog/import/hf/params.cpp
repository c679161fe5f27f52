#include "core/catalog/import/hf/params.h"

#include <array>
#include <cmath>
#include <utility>

#include "core/catalog/json_text.h"

namespace headroom::hf {
namespace {

using nlohmann::json;
using Name = std::pair<const char*, const char*>;

constexpr std::array<Name, 14> kNames{{{"dim", "hidden_size"},
                                       {"n_layers", "num_hidden_layers"},
                                       {"n_heads", "num_attention_heads"},
                                       {"n_kv_heads", "num_key_value_heads"},
                                       {"head_dim", "head_dim"},
                                       {"hidden_dim", "intermediate_size"},
                                       {"vocab_size", "vocab_size"},
                                       {"tied_embeddings", "tie_word_embeddings"},
                                       {"sliding_window", "sliding_window"},
                                       {"q_lora_rank", "q_lora_rank"},
                                       {"kv_lora_rank", "kv_lora_rank"},
                                       {"qk_rope_head_dim", "qk_rope_head_dim"},
                                       {"qk_nope_head_dim", "qk_nope_head_dim"},
                                       {"v_head_dim", "v_head_dim"}}};
constexpr std::array<Name, 5> kMoeNames{{{"num_experts", "num_local_experts"},
                                         {"num_experts_per_tok", "num_experts_per_tok"},
                                         {"expert_hidden_dim", "moe_intermediate_size"},
                                         {"num_shared_experts", "n_shared_experts"},
                                         {"first_k_dense_replace", "first_k_dense_replace"}}};
constexpr std::array<Name, 4> kAsTheyAre{{{"max_position_embeddings", "max_position_embeddings"},
                                          {"max_seq_len", "max_position_embeddings"},
                                          {"vision_encoder", "vision_config"},
                                          {"quantization", "quantization_config"}}};

template <std::size_t N>
void rename(const json& from, const std::array<Name, N>& names, json& to) {
  for (const auto& [given, wanted] : names) {
    if (const auto it = from.find(given); it != from.end() && !it->is_null()) to[wanted] = *it;
  }
}

// Meta states no width: two thirds of four times the model's, times a factor, rounded up to a multiple.
void add_meta_width(const json& params, json& config) {
  const double multiple = number_member(params, "multiple_of").value_or(0);
  const double dim = number_member(params, "dim").value_or(0);
  if (config.contains("intermediate_size") || !(multiple >= 1) || !(dim >= 1)) return;
  const double factor = number_member(params, "ffn_dim_multiplier").value_or(1);
  const double width = std::ceil(std::floor(factor * std::floor(8 * dim / 3)) / multiple) * multiple;
  constexpr double kWidest = 1U << 31U;
  if (width >= 1 && width < kWidest) config["intermediate_size"] = static_cast<std::uint32_t>(width);
}

}  // namespace

std::optional<json> config_of_params(const json& params) {
  if (!params.is_object() || params.contains("model_type")) return std::nullopt;
  if (!params.contains("dim") || !params.contains("n_layers") || !params.contains("n_heads")) return std::nullopt;
  json config = json::object();
  rename(params, kNames, config);
  rename(params, kAsTheyAre, config);
  if (const auto moe = params.find("moe"); moe != params.end() && moe->is_object()) rename(*moe, kMoeNames, config);
  add_meta_width(params, config);
  // The file does not say in which type the weights are stored; both publish BF16.
  const bool latent = config.contains("kv_lora_rank");
  config["model_type"] = latent ? "mistral4" : config.contains("num_local_experts") ? "mixtral" : "mistral";
  // Llama 1 and 2 write -1, and leave the vocabulary to their tokenizer.
  constexpr std::uint32_t kLlamaVocab = 32000;
  if (number_member(params, "vocab_size").value_or(0) < 0) config["vocab_size"] = kLlamaVocab;
  return config;
}

}  // namespace headroom::hf
