// The facts as one pack (core/catalog/pack.h).
#pragma once

#include "core/catalog/pack.h"
#include "data/compiler/facts.h"

namespace headroom::facts {

// Reads every row; what cannot be read is a problem. The pack is whole only when there are none.
[[nodiscard]] PackWriter compile(const Facts& facts, Problems& problems);

}  // namespace headroom::facts
