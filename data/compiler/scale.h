// Prefixes of the units in the facts.
#pragma once

namespace headroom::facts {

inline constexpr double kTera = 1e12, kGiga = 1e9, kMicro = 1e-6;

}  // namespace headroom::facts
