// Where a scenario stands under the roofline of its machine (Williams, Waterman, Patterson: "Roofline: an insightful
// visual performance model", CACM 2009): operations per byte read against operations per second.
#pragma once

#include "core/engine/engine.h"
#include "core/hardware/device.h"
#include "core/model/profile.h"
#include "core/scenario.h"
#include "core/speed/prefill.h"
#include "core/speed/rates.h"
#include "core/speed/speed.h"
#include "core/units.h"

namespace headroom {

// Bytes read from memory (weights, cache, state) and operations done on them, over all devices.
struct Work {
  Traffic bytes;
  Flops flops;
  [[nodiscard]] double intensity() const {
    return bytes > Traffic(0) ? flops.value() / bytes.value() : 0;
  }  // flop per byte
};

// One step of all sequences together. A multiply-add counts as two operations.
[[nodiscard]] Work decode_work(const ModelProfile& model, const ModelCost& cost, const StepLoad& shape);
// A prompt of one sequence: every micro-batch reads the weights again, the head is applied to the last token.
[[nodiscard]] Work prefill_work(const ModelProfile& model, const ModelCost& cost, const Prompt& prompt);

struct RooflinePoint {
  bool known = false;
  double intensity = 0;    // flop per byte
  FlopsPerSecond reached;  // at the median estimate
  FlopsPerSecond limit;    // of the roof at this intensity
};

// All devices together. `fitted` is what the kernels measured so far reach of the data sheet's peaks.
struct MachineRoofline {
  BytesPerSecond bandwidth, fitted_bandwidth;
  FlopsPerSecond peak, fitted_peak;  // 0 = unknown
  NumberUnits units = NumberUnits::half;
  RooflinePoint decode, prefill;
  // min(peak, intensity x bandwidth)
  [[nodiscard]] FlopsPerSecond roof(double intensity) const;
  // Operations per byte from which on compute is the limit; 0 = unknown.
  [[nodiscard]] double ridge() const { return bandwidth.value() > 0 ? peak.value() / bandwidth.value() : 0; }
};

// `kernel`: kernel_label() of the format. `speed` is the estimate of the same scenario.
[[nodiscard]] MachineRoofline machine_roofline(const ModelProfile& model, const System& system,
                                               const Placement& placement, const Engine& engine,
                                               std::string_view kernel, const Settings& settings,
                                               const SpeedProfile& profile, const Speed& speed);

}  // namespace headroom
