#include "data/compiler/compile.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/catalog/calibration_json.h"
#include "core/catalog/fact_table.h"
#include "core/catalog/pack_fields.h"
#include "core/catalog/record_json.h"
#include "data/compiler/readers.h"
#include "data/compiler/repositories.h"
#include "data/compiler/sections.h"

namespace headroom::facts {
namespace {

using nlohmann::json;

// Kept in data/ for whoever checks a fact, shown by no screen: second published counts.
constexpr std::string_view kNotPacked = "published_crosscheck";
constexpr std::string_view kRepositories = "gguf_repos";

std::string with_mark(std::string text, std::string_view wanted, char mark) {
  if (wanted.empty()) return text;
  for (std::size_t at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1)) {
    text.replace(at, wanted.size(), 1, mark);
  }
  return text;
}

// What the pack keeps of a model's row beside its entry: the architecture once for all that share it, and the rest.
struct ModelFacts {
  FactTableWriter architectures, rest;
};

ModelFacts model_facts(const std::vector<Row>& rows, const std::vector<ModelEntry>& models,
                       std::span<const Format> formats) {
  ModelFacts tables;
  std::uint32_t known_architectures = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::vector<std::pair<std::string, std::string>> architecture, rest;
    for (const auto& [name, value] : rows[i].json.items()) {
      if (is_model_entry_field(name) || name == kNotPacked) continue;
      if (is_architecture_field(name)) {
        architecture.emplace_back(name, value.dump());
      } else if (name == kRepositories) {
        const json kept = gguf_repositories(value, models[i].hf_id, formats);
        if (!kept.empty()) rest.emplace_back(name, with_mark(kept.dump(), base_of(models[i].hf_id), kBaseMark));
      } else if (name == "published_params" && value == models[i].total_params) {
        rest.emplace_back(name, std::string(1, kTotalMark));
      } else {
        rest.emplace_back(name, with_mark(value.dump(), models[i].hf_id, kHfIdMark));
      }
    }
    // Numbered from 1 in the order of their first model.
    if (models[i].architecture > known_architectures) {
      tables.architectures.add_row(architecture);
      ++known_architectures;
    }
    tables.rest.add_row(rest);
  }
  return tables;
}

ByteBuffer device_facts(const std::vector<Row>& rows) {
  FactTableWriter table;
  for (const Row& row : rows) {
    std::vector<std::pair<std::string, std::string>> fields;
    for (const auto& [name, value] : row.json.items()) {
      if (!is_device_entry_field(name)) fields.emplace_back(name, value.dump());
    }
    table.add_row(fields);
  }
  return table.finish();
}

template <class T>
void add_table(PackWriter& pack, const char* name, std::vector<T>& rows, StringPool& strings) {
  ColumnWriter writer(strings);
  writer.rows(rows);
  pack.add(name, writer.finish());
}

// None before the first calibration.
CalibrationRows read_fitted(const Facts& facts, Problems& problems) {
  const std::filesystem::path file = facts.folder / "calibration.json";
  std::error_code error;
  if (facts.folder.empty() || !std::filesystem::exists(file, error)) return {};
  Result<CalibrationRows> rows = read_calibration_rows(read_text(file, problems));
  if (rows) return std::move(rows).value();
  problems.add("calibration.json", rows.error().message);
  return {};
}

}  // namespace

PackWriter compile(const Facts& facts, Problems& problems) {
  TextStore texts;  // what the entries' views point to while they are made
  std::vector<Link> links = read_links(facts.links, problems);
  std::vector<Host> hosts = read_hosts(facts.hosts, problems);
  std::vector<Format> formats = read_formats(facts.formats, problems);
  std::vector<Engine> engines = read_engines(facts.engines, problems);
  std::vector<WorkloadEntry> workloads = read_workloads(facts.workloads, problems);
  std::vector<ModeEntry> modes = read_modes(facts.modes, problems);
  std::vector<DeviceEntry> devices = read_devices(facts.devices, links, problems);
  add_prices(devices, facts.devices, facts.hardware_prices, texts, problems);
  std::vector<ModelEntry> models = read_models(facts.models, texts, problems);
  relate_to_mixes(formats, facts.models, models, problems);
  add_quality(models, facts.workloads, facts.scores, texts, problems);

  PackWriter pack;
  StringPool strings;
  add_table(pack, "models", models, strings);
  add_table(pack, "devices", devices, strings);
  add_table(pack, "formats", formats, strings);
  add_table(pack, "engines", engines, strings);
  add_table(pack, "workloads", workloads, strings);
  add_table(pack, "modes", modes, strings);
  add_table(pack, "hosts", hosts, strings);
  add_table(pack, "links", links, strings);
  CalibrationRows fitted = read_fitted(facts, problems);
  add_table(pack, "calibration", fitted.factors, strings);
  add_table(pack, "calibration_ranges", fitted.ranges, strings);
  pack.add("strings", write_strings(strings));
  const ModelFacts tables = model_facts(facts.models, models, formats);
  pack.add("architecture_facts", tables.architectures.finish());
  pack.add("model_facts", tables.rest.finish());
  pack.add("device_facts", device_facts(facts.devices));
  pack.add("date", ByteBuffer(facts.date.begin(), facts.date.end()));
  add_sections(facts, pack, problems);
  return pack;
}

}  // namespace headroom::facts
