// Prefixes of the units that facts and the API are stated in.
#pragma once

namespace headroom {

inline constexpr double kTera = 1e12, kGiga = 1e9, kMicro = 1e-6;

}  // namespace headroom
