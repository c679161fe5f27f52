#include "core/estimate.h"

namespace headroom {}  // namespace headroom
