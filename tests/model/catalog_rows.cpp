#include "tests/model/catalog_rows.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/catalog/architecture_json.h"

namespace headroom {
namespace {

using Json = nlohmann::json;

bool is_text(const Json& row) {
  constexpr std::array<std::string_view, 5> kTextKinds{"llm", "vlm", "embedding", "reranker", "asr"};
  const std::string kind = row.value("kind", "");
  return row.contains("layers") && std::find(kTextKinds.begin(), kTextKinds.end(), kind) != kTextKinds.end();
}

std::vector<CatalogRow> read_rows() {
  std::vector<CatalogRow> rows;
  for (const auto& file : std::filesystem::directory_iterator(HEADROOM_SOURCE_DIR "/data/models")) {
    if (file.path().extension() != ".json") continue;
    std::ifstream in(file.path());
    const Json models = Json::parse(in, nullptr, false);
    if (!models.is_array()) continue;
    for (const Json& row : models) {
      if (!is_text(row)) continue;
      Result<Architecture> arch = architecture_from_json(row);
      if (!arch) {
        std::fprintf(stderr, "%s: %s\n", row.value("id", "").c_str(), arch.error().message.c_str());
        std::abort();
      }
      rows.push_back({row.value("id", ""), std::move(arch).value()});
    }
  }
  return rows;
}

}  // namespace

const std::vector<CatalogRow>& catalog_rows() {
  static const std::vector<CatalogRow> rows = read_rows();
  return rows;
}

const CatalogRow* find_catalog_row(const std::string& id) {
  const auto& rows = catalog_rows();
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const CatalogRow& r) { return r.id == id; });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace headroom
