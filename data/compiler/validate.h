// Checks of the facts that a type cannot make: duplicates, impossible figures, missing sources, unknown fields and
// references. Every check has a test with a bad row (tests/catalog/validate_test.cpp).
#pragma once

#include "data/compiler/facts.h"

namespace headroom::facts {

void validate(const Facts& facts, Problems& problems);

}  // namespace headroom::facts
