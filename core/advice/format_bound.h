// How well a model could do in another format, told from one it was estimated in.
#pragma once

#include "core/advice/advice.h"
#include "core/speed/pace.h"

namespace headroom {

// What a format makes of a model.
struct FormatCost {
  Bytes file;
  Bytes within;        // of it what is not looked up by token, and may stay in system memory
  double layers = 0;   // bytes of the layers that one token reads
  double head = 0;     // of the output head
  double experts = 0;  // all routed experts
};

[[nodiscard]] FormatCost format_cost(const ModelProfile& model, const WeightProfile& weights);

// Bounds from above: every part of a step is scaled by the least that it can take in the other format, what the smaller
// file frees is taken to be worth all that it could be. Nothing is placed and no step is added up, so that a bound
// costs a fraction of an estimate.
class FormatBound {
 public:
  // Of the model in the format `seen`, as it was placed, timed and marked. All must outlive the bound.
  FormatBound(const ModelProfile& model, const Placement& placement, const Speed& speed, const Mark& mark,
              const Settings& settings, const FormatCost& seen, double model_quality);
  // The most that exact_score can be in the other format, of whose quality the share `kept` is left; `pace` leads from
  // the seen format to it. Negative where it cannot be placed. Looser, and cheaper, where it is `enough` or less
  // anyway.
  [[nodiscard]] double of(const FormatCost& other, const PaceRatio& pace, double kept, double enough) const;

 private:
  [[nodiscard]] double decode_ratio(const FormatCost& other, const PaceRatio& pace, double part) const;
  const Placement& placement_;
  const Speed& speed_;
  const Mark& mark_;
  const Settings& settings_;
  const FormatCost& seen_;
  double model_quality_;
  double longest_points_;  // of the model's longest context
  double left_;            // bytes free on the devices
  bool pool_;              // the engine fills the devices, whatever the weights leave
};

}  // namespace headroom
