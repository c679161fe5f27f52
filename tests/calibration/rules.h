// The rules of thumb that published calculators use, for comparison on the same rows. Each is restated from its
// formula.
#pragma once

#include <array>
#include <string_view>

#include "tests/calibration/observation.h"

namespace headroom {

inline constexpr std::array<std::string_view, 5> kDecodeRules = {
    "bandwidth / active bytes", "0.70 x bandwidth / file size", "0.55 x bandwidth / (parameters x bytes)",
    "bandwidth / size x 0.70 (Apple 0.65)", "1 / (bytes / (0.85 x bandwidth) + 1.2 ms)"};
inline constexpr std::array<std::string_view, 3> kPrefillRules = {
    "flops x 0.3 / (2 x parameters)", "flops x 0.5 / (2 x parameters)", "flops x 0.7 / (2 x parameters)"};

// Natural logarithm of the rule's tokens per second. `rule` indexes the list of the observation's kind.
[[nodiscard]] double log_rule(const Observation& observation, std::size_t rule);
[[nodiscard]] std::size_t rule_count(const Observation& observation);
[[nodiscard]] std::string_view rule_name(const Observation& observation, std::size_t rule);

}  // namespace headroom
