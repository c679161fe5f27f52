// A resolved scenario together with the profiles it needs: what estimate() is asked with.
#pragma once

#include <memory>

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

// Puts another workload's lengths and targets into settings.
inline void apply_workload(Settings& settings, const WorkloadEntry& workload) {
  settings.workload = workload.workload;
  settings.targets = workload.targets;
}

}  // namespace headroom
