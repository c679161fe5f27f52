// The pages of a model whose layers keep compressed entries, a window, and what their compressors need (DeepSeek V4).
#pragma once

#include "core/memory/cache_rules.h"
#include "core/memory/paged.h"

namespace headroom {

// vLLM's groups: compressed entries of the whole context; the window, and the compressors' inputs, which hold what
// precedes a chunk of the prompt and the chunk itself. One page number takes the page of the largest group.
[[nodiscard]] PagePlan compressed_page_plan(const ModelProfile& model, const CacheSettings& cache);

}  // namespace headroom
