// One decode step: every sequence advances by one token (or verifies a draft).
#pragma once

#include <array>

#include "core/placement/placement.h"
#include "core/speed/communication.h"
#include "core/speed/roofline.h"
#include "core/speed/speed.h"

namespace headroom {

// What a stage of a pipeline works on at a time, of all sequences.
[[nodiscard]] StepLoad load_of_stage(const Placement& placement, StepLoad shape);

// Distinct routed experts a step touches, per group.
using ExpertsTouched = std::array<double, kMaxGroups>;
[[nodiscard]] ExpertsTouched touched_by_step(const ModelCost& cost, double tokens);

// One layer on one rank.
[[nodiscard]] StepTime decode_layer(const LayerCost& layer, double touched, const Rates& rates, const StepLoad& shape,
                                    const Shard& shard);

// The whole step over a placement, communication and host included.
[[nodiscard]] StepTime decode_step(const SpeedProfile& profile, const Placement& placement, const StepLoad& shape);

// One pass of what drafts: a token for every sequence.
[[nodiscard]] StepTime draft_pass(const SpeedProfile& profile, const Placement& placement, const Settings& settings,
                                  const StepLoad& shape);

}  // namespace headroom
