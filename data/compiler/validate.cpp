#include "data/compiler/validate.h"

namespace headroom::facts {

void validate(const Facts& facts, Problems& problems) {
  if (facts.models.empty()) problems.add("models", "holds no row");
  if (facts.devices.empty()) problems.add("hardware", "holds no row");
}

}  // namespace headroom::facts
