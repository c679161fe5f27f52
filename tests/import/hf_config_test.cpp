// Configurations of well-known models: the parameter total that follows equals the published one.
#include "core/catalog/import/hf_config.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/import/note_in_short.h"

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
    CHECK_MESSAGE(model->notes.size() <= notes, (model->notes.empty() ? "" : testing::in_short(model->notes.back())));
  }
  MESSAGE(exact << " of " << rows.size() << " within 0.01 %");
  CHECK(exact * 10 >= rows.size() * 8);
}

TEST_CASE("an imported tower is prepared for the picture that llama.cpp warms it up with") {
  const auto step_of = [](const char* vision) {
    const json text = {{"model_type", "llama"}, {"hidden_size", 2048},       {"num_hidden_layers", 2},
                       {"vocab_size", 1000},    {"num_attention_heads", 16}, {"intermediate_size", 4096}};
    json config = text;
    config["architectures"] = {"LlamaForCausalLM"};
    config["vision_config"] = json::parse(vision);
    const auto model = model_from_config(config, "seeing");
    REQUIRE(model.ok());
    return model->architecture.vision_step;
  };
  const VisionStep any_size = step_of(R"({"depth": 27, "hidden_size": 1152, "intermediate_size": 4304, "num_heads": 16,
      "patch_size": 16, "spatial_merge_size": 2, "deepstack_visual_indexes": [8, 16, 24]})");
  CHECK(any_size.patches == 92 * 92);
  CHECK(any_size.hidden == 1152);
  CHECK(any_size.ffn == 4304);
  CHECK(any_size.deep == 3);
  CHECK_FALSE(any_size.masked);
  CHECK(step_of(R"({"depth": 32, "hidden_size": 1280, "patch_size": 14, "spatial_merge_size": 2,
      "fullatt_block_indexes": [7]})")
            .masked);
  CHECK(step_of(R"({"model_type": "pixtral", "patch_size": 14, "spatial_merge_size": 2})").patches == 32 * 32);
  CHECK(step_of(R"({"model_type": "siglip_vision_model", "image_size": 896, "patch_size": 14})").patches == 64 * 64);
  CHECK(step_of(R"({"model_type": "siglip_vision_model", "image_size": 4000000, "patch_size": 1})").patches == 0);
}

}  // namespace
}  // namespace headroom
