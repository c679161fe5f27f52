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

// Puts a workload's lengths and targets into settings.
inline void apply_workload(Settings& settings, const WorkloadEntry& workload) {
  settings.workload = workload.workload;
  settings.targets = {workload.ttft_good_s, workload.ttft_poor_s, workload.decode_good_tok_s,
                      workload.decode_poor_tok_s, workload.context_wanted};
}

inline void apply_mode(Settings& settings, const ModeEntry& mode) {
  settings.mode = mode.mode;
  settings.score_weights = {mode.weight_fit, mode.weight_speed, mode.weight_quality, mode.weight_context,
                            mode.weight_efficiency};
}

}  // namespace headroom
