// What a Hugging Face model_type implies beyond the figures in its config.json: one row of facts per family.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/model/architecture.h"

namespace headroom::hf {

// Parts that carry a bias.
namespace bias {
inline constexpr std::uint8_t kNone = 0;
inline constexpr std::uint8_t kQkv = 1;
inline constexpr std::uint8_t kOut = 2;
inline constexpr std::uint8_t kMlp = 4;
inline constexpr std::uint8_t kHead = 8;
inline constexpr std::uint8_t kAll = kQkv | kOut | kMlp;
}  // namespace bias

// Models whose stack is not "mixer, then feed-forward" built from the common fields.
enum class Special : std::uint8_t { none, encoder, t5, bart, whisper, rwkv, gemma3n, gemma4, deepseek_v4, longcat };

// Parts of an encoder.
namespace part {
inline constexpr std::uint8_t kNone = 0;
inline constexpr std::uint8_t kPositions = 1;  // learned
inline constexpr std::uint8_t kPooler = 2;
inline constexpr std::uint8_t kFirstPositions =
    4;  // positions are counted after the padding token's: two rows are lost
}  // namespace part

struct Family {
  std::string_view model_type;  // of config.json
  std::string_view gguf_arch;   // llama.cpp's name, empty when it has none
  Special special = Special::none;
  NormKind norm = NormKind::rms;
  double norms_per_layer = 2;
  bool gated = true;
  bool tied = false;  // when tie_word_embeddings is not given
  std::uint8_t biases = bias::kNone;
  std::uint8_t attention_bias = bias::kQkv | bias::kOut;  // what "attention_bias": true gives a bias
  QkNorm qk_norm = QkNorm::none;
  QkNorm optional_qk_norm = QkNorm::none;  // where the config has to ask for it
  std::uint32_t window_period = 0;         // one full layer in so many; 0: all layers slide where a window is given
  bool window_asked = false;               // it slides only where "use_sliding_window" says so
  bool full_first = false;                 // the full layer opens the period instead of closing it
  OutGate out_gate = OutGate::none;
  bool router_bias = false;
  MixerKind linear = MixerKind::gated_delta;  // of layers called "linear"
  MixerKind ssm = MixerKind::none;  // of layers called "mamba"; alone in the model when no layer list is given
  bool no_ffn = false;              // mixers only (Mamba)
  NormKind embedding_norm = NormKind::none;
  std::uint8_t parts = part::kNone;  // of an encoder
};

// Null for a model_type that is not in the table.
[[nodiscard]] const Family* find_family(std::string_view model_type);
// By the name of the class ("Qwen3MoeForCausalLM" is "qwen3_moe"); null where it leads to no row.
[[nodiscard]] const Family* find_family_of_class(std::string_view architecture);
// Common decoder: what an unknown model_type is read as.
[[nodiscard]] const Family& generic_family();

}  // namespace headroom::hf
