// The tensor types a GGUF file can name, by their number in the file.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/model/format.h"

namespace headroom {

struct GgufTensorType {
  const char* name = "";         // as ggml prints it
  BlockType block;               // elements and bytes of one block
  std::optional<GgmlType> ggml;  // empty: a type that no quantizer mix uses (integers, intermediate formats)
};

// Null for numbers that were never given out or whose format was removed.
[[nodiscard]] const GgufTensorType* gguf_tensor_type(std::uint32_t id);
// Why `id` is not accepted, in words.
[[nodiscard]] const char* gguf_type_problem(std::uint32_t id);
// The number of the type that prints as `name`; empty when there is none.
[[nodiscard]] std::optional<std::uint32_t> gguf_type_by_name(std::string_view name);
// The number of a type; every GgmlType has one.
[[nodiscard]] std::uint32_t gguf_type_id(GgmlType type);

}  // namespace headroom
