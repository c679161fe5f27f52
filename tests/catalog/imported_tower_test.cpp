// A model that is imported sees as the same model of the catalog does.
#include <doctest/doctest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "core/catalog/import/hf_config.h"
#include "tests/catalog/shared.h"

namespace headroom {
namespace {

using nlohmann::json;

Architecture imported(const std::string& id) {
  std::ifstream in(HEADROOM_SOURCE_DIR "/tests/truth/configs/configs.jsonl");
  for (std::string line; std::getline(in, line);) {
    const json row = json::parse(line, nullptr, false);
    if (row["id"] != id) continue;
    const auto model = model_from_config(row["config"], id);
    REQUIRE(model.ok());
    return model->architecture;
  }
  FAIL("no configuration of ", id);
  return {};
}

TEST_CASE("a tower is the same from a config.json as from the facts") {
  struct Pair {
    const char* config;  // of tests/truth/configs
    const char* model;   // of the catalog
  };
  constexpr Pair kPairs[] = {{"qwen2.5-vl-7b", "qwen2.5-vl-7b-instruct"},
                             {"qwen3-vl-8b", "qwen3-vl-8b-instruct"},
                             {"gemma-3-12b", "gemma-3-12b-it"},
                             {"gemma-3-27b-it", "gemma-3-27b-it"},
                             {"pixtral-12b-hf", "pixtral-12b"},
                             {"ministral-3-3b", "ministral-3-3b"},
                             {"internvl3-8b", "internvl3-8b"}};
  for (const Pair& pair : kPairs) {
    CAPTURE(std::string(pair.config));
    const auto found = shared_catalog().find_model(pair.model);
    REQUIRE(found.has_value());
    const VisionStep known = shared_catalog().architecture(*found).vision_step;
    const VisionStep read = imported(pair.config).vision_step;
    CHECK(read.type == known.type);
    CHECK_FALSE(read.type.empty());
    CHECK(read.patch == known.patch);
    CHECK(read.hidden == known.hidden);
    CHECK(read.ffn == known.ffn);
    CHECK(read.heads == known.heads);
    CHECK(read.gated == known.gated);
    CHECK(read.masked == known.masked);
    CHECK(read.deep == known.deep);
    CHECK(read.patches == known.patches);
  }
}

TEST_CASE("Pixtral's towers and Mistral 3's projector are counted as the checkpoints have them") {
  struct Pair {
    const char* config;
    const char* model;
  };
  constexpr Pair kPairs[] = {{"ministral-3-3b", "ministral-3-3b"}, {"pixtral-12b-hf", "pixtral-12b"}};
  for (const Pair& pair : kPairs) {
    CAPTURE(std::string(pair.config));
    const auto found = shared_catalog().find_model(pair.model);
    REQUIRE(found.has_value());
    CHECK(imported(pair.config).vision_params == shared_catalog().architecture(*found).vision_params);
  }
  CHECK(imported("ministral-3-3b").total_params() == 3849090048);  // model.safetensors.index.json
}

}  // namespace
}  // namespace headroom
