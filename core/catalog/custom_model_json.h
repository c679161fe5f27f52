// A model that stands in a scenario as an object instead of an id.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>

#include "core/catalog/custom_model.h"
#include "core/result.h"

namespace headroom {

// {"config": {...a Hugging Face config.json...}, "name"?} or a record that importModel returned.
// Errors: bad_value, bad_file, unsupported.
[[nodiscard]] Result<CustomModel> parse_custom_model(const nlohmann::json& value);

// The model in a file: a GGUF or safetensors header, a safetensors index or a config.json. `content` may be only the
// beginning of a large file. Errors: bad_file, bad_json, unsupported.
[[nodiscard]] Result<CustomModel> import_custom_model(std::span<const std::uint8_t> content,
                                                      std::string_view file_name);

}  // namespace headroom
