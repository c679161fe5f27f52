// A resolved scenario together with the profiles it needs: what estimate() is asked with.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>

#include "core/catalog/catalog.h"
#include "core/catalog/resolve.h"
#include "core/estimate.h"
#include "core/model/profile.h"

namespace headroom {

struct Question {
  ResolvedScenario scenario;
  std::shared_ptr<const ModelProfile> model, draft_model;
  std::shared_ptr<const WeightProfile> weights, draft_weights;
  Prepared prepared;
};

// The factors of a person's own measurement. It is of this device, which therefore counts as measured with another
// model.
inline void apply_personal(SpeedProfile& profile, const std::optional<PersonalFactors>& personal) {
  if (!personal) return;
  profile.personal = *personal;
  profile.confidence = std::min(profile.confidence, Confidence::calibrated);
}

// Puts another workload's lengths and targets into settings.
inline void apply_workload(Settings& settings, const WorkloadEntry& workload) {
  settings.workload = workload.workload;
  settings.targets = targets_of(workload);
}

}  // namespace headroom
