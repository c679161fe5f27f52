// How long the first token of a request takes when others ask, too.
#pragma once

#include "core/speed/speed.h"

namespace headroom {

// Mean time in a queue that reads prompts one after another, `service` each, reading included, when each of `users`
// asks again `apart` after its prompt was read: mean value analysis after Schweitzer (1979), whose equation
// R = S (1 + (n - 1) R / (Z + R)) has this root. Users who all ask all the time wait n S - Z.
[[nodiscard]] Seconds closed_loop_time(Seconds service, Seconds apart, double users);

// Means over requests. Which of them holds depends on how they arrive, which nobody knows beforehand.
struct FirstToken {
  Seconds steady;    // each user asks when answered, out of step with the others
  Seconds together;  // all ask at once
  Seconds told;      // of a run as servers are measured: at its start all ask at once
  Seconds lasting;   // in the mean of a run without end
};

// `prompt`: reading one prompt alone; `answer`: writing one answer among the others; `step`: one step of all sequences.
[[nodiscard]] FirstToken first_token(const SpeedProfile& profile, const Placement& placement, double sequences,
                                     Seconds prompt, Seconds answer, Seconds step);

}  // namespace headroom
