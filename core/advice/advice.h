// What to tell a person: verdict, grade, score, bottleneck. Functions of the figures below it, nothing measured here.
#pragma once

#include <cstdint>

#include "core/message.h"
#include "core/placement/placement.h"
#include "core/scenario.h"
#include "core/speed/speed.h"

namespace headroom {

enum class BottleneckKind : std::uint8_t { none, memory, bandwidth, compute, interconnect, host };

struct ScoreParts {
  double fit = 0, speed = 0, quality = 0, context = 0, efficiency = 0;  // each 0..100
};

struct Verdict {
  Message text;             // one sentence
  char grade = 'F';         // A..F
  std::uint32_t score = 0;  // 0..100
  double exact_score = 0;   // before rounding: what rankings are ordered by
  ScoreParts parts;
  BottleneckKind bottleneck = BottleneckKind::none;
  Message bottleneck_text;
  Message remedy;
};

struct QualityInputs {
  double model = -1;  // 0..1 rank of the model for the workload, or what is expected of it; < 0 unknown
  double format = 1;  // 0..1 what the format keeps
};

[[nodiscard]] Verdict judge(const System& system, const Placement& placement, const Speed& speed,
                            const Settings& settings, const QualityInputs& quality);

}  // namespace headroom
