// From the header of a GGUF file to the model it holds.
#pragma once

#include "core/catalog/import/gguf.h"
#include "core/catalog/import/imported_model.h"
#include "core/result.h"

namespace headroom {

// Weights are exactly those of the file. The layers' kinds follow from which tensors are there and from the metadata
// of the architecture, so an architecture nobody has heard of is still sized from its tensors; what is then not known
// (`cache_known`) is said in `notes`.
// Errors: bad_file for a missing part of a split file and for metadata of the wrong type or beyond belief.
[[nodiscard]] Result<ImportedModel> architecture_from_gguf(const GgufHeader& header);

}  // namespace headroom
