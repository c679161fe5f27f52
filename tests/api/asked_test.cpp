// What a scenario may ask for, what is assumed where it asks nothing, and what it is told in return.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/catalog/json_text.h"
#include "wasm/api/estimator.h"

namespace headroom {
namespace {

using nlohmann::json;

json call_one(const std::string& function, const json& argument) {
  static Estimator estimator;
  json parsed = json::parse(estimator.call(function, json_text(json::array({argument}))), nullptr, false);
  REQUIRE(parsed.is_object());
  return parsed;
}

json given_by(const std::string& function, const json& argument) {
  const json answer = call_one(function, argument);
  if (!answer.contains("value")) FAIL(answer.dump());
  return answer["value"];
}

json estimate_of(const json& scenario) { return given_by("estimate", scenario); }

// "code: message", empty where there is an answer.
std::string refusal(const json& scenario) {
  const json answer = call_one("estimate", scenario);
  if (!answer.contains("error")) return {};
  return answer["error"]["code"].get<std::string>() + ": " + answer["error"]["message"].get<std::string>();
}

bool warns(const json& answer, const std::string& code) {
  const json& warnings = answer["warnings"];
  return std::any_of(warnings.begin(), warnings.end(), [&](const json& warning) { return warning["code"] == code; });
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

json on(const json& device, const json& more = json::object()) {
  json scenario{{"model", "llama-3.1-8b"}, {"hardware", {{"device", device}}}};
  scenario.update(more, true);
  return scenario;
}

double gib(const json& bytes) { return bytes.get<double>() / 1073741824.0; }
double usable_gib(const json& answer) { return gib(answer["memory"]["devices"][0]["usable_bytes"]); }
double host_gbs(const json& answer) { return answer["resolved"]["host"]["mem_bandwidth_gbs"].get<double>(); }

constexpr const char* kCard = "nvidia-rtx-4090-24gb";

TEST_CASE("a record of the catalog given back as the device answers as its id does") {
  const json catalog = given_by("catalog", nullptr);
  for (const json& row : catalog["hardware"]) {
    const json by_id = on(row["id"], {{"quantization", "Q4_K_M"}, {"model", "llama-3.2-1b-instruct"}});
    json by_record = by_id;
    by_record["hardware"]["device"] = given_by("hardware", row["id"]);
    CAPTURE(row["id"].get<std::string>());
    CHECK(call_one("estimate", by_record) == call_one("estimate", by_id));
  }
}

TEST_CASE("a changed record keeps the limits of its platform, and tells what nobody reads") {
  json mac = given_by("hardware", "apple-m3-max-40c-48gb");
  const double usual = usable_gib(estimate_of(on(mac)));
  mac["name"] = "Mine";
  mac["surprise"] = 1;
  const json answer = estimate_of(on(mac));
  CHECK(usable_gib(answer) == doctest::Approx(usual));
  CHECK(warns(answer, "unknown_field"));
  mac.erase("surprise");
  CHECK_FALSE(warns(estimate_of(on(mac)), "unknown_field"));
  json card = given_by("hardware", kCard);
  const double with_desktop = usable_gib(estimate_of(on(card)));
  card["name"] = "Mine";
  CHECK(usable_gib(estimate_of(on(card))) == doctest::Approx(with_desktop));
}

TEST_CASE("a context that nobody asked for is no longer than the model's") {
  for (const char* model : {"pythia-2.8b", "whisper-large-v3"}) {
    const json answer = estimate_of(on(kCard, {{"model", model}, {"engine", "vllm"}}));
    CHECK(answer["resolved"]["context"].get<std::uint32_t>() <= given_by("model", model)["max_context"]);
    CHECK_FALSE(warns(answer, "context_beyond_model"));
  }
  CHECK(estimate_of(on(kCard, {{"model", "pythia-2.8b"}, {"context", 4096}}))["resolved"]["context"] == 4096);
}

TEST_CASE("a drafter speaks the tokens of the model it drafts for, and is smaller") {
  const json server = on("nvidia-h100-sxm-80gb", {{"engine", "vllm"}});
  json scenario = server;
  for (const char* stranger : {"gpt2", "qwen3-0.6b"}) {
    scenario["draft"] = stranger;
    CHECK(contains(refusal(scenario), "unsupported: draft.model"));
  }
  scenario["draft"] = "llama-3.2-1b";
  CHECK_FALSE(warns(estimate_of(scenario), "draft_too_large"));
  scenario["draft"] = "llama-3.1-8b";
  CHECK(warns(estimate_of(scenario), "draft_too_large"));
}

TEST_CASE("llama.cpp reads quantized values with flash attention only") {
  for (const char* engine : {"llama.cpp", "ollama", "lm-studio"}) {
    json scenario = on(kCard, {{"engine", engine}, {"flash_attention", false}, {"kv_cache", {{"v", "q8_0"}}}});
    CHECK(contains(refusal(scenario), "unsupported: kv_cache.v"));
    scenario["kv_cache"] = {{"k", "q8_0"}};
    CHECK(refusal(scenario).empty());
    scenario["kv_cache"] = "q8_0";
    scenario["flash_attention"] = true;
    CHECK(refusal(scenario).empty());
  }
}

TEST_CASE("llama.cpp runs at most 256 sequences") {
  json scenario = on("nvidia-h100-sxm-80gb", {{"context", 512}, {"engine", "llama.cpp"}, {"parallel", 256}});
  CHECK(refusal(scenario).empty());
  scenario["parallel"] = 257;
  CHECK(contains(refusal(scenario), "bad_value: parallel: 257"));
  scenario["engine"] = "vllm";
  CHECK(refusal(scenario).empty());
}

TEST_CASE("a projector that the model lacks is not loaded") {
  const json scenario = on(kCard, {{"mmproj", true}});
  CHECK(warns(estimate_of(scenario), "no_projector"));
  CHECK_FALSE(contains(given_by("command", scenario)[0]["text"], "--mmproj"));
  const json sees = on(kCard, {{"mmproj", true}, {"model", "gemma-3-4b-it"}});
  CHECK_FALSE(warns(estimate_of(sees), "no_projector"));
  // A published file comes with its projector, which is otherwise told to stay away.
  CHECK_FALSE(contains(given_by("command", sees)[0]["text"], "--no-mmproj"));
  CHECK(contains(given_by("command", on(kCard, {{"model", "gemma-3-4b-it"}}))[0]["text"], "--no-mmproj"));
}

TEST_CASE("a processor's cache is in system memory anyway") {
  json scenario = on("cpu-desktop-ddr4-3200-2ch-8c", {{"context", 131072}, {"parallel", 4}});
  const json plain = estimate_of(scenario);
  scenario["kv_on_host"] = true;
  json told = estimate_of(scenario);
  CHECK(warns(told, "kv_on_host_already"));
  told["warnings"] = plain["warnings"];
  CHECK(told == plain);
}

TEST_CASE("what runs on the processor may use what the system leaves, but on a phone") {
  CHECK(usable_gib(estimate_of(on("qualcomm-snapdragon-x-elite-32gb"))) == doctest::Approx(28));
  CHECK(usable_gib(estimate_of(on("raspberry-pi-5-8gb"))) == doctest::Approx(7));
  CHECK(usable_gib(estimate_of(on("qualcomm-snapdragon-8-gen-3-16gb"))) <= 8.01);
}

TEST_CASE("a part that shares its memory with the system offers what the system leaves") {
  for (const char* board : {"nvidia-jetson-orin-nano-super-8gb", "nvidia-jetson-orin-nx-8gb", "nvidia-jetson-tx2-8gb",
                            "nvidia-dgx-spark-gb10-128gb", "nvidia-jetson-t5000-128gb"}) {
    const json answer = estimate_of(on(board));
    CAPTURE(board);
    CHECK(usable_gib(answer) <= gib(answer["memory"]["host"]["usable_bytes"]) + 0.001);
  }
}

TEST_CASE("an old server's card stands in a desktop, and what is assumed of the system is said") {
  json scenario = on("nvidia-tesla-p40-24gb", {{"model", "gpt-oss-120b"}});
  json answer = estimate_of(scenario);
  CHECK(host_gbs(answer) < 60);
  CHECK(warns(answer, "host_assumed"));
  scenario["hardware"]["host"] = {{"memory_bytes", 137438953472ULL}};
  answer = estimate_of(scenario);
  CHECK(host_gbs(answer) < 60);
  CHECK(warns(answer, "host_assumed"));
  scenario["hardware"]["host"]["mem_bandwidth_gbs"] = 70;
  CHECK_FALSE(warns(estimate_of(scenario), "host_assumed"));
  CHECK(host_gbs(estimate_of(on("nvidia-h100-sxm-80gb"))) > 500);
  CHECK(host_gbs(estimate_of(on("nvidia-h100-pcie-80gb"))) > 500);
  json small = on("nvidia-h100-pcie-80gb");
  small["hardware"]["host"] = {{"memory_bytes", 68719476736ULL}};
  CHECK(host_gbs(estimate_of(small)) < 100);
  CHECK_FALSE(warns(estimate_of(on(kCard)), "host_assumed"));
}

TEST_CASE("a model that only Ollama knows is run by it where people run models") {
  json scenario = on("nvidia-rtx-3060-12gb", {{"model", "llama-3.2-11b-vision-instruct"}});
  CHECK(estimate_of(scenario)["resolved"]["engine"] == "ollama");
  scenario["hardware"]["device"] = "nvidia-h100-sxm-80gb";
  CHECK(estimate_of(scenario)["resolved"]["engine"] == "vllm");
  CHECK(estimate_of(on("nvidia-rtx-3060-12gb"))["resolved"]["engine"] == "llama.cpp");
}

TEST_CASE("weights of three values are kept as they were released") {
  const json answer = estimate_of(on("nvidia-rtx-3060-12gb", {{"model", "bitnet-b1.58-2b-4t"}}));
  CHECK(answer["resolved"]["quantization"] == "BitNet");
  CHECK(answer["memory"]["file_bytes"].get<double>() == doctest::Approx(1.18e9).epsilon(0.03));
  const json rows = given_by("quantizations", on("nvidia-rtx-3060-12gb", {{"model", "bitnet-b1.58-2b-4t"}}));
  CHECK(rows.size() == 1);
}

TEST_CASE("accelerators with software of their own run what it runs") {
  const json ascend = on("huawei-ascend-910b3-64gb", {{"model", "qwen3-8b"}});
  CHECK(estimate_of(ascend)["resolved"]["engine"] == "vllm");
  CHECK(estimate_of(ascend)["resolved"]["quantization"] == "BF16");
  json deepseek = on("huawei-ascend-910c-128gb", {{"model", "deepseek-r1"}});
  deepseek["hardware"]["count"] = 16;
  CHECK(estimate_of(deepseek)["resolved"]["quantization"] == "BF16");
  const auto lacks = [](const char* device, const char* format) {
    return warns(estimate_of(on(device, {{"engine", "vllm"}, {"quantization", format}})), "no_kernels_for_format");
  };
  for (const char* device :
       {"huawei-ascend-910b3-64gb", "google-tpu-v6e-32gb", "intel-gaudi2-96gb", "aws-trainium2-96gb"}) {
    CAPTURE(device);
    CHECK(lacks(device, "NVFP4"));
    CHECK(lacks(device, "BNB-NF4"));
    CHECK_FALSE(lacks(device, "BF16"));
  }
  CHECK(lacks("huawei-ascend-910b3-64gb", "FP8"));
  CHECK_FALSE(lacks("huawei-ascend-950pr-128gb", "FP8"));
  CHECK_FALSE(lacks("intel-gaudi2-96gb", "FP8"));
  const json llama = on("huawei-ascend-910b3-64gb", {{"engine", "llama.cpp"}});
  CHECK(estimate_of(llama)["resolved"]["quantization"] != "Q4_K_M");
  const json hat = estimate_of(on("raspberry-pi-5-ai-hat-plus-2-8gb"));
  CHECK(warns(hat, "no_engine"));
}

TEST_CASE("cards that stand idle are told, and are not said to hold the model") {
  struct Case {
    const char* engine;
    int cards;
    json asked;
    std::size_t hold, tensor;
  };
  const Case cases[] = {
      {"vllm", 8, {{"data_parallel", 5}}, 5, 1},
      {"vllm", 8, {{"data_parallel", 3}}, 6, 2},
      {"vllm", 8, {{"data_parallel", 4}}, 8, 2},
      {"vllm", 8, {{"tensor_parallel", 2}}, 2, 2},
      {"vllm", 8, {{"split", "none"}}, 1, 1},
      {"vllm", 6, json::object(), 6, 2},
      {"tgi", 5, json::object(), 4, 4},
      {"vllm", 5, {{"pipeline_parallel", 2}}, 4, 2},
      {"sglang", 8, {{"data_parallel", 3}}, 6, 2},
  };
  for (const Case& one : cases) {
    json scenario = on("nvidia-h20-96gb", {{"engine", one.engine}, {"quantization", "BF16"}});
    scenario["hardware"]["count"] = one.cards;
    scenario.update(one.asked, true);
    CAPTURE(scenario.dump());
    const json answer = estimate_of(scenario);
    const auto idle = static_cast<std::size_t>(one.cards) - one.hold;
    CHECK(answer["memory"]["devices"].size() == one.hold);
    CHECK(answer["resolved"]["tensor_parallel"] == one.tensor);
    CHECK(warns(answer, "idle_devices") == (idle > 0));
    const std::string text = answer["fit"]["text"];
    CHECK(contains(text, one.hold == 1 ? "One H20" : std::to_string(one.hold) + " × H20"));
    for (const json& warning : answer["warnings"]) {
      if (warning["code"] == "idle_devices") CHECK(contains(warning["text"], std::to_string(idle) + " of the"));
    }
  }
}

TEST_CASE("the roofline is that of the cards that work") {
  json scenario = on("nvidia-h20-96gb", {{"engine", "vllm"}, {"quantization", "BF16"}, {"data_parallel", 5}});
  scenario["hardware"]["count"] = 5;
  const json five = given_by("roofline", scenario);
  scenario["hardware"]["count"] = 8;
  CHECK(given_by("roofline", scenario) == five);
}

TEST_CASE("no driver runs another maker's card beside Apple's chips") {
  json scenario = on("apple-m4-pro-20c-24gb", {{"quantization", "Q4_K_M"}});
  scenario["hardware"]["others"] = {{{"device", "nvidia-rtx-3060-12gb"}}};
  CHECK(contains(refusal(scenario), "unsupported: hardware.others"));
  scenario["hardware"]["interconnect"] = "eth-200gbe";
  CHECK(refusal(scenario).empty());
}

TEST_CASE("cards beside several computers stand in a machine of their own, beside one in that") {
  struct Case {
    const char* first;
    int count;
    const char* other;
    int others;
    int machines;
    const char* link;
  };
  const char *spark = "nvidia-dgx-spark-gb10-128gb", *mac = "apple-m4-pro-20c-24gb";
  const Case cases[] = {
      {spark, 2, kCard, 1, 3, ""}, {kCard, 1, spark, 2, 3, ""}, {kCard, 2, spark, 3, 4, ""},
      {spark, 1, kCard, 2, 1, ""}, {kCard, 1, spark, 1, 1, ""}, {mac, 1, kCard, 1, 2, "eth-10gbe"},
  };
  for (const Case& one : cases) {
    json scenario = on(one.first, {{"model", "llama-3.1-8b"}, {"engine", "llama.cpp"}, {"quantization", "Q4_K_M"}});
    scenario["hardware"]["count"] = one.count;
    scenario["hardware"]["others"] = {{{"device", one.other}, {"count", one.others}}};
    if (*one.link != 0) scenario["hardware"]["interconnect"] = one.link;
    CAPTURE(scenario.dump());
    const json answer = estimate_of(scenario);
    CHECK(answer["resolved"].value("hosts", 1) == one.machines);
    if (one.machines == 1) continue;
    CHECK(answer["resolved"]["interconnect"]["name"] == "10GbE");
    CHECK(warns(answer, *one.link != 0 ? "several_machines" : "machines_apart"));
    const std::string command = given_by("command", scenario)[0]["text"];
    CHECK(contains(command, "HOST_" + std::to_string(one.machines) + ":50052"));
  }
}

TEST_CASE("a reader of Chinese is offered what others are, and beside it what is sold in China only") {
  const auto offers = [](const char* device, const char* language) {
    const json scenario = on(device, {{"model", "qwen3-32b"}, {"quantization", "Q8_0"}, {"language", language}});
    std::vector<std::string> ids;
    for (const json& row : given_by("upgrades", scenario)) {
      if (row["kind"] == "other_device") ids.push_back(row["scenario"]["hardware"]["device"]);
    }
    return ids;
  };
  const auto has = [](const std::vector<std::string>& ids, const std::string& id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  };
  const std::vector<std::string> english = offers(kCard, "en"), chinese = offers(kCard, "zh");
  REQUIRE_FALSE(english.empty());
  for (const std::string& id : english) CHECK_MESSAGE(has(chinese, id), id);
  CHECK(has(chinese, "nvidia-rtx-5090-d-32gb"));
  CHECK_FALSE(has(english, "nvidia-rtx-5090-d-32gb"));
  CHECK(offers("nvidia-h20-96gb", "en") == offers("nvidia-h20-96gb", "zh"));  // whoever has one buys there
}

TEST_CASE("what an import assumed, and a format, are told in the reader's language") {
  json config{
      {"model_type", "unheard_of"}, {"hidden_size", 2048},       {"num_hidden_layers", 2},         {"vocab_size", 1000},
      {"num_attention_heads", 16},  {"intermediate_size", 4096}, {"max_position_embeddings", 4096}};
  const auto note_in = [&](const char* language) -> std::string {
    json scenario = on(kCard, {{"language", language}});
    scenario["model"] = {{"config", config}};
    const json answer = estimate_of(scenario);
    for (const json& warning : answer["warnings"]) {
      if (warning["code"] == "import_note") return warning["text"];
    }
    return {};
  };
  CHECK(note_in("en").starts_with("model_type \"unheard_of\" is not known"));
  CHECK(note_in("es").starts_with("No se conoce el model_type \"unheard_of\""));
  CHECK(contains(note_in("zh"), "\"unheard_of\"："));
  json rows =
      given_by("quantizations", on(kCard, {{"engine", "vllm"}, {"quantization", "AWQ-INT4"}, {"language", "es"}}));
  CHECK(
      std::any_of(rows.begin(), rows.end(), [](const json& row) { return row["name"] == "AWQ INT4, grupos de 128"; }));
}

TEST_CASE("a diffusion model has no speed of generation and no rank") {
  for (const char* model : {"dream-v0-instruct-7b", "llada2.0-mini", "diffusiongemma-26b-a4b-it"}) {
    const json answer = estimate_of(on(kCard, {{"model", model}}));
    CAPTURE(model);
    CHECK(warns(answer, "writes_by_denoising"));
    CHECK(answer["decode"]["tok_s"].is_null());
    CHECK(answer["ttft_s"].is_null());
    CHECK_FALSE(answer["ttft_reason"].get<std::string>().empty());
    const json ranked = given_by("rankModels", {{"hardware", kCard}});
    CHECK(std::none_of(ranked.begin(), ranked.end(), [&](const json& row) { return row["model"] == model; }));
  }
}

TEST_CASE("what is not modelled is not said not to exist") {
  json scenario = on(kCard, {{"split", "tensor"}, {"engine", "llama.cpp"}});
  scenario["hardware"]["count"] = 2;
  CHECK(contains(refusal(scenario), "not modelled"));
}

TEST_CASE("a checkpoint of four bits is what is loaded where nothing else was asked for") {
  json scenario = on("nvidia-b300-sxm-288gb", {{"model", "kimi-k3"}, {"engine", "vllm"}});
  scenario["hardware"]["count"] = 8;
  const json answer = estimate_of(scenario);
  CHECK(answer["resolved"]["quantization"] == "MXFP4");
  CHECK(answer["memory"]["file_bytes"].get<double>() == doctest::Approx(1.56e12).epsilon(0.01));
}

}  // namespace

TEST_CASE("an engine without kernels for a model's attention does not run it there") {
  const auto served = [](const char* model, const char* device, int count) {
    return json{{"model", model}, {"hardware", {{"device", device}, {"count", count}}}, {"engine", "vllm"}};
  };
  struct Lacking {
    const char* model;
    const char* device;
    bool runs;
  };
  constexpr Lacking kCases[] = {{"deepseek-v3.2", "nvidia-a100-sxm-80gb", false},
                                {"deepseek-v3.2", "nvidia-h200-sxm-141gb", true},
                                {"deepseek-v4-pro", "amd-mi300x-192gb", false},
                                {"deepseek-v4-pro", "amd-mi355x-288gb", true},
                                {"deepseek-v3", "amd-mi300x-192gb", true}};
  for (const Lacking& one : kCases) {
    CAPTURE(one.model);
    CAPTURE(one.device);
    const json answer = estimate_of(served(one.model, one.device, 8));
    CHECK(warns(answer, "no_kernels_for_model") != one.runs);
    CHECK((answer["grade"] == "F") != one.runs);
  }
  // MXFP4 of a checkpoint in FP8 is published for MI355X.
  const auto offers = [&](const char* device) {
    const json rows = given_by("quantizations", served("deepseek-r1", device, 8));
    return std::any_of(rows.begin(), rows.end(), [](const json& row) { return row["quantization"] == "MXFP4"; });
  };
  CHECK_FALSE(offers("nvidia-h100-sxm-80gb"));
  CHECK(offers("amd-mi355x-288gb"));
}

TEST_CASE("a compressed cache is of 8 bit in vLLM unless told otherwise") {
  json scenario{{"model", "deepseek-v4-flash"},
                {"hardware", {{"device", "nvidia-h200-sxm-141gb"}, {"count", 4}}},
                {"engine", "vllm"}};
  CHECK(contains(given_by("command", scenario)[0]["text"], "--kv-cache-dtype fp8"));
  const double eight = estimate_of(scenario)["memory"]["kv_tokens"].get<double>();
  scenario["kv_cache"] = {{"k", "bf16"}, {"v", "bf16"}};
  CHECK(estimate_of(scenario)["memory"]["kv_tokens"].get<double>() < eight);
}

TEST_CASE("the parts of the memory explained add up to it, pools of cache among them") {
  const json pool{
      {"model", "llama-3.1-8b"}, {"hardware", {{"device", kCard}}}, {"engine", "vllm"}, {"quantization", "FP8"}};
  const json cells{{"model", "llama-3.1-8b"}, {"hardware", {{"device", kCard}}}, {"engine", "llama.cpp"}};
  for (const json& scenario : {pool, cells}) {
    const json memory = given_by("explain", scenario)["inputs"][0];
    double sum = 0;
    for (const json& part : memory["inputs"]) {
      if (part["label"] != "Device") sum += part["value"].get<double>();
    }
    CHECK(sum == doctest::Approx(memory["value"].get<double>()));
    CHECK(memory["value"] == estimate_of(scenario)["memory"]["total_bytes"]);
  }
}

TEST_CASE("a name that nobody knows is told alike wherever it stands, whole in its letters") {
  std::string name;
  for (int i = 0; i < 50; ++i) name += "x\u00E9";  // three bytes: some limit falls inside one
  for (std::string shift; shift.size() < 3; shift += "x") {
    const std::string wrong = shift + name;
    const auto message = [](const json& answer) {
      REQUIRE(answer.contains("error"));
      return answer["error"]["message"].get<std::string>();
    };
    const std::string estimated = message(call_one("estimate", on(kCard, {{"quantization", wrong}})));
    const std::string all[] = {estimated,
                               message(call_one("rankModels", on(kCard, {{"quantization", wrong}}))),
                               message(call_one("estimate", on(kCard, {{"model", wrong}}))),
                               message(call_one("estimate", on(kCard, {{"engine", wrong}}))),
                               message(call_one("estimate", on(kCard, {{"backend", wrong}}))),
                               message(call_one("estimate", on(kCard, {{"kernels", {wrong}}}))),
                               message(call_one("model", wrong)),
                               message(call_one("hardware", wrong))};
    CHECK(contains(estimated, "is not known; nearest are "));
    CHECK(all[1] == estimated);
    for (const std::string& told : all) {
      CAPTURE(told);
      CHECK(contains(told, "...\""));
      CHECK_FALSE(contains(told, "\uFFFD"));  // what is left of half a character
    }
  }
}

TEST_CASE("what a person chooses takes along what goes with it, and what is chosen answers") {
  const auto chosen = [](const char* function, const json& scenario, const json& choice) {
    static Estimator estimator;
    const json answer =
        json::parse(estimator.call(function, json_text(json::array({scenario, choice}))), nullptr, false);
    if (!answer.contains("value")) FAIL(answer.dump());
    return answer["value"];
  };
  const json offloaded = on(kCard, {{"engine", "llama.cpp"},
                                    {"quantization", "Q4_K_M"},
                                    {"backend", "vulkan"},
                                    {"gpu_layers", 20},
                                    {"cpu_moe_layers", 2},
                                    {"kv_on_host", true},
                                    {"kv_cache", {{"k", "q8_0"}, {"v", "q8_0"}}},
                                    {"context", 65536},
                                    {"adapters", json::array({{{"rank", 16}, {"count", 2}}})}});
  struct Row {
    const char* function;
    json choice;
    std::vector<const char*> forgotten, kept;
  };
  const Row rows[] = {
      {"withEngine",
       "vllm",
       {"quantization", "backend", "gpu_layers", "cpu_moe_layers", "kv_on_host", "kv_cache"},
       {"context", "adapters"}},
      {"withEngine", "lm-studio", {"backend", "adapters"}, {"quantization", "gpu_layers", "kv_cache", "context"}},
      {"withModel",
       "gemma-3-270m",
       {"gpu_layers", "cpu_moe_layers"},
       {"quantization", "kv_cache", "engine", "backend"}},
      {"withModel",
       {{"config",
         {{"model_type", "llama"},
          {"hidden_size", 2048},
          {"num_hidden_layers", 4},
          {"num_attention_heads", 16},
          {"intermediate_size", 8192},
          {"vocab_size", 32000},
          {"max_position_embeddings", 4096}}}},
       {"gpu_layers", "context"},
       {"engine", "kv_cache"}},
      {"withDevice", "apple-m4-max-40c-128gb", {"backend"}, {"quantization", "engine", "context"}}};
  for (const Row& row : rows) {
    CAPTURE(row.function);
    CAPTURE(row.choice.dump());
    const json scenario = chosen(row.function, offloaded, row.choice);
    CHECK(refusal(scenario).empty());
    for (const char* field : row.forgotten) CHECK_FALSE_MESSAGE(scenario.contains(field), field);
    for (const char* field : row.kept) CHECK_MESSAGE(scenario.value(field, json()) == offloaded[field], field);
  }
  CHECK(chosen("withModel", offloaded, "gemma-3-270m")["context"] == 32768);  // the longest it has
  CHECK(chosen("withDevice", offloaded, "google-tpu-v6e-32gb").value("engine", json()) != "llama.cpp");

  static Estimator estimator;
  for (const char* function : {"withEngine", "withModel", "withDevice"}) {
    const std::string told = estimator.call(function, json_text(json::array({offloaded, "none of them"})));
    CHECK(contains(told, "nearest are"));
  }
}

TEST_CASE("formats go by the other names that people write") {
  const auto loaded = [](const char* engine, const char* format) -> std::string {
    const json answer = estimate_of(
        on("nvidia-h100-sxm-80gb", {{"model", "llama-3.1-8b"}, {"engine", engine}, {"quantization", format}}));
    return answer["resolved"]["quantization"].get<std::string>();
  };
  CHECK(loaded("llama.cpp", "q4_k") == "Q4_K_M");
  CHECK(loaded("llama.cpp", "Q4_K_XL") == "UD-Q4_K_XL");
  CHECK(loaded("exllamav3", "EXL3-4.0") == "EXL3-4.0bpw");
  CHECK(loaded("vllm", "F16") == "FP16");
  CHECK(loaded("llama.cpp", "F16") == "F16");
}

}  // namespace headroom
