// Configurations of well-known models: the parameter total that follows equals the published one.
#include "core/catalog/import/hf_config.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

namespace headroom {
namespace {

using nlohmann::json;

std::vector<json> config_rows() {
  std::vector<json> rows;
  std::ifstream in(HEADROOM_SOURCE_DIR "/tests/truth/configs/configs.jsonl");
  for (std::string line; std::getline(in, line);) rows.push_back(json::parse(line, nullptr, false));
  return rows;
}

TEST_CASE("the parameters of well-known configurations follow within one per cent") {
  const std::vector<json> rows = config_rows();
  REQUIRE(rows.size() >= 120);
  std::size_t exact = 0;
  for (const json& row : rows) {
    const std::string id = row["id"];
    CAPTURE(id);
    const auto model = model_from_config(row["config"], id);
    CHECK_MESSAGE(model.ok(), (model.ok() ? "" : model.error().message));
    if (!model.ok()) continue;
    const double published = row["params"];
    const Architecture& a = model->architecture;
    // With its towers where the row says so.
    const auto counted = static_cast<double>(row.contains("whole") ? a.total_params() : a.text_params);
    CHECK_MESSAGE(std::abs(counted / published - 1) <= 0.01, counted << " against " << published);
    if (std::abs(counted / published - 1) < 1e-4) ++exact;
    const std::size_t notes = row.value("notes", 1U);  // usually only the vision projector's
    CHECK_MESSAGE(model->notes.size() <= notes, (model->notes.empty() ? "" : model->notes.back()));
  }
  MESSAGE(exact << " of " << rows.size() << " within 0.01 %");
  CHECK(exact * 10 >= rows.size() * 8);
}

}  // namespace
}  // namespace headroom
