#include "core/speed/first_token.h"

#include <algorithm>
#include <cmath>

#include "core/speed/stages.h"

namespace headroom {

Seconds closed_loop_time(Seconds service, Seconds apart, double users) {
  const double surplus = (users * service - apart).value();
  return Seconds((surplus + std::sqrt(surplus * surplus + 4 * service.value() * apart.value())) / 2);
}

FirstToken first_token(const SpeedProfile& profile, const Placement& placement, double sequences, Seconds prompt,
                       Seconds answer, Seconds step) {
  const double users = ranks_of(placement).own(sequences);
  if (users <= 1) return {prompt, prompt, prompt, prompt};
  if (!profile.continuous_batching) {
    // Answers stand still while prompts are read, so that soon all sequences keep step.
    const Seconds steady = closed_loop_time(prompt, answer, users) + step, together = users * prompt + step;
    return {steady, together, together, together};
  }
  // Each stage of a pipeline reads another prompt.
  const Seconds service = prompt / std::max<double>(placement.pipeline_parallel, 1);
  const Seconds travelling = prompt - service;
  const Seconds steady = closed_loop_time(service, answer + travelling, users) + travelling + step;
  // Of prompts that arrive together the mean one waits for half of the others.
  const Seconds together = std::max(steady, prompt + (users - 1) / 2 * service + step);
  return {steady, together, steady + profile.rates[0].together * (together - steady), steady};
}

}  // namespace headroom
