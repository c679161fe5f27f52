#include "core/placement/largest.h"

#include <doctest/doctest.h>
#include <algorithm>

namespace headroom {
namespace {

// What is left on a device and on the host, each falling in its own way: the lesser counts.
double left(std::uint32_t context, double device, double device_step, double host, double host_step) {
  return std::min(device - device_step * context, host - host_step * context);
}

// By trying all.
template <class Slack>
std::uint32_t by_counting(std::uint32_t low, std::uint32_t high, std::uint32_t step, const Slack& slack) {
  std::uint32_t found = low;
  for (std::uint32_t at = low / step * step; at <= high; at += step) {
    if (at >= low && slack(at) >= 0) found = at;
  }
  return slack(high) >= 0 ? high : found;
}

}  // namespace

TEST_CASE("the largest setting that fits is found where two limits meet, far from the ends, or at one") {
  constexpr std::uint32_t kLongest = 131072;
  for (const double device_step : {0.0, 1.0, 37.0, 4000.0}) {
    for (const double host_step : {0.0, 3.0, 250.0, 90000.0}) {
      for (const double host : {1e4, 1e6, 3e7, 5e9}) {
        const auto slack = [&](std::uint32_t context) { return left(context, 2e6, device_step, host, host_step); };
        for (const std::uint32_t step : {1U, 64U, 256U}) {
          constexpr std::uint32_t kLow = 256;
          if (slack(kLow) < 0) continue;
          CAPTURE(device_step);
          CAPTURE(host_step);
          CAPTURE(host);
          CHECK(largest(kLow, kLongest, step, slack(kLow), slack) == by_counting(kLow, kLongest, step, slack));
        }
      }
    }
  }
}

TEST_CASE("a setting is found in few questions, even among a thousand million") {
  for (const double edge : {3.0, 1e3, 123456789.0, 9.9e8}) {
    int questions = 0;
    const auto slack = [&](std::uint32_t n) {
      ++questions;
      return std::max(edge - n, -1e6) * 1e3;  // flat far beyond the edge, as saturated sums are
    };
    CHECK(largest(1, 1000000000, 1, edge * 1e3, slack) == static_cast<std::uint32_t>(edge));
    CHECK(questions < 110);
  }
}

}  // namespace headroom
