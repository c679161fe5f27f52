// A Hugging Face config.json -> the model it describes.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "core/catalog/import/imported_model.h"
#include "core/result.h"

namespace headroom {

// `name` is used when the configuration has none of its own. The tensors are not known, so weights follow from the
// architecture and the format. A model_type that is not known is read as a common decoder, and a note says so.
// Errors (bad_value): a required figure is missing, of the wrong type or beyond belief; the message names the field.
[[nodiscard]] Result<ImportedModel> model_from_config(const nlohmann::json& config, std::string_view name);

}  // namespace headroom
