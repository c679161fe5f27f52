// How long a step takes. A step is a sum over layer groups of the slower of bytes / effective bandwidth and
// flops / effective throughput, plus launch overheads, communication and what the host does.
#pragma once

#include <cstdint>

#include "core/engine/engine.h"
#include "core/hardware/device.h"
#include "core/model/profile.h"
#include "core/placement/placement.h"
#include "core/scenario.h"
#include "core/speed/calibration.h"
#include "core/trace.h"
#include "core/units.h"

namespace headroom {

struct Range {
  double p10 = 0, p50 = 0, p90 = 0;
};

enum class Bound : std::uint8_t { memory, compute, interconnect, host, overhead };
enum class Confidence : std::uint8_t { measured, calibrated, extrapolated, theoretical };

// Seconds of one decode step by cause.
struct StepTime {
  Seconds weights, kv, compute, communication, host, overhead;
  [[nodiscard]] Seconds total() const { return weights + kv + compute + communication + host + overhead; }
};

struct Speed {
  bool known = false;  // false: a needed figure (a bandwidth) is unknown; `unknown_reason` is a text key
  const char* unknown_reason = "";
  StepTime decode_step;      // one step of all sequences together, at p50
  Range decode_tok_s;        // per sequence
  Range decode_total_tok_s;  // all sequences together
  Bound decode_bound = Bound::memory;
  Range prefill_tok_s;  // of one sequence's prompt
  Bound prefill_bound = Bound::compute;
  Range ttft_s;
  Confidence confidence = Confidence::theoretical;
  std::uint32_t calibration_rows = 0;  // measurements behind the group that was used
};

// Efficiencies for one (device, backend, engine, format, model), looked up once. Plain data, no allocation.
[[nodiscard]] SpeedProfile make_speed_profile(const Calibration& calibration, const ModelProfile& model,
                                              const WeightProfile& weights, const System& system, const Engine& engine);

// Allocates nothing.
[[nodiscard]] Speed speed(const ModelProfile& model, const WeightProfile& weights, const Placement& placement,
                          const System& system, const Engine& engine, const Settings& settings,
                          const SpeedProfile& profile, Trace* trace = nullptr);

}  // namespace headroom
