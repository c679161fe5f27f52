#include "core/catalog/import/import_record.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/catalog/import/gguf_architecture.h"
#include "core/catalog/import/gguf_types.h"
#include "core/catalog/import/hf_config.h"
#include "core/catalog/import/limits.h"
#include "core/catalog/import/message_text.h"
#include "core/catalog/import/safetensors_model.h"
#include "core/catalog/json_fields.h"
#include "core/catalog/json_text.h"
#include "core/units.h"

namespace headroom {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxList = 4096;

json notes_json(const std::vector<ImportNote>& notes) {
  json out = json::array();
  for (const ImportNote& note : notes) {
    json& entry = out.emplace_back(json_object({{"code", note.key}}));
    if (!note.what.empty()) entry["what"] = note.what;
    if (!note.more.empty()) entry["more"] = note.more;
  }
  return out;
}

json summary(const ImportedModel& model) {
  json out = json_object({{"total_params", model.architecture.total_params()},
                          {"active_params", model.architecture.active_params()},
                          {"layers", model.architecture.layers.size()},
                          {"max_context", model.architecture.max_context},
                          {"cache_known", model.cache_known},
                          {"notes", notes_json(model.notes)}});
  if (!model.format.empty()) out["quantization"] = model.format;
  if (model.stored) out["weights_bytes"] = model.stored->total_bytes;
  return out;
}

std::string finish(json record, const ImportedModel& model) {
  record["name"] = model.name;
  record["summary"] = summary(model);
  return json_text(record);
}

// Numbers and words that the architecture may follow from. Real numbers never do.
json metadata_json(const GgufHeader& header) {
  json out = json::object();
  const std::string prefix = std::string(header.text_value("general.architecture")) + ".";
  for (const auto& [key, value] : header.metadata) {
    if (!key.starts_with("general.") && !key.starts_with(prefix)) continue;
    if (const auto* text = std::get_if<std::string>(&value.data)) {
      if (key.starts_with("general.")) out[key] = *text;
    } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&value.data)) {
      out[key] = value.is_array ? json(*integers) : json(integers->front());
    }
  }
  return out;
}

std::optional<std::int64_t> integer(const json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  if (!value.is_number_integer()) return std::nullopt;
  return value.get<std::int64_t>();
}

std::optional<GgufValue> gguf_value(const json& value) {
  GgufValue out;
  if (const auto* text = value.get_ptr<const std::string*>()) {
    out.type = GgufType::string;
    out.count = text->size();
    out.data = *text;
    return out;
  }
  std::vector<std::int64_t> integers;
  out.type = GgufType::i64;
  out.is_array = value.is_array();
  if (!value.is_array()) {
    const auto number = integer(value);
    if (!number) return std::nullopt;
    integers.push_back(*number);
  } else {
    if (value.size() > kMaxList) return std::nullopt;
    for (const json& item : value) {
      const auto number = integer(item);
      if (!number) return std::nullopt;
      integers.push_back(*number);
    }
  }
  out.count = integers.size();
  out.data = std::move(integers);
  return out;
}

Result<GgufHeader> header_of(const json& gguf) {
  JsonFields fields(gguf, "model.gguf");
  const json* metadata = fields.any("metadata");
  const json* list = fields.any("tensors");
  if (metadata == nullptr || !metadata->is_object() || metadata->size() > kMaxMetadata) {
    fields.reject("metadata", "an object of up to 16384 entries");
  }
  if (list == nullptr) fields.reject("tensors", "a list of tensors");
  if (fields.failed()) return *fields.error();
  GgufHeader header;
  for (const auto& [key, value] : metadata->items()) {
    auto entry = gguf_value(value);
    if (!entry) {
      return Error{ErrorCode::bad_value,
                   "model.gguf.metadata: " + quote(key) + " must be a text, a whole number or a list of them"};
    }
    header.metadata.emplace(key, std::move(*entry));
  }
  auto tensors = tensors_from_json(*list);
  if (!tensors) return tensors.error();
  Bytes total;
  for (FileTensor& t : *tensors) {
    const auto type = gguf_type_by_name(t.type);
    if (!type) return Error{ErrorCode::bad_value, "model.gguf.tensors: type " + quote(t.type) + " is not known"};
    GgufTensor out;
    out.name = std::move(t.name);
    out.ne = t.ne;
    out.dims = t.dims;
    out.type = *type;
    out.bytes = t.bytes;
    total += Bytes(t.bytes);
    header.tensors.push_back(std::move(out));
  }
  header.tensor_bytes = total.value();
  return header;
}

Result<ImportedModel> read_gguf(const json& gguf) {
  auto header = header_of(gguf);
  if (!header) return header.error();
  return architecture_from_gguf(*header);
}

Result<ImportedModel> read_checkpoint(const json& checkpoint, const json* config, const std::string& name) {
  JsonFields fields(checkpoint, "model.safetensors");
  const json* list = fields.any("tensors");
  if (list == nullptr) fields.reject("tensors", "a list of tensors");
  if (fields.failed()) return *fields.error();
  const auto tensors = tensors_from_json(*list);
  if (!tensors) return tensors.error();
  return model_from_checkpoint(*tensors, config, name);
}

}  // namespace

std::string gguf_record(const GgufHeader& header, const ImportedModel& model) {
  std::vector<FileTensor> tensors;
  for (const GgufTensor& t : header.tensors) {
    tensors.push_back({t.name, gguf_tensor_type(t.type)->name, t.ne, t.dims, t.bytes});
  }
  json record;
  record["gguf"] = json_object({{"metadata", metadata_json(header)}, {"tensors", tensors_to_json(tensors)}});
  return finish(std::move(record), model);
}

std::string checkpoint_record(const std::vector<FileTensor>& tensors, const json* config, const ImportedModel& model) {
  json record;
  record["safetensors"] = json_object({{"tensors", tensors_to_json(tensors)}});
  if (config != nullptr) record["config"] = *config;
  return finish(std::move(record), model);
}

std::string config_record(const json& config, const ImportedModel& model) {
  json record;
  record["config"] = config;
  if (model.stored) record["stored_bytes"] = model.stored->total_bytes;
  return finish(std::move(record), model);
}

Result<ImportedModel> model_from_record(const json& value) {
  JsonFields fields(value, "model", "a model id, {config: ...} or a record from importModel");
  const std::string name = fields.text("name").value_or("imported model");
  const json* gguf = fields.any("gguf");
  const json* checkpoint = fields.any("safetensors");
  const json* config = fields.any("config");
  const auto stored_bytes = fields.whole("stored_bytes", 0, 1ULL << 50U);
  if (gguf == nullptr && checkpoint == nullptr && config == nullptr) {
    fields.reject("config", "the content of a config.json, unless gguf or safetensors is given");
  }
  if (fields.failed()) return *fields.error();
  auto model = gguf != nullptr         ? read_gguf(*gguf)
               : checkpoint != nullptr ? read_checkpoint(*checkpoint, config, name)
                                       : model_from_config(*config, name);
  if (!model) return model;
  if (fields.any("name") != nullptr) model->name = name;
  if (gguf == nullptr && checkpoint == nullptr && stored_bytes) {
    model->source = ImportSource::safetensors_index;
    StoredWeights stored;
    stored.total_bytes = model->file_bytes = *stored_bytes;
    model->stored = std::move(stored);
  }
  model->record = json_text(value);
  return model;
}

}  // namespace headroom
