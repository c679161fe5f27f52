#include "core/catalog/custom_model_json.h"

#include <nlohmann/json.hpp>

#include "core/catalog/json_fields.h"

namespace headroom {

Result<CustomModel> parse_custom_model(const nlohmann::json& value) {
  JsonFields fields(value, "model", "a model id, {config: ...} or a record from importModel");
  if (fields.any("config") == nullptr) fields.reject("config", "the content of a config.json");
  if (fields.failed()) return *fields.error();
  return Error{ErrorCode::unsupported, "model.config: reading configurations is not built in"};
}

Result<CustomModel> import_custom_model(std::span<const std::uint8_t>, std::string_view) {
  return Error{ErrorCode::unsupported, "file: reading files is not built in"};
}

}  // namespace headroom
