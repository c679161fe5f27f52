// The front door: a resolved scenario goes in, an Estimate comes out.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/advice/advice.h"
#include "core/engine/engine.h"
#include "core/hardware/device.h"
#include "core/memory/memory.h"
#include "core/message.h"
#include "core/model/profile.h"
#include "core/placement/placement.h"
#include "core/scenario.h"
#include "core/speed/speed.h"
#include "core/trace.h"

namespace headroom {

// What keeps an engine from starting, whatever the memory: that it has no kernels for a device. `why` is empty where
// nothing does.
struct Hindrance {
  Message why, way_out;
  std::string_view in_short;  // without figures: what a derivation says
};

// Everything that does not change while a slider moves, looked up and computed once.
struct Prepared {
  const ModelProfile* model = nullptr;
  const WeightProfile* weights = nullptr;
  const Engine* engine = nullptr;
  System system;
  DynamicMemory dynamic;
  SpeedProfile speed;
  DraftModel draft;
  double model_quality = kUnknownQuality;  // 0..1 from benchmark ranks for the workload, < 0 unknown
  double format_quality = 1;               // 0..1, what the format keeps
  Hindrance hindrance;
};

// What an answer is made from. Owns nothing: all of it must outlive the question.
struct EstimateInputs {
  const ModelProfile& model;
  const WeightProfile& weights;
  const Engine& engine;
  const System& system;
  const DynamicMemory& dynamic;
  const SpeedProfile& speed;
  DraftModel draft;
  QualityInputs quality;
  Sought sought;
  Hindrance hindrance = {};
};

struct Estimate {
  Placement placement;
  Speed speed;
  Verdict verdict;
};

// Whether there is a speed to state: known, and the scenario runs at all.
[[nodiscard]] inline bool has_speed(const Estimate& estimate) {
  return estimate.speed.known && estimate.placement.status != FitStatus::does_not_fit;
}

// Builds what estimate() needs. Allocates; cost is dominated by the compute curve.
[[nodiscard]] Prepared prepare(const ModelProfile& model, const WeightProfile& weights, const Engine& engine,
                               const System& system, const Settings& settings, const Calibration& calibration,
                               const DraftModel& draft, Precision precision);

// The same with what was made before for the same model, engine, cache settings, backend and number of devices.
[[nodiscard]] Prepared prepare(const ModelProfile& model, const WeightProfile& weights, const Engine& engine,
                               const System& system, const Settings& settings, const Calibration& calibration,
                               const DraftModel& draft, const DynamicMemory& dynamic);

// Pure, allocates nothing. `settings` may differ from those prepared in context, workload and mode only.
[[nodiscard]] Estimate estimate(const EstimateInputs& inputs, const Settings& settings, Trace* trace = nullptr);
[[nodiscard]] Estimate estimate(const Prepared& prepared, const Settings& settings, Trace* trace = nullptr);

}  // namespace headroom
