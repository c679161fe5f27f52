// The derivation of a speed, for people. Reads what was computed; computes nothing of its own.
#pragma once

#include "core/speed/first_token.h"
#include "core/speed/prefill.h"
#include "core/speed/speed.h"

namespace headroom {

// `prefill` and `first` are ignored when the result has none.
void explain_speed(const SpeedProfile& profile, const Placement& placement, const Settings& settings,
                   const StepLoad& shape, const Speed& result, const PrefillTime& prefill, const FirstToken& first,
                   Trace& trace);

}  // namespace headroom
