#include <algorithm>

#include "core/placement/device_limits.h"
#include "core/placement/planner.h"

namespace headroom {
namespace {

// The largest multiple of `step` in [low, high] at which `slack` is not negative; `low` when none is. `slack` falls as
// its argument rises and is nearly linear in pieces, so a secant finds the edge in a few calls.
template <class Slack>
std::uint32_t largest(std::uint32_t low, std::uint32_t high, std::uint32_t step, double slack_low, const Slack& slack) {
  constexpr int kSteps = 24;
  constexpr double kEdge = 0.02;  // stays off the ends of the bracket
  double slack_high = slack(high);
  if (slack_high >= 0) return high;
  std::uint32_t a = low / step, b = divide_up(high, step) <= UINT32_MAX
                                        ? static_cast<std::uint32_t>(divide_up(high, step))
                                        : high / step;
  for (int i = 0; i < kSteps && b > a + 1; ++i) {
    double share = slack_low / (slack_low - slack_high);
    if (i % 3 == 2) share = 0.5;
    share = std::clamp(share, kEdge, 1 - kEdge);
    const auto guess = static_cast<std::uint32_t>(a + std::max(1.0, (b - a) * share));
    const std::uint32_t middle = std::clamp(guess, a + 1, b - 1);
    const double left = slack(middle * step);
    if (left >= 0) {
      a = middle;
      slack_low = left;
    } else {
      b = middle;
      slack_high = left;
    }
  }
  return std::max(a * step, low);
}

constexpr std::uint32_t kShortestContext = 256;
constexpr std::uint32_t kMostSequences = 256;  // llama.cpp's LLAMA_MAX_SEQ; others queue beyond it

}  // namespace

double Planner::slack(const CacheSettings& cache) const {
  const Need needed = need(cache);
  double least = 1e30;
  Bytes on_devices;
  for (std::size_t d = 0; d < out_.devices.size(); ++d) {
    const DeviceShare& fixed = out_.devices[d];
    if (fixed.layers == 0 && !fixed.holds_output) continue;
    const DeviceShare share = dynamic_share(d, needed);
    on_devices += share.total();
    least = std::min(least, share.usable.as_double() - share.total().as_double());
  }
  if (in_.system.backend == Backend::cpu) return least;
  const HostShare host = dynamic_host(needed);
  double host_left = host.usable.as_double() - host.total().as_double();
  // A device that shares the host's memory leaves it the rest.
  if (in_.system.devices[0]->unified_memory) host_left -= on_devices.as_double();
  return std::min(least, host_left);
}

std::uint32_t Planner::largest_context() const {
  const std::uint32_t parallel = std::max<std::uint32_t>(in_.settings.cache.parallel, 1);
  const std::uint32_t longest = std::max(in_.model.arch.max_context, 1U);
  const std::uint32_t shortest = std::min(kShortestContext, longest);
  const auto at = [&](std::uint32_t context) { return slack(cache_at(context, parallel)); };
  const double least = at(shortest);
  if (least < 0) return 0;
  const std::uint32_t step = std::max({in_.engine.cache_pad, in_.engine.block_tokens, 1U});
  return largest(shortest, longest, std::min(step, kShortestContext), least, at);
}

std::uint32_t Planner::largest_parallel() const {
  const std::uint32_t context = in_.settings.cache.context;
  const auto at = [&](std::uint32_t parallel) { return slack(cache_at(context, parallel)); };
  const double least = at(1);
  if (least < 0) return 0;
  return largest(1, kMostSequences, 1, least, at);
}

}  // namespace headroom
