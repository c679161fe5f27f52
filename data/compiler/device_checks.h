// Figures of a device that cannot be: the ways in which published specifications usually go wrong.
#pragma once

#include "data/compiler/facts.h"

namespace headroom::facts {

// Ranges of memory, bandwidth and power; throughputs against each other (a sparse figure is twice too high); the
// bandwidth against channels and rate where the memory type states them. A row's "exceptions" field names, with the
// reason, the checks that rightly do not hold for it.
void check_figures(const Row& row, Problems& problems);

// Channels x transfers x 8 bytes of a host preset.
void check_host_bandwidth(const Row& row, Problems& problems);

}  // namespace headroom::facts
