#include "core/speed/communication.h"

#include <cmath>

namespace headroom {

double all_reduce_time(const LinkRates& link, double ranks, double bytes) {
  if (ranks <= 1) return 0;
  // Through a switch every rank reads all others at once; elsewhere the depth of a tree counts.
  const double levels = link.switched ? 1 : std::log2(ranks);
  return link.reduce_latency * levels + 2 * (ranks - 1) / ranks * bytes * link.reduce_byte;
}

double all_to_all_time(const LinkRates& link, double ranks, double bytes) {
  if (ranks <= 1) return 0;
  return 2 * (link.exchange + (ranks - 1) / ranks * bytes * link.reduce_byte);
}

double hop_time(const LinkRates& link, double bytes) { return link.hop + bytes * link.byte; }

}  // namespace headroom
