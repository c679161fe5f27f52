// The search behind "how much of it fits".
#pragma once

#include <algorithm>
#include <cstdint>

namespace headroom {

// The largest multiple of `step` in [low, high] at which `slack` is not negative; `low` when none is. `slack` falls as
// its argument rises and is nearly linear in pieces, so a secant usually lands next to the edge. Every third probe
// halves the interval instead, for edges beyond the end of a piece.
template <class Slack>
std::uint32_t largest(std::uint32_t low, std::uint32_t high, std::uint32_t step, double slack_low, const Slack& slack) {
  constexpr int kProbes = 128;
  double slack_high = slack(high);
  if (slack_high >= 0) return high;
  std::uint32_t a = low / step;
  std::uint32_t b = high / step + (high % step != 0 ? 1 : 0);
  std::uint32_t next = 0;
  for (int i = 0; i < kProbes && b > a + 1; ++i) {
    const bool neighbour = i % 3 == 1 && next > a && next < b;
    if (!neighbour) {
      const double share = i % 3 == 2 ? 0.5 : slack_low / (slack_low - slack_high);
      next = std::clamp(a + static_cast<std::uint32_t>((b - a) * share), a + 1, b - 1);
    }
    const double left = slack(next * step);
    if (left >= 0) {
      a = next++;
      slack_low = left;
    } else {
      b = next--;
      slack_high = left;
    }
  }
  return std::max(a * step, low);
}

// The largest multiple of `step` in [low, high] of which `holds` is true, or `high`; `low` is taken to hold. What holds
// must hold for everything smaller. Looked for around `start`, in strides that double.
template <class Holds>
std::uint32_t last_that(std::uint32_t low, std::uint32_t high, std::uint32_t step, std::uint32_t start,
                        const Holds& holds) {
  if (low >= high) return low;
  std::uint32_t a = low / step;                                    // holds
  std::uint32_t b = high / step + (high % step != 0 ? 1 : 0) + 1;  // does not
  const auto at = [&](std::uint32_t multiple) { return holds(std::min(multiple * step, high)); };
  std::uint32_t next = std::clamp(start / step, a + 1, b - 1);
  const bool rising = at(next);
  (rising ? a : b) = next;
  for (std::uint32_t stride = 1; rising && a + 1 < b; stride *= 2) {
    next = std::min(a + stride, b - 1);
    if (!at(next)) {
      b = next;
      break;
    }
    a = next;
  }
  for (std::uint32_t stride = 1; !rising && a + 1 < b; stride *= 2) {
    next = b > a + stride ? b - stride : a + 1;
    if (at(next)) {
      a = next;
      break;
    }
    b = next;
  }
  while (b > a + 1) {
    next = a + (b - a) / 2;
    (at(next) ? a : b) = next;
  }
  return std::clamp(a * step, low, high);
}

}  // namespace headroom
