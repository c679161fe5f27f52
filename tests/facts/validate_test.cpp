// Each check of the validator, with a row that it must catch.
#include "data/compiler/validate.h"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/catalog/measurements.h"
#include "core/catalog/pack.h"
#include "core/catalog/rank_table.h"
#include "data/compiler/compile.h"
#include "data/compiler/device_checks.h"
#include "data/compiler/readers.h"
#include "data/compiler/repositories.h"
#include "data/compiler/sections.h"

namespace headroom::facts {
namespace {

using nlohmann::json;

Row device() {
  return {"hardware/test.json: card",
          json::parse(R"({"id":"card","name":"Card","vendor":"NVIDIA","class":"datacenter","architecture":"Hopper",
            "launch":"2023-03","memory_gb":80,"memory_gib_reported":79.6,"memory_type":"HBM3","mem_bandwidth_gbs":3350,
            "dense_tflops":{"fp32":67,"tf32":495,"fp16":989,"bf16":989,"fp8":1979,"int8":1979,"fp4":null},
            "native_formats":["fp32","fp16","fp8"],"tdp_w":700,"compute_capability":"9.0","l2_mb":50,
            "sources":["a document"],"confidence":"high"})",
                      nullptr, false)};
}

Row model() {
  return {"models/test.json: model",
          json::parse(R"({"id":"model","name":"Model","kind":"llm","hidden":64,"layers":2,"heads":4,"kv_heads":2,
            "head_dim":16,"ffn":128,"vocab":1000,"max_context":512,"sources":["a card"],"confidence":"low",
            "attention":{"kinds":{"full":{"type":"gqa"}},"layout":[{"repeat":2,"seq":["full"]}]}})",
                      nullptr, false)};
}

Facts good_facts() {
  Facts facts;
  facts.devices.push_back(device());
  facts.models.push_back(model());
  facts.hosts.push_back({"hosts.json: host", json::parse(R"({"id":"host","channels":2,"mts":5600,"gbs_peak":89.6,
    "sources":["arithmetic"]})",
                                                         nullptr, false)});
  facts.scores.push_back({"scores.csv:2", {{"model_id", "model"}, {"source_url", "u"}, {"date", "2026"}}});
  facts.hardware_prices.push_back(
      {"hardware.csv:2", {{"device_id", "card"}, {"source_url", "u"}, {"date", "2026"}, {"usd", "1"}}});
  return facts;
}

std::string problems_of(const std::function<void(Facts&)>& spoil) {
  Facts facts = good_facts();
  spoil(facts);
  Problems problems;
  validate(facts, problems);
  std::string all;
  for (const std::string& problem : problems.list()) all += problem + "\n";
  return all;
}

struct Case {
  const char* what;
  std::function<void(Facts&)> spoil;
  const char* expected;
};

}  // namespace

TEST_CASE("good facts pass") {
  CHECK(problems_of([](Facts&) {}).empty());
}

