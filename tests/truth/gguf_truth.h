// The models of tests/truth/llama-cpp as GGUF headers: what the reader of real files would have returned.
#pragma once

#include "core/catalog/import/gguf.h"
#include "tests/truth/llama_cpp_truth.h"

namespace headroom::truth {

// Tensors in the file's order with their types; offsets and sizes laid out with the default alignment.
[[nodiscard]] GgufHeader gguf_header(const Model& model);

}  // namespace headroom::truth
