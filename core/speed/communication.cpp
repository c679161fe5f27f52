#include "core/speed/communication.h"

#include <algorithm>

namespace headroom {
namespace {

// Assumed, with no source in the facts: through a switch collectives reach the link's rate from some megabytes on.
// Devices on a bus share it at every size.
constexpr double kFullRateBytes = 4e6;

double collective_bytes_time(const LinkRates& link, double bytes) {
  const double slowed = link.switched ? std::min(bytes, kFullRateBytes) : bytes;
  return bytes * link.byte + slowed * (link.reduce_byte - link.byte);
}

// Through a switch every rank reads all others at once; elsewhere parts go round a ring twice.
double reduce_latency(const LinkRates& link, double ranks) {
  return link.reduce_latency * (link.switched ? 1 : 2 * (ranks - 1));
}

}  // namespace

double all_reduce_time(const LinkRates& link, double ranks, double bytes) {
  if (ranks <= 1) return 0;
  return reduce_latency(link, ranks) + 2 * (ranks - 1) / ranks * collective_bytes_time(link, bytes);
}

double prompt_reduce_time(const LinkRates& link, double ranks, double bytes) {
  if (ranks <= 1) return 0;
  const double time = link.switched ? collective_bytes_time(link, bytes) : bytes * link.prompt_byte;
  return reduce_latency(link, ranks) + 2 * (ranks - 1) / ranks * time;
}

double all_to_all_time(const LinkRates& link, double ranks, double bytes) {
  if (ranks <= 1) return 0;
  return 2 * (link.exchange + (ranks - 1) / ranks * collective_bytes_time(link, bytes));
}

double hop_time(const LinkRates& link, double bytes) { return link.hop + bytes * link.byte; }

}  // namespace headroom
