// config.json, safetensors indices and import records, as a person may paste them.
#include <nlohmann/json.hpp>

#include "core/catalog/import/import_record.h"
#include "core/catalog/import/import_session.h"
#include "core/catalog/json_text.h"
#include "tests/fuzz/fuzz.h"

int headroom::fuzz::fuzz_config(const std::uint8_t* data, std::size_t size) {
  using namespace headroom;
  const auto model = import_model({data, size}, "config.json");
  fuzz::require(model.ok() || !model.error().message.empty());
  if (model.ok()) fuzz::require(parse_json(model->record, "record").ok());
  const auto value = parse_json({reinterpret_cast<const char*>(data), size}, "record");
  if (value.ok()) static_cast<void>(model_from_record(*value));
  return 0;
}
