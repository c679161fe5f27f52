// Words and colours for the estimator's enumerations.
#pragma once

#include <string>
#include <string_view>

#include "core/catalog/front.h"
#include "wasm/app/ui.h"

namespace headroom {

[[nodiscard]] std::string_view fit_key(FitStatus status);  // "fit.fits"
[[nodiscard]] ImU32 fit_color(const Theme& theme, FitStatus status);
[[nodiscard]] std::string_view bound_key(Bound bound);            // "bound.memory"
[[nodiscard]] std::string_view confidence_key(Confidence level);  // "confidence.calibrated"

// How several devices share a model: "plain.split_tensor".
[[nodiscard]] std::string_view split_key(const Placement& placement);

// "38 – 49"; one figure where both ends read the same.
[[nodiscard]] std::string range_text(const Range& range, Language language, Figure (*format)(double, Language));
// A rate's digits, or a dash where the speed is not known.
[[nodiscard]] std::string rate_or_dash(bool known, double tokens_per_second, Language language);

}  // namespace headroom