TEST_CASE("each kind of wrong fact is caught") {
  const auto device_field = [](const char* name, const json& value) {
    return [name, value](Facts& f) { f.devices[0].json[name] = value; };
  };
  const auto rate = [](const char* name, double value) {
    return [name, value](Facts& f) { f.devices[0].json["dense_tflops"][name] = value; };
  };
  // A model with such a tower beside an engine that encodes pictures of 896 pixels in patches of 14.
  const auto encoded = [](json tower) {
    return [tower = std::move(tower)](Facts& f) {
      f.engines.push_back({"engines/test.json", json::parse(R"({"id":"engine","sources":["a"],"confidence":"low",
        "encoded_items":[{"tower":"vit","image":896,"patch":14}]})",
                                                            nullptr, false)});
      f.models[0].json["vision"] = tower;
    };
  };
  const Case cases[] = {
      {"device twice", [](Facts& f) { f.devices.push_back(f.devices[0]); }, "stands twice"},
      {"model twice", [](Facts& f) { f.models.push_back(f.models[0]); }, "stands twice"},
      {"no id", [](Facts& f) { f.models[0].json.erase("id"); }, "has no id"},
      {"unknown device field", device_field("memroy_gb", 80), "unknown field \"memroy_gb\""},
      {"unknown model field", [](Facts& f) { f.models[0].json["layrs"] = 2; }, "unknown field \"layrs\""},
      {"patches of another size than those of the encoded item",
       encoded({{"type", "vit"}, {"image", 896}, {"patch", 16}}), "image or patch is not that of vit"},
      {"a picture of another size than the encoded item", encoded({{"type", "vit"}, {"max_image", 224}, {"patch", 14}}),
       "image or patch is not that of vit"},
      {"unknown rate", rate("fp16_sparse", 1979), "unknown field \"dense_tflops.fp16_sparse\""},
      {"device without source", [](Facts& f) { f.devices[0].json.erase("sources"); }, "names no source"},
      {"empty source", [](Facts& f) { f.models[0].json["sources"] = json::array({""}); }, "names no source"},
      {"host without source", [](Facts& f) { f.hosts[0].json.erase("sources"); }, "names no source"},
      {"no confidence", device_field("confidence", "sure"), "confidence is not"},
      {"sparse 16 bit",
       [](Facts& f) {
         json& t = f.devices[0].json["dense_tflops"];
         t["fp16"] = t["bf16"] = 1979;
         t["fp8"] = t["int8"] = 3958;
       },
       "sparse figure quoted as dense"},
      {"sparse fp8", rate("fp8", 3958), "fp8 is 4.0"},
      {"fp8 as 16 bit", rate("fp8", 989), "fp8 is 1 times"},
      {"int8 too high", rate("int8", 7916), "int8 is 8.0"},
      {"fp4 too high", rate("fp4", 15832), "fp4 is 8"},
      {"fp4 too low", rate("fp4", 989), "fp4 is 0.4"},
      {"memory in MB", device_field("memory_gb", 81920), "memory_gb is 81920"},
      {"bandwidth in TB/s", device_field("mem_bandwidth_gbs", 3.35), "mem_bandwidth_gbs is 3.35"},
      {"bandwidth in MB/s", device_field("mem_bandwidth_gbs", 3350000), "mem_bandwidth_gbs is 3.35e+06"},
      {"power", device_field("tdp_w", 70000), "tdp_w is 70000"},
      {"more reported than there is", device_field("memory_gib_reported", 85), "memory_gib_reported is 85"},
      {"much less reported", device_field("memory_gib_reported", 40), "memory_gib_reported is 40"},
      {"channels and rate",
       [](Facts& f) {
         f.devices[0].json["memory_type"] = "DDR5-4800 12ch x2 sockets";
         f.devices[0].json["mem_bandwidth_gbs"] = 460.8;
       },
       "gives 921.6"},
      {"width and rate",
       [](Facts& f) {
         f.devices[0].json["memory_type"] = "LPDDR4X-4267 32-bit";
         f.devices[0].json["mem_bandwidth_gbs"] = 34;
       },
       "gives 17.068"},
      {"reached above peak", device_field("mem_bw_achievable_gbs", 4000), "above mem_bandwidth_gbs"},
      {"host bandwidth", [](Facts& f) { f.hosts[0].json["gbs_peak"] = 179.2; }, "channels and rate give 89.6"},
      {"launch", device_field("launch", "soon"), "launch is \"soon\""},
      {"conflict without verdict", device_field("conflicts", json::array({{{"about", "x"}, {"claims", "y"}}})),
       "a conflict does not say used"},
      {"price of nothing", [](Facts& f) { f.hardware_prices[0].cells[0].second = "crad"; }, "unknown device \"crad\""},
      {"price without date", [](Facts& f) { f.hardware_prices[0].cells[2].second = ""; }, "no source or date"},
      {"score of nothing", [](Facts& f) { f.scores[0].cells[0].second = "modle"; }, "unknown model \"modle\""},
      {"remote_code", [](Facts& f) { f.models[0].json["remote_code"] = "yes"; }, "remote_code is not true"},
      {"inherited from nothing", [](Facts& f) { f.models[0].json["arch_from"] = "parent"; },
       "unknown model \"parent\""},
      {"published without source", [](Facts& f) { f.models[0].json["published_params"] = 1; }, "no published_source"},
  };
  for (const Case& wrong : cases) {
    CAPTURE(wrong.what);
    const std::string problems = problems_of(wrong.spoil);
    CHECK_MESSAGE(problems.find(wrong.expected) != std::string::npos, problems);
  }
}

