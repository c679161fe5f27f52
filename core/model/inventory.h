// Architecture -> tensor inventory, with the names, shapes and source types of llama.cpp's GGUF conversion.
// Learned from real tensor lists (tests/truth/llama-cpp/models.jsonl) and checked against them in tests/model.
#pragma once

#include <string_view>

#include "core/model/architecture.h"
#include "core/model/tensor.h"

namespace headroom {

// Every tensor of the text model. Vision and audio towers live in a file of their own and are left out. An architecture
// llama.cpp does not know gets the same shapes under generic names; what is known only as a parameter count becomes one
// unnamed tensor and clears `exact_shapes`. Cost: linear in tensors, allocates.
[[nodiscard]] Inventory make_inventory(const Architecture& arch);

// What a tensor is for, from its GGUF name. `matrix`: it has two dimensions or more.
[[nodiscard]] TensorClass tensor_class(std::string_view gguf_name, bool matrix);

}  // namespace headroom
