// Families whose stack differs from "mixer, then feed-forward".
#pragma once

#include "core/catalog/import/hf/parts.h"
#include "core/model/architecture.h"

namespace headroom::hf {

// Changes what the common reading made of the config where the family calls for it.
void apply_special(Context& context, Architecture& model);

}  // namespace headroom::hf
