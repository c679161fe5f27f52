// Drafting several tokens and verifying them in one step (Leviathan et al., arXiv 2211.17192).
#pragma once

#include <cstdint>

#include "core/scenario.h"

namespace headroom {

// Tokens proposed before each step; 0 without speculation.
[[nodiscard]] std::uint32_t drafted_tokens(const Speculation& speculation);

// Expected tokens per verification of `drafted` tokens, each accepted with `acceptance` given the ones before were:
// (1 - a^(n+1)) / (1 - a). Between 1 and drafted + 1.
[[nodiscard]] double expected_tokens(double acceptance, double drafted);

}  // namespace headroom
