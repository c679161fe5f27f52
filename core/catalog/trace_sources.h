// Where the facts of a scenario come from, for its derivation.
#pragma once

#include "core/catalog/resolve.h"
#include "core/trace.h"

namespace headroom {

[[nodiscard]] TraceSources trace_sources(const Catalog& catalog, const ResolvedScenario& scenario);

}  // namespace headroom
