// Parameter counts, computed from shapes, against what publishers say, over the whole catalog.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "core/catalog/architecture_json.h"
#include "core/catalog/formula.h"
#include "tests/catalog/shared.h"

using namespace headroom;

TEST_CASE("computed parameter counts agree with published ones within 1 %") {
  constexpr double kTolerance = 0.01;
  const Catalog& catalog = shared_catalog();
  std::size_t compared = 0, exact = 0;
  for (std::size_t i = 0; i < catalog.models().size(); ++i) {
    const ModelEntry& model = catalog.models()[i];
    if (!model.has_architecture()) continue;
    const auto record = nlohmann::json::parse(catalog.model_record(i), nullptr, false);
    if (!record.contains("published_params")) continue;
    const Architecture architecture = catalog.architecture(i);
    CAPTURE(model.id);
    CHECK(architecture.total_params() == model.total_params);
    CHECK(architecture.active_params() == model.active_params);
    CHECK(architecture.active_params() <= architecture.total_params());
    const bool with_mtp = record.value("published_counts", std::string()) == "total_with_mtp";
    const double counted = static_cast<double>(architecture.total_params() + (with_mtp ? architecture.mtp.params : 0));
    const double published = record["published_params"].get<double>();
    ++compared;
    if (counted == published) ++exact;
    if (std::abs(counted / published - 1) > kTolerance) {
      std::printf("off: %s %.0f published %.0f\n", std::string(model.id).c_str(), counted, published);
    }
    CHECK(std::abs(counted / published - 1) <= kTolerance);
  }
  std::printf("parameter counts: %zu compared, %zu exact\n", compared, exact);
  CHECK(compared == 1091);
  CHECK(exact >= 700);
}

TEST_CASE("known models have their known counts") {
  struct Known {
    const char* id;
    std::uint64_t total, active;
  };
  // Totals: tensor sums of the safetensors headers on the Hugging Face hub. Active: added up by hand from the shapes.
  constexpr std::array<Known, 4> kKnown{{{"llama-3.1-8b-instruct", 8030261248, 8030261248},
                                         {"qwen2.5-7b-instruct", 7615616512, 7615616512},
                                         {"mixtral-8x7b-instruct-v0.1", 46702792704, 12879925248},
                                         {"qwen3-30b-a3b", 30532122624, 3353032704}}};
  const Catalog& catalog = shared_catalog();
  for (const Known& known : kKnown) {
    CAPTURE(known.id);
    const auto index = catalog.find_model(known.id);
    REQUIRE(index);
    CHECK(catalog.models()[*index].total_params == known.total);
    CHECK(catalog.models()[*index].active_params == known.active);
  }
}

TEST_CASE("equal architectures share an index, others do not") {
  const Catalog& catalog = shared_catalog();
  const auto index_of = [&](const char* id) { return catalog.architecture_index(*catalog.find_model(id)); };
  CHECK(index_of("deepseek-llm-7b-chat") == index_of("deepseek-llm-7b-base"));
  CHECK(index_of("llama-3.1-8b-instruct") != index_of("llama-3.1-70b-instruct"));
  for (std::size_t i = 0; i < catalog.models().size(); ++i) {
    CHECK((catalog.architecture_index(i) == 0) == catalog.architecture(i).layers.empty());
  }
}

TEST_CASE("architectures that cannot be are refused with the name of the field") {
  const std::string good =
      R"({"hidden":64,"layers":2,"heads":4,"kv_heads":2,"head_dim":16,"ffn":128,"vocab":1000,"max_context":512,)"
      R"("attention":{"kinds":{"full":{"type":"gqa"}},"layout":[{"repeat":2,"seq":["full"]}]}})";
  const auto with = [&](const char* pointer, nlohmann::json value) {
    auto row = nlohmann::json::parse(good, nullptr, false);
    row[nlohmann::json::json_pointer(pointer)] = std::move(value);
    return architecture_from_json(row);
  };
  REQUIRE(architecture_from_json(nlohmann::json::parse(good, nullptr, false)).ok());
  struct Bad {
    const char* pointer;
    nlohmann::json value;
    const char* named;
  };
  const Bad bad[] = {{"/hidden", 0, "model.hidden"},
                     {"/hidden", -64, "model.hidden"},
                     {"/hidden", "64", "model.hidden"},
                     {"/hidden", 1e300, "model.hidden"},
                     {"/layers", 3, "layout"},
                     {"/layers", 1000000000, "model.layers"},
                     {"/ffn", nullptr, "model.ffn"},
                     {"/attention", "full", "model.attention"},
                     {"/attention/kinds/full/type", "quantum", "type"},
                     {"/attention/kinds/full", {{"type", "mla"}}, "kv_lora_rank"},
                     {"/attention/layout", {{{"repeat", 4000000000U}, {"seq", {"full"}}}}, "repeat"},
                     {"/attention/layout", {{{"repeat", 2}, {"seq", {"other"}}}}, "layout"},
                     {"/moe", {{"experts", 4}, {"experts_used", 8}, {"moe_ffn", 32}}, "experts_used"},
                     {"/arch", {{"extra", {{{"name", "x"}, {"formula", "h*("}}}}}, "formula"}};
  for (const Bad& row : bad) {
    CAPTURE(row.pointer);
    const auto result = with(row.pointer, row.value);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == ErrorCode::bad_value);
    CHECK_MESSAGE(result.error().message.find(row.named) != std::string::npos, result.error().message);
  }
  CHECK_FALSE(architecture_from_json(nlohmann::json::array()).ok());
}

TEST_CASE("formulas") {
  const std::array symbols{FormulaSymbol{"h", 10}, FormulaSymbol{"L", 3}};
  const auto value = [&](const char* text) {
    const auto result = evaluate_formula(text, symbols);
    return result ? *result : -1e9;
  };
  CHECK(value("2*h+L") == 23);
  CHECK(value("2*(h+L)*4-1") == 103);
  CHECK(value("-h + 12 / 4") == -7);
  CHECK(value("1.5*h") == 15);
  for (const char* bad : {"", "h h", "2*", "(h", "x*2", "h/0", "h**2", "h;L", "__import__"}) {
    CAPTURE(bad);
    CHECK_FALSE(evaluate_formula(bad, symbols).ok());
  }
  CHECK_FALSE(evaluate_formula(std::string(100000, '('), symbols).ok());
  CHECK_FALSE(evaluate_formula(std::string(100000, '-') + "h", symbols).ok());
}
