// The storage format that a config.json states.
#pragma once

#include <string>

#include "core/catalog/import/hf/fields.h"
#include "core/catalog/import/note.h"

namespace headroom::hf {

struct StoredFormat {
  std::string id;    // of a format in data/formats.json ("FP8", "AWQ-INT4", "MLX-4bit"); empty: none that is known
  ImportNote doubt;  // what had to be assumed, or that a stated method is not known
  bool scaled_by_blocks = false;  // a scale per block of weights, not per tensor or channel
};
// `outer` is the whole configuration, `inner` its text section, or the same. Quantization counts before the type of
// the weights, wherever it stands.
[[nodiscard]] StoredFormat stored_format(Fields& outer, Fields& inner);

}  // namespace headroom::hf
