#include "core/speed/speculation.h"

#include <algorithm>
#include <cmath>

namespace headroom {

std::uint32_t drafted_tokens(const Speculation& speculation) {
  return speculation.kind == SpeculationKind::none ? 0 : speculation.draft_tokens;
}

double expected_tokens(double acceptance, double drafted) {
  const double a = std::clamp(acceptance, 0.0, 1.0);
  if (drafted <= 0) return 1;
  if (a >= 1) return drafted + 1;
  return (1 - std::pow(a, drafted + 1)) / (1 - a);
}

}  // namespace headroom
