#include "core/speed/ranges.h"

#include <algorithm>
#include <cmath>

namespace headroom {

SpeedClass decode_class(bool has_experts, double depth, bool many_sequences) {
  if (many_sequences) return SpeedClass::served;
  if (depth >= kDeepContext) return SpeedClass::decode_deep;
  return has_experts ? SpeedClass::decode_experts : SpeedClass::decode_dense;
}

ResidualRange decode_range(const std::array<ResidualRange, kSpeedClasses>& ranges, bool has_experts, double depth,
                           bool many_sequences) {
  const SpeedClass cls = decode_class(has_experts, depth, many_sequences);
  ResidualRange range = ranges[static_cast<std::size_t>(cls)];
  if (cls == SpeedClass::served || cls == SpeedClass::decode_deep) return range;
  const double share = (depth - kShortContext) / (kDeepContext - kShortContext);
  if (share <= 0) return range;
  const ResidualRange& deep = ranges[static_cast<std::size_t>(SpeedClass::decode_deep)];
  range.p10 += (deep.p10 - range.p10) * share;
  range.p90 += (deep.p90 - range.p90) * share;
  return range;
}

ResidualRange narrowed(const ResidualRange& residuals, double spread, double share) {
  if (spread <= 0 || share <= 0) return residuals;
  const ResidualRange own{1 - spread, 1 + spread};
  const ResidualRange between{residuals.p10 + (own.p10 - residuals.p10) * share,
                              residuals.p90 + (own.p90 - residuals.p90) * share};
  if (share > kOwnPart) return between;
  // A rough measurement of something else never widens what the fit knows.
  return {std::max(residuals.p10, between.p10), std::min(residuals.p90, between.p90)};
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
