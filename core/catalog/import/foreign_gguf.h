// GGUF files that hold no language model.
#pragma once

#include "core/catalog/import/gguf.h"
#include "core/result.h"

namespace headroom {

// Says what the file is and what to give instead; nothing when it may be a model. Error: unsupported.
[[nodiscard]] Status foreign_gguf(const GgufHeader& header);

}  // namespace headroom
