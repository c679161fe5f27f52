// What a text model is made of: the fields of its published configuration, in core types.
// A catalog row, a Hugging Face config.json and a GGUF header all become one Architecture.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "core/units.h"

namespace headroom {

enum class MixerKind : std::uint8_t {
  none,           // the layer has no token mixer (feed-forward only)
  gqa,            // MHA, GQA and MQA
  gqa_shared_kv,  // reads the cache of an earlier layer, owns none
  mla,            // multi-head latent attention: one compressed row per token
  gated_delta,    // Gated DeltaNet (Qwen3-Next, Qwen3.5)
  kda,            // Kimi Delta Attention
  mamba1,
  mamba2,
  attention_mamba2,  // both in parallel in one layer (Falcon-H1)
  short_conv,        // LFM2
  lightning,         // MiniMax-01, Ling 2.5 linear attention
  rglru,             // RecurrentGemma
  rwkv,
  cross,           // cross attention to an encoder or to image tokens
  compressed_csa,  // DeepSeek-V4: compressed sparse / heavily compressed / window-only attention
  custom,          // only its parameter count and cache width are known
};

enum class OutGate : std::uint8_t { none, fused_in_q, per_head, full, low_rank };
enum class QkNorm : std::uint8_t { none, head, head_ln, full, full_ln };
enum class NormKind : std::uint8_t { rms, layer, layer_no_bias, none };

struct Indexer {            // sparse-attention indexer (DSA, CSA)
  std::uint32_t heads = 0;  // 0: the mixer has no indexer
  std::uint32_t dim = 0;    // width of the cached key
  std::uint32_t topk = 0;   // tokens attended to; without heads those that a layer before chose
  friend bool operator==(const Indexer&, const Indexer&) = default;
};

struct Mixer {
  MixerKind kind = MixerKind::gqa;
  std::string name;  // the fact's name for it: "full", "sliding", "linear"
  // Softmax attention
  std::uint32_t heads = 0;
  std::uint32_t kv_heads = 0;
  std::uint32_t head_dim_k = 0;
  std::uint32_t head_dim_v = 0;
  std::uint32_t window = 0;  // tokens; 0 = whole context
  bool chunked = false;      // the window is a chunk (Llama 4), not sliding
  bool v_equals_k = false;
  bool kv_weights_present = false;  // gqa_shared_kv that still ships its K/V projections
  bool sinks = false;
  bool sub_norm = false;
  bool bias_q = false, bias_k = false, bias_v = false, bias_o = false;
  OutGate out_gate = OutGate::none;
  QkNorm qk_norm = QkNorm::none;
  // MLA
  std::uint32_t q_lora_rank = 0;  // 0: a full query projection
  std::uint32_t kv_lora_rank = 0;
  std::uint32_t rope_dim = 0;
  std::uint32_t nope_dim = 0;
  Indexer indexer;
  // Compressed attention (DeepSeek-V4)
  std::uint32_t compress_ratio = 0;  // tokens per cached entry; 0 = window only
  std::uint32_t latent_kv_dim = 0;
  std::uint32_t output_groups = 0;  // the output projection is low-rank, in groups of heads
  std::uint32_t output_rank = 0;
  // Linear attention and state space
  std::uint32_t key_heads = 0, value_heads = 0, key_head_dim = 0, value_head_dim = 0;
  std::uint32_t conv = 0;  // kernel length
  std::uint32_t d_inner = 0, d_state = 0, dt_rank = 0, n_groups = 0, ssm_heads = 0, ssm_head_dim = 0;
  bool ssm_norm = true;     // gated norm over d_inner (mamba2)
  bool dt_bc_norm = false;  // Jamba's norms on dt, B, C (mamba1)
  bool proj_bias = false;
  bool conv_bias = true;
  std::uint32_t lru_width = 0, lru_blocks = 0;
  bool full_rank_gate = false;  // KDA
  // What only a formula gives (custom kinds); evaluated when the facts are read
  std::uint64_t extra_params = 0;           // added to the count that the shapes give
  std::uint64_t custom_params = 0;          // the whole count of a `custom`, `rwkv` or `compressed_csa` mixer
  std::uint64_t custom_state_elements = 0;  // recurrent state per sequence and layer
  std::uint32_t custom_kv_per_token = 0;    // cache elements per token and layer
  friend bool operator==(const Mixer&, const Mixer&) = default;
};

enum class FfnKind : std::uint8_t { none, dense, moe, dense_and_moe };

struct Ffn {
  FfnKind kind = FfnKind::dense;
  std::uint32_t width = 0;  // of the dense part
  bool gated = true;
  bool bias_up = false, bias_down = false;
  bool sub_norm = false;
  // Mixture of experts
  std::uint32_t experts = 0;
  std::uint32_t experts_used = 0;
  std::uint32_t expert_width = 0;
  bool experts_gated = true;
  bool expert_bias = false;
  std::uint32_t shared_experts = 0;
  std::uint32_t shared_width = 0;  // of all shared experts together
  bool shared_gated = true;
  bool shared_gate = false;  // a sigmoid gate on the shared expert's output
  bool router_bias = false;
  std::uint32_t latent = 0;  // experts work in a narrower space (Nemotron latent MoE); 0 = hidden
  bool latent_norm = false;
  std::uint32_t dense_residual_width = 0;  // Arctic
  std::uint32_t zero_experts = 0;          // LongCat
  friend bool operator==(const Ffn&, const Ffn&) = default;
};

struct Layer {
  std::uint8_t mixer = 0;  // index into Architecture::mixers
  std::uint8_t ffn = 0;    // index into Architecture::ffns
  bool shares_kv = false;  // reuses an earlier layer's cache whatever its mixer says (Gemma 3n/4)
};

// A part outside the layer stack whose size is stated or computed apart (vision tower, audio tower, pooler ...).
struct ExtraPart {
  enum class Where : std::uint8_t { text, vision, audio, stated } where = Where::text;
  std::string name;
  std::uint64_t params = 0;
  std::string source;
};

// The tower that sees, where it is one: what an engine prepares it for. No patches: not known.
struct VisionStep {
  std::uint32_t patches = 0;  // of the picture that llama.cpp reserves a buffer for when it loads the tower
  std::uint32_t patch = 0;    // edge in pixels
  std::uint32_t hidden = 0, ffn = 0, heads = 0;
  std::uint32_t deep = 0;  // inner layers whose output is kept to the end (DeepStack)
  bool gated = false;
  bool masked = false;    // attends within windows, by a mask over all patches
  std::string type = {};  // "qwen3-vl-vit", as the facts call it; empty: not known
  // The patches of a square picture; of one larger than any model sees none.
  [[nodiscard]] static std::uint32_t square(std::uint64_t side) {
    constexpr std::uint64_t kMostSide = 1024;
    return side <= kMostSide ? static_cast<std::uint32_t>(side * side) : 0;
  }
};

// A tower with its projector, or several of them.
struct TowerFacts {
  std::uint64_t params = 0;
  VisionStep step;  // of the only tower
};

struct Mtp {  // multi-token-prediction layers: in the file, not counted in `layers`
  std::uint32_t layers = 0;
  std::uint8_t mixer = 0;
  std::uint8_t ffn = 0;
  std::uint32_t norms = 4;           // per MTP layer
  std::uint32_t shared_norms = 0;    // outside the MTP layers
  std::uint32_t own_embeddings = 0;  // vocabulary matrices of their own per layer (DeepSeek-V3: 2)
  std::uint64_t params = 0;          // of all MTP layers together
};

// A table of rotary factors that a GGUF file carries, by the kind of rope scaling.
enum class RopeTable : std::uint8_t {
  none,
  frequencies,  // "llama3" scaling: rope_freqs
  long_short,   // "longrope": rope_factors_long and rope_factors_short
};

enum class Topology : std::uint8_t { decoder, encoder, encoder_decoder };

// Context assumed for a model whose file states none: the longest that models are trained for.
inline constexpr std::uint32_t kAssumedContext = 1U << 20U;

struct Architecture {
  std::string gguf_arch;  // llama.cpp's name ("llama", "qwen3moe"), empty when it has none
  Topology topology = Topology::decoder;
  std::uint32_t hidden = 0;
  std::uint32_t vocab = 0;
  std::uint32_t max_context = 0;  // tokens; 0: not stated
  [[nodiscard]] std::uint32_t longest_context() const { return max_context > 0 ? max_context : kAssumedContext; }
  bool tied_embeddings = false;
  bool fp8_blocks = false;  // its FP8 checkpoint has a scale per block of weights, not per tensor or channel
  std::vector<Mixer> mixers;
  std::vector<Ffn> ffns;
  std::vector<Layer> layers;
  Mtp mtp;
  [[nodiscard]] bool has(MixerKind kind) const {
    return std::any_of(mixers.begin(), mixers.end(), [kind](const Mixer& mixer) { return mixer.kind == kind; });
  }
  // Embeddings and norms
  NormKind norm = NormKind::rms;
  double norms_per_layer = 2;  // mean over layers when it depends on the mixer
  bool final_norm = true;
  NormKind embedding_norm = NormKind::none;
  std::uint32_t embedding_dim = 0;  // 0 = hidden; smaller when factored
  std::uint32_t position_rows = 0;  // learned positions
  std::uint32_t token_type_rows = 0;
  bool lm_head_bias = false;
  bool no_lm_head = false;
  [[nodiscard]] bool has_logits() const { return !no_lm_head && topology != Topology::encoder; }
  RopeTable rope_table = RopeTable::none;
  double rotary_share = 1;                    // part of a head that is rotated ("partial_rotary_factor")
  std::uint32_t per_layer_embedding_dim = 0;  // Gemma 3n / 4 E models: width per layer, rows = vocab
  // Encoder-decoder
  std::uint32_t encoder_layers = 0;
  std::uint32_t encoder_positions = 0;  // fixed encoder length of the cross cache (Whisper: 1500)
  // Counts computed when the facts are read (never typed in): text part, active text part, towers, MTP
  std::uint64_t text_params = 0;
  std::uint64_t text_active_params = 0;
  std::uint64_t vision_params = 0;
  std::uint64_t audio_params = 0;
  std::uint64_t stated_params = 0;
  std::vector<ExtraPart> extras;
  VisionStep vision_step;

  [[nodiscard]] std::uint64_t total_params() const {
    return text_params + vision_params + audio_params + stated_params;
  }
  [[nodiscard]] std::uint64_t active_params() const {
    return text_active_params + vision_params + audio_params + stated_params;
  }
};

}  // namespace headroom
