#include "wasm/app/words.h"

namespace headroom {

std::string_view fit_key(FitStatus status) {
  switch (status) {
    case FitStatus::fits: return "fit.fits";
    case FitStatus::tight: return "fit.tight";
    case FitStatus::offload: return "fit.offload";
    case FitStatus::does_not_fit: return "fit.does_not_fit";
  }
  return "fit.does_not_fit";
}

ImU32 fit_color(const Theme& theme, FitStatus status) {
  switch (status) {
    case FitStatus::fits: return theme.good;
    case FitStatus::tight:
    case FitStatus::offload: return theme.warning;
    case FitStatus::does_not_fit: return theme.bad;
  }
  return theme.bad;
}

std::string_view bound_key(Bound bound) {
  switch (bound) {
    case Bound::memory: return "bound.memory";
    case Bound::compute: return "bound.compute";
    case Bound::interconnect: return "bound.interconnect";
    case Bound::host: return "bound.host";
    case Bound::overhead: return "bound.overhead";
  }
  return "bound.overhead";
}

std::string_view confidence_key(Confidence level) {
  switch (level) {
    case Confidence::measured: return "confidence.measured";
    case Confidence::calibrated: return "confidence.calibrated";
    case Confidence::extrapolated: return "confidence.extrapolated";
    case Confidence::theoretical: return "confidence.theoretical";
  }
  return "confidence.theoretical";
}

std::string_view split_key(const Placement& placement) {
  if (placement.expert_parallel > 1) return "plain.split_expert";
  if (placement.tensor_parallel > 1) return "plain.split_tensor";
  return placement.data_parallel > 1 ? "plain.split_copies" : "plain.split_layer";
}

std::string range_text(const Range& range, Language language, Figure (*format)(double, Language)) {
  const Figure low = format(range.p10, language), high = format(range.p90, language);
  if (low.unit != high.unit) return join(low) + " – " + join(high);
  if (low.value == high.value) return join(high);
  return low.value + " – " + join(high);
}

std::string rate_or_dash(bool known, double tokens_per_second, Language language) {
  return known && tokens_per_second > 0 ? format_rate(tokens_per_second, language).value : "–";
}

}  // namespace headroom
