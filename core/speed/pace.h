// How two formats of one model compare on one machine, part of a step by part.
#pragma once

#include "core/speed/speed.h"

namespace headroom {

// Least ratios of times: what takes a second in the first format takes at least so many in the second. Of the machine
// alone; where the formats differ in bytes, their ratio comes on top.
struct PaceRatio {
  double weights = 1;   // a byte of weights
  double cache = 1;     // a byte of cache or state
  double compute = 1;   // an operation, generating
  double overhead = 1;  // launches, generating
  double prefill = 1;   // a prompt's operations and launches; its weights are as `weights`
  double host = 1;      // anything the host does
};

// What holds of both.
[[nodiscard]] PaceRatio least_of(const PaceRatio& a, const PaceRatio& b);
[[nodiscard]] PaceRatio pace_ratio(const SpeedProfile& from, const SpeedProfile& to);

}  // namespace headroom
