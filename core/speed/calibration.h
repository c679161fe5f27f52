// Fitted efficiencies: written by the calibration program (tests/calibration) to data/calibration.json.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/hardware/device.h"
#include "core/model/format.h"

namespace headroom {

struct Calibration {};
struct SpeedProfile {};

}  // namespace headroom
