// What a GGUF tensor is, from its name: class and block number.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/model/tensor.h"

namespace headroom {

struct GgufTensorName {
  std::int32_t block = -1;  // -1 outside the stack
  bool encoder = false;     // "enc.blk.": the encoder of an encoder-decoder model
  std::string_view part;    // what follows the block number ("attn_q.weight"), or the whole name
};
[[nodiscard]] GgufTensorName split_gguf_name(std::string_view name);

// `matrix`: the tensor has two dimensions or more that are not 1.
[[nodiscard]] TensorClass gguf_tensor_class(const GgufTensorName& name, bool matrix);

}  // namespace headroom
