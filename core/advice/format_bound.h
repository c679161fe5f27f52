// How well a model could do in another format, told from one it was estimated in.
#pragma once

#include "core/advice/advice.h"
#include "core/speed/pace.h"

namespace headroom {

// What a format makes of a model.
struct FormatCost {
  Bytes file;
  Bytes within;     // of it what is not looked up by token, and may stay in system memory
  Traffic layers;   // of the layers, what one token reads
  Traffic head;     // of the output head
  Traffic experts;  // all routed experts
};

[[nodiscard]] FormatCost format_cost(const ModelProfile& model, const WeightProfile& weights);

// Upper bounds: every part of a step is scaled by the least time it can take in the other format, and memory that a
// smaller file frees is assumed to help as much as it could. Nothing is placed and no step is computed, so that a bound
// costs a fraction of an estimate.
class FormatBound {
 public:
  // Of the model in the format `seen`, as it was placed, timed and marked. All must outlive the bound.
  FormatBound(const ModelProfile& model, const Placement& placement, const Speed& speed, const Mark& mark,
              const Settings& settings, const FormatCost& seen, double model_quality);
  // An upper bound of exact_score in the other format. `kept` is the share of quality that format keeps, `pace` the
  // ratio of its times to those of the seen one. Negative where it cannot be placed. Once the bound is known to be at
  // most `enough`, it is not made tighter.
  [[nodiscard]] double of(const FormatCost& other, const PaceRatio& pace, double kept, double enough) const;

 private:
  [[nodiscard]] double decode_ratio(const FormatCost& other, const PaceRatio& pace, double part, double prompt) const;
  [[nodiscard]] double first_token(double prompt, double step) const;
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
