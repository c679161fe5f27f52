// In which format a checkpoint says it is stored.
#pragma once

#include <string>

#include "core/catalog/import/hf/fields.h"

namespace headroom::hf {

// Id of the catalog's format ("BF16", "FP8", "AWQ-INT4", "MXFP4", "MLX-4bit"); empty when the config does not say or
// names a method that is not known.
[[nodiscard]] std::string stored_format(Fields& config);

}  // namespace headroom::hf