TEST_CASE("an exception with a reason is respected") {
  CHECK(problems_of([](Facts& f) {
          f.devices[0].json["dense_tflops"]["fp8"] = 989;
          f.devices[0].json["exceptions"] = {{"fp8", "runs at the 16-bit rate"}};
        }).empty());
}

TEST_CASE("what cannot be read is a problem with its place") {
  Facts facts = good_facts();
  facts.models[0].json["attention"]["layout"][0]["repeat"] = 3;
  facts.devices[0].json["class"] = "mainframe";
  Problems problems;
  static_cast<void>(compile(facts, problems));
  std::string all;
  for (const std::string& problem : problems.list()) all += problem + "\n";
  CHECK(all.find("models/test.json: model.attention.layout") != std::string::npos);
  CHECK(all.find("hardware/test.json: card.class") != std::string::npos);
}

TEST_CASE("tables of comma-separated values") {
  Problems problems;
  const auto rows = parse_csv("a,b\n1,\"x, \"\"y\"\"\nz\"\n\n2,\r\n", "t.csv", problems);
  CHECK(problems.empty());
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].get("b") == "x, \"y\"\nz");
  CHECK(rows[1].get("a") == "2");
  CHECK(rows[1].get("b").empty());
  CHECK(rows[1].get("c").empty());
  static_cast<void>(parse_csv("a,b\n1,2,3\n", "t.csv", problems));
  CHECK(problems.list().size() == 1);
  static_cast<void>(parse_csv("a,b\n1,\"2\n", "t.csv", problems));
  CHECK(problems.list().size() >= 2);
}

TEST_CASE("every measurement has a source, which is there once and has an address") {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "headroom_measurements_test";
  std::filesystem::create_directories(folder / "measurements");
  const auto write = [&](const char* name, const char* text) { std::ofstream(folder / "measurements" / name) << text; };
  write("sources.csv", "source,name,url\n1,one,https://example.org\n1,again,https://example.org\n2,two,\n");
  write("single_stream.csv", "device,source\n");
  write("serving.csv", "device,source\nx,1\nx,3\n");
  Facts facts;
  facts.folder = folder;
  Problems problems;
  PackWriter pack;
  add_measurements(facts, pack, problems);
  std::filesystem::remove_all(folder);
  REQUIRE(problems.list().size() == 3);
  CHECK(problems.list()[0] == "sources.csv:3: source 1 twice");
  CHECK(problems.list()[1] == "sources.csv:4: source 2 has no address");
  CHECK(problems.list()[2] == "serving.csv:3: source 3 is not in sources.csv");
}

