#include "core/catalog/record_json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/catalog/json_text.h"
#include "core/catalog/names.h"

namespace headroom {
namespace {

constexpr std::array<std::string_view, 24> kArchitectureFields{
    "kind",       "family",       "layers",    "hidden", "heads",  "kv_heads",     "head_dim",   "ffn",
    "vocab",      "max_context",  "moe",       "vision", "audio",  "stated_parts", "gguf_arch",  "tied_embeddings",
    "fp8_blocks", "rope_scaling", "attention", "arch",   "encdec", "mtp",          "ffn_layout", "ffn_per_layer"};
constexpr std::array<std::string_view, 14> kModelEntryFields{
    "id",   "name",         "hf_id",      "family", "developer",   "license",     "release", "native_precision",
    "kind", "capabilities", "confidence", "ollama", "max_context", "distribution"};
constexpr std::array<std::string_view, 5> kDeviceEntryFields{"id", "name", "vendor", "class", "architecture"};

template <std::size_t N>
bool is_among(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// A JSON object under construction.
class RecordWriter {
 public:
  void raw(std::string_view name, std::string_view value) {
    text_ += text_.empty() ? '{' : ',';
    text_ += '"';
    text_ += name;
    text_ += "\":";
    text_ += value;
  }
  void text(std::string_view name, std::string_view value) {
    if (!value.empty()) raw(name, quoted(value));
  }
  void number(std::string_view name, std::uint64_t value) { raw(name, std::to_string(value)); }
  void list(std::string_view name, const std::vector<std::string_view>& values) {
    std::string items = "[";
    for (const std::string_view value : values) {
      if (items.size() > 1) items += ',';
      items += quoted(value);
    }
    raw(name, items + ']');
  }
  [[nodiscard]] std::string finish() && { return (text_.empty() ? "{" : std::move(text_)) + '}'; }

  static std::string quoted(std::string_view value) { return json_text(value); }

 private:
  std::string text_;
};

// A fact with its marks replaced.
std::string expanded(std::string_view fact, const ModelEntry& model) {
  if (fact.size() == 1 && fact[0] == kTotalMark) return std::to_string(model.total_params);
  std::string text;
  for (const char c : fact) {
    if (c == kHfIdMark) {
      text += model.hf_id;
    } else if (c == kBaseMark) {
      text += base_of(model.hf_id);
    } else {
      text += c;
    }
  }
  return text;
}

std::string quality_ranks(const ModelEntry& model, std::span<const WorkloadEntry> workloads) {
  // Stored as 32-bit floats; written as the decimals they were.
  const auto decimals = [](float value, double scale) { return std::round(value * scale) / scale; };
  nlohmann::json list = nlohmann::json::array();
  for (const QualityRank& rank : model.quality) {
    if (rank.workload >= workloads.size()) continue;
    list.push_back(json_object({{"workload", workloads[rank.workload].workload.id},
                                {"rank", decimals(rank.rank, 1000)},
                                {"score", decimals(rank.score, 100)},
                                {"benchmark", rank.benchmark},
                                {"source", rank.source},
                                {"date", rank.date}}));
  }
  return json_text(list);
}

}  // namespace

std::string_view base_of(std::string_view id) {
  const std::size_t slash = id.rfind('/');
  return slash == std::string_view::npos ? id : id.substr(slash + 1);
}

bool is_architecture_field(std::string_view name) { return is_among(kArchitectureFields, name); }
bool is_model_entry_field(std::string_view name) { return is_among(kModelEntryFields, name); }
bool is_device_entry_field(std::string_view name) { return is_among(kDeviceEntryFields, name); }

std::string write_model_record(const ModelEntry& model, std::span<const FactTable::Field> facts,
                               std::span<const WorkloadEntry> workloads) {
  RecordWriter record;
  record.text("id", model.id);
  record.text("name", model.name);
  record.text("hf_id", model.hf_id);
  record.text("family", model.family);
  record.text("developer", model.developer);
  record.text("license", model.license);
  record.text("release", model.release);
  record.text("kind", name_of(kModelKindNames, model.kind));
  record.list("capabilities", model.capabilities);
  record.number("total_params", model.total_params);
  if (model.has_architecture()) {
    record.number("active_params", model.active_params);
    record.number("max_context", model.max_context);
  }
  record.text("native_precision", model.native_precision);
  record.list("distribution", model.distribution);
  record.text("ollama", model.ollama);
  for (const FactTable::Field& fact : facts) record.raw(fact.name, expanded(fact.json, model));
  if (!model.quality.empty()) record.raw("quality", quality_ranks(model, workloads));
  record.text("confidence", name_of(kFactConfidenceNames, model.confidence));
  return std::move(record).finish();
}

std::string write_architecture_record(const ModelEntry& model, std::span<const FactTable::Field> facts) {
  RecordWriter record;
  record.text("kind", name_of(kModelKindNames, model.kind));
  record.text("family", model.family);
  record.number("max_context", model.max_context);
  for (const FactTable::Field& fact : facts) record.raw(fact.name, fact.json);
  return std::move(record).finish();
}

std::string write_device_record(const DeviceEntry& entry, std::span<const FactTable::Field> facts) {
  const Device& device = entry.device;
  RecordWriter record;
  record.text("id", device.id);
  record.text("name", device.name);
  record.text("vendor", device.vendor);
  record.text("class", name_of(kDeviceClassNames, device.cls));
  record.text("architecture", device.architecture);
  record.number("memory_bytes", device.memory.value());
  for (const FactTable::Field& fact : facts) record.raw(fact.name, fact.json);
  return std::move(record).finish();
}

}  // namespace headroom
