#include "core/speed/communication.h"

#include <algorithm>

namespace headroom {
namespace {

// Assumed, with no source in the facts: through a switch collectives reach the link's rate from some megabytes on.
// Devices on a bus share it at every size.
constexpr Traffic kFullRate{4e6};

Seconds transfer_time(const LinkRates& link, Traffic bytes) {
  const Traffic slowed = link.switched ? std::min(bytes, kFullRate) : bytes;
  return bytes * link.byte + slowed * (link.reduce_byte - link.byte);
}

// Through a switch every rank reads all others at once; elsewhere parts go round a ring twice.
Seconds reduce_latency(const LinkRates& link, double ranks) {
  return link.reduce_latency * (link.switched ? 1 : 2 * (ranks - 1));
}

}  // namespace

Seconds all_reduce_time(const LinkRates& link, double ranks, Traffic bytes) {
  if (ranks <= 1) return Seconds(0);
  return reduce_latency(link, ranks) + 2 * (ranks - 1) / ranks * transfer_time(link, bytes);
}

Seconds prompt_reduce_time(const LinkRates& link, double ranks, Traffic bytes) {
  if (ranks <= 1) return Seconds(0);
  const Seconds time = link.switched ? transfer_time(link, bytes) : bytes * link.prompt_byte;
  return reduce_latency(link, ranks) + 2 * (ranks - 1) / ranks * time;
}

Seconds all_to_all_time(const LinkRates& link, double ranks, Traffic bytes) {
  if (ranks <= 1) return Seconds(0);
  return 2 * (link.exchange + (ranks - 1) / ranks * transfer_time(link, bytes));
}

Seconds hop_time(const LinkRates& link, Traffic bytes) { return link.hop + bytes * link.byte; }

}  // namespace headroom
