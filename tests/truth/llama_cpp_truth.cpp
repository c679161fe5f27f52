#include "tests/truth/llama_cpp_truth.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "core/model/format.h"

namespace headroom::truth {
namespace {

using Json = nlohmann::json;

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "truth files: %s\n", what.c_str());
  std::abort();
}

std::ifstream open(const std::string& file) {
  const std::string path = std::string(HEADROOM_SOURCE_DIR "/tests/truth/llama-cpp/") + file;
  std::ifstream in(path);
  if (!in) fail("cannot open " + path);
  return in;
}

MetaValue meta_value(const Json& j) {
  MetaValue v;
  const auto add = [&v](const Json& item) {
    if (item.is_boolean()) v.numbers.push_back(item.get<bool>() ? 1 : 0);
    if (item.is_number()) v.numbers.push_back(item.get<double>());
  };
  if (j.is_string()) v.text = j.get<std::string>();
  v.is_array = j.is_array();
  if (v.is_array) {
    for (const Json& item : j) add(item);
  } else {
    add(j);
  }
  return v;
}

// ["attn_q.weight", [4096, 4096], "bf16", [[0, 31]]]: name, shape, type and, inside the stack, ranges of blocks.
void add_tensors(const Json& row, Inventory& inventory) {
  Tensor t;
  t.name = row[0].get<std::string>();
  t.dims = static_cast<std::uint8_t>(row[1].size());
  for (std::size_t i = 0; i < row[1].size(); ++i) t.ne[i] = row[1][i].get<std::uint64_t>();
  const std::optional<GgmlType> type = find_ggml_type(row[2].get<std::string>());
  if (!type) fail("unknown tensor type " + row[2].get<std::string>());
  t.source = *type;
  if (row.size() < 4) {
    inventory.tensors.push_back(t);
    return;
  }
  const std::string suffix = t.name;
  for (const Json& range : row[3]) {
    for (std::int32_t layer = range[0].get<std::int32_t>(); layer <= range[1].get<std::int32_t>(); ++layer) {
      t.layer = layer;
      t.name = "blk." + std::to_string(layer) + "." + suffix;
      inventory.tensors.push_back(t);
    }
  }
}

std::vector<Model> read_models() {
  std::vector<Model> out;
  std::ifstream in = open("models.jsonl");
  for (std::string line; std::getline(in, line);) {
    const Json j = Json::parse(line, nullptr, false);
    if (!j.is_object()) fail("models.jsonl has a line that is not an object");
    Model m;
    m.name = j["model"].get<std::string>();
    m.id = j["id"].get<std::string>();
    m.arch = j["kv"]["general.architecture"].get<std::string>();
    const std::string prefix = m.arch + ".";
    for (const auto& [key, value] : j["kv"].items()) {
      m.meta[key.rfind(prefix, 0) == 0 ? key.substr(prefix.size()) : key] = meta_value(value);
    }
    for (const Json& row : j["tensors"]) add_tensors(row, m.inventory);
    m.inventory.blocks = static_cast<std::uint32_t>(m.number("block_count"));
    out.push_back(std::move(m));
  }
  return out;
}

std::vector<QuantRow> read_quant_rows() {
  std::vector<QuantRow> out;
  std::ifstream in = open("quant_sizes.csv");
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const std::vector<std::string> f = split_csv(line);
    if (f.size() != 6) fail("quant_sizes.csv: bad line " + line);
    QuantRow row{f[0], f[1], f[2] == "1", std::strtoull(f[3].c_str(), nullptr, 10), f[4] == "1", {}};
    for (const std::string& item : split_csv(f[5], ' ')) {
      const std::size_t colon = item.find(':');
      if (colon == std::string::npos) continue;
      row.count_by_type[item.substr(0, colon)] = std::strtoull(item.c_str() + colon + 1, nullptr, 10);
    }
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace

double Model::number(const std::string& key, double fallback) const {
  const auto found = meta.find(key);
  return found == meta.end() || found->second.numbers.empty() ? fallback : found->second.numbers.front();
}

const std::vector<Model>& models() {
  static const std::vector<Model> all = read_models();
  return all;
}

const std::vector<QuantRow>& quant_rows() {
  static const std::vector<QuantRow> all = read_quant_rows();
  return all;
}

const Model* find_model(const std::string& name) {
  for (const Model& m : models()) {
    if (m.name == name) return &m;
  }
  return nullptr;
}

std::vector<std::string> split_csv(const std::string& line, char separator) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, separator);) fields.push_back(field);
  if (!line.empty() && line.back() == separator) fields.emplace_back();
  return fields;
}

}  // namespace headroom::truth
