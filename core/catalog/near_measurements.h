// The public measurements of the pair of model and device that a scenario is about.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/catalog/measurements.h"
#include "core/catalog/resolve.h"
#include "core/catalog/texts.h"
#include "core/estimate.h"

namespace headroom {

// As many as a screen shows of one pair.
inline constexpr std::size_t kMeasurementsOfPair = 48;

// At most `count`, nearest first; none for a model that is not in the catalog and for unequal devices. A measurement of
// another model of the same network counts as of this one.
[[nodiscard]] std::vector<NearMeasurement> near_measurements(const Measurements& measurements,
                                                             const ResolvedScenario& scenario, const Catalog& catalog,
                                                             std::size_t count);

// How sure a speed is, these being the measurements of its pair. It counts as measured where one of them is a rate of
// generation (of reading, where nothing is generated) of a format with the same kernels, by an engine of the same
// family, on the same backend and as many devices, with the same cache type, of one sequence as here or of between half
// and twice as many, and at a depth between half and twice as many tokens, or both within kShortDepth. Nothing is
// measured so of weights on the host, drafted tokens and adapters.
[[nodiscard]] Confidence confidence_with(const Estimate& estimate, const ResolvedScenario& scenario,
                                         const std::vector<NearMeasurement>& near);

// A measurement that belongs on a curve of the scenario: of what it asks, in all but the tokens.
struct MeasuredPoint {
  double tokens = 0, value = 0;
  const NearMeasurement* near = nullptr;
};
// Tokens per second of one of as many users, by tokens in the cache.
[[nodiscard]] std::vector<MeasuredPoint> decode_points(const Estimate& estimate, const ResolvedScenario& scenario,
                                                       const std::vector<NearMeasurement>& near);
// Seconds to the first token of one user, by tokens of the prompt.
[[nodiscard]] std::vector<MeasuredPoint> ttft_points(const Estimate& estimate, const ResolvedScenario& scenario,
                                                     const std::vector<NearMeasurement>& near);

// Key of what a served rate counts; empty where one user was alone.
[[nodiscard]] std::string_view counted_key(const PublicMeasurement& measured);

// In what a measurement was not run as asked, as a person tells it: the model's name, "q8_0", "-ub 2048"; of the format
// and engine nothing, which stand beside it anyway. Empty where it was.
[[nodiscard]] std::vector<std::string> differences(const NearMeasurement& near, const Catalog& catalog,
                                                   const Texts& texts);

}  // namespace headroom
