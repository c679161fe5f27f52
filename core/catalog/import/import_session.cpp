#include "core/catalog/import/import_session.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/as_text.h"
#include "core/catalog/import/file_signature.h"
#include "core/catalog/import/file_tensors.h"
#include "core/catalog/import/gguf_architecture.h"
#include "core/catalog/import/gguf_split.h"
#include "core/catalog/import/hf_config.h"
#include "core/catalog/import/import_record.h"
#include "core/catalog/import/message_text.h"
#include "core/catalog/import/safetensors_model.h"
#include "core/catalog/json_text.h"

namespace headroom {
namespace {

using nlohmann::json;

constexpr std::uint64_t kProbeBytes = 32;               // enough to tell the formats apart
constexpr std::uint64_t kMaxIndexBytes = 16ULL << 20U;  // the largest index of a published checkpoint has 9 MB
constexpr std::string_view kAccepted = "accepted are GGUF, safetensors, model.safetensors.index.json and config.json";

std::string_view without_bom(std::string_view text) {
  constexpr std::string_view kBom = "\xef\xbb\xbf";
  if (text.starts_with(kBom)) text.remove_prefix(kBom.size());
  return text;
}

bool looks_like_json(std::string_view text) {
  text = without_bom(text);
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

// The length of a header and its first bracket. The bytes of the length may be any, those of other files included.
bool begins_as_safetensors(std::string_view text) {
  constexpr std::size_t kPrefix = 8;
  return text.size() > kPrefix && text[kPrefix] == '{' && text[kPrefix - 1] == '\0';
}

bool is_index(const json& value) { return value.is_object() && value.contains("weight_map"); }

// Name of a model from that of its folder or file.
std::string stem(std::string_view name) {
  const std::size_t slash = name.find_last_of("/\\");
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  const std::size_t dot = name.rfind('.');
  return std::string(dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot));
}

Error in_file(const std::string& name, const Error& error) {
  return {error.code, name.empty() ? error.message : name + ": " + error.message};
}

Error index_alone(const json& index) {
  std::string total;
  if (const auto metadata = index.find("metadata"); metadata != index.end() && metadata->is_object()) {
    const auto size = metadata->find("total_size");
    if (size != metadata->end() && size->is_number()) total = " and a total of " + size->dump() + " bytes";
  }
  return bad_file("the index lists names" + total +
                  ", but no shapes; give config.json with it, or the safetensors files themselves");
}

std::uint64_t index_total(const json& index) {
  const auto metadata = index.find("metadata");
  if (metadata == index.end() || !metadata->is_object()) return 0;
  const auto size = metadata->find("total_size");
  return size != metadata->end() && size->is_number_unsigned() ? size->get<std::uint64_t>() : 0;
}

// Everything that was read, by format.
struct Parts {
  std::vector<GgufHeader> gguf;
  std::vector<SafetensorsHeader> shards;
  std::optional<json> config, index;
  std::string name;
};

Result<ImportedModel> combine_checkpoint(Parts& parts) {
  const std::vector<FileTensor> tensors = checkpoint_tensors(parts.shards);
  const json* config = parts.config ? &*parts.config : nullptr;
  auto model = model_from_checkpoint(tensors, config, parts.name);
  if (!model) return model;
  const std::uint64_t total = parts.index ? index_total(*parts.index) : 0;
  if (total > model->stored->total_bytes) {
    return bad_file("the given files hold " + std::to_string(model->stored->total_bytes) + " of the " +
                    std::to_string(total) + " bytes that the index lists; give all shards together");
  }
  model->record = checkpoint_record(tensors, config, *model);
  return model;
}

Result<ImportedModel> combine_config(Parts& parts) {
  auto model = model_from_config(*parts.config, parts.name);
  if (!model) return model;
  if (parts.index) {
    model->source = ImportSource::safetensors_index;
    StoredWeights stored;
    stored.total_bytes = index_total(*parts.index);
    model->file_bytes = stored.total_bytes;
    model->stored = std::move(stored);
    model->notes.push_back({"index_size", {}, {}});
  }
  model->record = config_record(*parts.config, *model);
  return model;
}

Result<ImportedModel> combine(Parts& parts) {
  if (!parts.gguf.empty()) {
    if (!parts.shards.empty() || parts.config) return bad_file("GGUF files and other formats were given together");
    auto header = merge_gguf(std::move(parts.gguf));
    if (!header) return header.error();
    auto model = architecture_from_gguf(*header);
    if (!model) return model;
    model->record = gguf_record(*header, *model);
    return model;
  }
  if (!parts.shards.empty()) return combine_checkpoint(parts);
  if (parts.config) return combine_config(parts);
  if (parts.index) return index_alone(*parts.index);
  return bad_file("no file was given; " + std::string(kAccepted));
}

}  // namespace

ImportSession::ImportSession(std::vector<ImportFile> files) {
  for (ImportFile& file : files) entries_.push_back({std::move(file), {}, false});
}

std::optional<ImportSession::Wanted> ImportSession::wanted() const {
  if (error_ || current_ >= entries_.size()) return std::nullopt;
  const Entry& entry = entries_[current_];
  ByteRange range{0, std::min(kProbeBytes, entry.file.bytes.value_or(kProbeBytes))};
  if (const auto* gguf = std::get_if<GgufReader>(&entry.reader)) range = gguf->wanted();
  if (const auto* safetensors = std::get_if<SafetensorsReader>(&entry.reader)) range = safetensors->wanted();
  if (std::holds_alternative<Text>(entry.reader)) range = {0, entry.file.bytes.value_or(kMaxIndexBytes + 1)};
  return Wanted{current_, range};
}

Status ImportSession::feed(std::span<const std::uint8_t> bytes) {
  if (error_ || current_ >= entries_.size()) return error_;
  Entry& entry = entries_[current_];
  Status problem = feed_entry(entry, bytes);
  if (problem) {
    error_ = in_file(entry.file.name, *problem);
  } else if (entry.done) {
    ++current_;
  }
  return error_;
}

Status ImportSession::start(Entry& entry, std::span<const std::uint8_t> bytes) {
  const std::string_view text = as_text(bytes);
  const std::string& name = entry.file.name;
  const bool safetensors = begins_as_safetensors(text);
  const std::string_view foreign = safetensors ? std::string_view() : foreign_file(without_bom(text));
  if (!foreign.empty()) {
    return bad_file(std::string(foreign) + "; " + std::string(kAccepted));
  }
  if (text.starts_with("GGUF") || text.starts_with("FUGG") || name.ends_with(".gguf")) {
    entry.reader.emplace<GgufReader>(entry.file.bytes);
  } else if (safetensors || name.ends_with(".safetensors")) {
    entry.reader.emplace<SafetensorsReader>(entry.file.bytes);
  } else if (looks_like_json(text) || name.ends_with(".json")) {
    if (entry.file.bytes.value_or(0) > kMaxIndexBytes) {
      return bad_file(std::to_string(*entry.file.bytes) + " bytes of JSON; up to " + std::to_string(kMaxIndexBytes) +
                      " are read; a config.json has a few thousand");
    }
    entry.reader.emplace<Text>();
  } else {
    return bad_file("starts with " + quote(text.substr(0, 8)) + "; " + std::string(kAccepted));
  }
  return std::nullopt;
}

Status ImportSession::feed_entry(Entry& entry, std::span<const std::uint8_t> bytes) {
  if (std::holds_alternative<std::monostate>(entry.reader)) return start(entry, bytes);
  if (auto* gguf = std::get_if<GgufReader>(&entry.reader)) {
    Status problem = gguf->feed(bytes);
    entry.done = gguf->done();
    return problem;
  }
  if (auto* safetensors = std::get_if<SafetensorsReader>(&entry.reader)) {
    Status problem = safetensors->feed(bytes);
    entry.done = safetensors->done();
    return problem;
  }
  if (bytes.size() > kMaxIndexBytes) {
    return bad_file("more than " + std::to_string(kMaxIndexBytes) + " bytes of JSON, which is the most that is read");
  }
  std::get<Text>(entry.reader) = Text(as_text(bytes));
  entry.done = true;
  return std::nullopt;
}

Result<ImportedModel> ImportSession::finish() {
  if (error_) return *error_;
  Parts parts;
  for (Entry& entry : entries_) {
    if (!entry.done) return bad_file(entry.file.name + ": not read to the end");
    if (parts.name.empty()) parts.name = stem(entry.file.name);
    if (auto* gguf = std::get_if<GgufReader>(&entry.reader)) parts.gguf.push_back(gguf->take());
    if (auto* safetensors = std::get_if<SafetensorsReader>(&entry.reader)) parts.shards.push_back(safetensors->take());
    if (const auto* text = std::get_if<Text>(&entry.reader)) {
      const std::string_view content = without_bom(*text);
      const bool python = content.find("NaN") != content.npos || content.find("Infinity") != content.npos;
      auto value = parse_json(python ? without_infinities(content) : std::string(content),
                              entry.file.name.empty() ? "config.json" : entry.file.name);
      if (!value) return value.error();
      (is_index(*value) ? parts.index : parts.config) = std::move(*value);
    }
  }
  return combine(parts);
}

Result<ImportedModel> import_model(std::span<const std::uint8_t> content, std::string_view file_name) {
  ImportSession session({{std::string(file_name), std::nullopt}});
  while (const auto wanted = session.wanted()) {
    const std::uint64_t start = std::min<std::uint64_t>(wanted->range.offset, content.size());
    const std::uint64_t length = std::min<std::uint64_t>(wanted->range.length, content.size() - start);
    if (Status problem =
            session.feed(content.subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(length)))) {
      return *problem;
    }
  }
  return session.finish();
}

}  // namespace headroom
