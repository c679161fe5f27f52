#include "core/catalog/custom_model_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/catalog/import/import_record.h"
#include "core/catalog/import/import_session.h"
#include "core/catalog/json_text.h"
#include "core/hash.h"

namespace headroom {
namespace {

CustomModel custom_model(ImportedModel imported, std::string record) {
  CustomModel model;
  model.name = std::move(imported.name);
  model.architecture = std::move(imported.architecture);
  model.inventory = std::move(imported.inventory);
  model.quantization = std::move(imported.format);
  model.cache_known = imported.cache_known;
  model.notes = std::move(imported.notes);
  model.json = std::move(record);
  model.fingerprint = Fnv1a().add(model.json).value();  // equal records share their profiles
  return model;
}

}  // namespace

Result<CustomModel> parse_custom_model(const nlohmann::json& value) {
  auto imported = model_from_record(value);
  if (!imported) return imported.error();
  return custom_model(std::move(imported).value(), json_text(value));
}

Result<CustomModel> import_custom_model(std::span<const std::uint8_t> content, std::string_view file_name) {
  auto imported = import_model(content, file_name);
  if (!imported) return imported.error();
  std::string record = imported->record;
  return custom_model(std::move(imported).value(), std::move(record));
}

}  // namespace headroom
