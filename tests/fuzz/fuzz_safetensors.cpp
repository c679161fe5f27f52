// Safetensors headers: what is accepted must survive its record and become a profile.
#include <nlohmann/json.hpp>

#include "core/catalog/import/import_record.h"
#include "core/catalog/import/import_session.h"
#include "core/catalog/json_text.h"
#include "core/model/profile.h"
#include "tests/fuzz/fuzz.h"

int headroom::fuzz::fuzz_safetensors(const std::uint8_t* data, std::size_t size) {
  using namespace headroom;
  const auto model = import_model({data, size}, "file.safetensors");
  if (!model.ok()) {
    fuzz::require(!model.error().message.empty());
    return 0;
  }
  const auto record = parse_json(model->record, "record");
  fuzz::require(record.ok());
  const auto back = model_from_record(*record);
  fuzz::require(!back.ok() || back->stored->total_bytes == model->stored->total_bytes);
  static_cast<void>(make_model_profile(model->name, model->architecture, *model->inventory));
  return 0;
}
