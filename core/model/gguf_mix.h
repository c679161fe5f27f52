// Which ggml type each tensor of a GGUF file gets under one of the quantizer's mixes ("Q4_K_M").
// Source: llama.cpp build 11669, `llama-quantize` without importance matrix and without overrides; every rule is
// checked against its dry run (tests/truth/llama-cpp/quant_sizes.csv).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/model/architecture.h"
#include "core/model/format.h"
#include "core/model/tensor.h"

namespace headroom {

// What a tensor is to the quantizer; decided by its name and rank alone.
enum class MixRole : std::uint8_t {
  kept,       // never quantized: vectors, norms, routers, convolutions
  output,     // the head; the token embedding where the head is tied to it
  embedding,  // token and per-layer embeddings beside a head of their own
  value,      // attn_v, or the fused projection that holds it (attn_qkv, attn_kv_b)
  key,
  query,
  attention_output,
  up,
  gate,
  down,
  other,
};

// Where a tensor stands in the stack. The quantizer counts the tensors of a role in the order of (block, name); models
// with experts use the block number instead, except where a place says "counted".
namespace stack_place {
inline constexpr std::uint8_t kAnywhere = 0;
inline constexpr std::uint8_t kFirstTwo = 1 << 0;        // counted
inline constexpr std::uint8_t kFirstFour = 1 << 1;       // counted
inline constexpr std::uint8_t kFirstSixteenth = 1 << 2;  // of the blocks
inline constexpr std::uint8_t kFirstEighth = 1 << 3;
inline constexpr std::uint8_t kCountedFirstEighth = 1 << 4;
inline constexpr std::uint8_t kSpread = 1 << 5;  // first and last eighth and every third between them
inline constexpr std::uint8_t kMiddle = 1 << 6;  // all but the first and last eighth
}  // namespace stack_place

// A tensor as the quantizer sees it.
struct MixSlot {
  MixRole role = MixRole::kept;
  std::uint8_t places = 0;  // bits of namespace stack_place
  bool stacked = false;     // three-dimensional: experts, split MLA matrices
};

// What the rules ask of the whole model.
struct MixFacts {
  bool falcon = false;
  bool tied = false;               // the file has no output.weight
  bool mxfp4_only_ffn = false;     // BailingMoE 3: stacked attention matrices do not become MXFP4
  bool class_70b = false;          // llama.cpp's size class "70B"
  std::uint32_t experts = 0;       // 0 for a dense model
  std::uint32_t heads_per_kv = 0;  // of block 0; 0 when that block has no K/V heads
  std::uint32_t blocks = 0;        // multi-token-prediction blocks of the file included
};

[[nodiscard]] MixFacts mix_facts(const Architecture& arch, const Inventory& inventory);

// One slot per tensor of the inventory, in its order. Allocates.
[[nodiscard]] std::vector<MixSlot> mix_slots(const Inventory& inventory, const MixFacts& facts);

struct GgufMix;                                                // core/model/gguf_mix_table.h
[[nodiscard]] const GgufMix* find_mix(std::string_view name);  // "Q4_K_M"; nullptr when unknown
[[nodiscard]] std::span<const GgufMix> gguf_mixes();

// Type of a tensor with rows of `row` elements; `source` is its type in the unquantized file.
// nullopt: the quantizer refuses the whole file (Q1_0 has no fallback for rows that are not a multiple of its block).
[[nodiscard]] std::optional<GgmlType> mix_type(const GgufMix& mix, const MixFacts& facts, const MixSlot& slot,
                                               std::uint64_t row, GgmlType source);

// Whether the quantizer demands an importance matrix for this mix once `role` became `type`.
[[nodiscard]] bool mix_needs_imatrix(const GgufMix& mix, MixRole role, GgmlType type);

// Bytes of `rows` rows of `row` elements each; saturates.
[[nodiscard]] Bytes stored_bytes(GgmlType type, std::uint64_t row, std::uint64_t rows);

}  // namespace headroom
