// From the tensors of a Hugging Face checkpoint to the model they belong to.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "core/catalog/import/file_tensors.h"
#include "core/catalog/import/imported_model.h"
#include "core/catalog/import/safetensors.h"
#include "core/result.h"

namespace headroom {

// The tensors of one or several shards, the experts of a layer joined into one tensor each.
[[nodiscard]] std::vector<FileTensor> checkpoint_tensors(const std::vector<SafetensorsHeader>& shards);

// Weights are exactly those of the file. `config` (may be null) gives the architecture; without it the layers, widths
// and cache rows are inferred from the shapes, and `notes` say what is missing.
[[nodiscard]] Result<ImportedModel> model_from_checkpoint(const std::vector<FileTensor>& tensors,
                                                          const nlohmann::json* config, std::string_view name);

}  // namespace headroom
