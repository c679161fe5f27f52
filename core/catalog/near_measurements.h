// The public measurements of the pair of model and device that a scenario is about.
#pragma once

#include <vector>

#include "core/catalog/catalog.h"
#include "core/catalog/measurements.h"
#include "core/catalog/resolve.h"
#include "core/estimate.h"

namespace headroom {

// As many as a screen shows of one pair.
inline constexpr std::size_t kMeasurementsOfPair = 48;

// At most `count`, nearest first; none for a model that is not in the catalog and for unequal devices.
[[nodiscard]] std::vector<NearMeasurement> near_measurements(const Measurements& measurements,
                                                             const ResolvedScenario& scenario, const Catalog& catalog,
                                                             std::size_t count);

// How sure a speed is, these being the measurements of its pair. It counts as measured where one of them is of the
// same kernels on as many devices, which hold all of the model, and of one sequence as here or of between half and
// twice as many.
[[nodiscard]] Confidence confidence_with(const Estimate& estimate, const ResolvedScenario& scenario,
                                         const std::vector<NearMeasurement>& near);

}  // namespace headroom
