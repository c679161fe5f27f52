// Weight formats. A GGUF mix is a rule per tensor (core/model/gguf_mix.h); every other format is one main block type
// plus a statement of what stays high precision. The numbers come from data/formats.json.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/units.h"

namespace headroom {

inline constexpr double kBitsPerByte = 8;

// How one tensor is stored: `elements` consecutive weights of a row share `bytes`.
struct BlockType {
  std::uint32_t elements = 1;
  std::uint32_t bytes = 2;
  [[nodiscard]] constexpr double bits_per_weight() const { return kBitsPerByte * bytes / elements; }
  friend constexpr bool operator==(BlockType, BlockType) = default;
};

// The ggml tensor types, with the block sizes of ggml.
enum class GgmlType : std::uint8_t {
  f32,
  f16,
  bf16,
  q8_0,
  q4_0,
  q4_1,
  q5_0,
  q5_1,
  iq4_nl,
  mxfp4,
  nvfp4,
  q1_0,
  q2_0,
  q2_k,
  q3_k,
  q4_k,
  q5_k,
  q6_k,
  iq1_s,
  iq1_m,
  iq2_xxs,
  iq2_xs,
  iq2_s,
  iq3_xxs,
  iq3_s,
  iq4_xs,
  tq1_0,
  tq2_0,
  i32,  // index tables, never quantized
  count
};
[[nodiscard]] BlockType ggml_block(GgmlType type);
[[nodiscard]] const char* ggml_type_name(GgmlType type);                      // "q4_K", as ggml prints it
[[nodiscard]] std::optional<GgmlType> find_ggml_type(std::string_view name);  // any case; nullopt when unknown

enum class FormatFamily : std::uint8_t {
  gguf,        // llama.cpp mixes
  gguf_ud,     // Unsloth dynamic mixes: published sizes only
  plain,       // BF16, FP16, FP32
  fp8,         // per tensor / per channel / 128x128 blocks
  int8,        // W8A8, SmoothQuant, bitsandbytes int8
  int4_group,  // AWQ, GPTQ, compressed-tensors W4A16, bitsandbytes NF4
  fp4,         // NVFP4, MXFP4 checkpoints
  mlx,         // MLX affine groups
  exl,         // ExLlamaV2/V3: average bits per weight
  native,      // as released: gpt-oss MXFP4, DeepSeek FP8, Kimi INT4
  ternary,     // as released: BitNet b1.58
};

// How fast the format's kernels are: the key under which efficiencies are fitted.
enum class KernelClass : std::uint8_t {
  f32,
  f16,
  bits8,
  bits6,
  bits5,
  bits4,
  iq4,
  bits3,
  bits2,
  iq_low,
  fp8,
  int8,
  int4_marlin,
  fp4,
  mlx4,
  mlx8,
  exl,
  count
};

// A file somebody published, for formats that follow no rule.
struct PublishedSize {
  std::string model;  // catalog id
  Bytes bytes;
  double relative_error = 0;  // half the step the figure was rounded to, as a share of it
  // The MTP layers are in another file of the publisher, as its own 8 and 16 bit files tell.
  bool without_mtp = false;
};

// What a publisher's checkpoint holds otherwise than the rule of its format says: bits of the matrices of a part,
// without scales; 0 where the rule holds.
struct CheckpointRule {
  std::string model;     // catalog id; empty: of any model without an entry of its own
  double attention = 0;  // softmax attention
  double recurrent = 0;  // linear attention and state space
  double ffn = 0;        // dense
  double shared_experts = 0;
  double mtp = 0;
  bool quantizes_head = false;
  double relative_error = 0;  // how far published sizes are from it; 0: not known for this model
};

// Sizes of published files divided by what the quantizer's mix gives for the same models: quantiles.
struct MixRatio {
  double p5 = 0, p50 = 0, p95 = 0;
};

struct Format {
  std::string id;  // "Q4_K_M", "BF16", "FP8", "AWQ-INT4"
  std::string name;
  FormatFamily family = FormatFamily::gguf;
  KernelClass kernel = KernelClass::f16;
  double nominal_bits = 16;  // for sorting and for a first glance; sizes are computed from tensors
  // Non-GGUF: bits of a quantized matrix incl. scales, and what stays at 16 bit
  double matrix_bits = 16;         // payload bits per weight of quantized matrices
  std::uint32_t group = 0;         // weights per scale; 0 = per tensor or per channel
  double group_overhead_bits = 0;  // scale (and zero) bits per group
  bool quantizes_head = false;
  bool quantizes_embedding = false;
  bool quantizes_attention = true;  // false for checkpoints that quantize experts only
  bool experts_only = false;
  double rest_bits = 16;            // what is not quantized
  double head_bits = 0;             // of a quantized head; 0 = as the other matrices
  std::uint32_t block_rows = 1;     // rows that share a group's scale (128 for FP8 in 128x128 blocks)
  double row_overhead_bits = 0;     // per output row (per-channel scales)
  double tensor_overhead_bits = 0;  // per matrix (a global scale)
  // Half width of sizes by the rule, since what publishers leave in 16 bit varies: at all, and of models with a tower
  // or recurrent layers or released in another format, where it varies most (0: as at all)
  double modelled_error = 0.02, mixed_error = 0;
  std::vector<CheckpointRule> checkpoints;
  // Formats without a rule (gguf_ud): files somebody published, in rising order of model, and how they compare with the
  // format's mix, of dense models and of those with routed experts
  std::vector<PublishedSize> published;
  MixRatio dense_over_mix, experts_over_mix;
  // The quantizer's name of the mix ("Q4_K_M") whose tensor types apply; for gguf_ud the mix whose proportions it has
  std::string mix;
  std::string released_as;  // the `native_precision` of models whose checkpoint is in it as released; may be empty
  [[nodiscard]] bool is_released_in(std::string_view precision) const {
    return !released_as.empty() && released_as == precision;
  }
  bool short_listed = false;  // among the formats a ranking of all models tries
  std::string source;
};

}  // namespace headroom