TEST_CASE(
    "of what was served, totals with prompts are shipped, the quickest of one source's runs that differ in no more") {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "headroom_served_test";
  std::filesystem::create_directories(folder / "measurements");
  const auto write = [&](const char* name, const std::string& text) {
    std::ofstream(folder / "measurements" / name) << text;
  };
  write("sources.csv", "source,name,url\n1,one,https://example.org\n");
  write("single_stream.csv", "device,source\n");
  const std::string header =
      "device,count,backend,engine,model,format,prompt,output,concurrency,tok_s_total,tpot_ms,ttft_ms,rows,date,"
      "source\n";
  write("serving.csv", header +
                           "card,2,cuda,vllm,a,FP8,1000,100,8,400,0,0,1,2026-01,1\n"
                           "card,2,rocm,vllm,a,FP8,1000,100,8,300,0,0,1,2026-01,1\n"
                           "card,2,cuda,vllm,a,FP8,1000,100,8,500,0,0,1,2026-01,1\n"
                           "card,2,cuda,vllm,b,FP8,1000,100,8,0,10,1000,1,2026-01,1\n"  // 800 in two seconds
                           "card,2,cuda,vllm,c,FP8,1000,100,8,0,10,0,1,2026-01,1\n"     // how long a prompt took
                           "card,2,cuda,vllm,d,FP8,0,100,8,0,10,0,1,2026-01,1\n");      // no prompt
  Facts facts;
  facts.folder = folder;
  Problems problems;
  PackWriter pack;
  add_measurements(facts, pack, problems);
  std::filesystem::remove_all(folder);
  CHECK(problems.empty());
  const ByteBuffer bytes = pack.finish();
  const Result<PackReader> read = PackReader::open(bytes);
  REQUIRE(read.ok());
  const auto shipped = Measurements::read(read->section("measurements"), read->section("measurement_texts"));
  REQUIRE(shipped.ok());
  std::string rates;
  for (const PublicMeasurement& m : shipped->all())
    rates += std::string(m.model) + " " + std::string(m.backend) + " " + std::to_string(std::lround(m.tok_s)) + "; ";
  CHECK(rates == "a cuda 500; a rocm 300; b cuda 400; d cuda 800; ");
}

TEST_CASE("of the repositories made of a model, those with GGUF files of it") {
  const auto kept = [](const char* hf_id, const json& repositories) {
    std::vector<Format> formats(1);
    formats[0].id = "Q8_0";
    return gguf_repositories(repositories, hf_id, formats);
  };
  CHECK(kept("google/gemma-3-4b-it", {"mlx-community/gemma-3-4b-it-4bit", "bartowski/google_gemma-3-4b-it-GGUF",
                                      "mradermacher/gemma-3-4b-it-i1-GGUF", "ggml-org/gemma-3-4b-it-Q8_0-GGUF",
                                      "x/gemma-3-4b-it-roleplay-GGUF"}) ==
        json({"bartowski/google_gemma-3-4b-it-GGUF", "mradermacher/gemma-3-4b-it-i1-GGUF",
              "ggml-org/gemma-3-4b-it-Q8_0-GGUF"}));
  CHECK(kept("meta-llama/Llama-3.1-8B", {"NousResearch/Hermes-3-Llama-3.1-8B-GGUF", "x/Meta-Llama-3.1-8B-GGUF"}) ==
        json({"x/Meta-Llama-3.1-8B-GGUF"}));
}

TEST_CASE("no more formats are short-listed than a ranking has room for") {
  for (const std::size_t count : {RankTable::kMostVariants, RankTable::kMostVariants + 1}) {
    std::vector<Row> rows;
    for (std::size_t i = 0; i < count; ++i) {
      json format{
          {"family", "gguf"}, {"kernel", "bits4"}, {"nominal_bits", 4}, {"short_listed", true}, {"source", "s"}};
      format["id"] = "F" + std::to_string(i);
      rows.push_back({"formats.json: " + std::to_string(i), format});
    }
    Problems problems;
    CHECK(read_formats(rows, problems).size() == count);
    REQUIRE(problems.list().size() == count - RankTable::kMostVariants);
    if (!problems.empty()) CHECK(problems.list().front().find("33 formats are short_listed") != std::string::npos);
  }
}

TEST_CASE("the facts of this project pass") {
  Problems problems;
  const Facts facts = load(std::string(HEADROOM_SOURCE_DIR) + "/data", problems);
  validate(facts, problems);
  for (const std::string& problem : problems.list()) CHECK_MESSAGE(false, problem);
  CHECK(facts.models.size() >= 1250);
}

}  // namespace headroom::facts
