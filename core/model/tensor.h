// The tensor inventory: every weight of a model with its real shape. Built from an Architecture
// (core/model/inventory.h) or read from a file's header; sizes in any format follow from it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/model/format.h"

namespace headroom {

enum class TensorClass : std::uint8_t {
  token_embedding,
  output_head,
  attention,        // projections of any token mixer, recurrent ones included
  attention_small,  // 1-d and never quantized parts of a mixer (norms, biases, sinks, conv, state)
  ffn,              // dense feed-forward
  routed_experts,   // 3-d, all experts of a layer
  shared_experts,
  router,
  norm,
  per_layer_embedding,
  position_embedding,
  mtp,     // part of a multi-token-prediction block
  vision,  // tower and projector
  other,
};

struct Tensor {
  std::string name;                             // GGUF name ("blk.3.attn_q.weight")
  std::array<std::uint64_t, 4> ne{1, 1, 1, 1};  // ne[0] is the row length
  std::uint8_t dims = 1;
  TensorClass cls = TensorClass::other;
  std::int32_t layer = -1;           // block number, -1 outside the stack
  GgmlType source = GgmlType::bf16;  // type in the unquantized file (f32 for norms)
  [[nodiscard]] std::uint64_t elements() const { return ne[0] * ne[1] * ne[2] * ne[3]; }
  [[nodiscard]] bool is_matrix() const { return ne[1] > 1 || ne[2] > 1 || ne[3] > 1; }  // or a stack of them
};

struct Inventory {
  std::vector<Tensor> tensors;
  bool exact_shapes = true;         // false when some part is only known as a parameter count
  std::string note;                 // why not exact: key of a text
  std::uint32_t blocks = 0;         // block_count of the GGUF file, MTP blocks included; 0 = as many as layers
  bool mla_single_kv_head = true;   // MLA is stored as attention with one K/V head
  bool kv_heads_per_block = false;  // the file lists K/V heads per block, zero for recurrent ones
};

}  // namespace headroom
