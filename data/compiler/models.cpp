#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/architecture_json.h"
#include "core/catalog/json_fields.h"
#include "core/catalog/names.h"
#include "core/catalog/record_json.h"
#include "core/model/network.h"
#include "data/compiler/readers.h"

namespace headroom::facts {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMostParams = 1ULL << 45U;

class ModelReader {
 public:
  ModelReader(const Row& row, TextStore& texts, std::map<std::string, std::uint32_t>& architectures,
              std::vector<Architecture>& networks)
      : row_(row), fields_(row.json, row.where), texts_(texts), architectures_(architectures), networks_(networks) {}

  ModelEntry run() {
    entry_.id = text("id");
    entry_.name = text("name");
    entry_.hf_id = text("hf_id");
    entry_.family = text("family");
    entry_.developer = text("developer");
    entry_.license = text("license");
    entry_.release = text("release");
    entry_.native_precision = text("native_precision");
    entry_.ollama = text("ollama");
    entry_.capabilities = texts("capabilities");
    entry_.distribution = texts("distribution");
    set("kind", kModelKindNames, entry_.kind);
    set("confidence", kFactConfidenceNames, entry_.confidence);
    entry_.gguf_supported = fields_.any("gguf_arch") != nullptr && text("gguf_arch_status") == "llama.cpp";
    if (fields_.any("attention") != nullptr)
      read_architecture();
    else
      sum_components();
    return std::move(entry_);
  }
  JsonFields& fields() { return fields_; }

 private:
  std::string_view kept(std::string_view text) { return texts_.keep(text); }
  std::string_view text(const char* name) { return kept(fields_.text(name).value_or("")); }
  std::vector<std::string_view> texts(const char* name) {
    std::vector<std::string_view> list;
    const json* values = fields_.array(name, 64);
    if (values == nullptr) return list;
    for (const json& value : *values) {
      if (value.is_string())
        list.push_back(kept(value.get<std::string>()));
      else
        fields_.reject(name, "a list of texts");
    }
    return list;
  }
  template <class Enum, std::size_t N>
  void set(const char* name, const std::array<Named<Enum>, N>& names, Enum& value) {
    const auto found = value_of(names, fields_.text(name).value_or(""));
    if (found)
      value = *found;
    else
      fields_.reject(name, "one of the known names");
  }

  void read_architecture() {
    const Result<Architecture> architecture = architecture_from_json(row_.json, row_.where);
    if (!architecture) {
      fields_.fail(architecture.error());
      return;
    }
    entry_.total_params = architecture->total_params();
    entry_.active_params = architecture->active_params();
    entry_.max_context = architecture->max_context;
    entry_.vocab = architecture->vocab;
    entry_.gguf_arch = kept(architecture->gguf_arch);
    entry_.compressed_cache = architecture->has(MixerKind::compressed_csa);
    // Rows with the same architecture fields share a number; 0 is kept for rows without.
    json parts = json::object();
    for (const auto& [name, value] : row_.json.items()) {
      if (is_architecture_field(name) && name != "family") parts[name] = value;
    }
    const auto next = static_cast<std::uint32_t>(architectures_.size() + 1);
    entry_.architecture = architectures_.try_emplace(parts.dump(), next).first->second;
    const auto known = std::find_if(networks_.begin(), networks_.end(),
                                    [&](const Architecture& network) { return same_network(network, *architecture); });
    entry_.network = static_cast<std::uint32_t>(known - networks_.begin()) + 1;
    if (known == networks_.end()) networks_.push_back(*architecture);
  }

  // Generators: text encoders, denoiser, decoder.
  void sum_components() {
    const json* components = fields_.array("components", 64);
    if (components == nullptr || components->empty()) {
      fields_.reject("components", "a list, in a row without attention");
      return;
    }
    for (const json& value : *components) {
      JsonFields component(value, fields_.path_of("components"));
      const std::uint64_t params = component.whole("params", 0, kMostParams).value_or(0);
      entry_.total_params += params * component.count("count", 1, 64).value_or(1);
      if (component.failed()) fields_.fail(*component.error());
    }
    entry_.active_params = entry_.total_params;
  }

  const Row& row_;
  JsonFields fields_;
  TextStore& texts_;
  std::map<std::string, std::uint32_t>& architectures_;
  std::vector<Architecture>& networks_;  // one of each
  ModelEntry entry_;
};

}  // namespace

std::vector<ModelEntry> read_models(const std::vector<Row>& rows, TextStore& texts, Problems& problems) {
  std::vector<ModelEntry> models;
  std::map<std::string, std::uint32_t> architectures;
  std::vector<Architecture> networks;
  for (const Row& row : rows) {
    ModelReader reader(row, texts, architectures, networks);
    models.push_back(reader.run());
    if (reader.fields().failed()) problems.add("data", reader.fields().error()->message);
  }
  return models;
}

}  // namespace headroom::facts
