#include "core/speed/ranges.h"

#include <cmath>

namespace headroom {

SpeedClass decode_class(bool has_experts, double depth, bool many_sequences) {
  if (many_sequences) return SpeedClass::served;
  if (depth >= kDeepContext) return SpeedClass::decode_deep;
  return has_experts ? SpeedClass::decode_experts : SpeedClass::decode_dense;
}

Range make_range(double p50, const ResidualRange& residuals, double widening) {
  Range range{p50 * residuals.p10, p50, p50 * residuals.p90};
  if (widening > 1) {
    range.p10 = p50 * std::pow(residuals.p10, widening);
    range.p90 = p50 * std::pow(residuals.p90, widening);
  }
  return range;
}

}  // namespace headroom
