// From one figure to a range: residual quantiles of measurements the fit had not seen.
#pragma once

#include <array>

#include "core/speed/calibration.h"
#include "core/speed/speed.h"

namespace headroom {

// Tokens in the cache from which decode errors are followed as "at depth".
inline constexpr double kDeepContext = 8192;
// Tokens up to which the cache is too short to matter.
inline constexpr double kShortContext = 1024;

[[nodiscard]] SpeedClass decode_class(bool has_experts, double depth, bool many_sequences);

// The errors of decode at this depth. From kShortContext on, those of short contexts turn into those at depth, so that
// a curve over depth has no step. `ranges` by SpeedClass.
[[nodiscard]] ResidualRange decode_range(const std::array<ResidualRange, kSpeedClasses>& ranges, bool has_experts,
                                         double depth, bool many_sequences);

// What an own measurement leaves of a range, four of five repetitions of which are within `spread` of their median
// (0: not told): that itself where it settles all of it (own_share()), else as far on the way to it as its share.
[[nodiscard]] ResidualRange narrowed(const ResidualRange& residuals, double spread, double share);

// `widening` >= 1 stretches the range in the logarithm (offload, speculation: more unknowns than the fit has seen).
[[nodiscard]] Range make_range(double p50, const ResidualRange& residuals, double widening);

}  // namespace headroom
