// The parts of a split GGUF file as one header.
#pragma once

#include <vector>

#include "core/catalog/import/gguf.h"
#include "core/result.h"

namespace headroom {

// Parts in any order. Errors (bad_file): missing parts, named by number; parts of different files; files that are not
// parts of one. A single whole file is returned as it is.
[[nodiscard]] Result<GgufHeader> merge_gguf(std::vector<GgufHeader> parts);

}  // namespace headroom
