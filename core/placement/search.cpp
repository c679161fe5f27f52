#include <algorithm>

#include "core/placement/largest.h"
#include "core/placement/planner.h"

namespace headroom {
namespace {

constexpr std::uint32_t kShortestContext = 256;
constexpr std::uint32_t kMostSequences = 256;     // llama.cpp's LLAMA_MAX_SEQ
constexpr std::uint32_t kUnbounded = 1000000000;  // as for the engines whose pool says how many it serves

}  // namespace

Bytes Planner::taken(std::size_t device, const Need& needed) const {
  const DeviceShare& share = out_.devices[device];
  return share.weights + share.engine + share.adapters + share.projector + dynamic_parts(device, needed).total();
}

// What the first device lacks at the settings asked for.
Bytes Planner::missing_on_device() const { return taken(0, now_) - out_.devices[0].usable; }

double Planner::slack(const Need& needed) const {
  double least = 1e30;
  Bytes on_devices, one;
  for (std::size_t d = 0; d < out_.devices.size(); ++d) {
    const DeviceShare& share = out_.devices[d];
    if (share.layers == 0 && !share.holds_output && !fetches_layers(d)) continue;
    if (!repeats(d)) one = taken(d, needed);
    on_devices += one;
    least = std::min(least, share.usable.as_double() - one.as_double());
  }
  if (in_.system.backend == Backend::cpu) return least;
  double host_left =
      out_.host.usable.as_double() - (out_.host.weights + dynamic_host_parts(needed).total()).as_double();
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
  const std::uint32_t most = in_.engine.cache == CachePolicy::cells ? kMostSequences : kUnbounded;
  const auto at = [&](std::uint32_t parallel) { return slack(cache_at(context, parallel)); };
  if (slack_now_ >= 0) {
    const std::uint32_t found = asked >= most ? asked : largest(asked, most, 1, slack_now_, at);
    return found == kUnbounded ? asked : found;  // nothing grows with sequences
  }
  if (asked == 1) return 0;
  const double least = at(1);
  return least < 0 ? 0 : largest(1, asked, 1, least, at);
}

}  // namespace headroom
