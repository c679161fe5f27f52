// Leaving out whole devices, whole models, and (device, model) pairs.
#pragma once

#include "tests/calibration/fit.h"
#include "tests/calibration/report.h"

namespace headroom {

// Fits once per fold without it and judges the fold. What is left out together is drawn by name.
[[nodiscard]] Residuals cross_validate(Fitter& fitter, const std::vector<Observation>& observations,
                                       const Fitter::Factors& full);

// p10 and p90 of measured / estimated per class, backend and acquaintance, from what was left out.
struct NamedRange {
  SpeedClass cls;
  std::string group;
  Acquaintance acquaintance;
  ResidualRange range;
};
[[nodiscard]] std::vector<NamedRange> left_out_ranges(const std::vector<Observation>& observations,
                                                      const Residuals& residuals);

}  // namespace headroom
