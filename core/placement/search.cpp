#include <algorithm>

#include "core/placement/device_limits.h"
#include "core/placement/planner.h"

namespace headroom {
namespace {

// The largest multiple of `step` in [low, high] at which `slack` is not negative; `low` when none is. `slack` falls as
// its argument rises and is nearly linear in pieces: a secant lands beside the edge, its neighbour settles it.
template <class Slack>
std::uint32_t largest(std::uint32_t low, std::uint32_t high, std::uint32_t step, double slack_low, const Slack& slack) {
  constexpr int kProbes = 40;
  double slack_high = slack(high);
  if (slack_high >= 0) return high;
  std::uint32_t a = low / step;
  std::uint32_t b = high / step + (high % step != 0 ? 1 : 0);
  std::uint32_t next = 0;
  for (int i = 0; i < kProbes && b > a + 1; ++i) {
    if (next <= a || next >= b) {
      const double share = i % 4 == 3 ? 0.5 : slack_low / (slack_low - slack_high);
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

constexpr std::uint32_t kShortestContext = 256;
constexpr std::uint32_t kMostSequences = 256;  // llama.cpp's LLAMA_MAX_SEQ; others queue beyond it

}  // namespace

double Planner::slack(const Need& needed) const {
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
  const std::uint32_t step = std::min(std::max({in_.engine.cache_pad, in_.engine.block_tokens, 1U}), kShortestContext);
  const std::uint32_t asked = in_.settings.cache.context / step * step;
  if (slack_now_ >= 0 && asked >= shortest && asked < longest) return largest(asked, longest, step, slack_now_, at);
  const double least = at(shortest);
  return least < 0 ? 0 : largest(shortest, longest, step, least, at);
}

std::uint32_t Planner::largest_parallel() const {
  const std::uint32_t context = in_.settings.cache.context;
  const std::uint32_t asked = std::max<std::uint32_t>(in_.settings.cache.parallel, 1);
  const auto at = [&](std::uint32_t parallel) { return slack(cache_at(context, parallel)); };
  if (slack_now_ >= 0) return asked >= kMostSequences ? asked : largest(asked, kMostSequences, 1, slack_now_, at);
  if (asked == 1) return 0;
  const double least = at(1);
  return least < 0 ? 0 : largest(1, asked, 1, least, at);
}

}  // namespace headroom
