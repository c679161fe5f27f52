#include "core/speed/communication.h"

#include <algorithm>
#include <cmath>

namespace headroom {
namespace {

// Assumed, with no source in the facts: collectives reach the link's rate from some tens of megabytes on.
constexpr double kFullRateBytes = 32e6;

double collective_bytes_time(const LinkRates& link, double bytes) {
  return bytes * link.byte + std::min(bytes, kFullRateBytes) * (link.reduce_byte - link.byte);
}

}  // namespace

double all_reduce_time(const LinkRates& link, double ranks, double bytes) {
  if (ranks <= 1) return 0;
  // Through a switch every rank reads all others at once; elsewhere the depth of a tree counts.
  const double levels = link.switched ? 1 : std::log2(ranks);
  return link.reduce_latency * levels + 2 * (ranks - 1) / ranks * collective_bytes_time(link, bytes);
}

double all_to_all_time(const LinkRates& link, double ranks, double bytes) {
  if (ranks <= 1) return 0;
  return 2 * (link.exchange + (ranks - 1) / ranks * collective_bytes_time(link, bytes));
}

double hop_time(const LinkRates& link, double bytes) { return link.hop + bytes * link.byte; }

}  // namespace headroom
