// An imported model as a JSON record: what a scenario's "model" may hold instead of an id. It keeps the facts of the
// file (metadata, tensors, configuration) rather than what follows from them, so reading it back is importing again.
//   {"gguf": {"metadata": {...}, "tensors": [...]}, "name": ...}
//   {"safetensors": {"tensors": [...]}, "config": {...}?, "name": ...}
//   {"config": {...}, "name": ...}
// "summary" is for people and programs that look at a record; it is not read back.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/catalog/import/file_tensors.h"
#include "core/catalog/import/gguf.h"
#include "core/catalog/import/imported_model.h"
#include "core/result.h"

namespace headroom {

// JSON text of the record.
[[nodiscard]] std::string gguf_record(const GgufHeader& header, const ImportedModel& model);
[[nodiscard]] std::string checkpoint_record(const std::vector<FileTensor>& tensors, const nlohmann::json* config,
                                            const ImportedModel& model);
[[nodiscard]] std::string config_record(const nlohmann::json& config, const ImportedModel& model);

// Reads any of the three. Errors: bad_value, bad_file; the message names the field.
[[nodiscard]] Result<ImportedModel> model_from_record(const nlohmann::json& record);

}  // namespace headroom
