#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "core/catalog/json_text.h"
#include "tests/api/scenarios.h"
#include "wasm/api/estimator.h"

namespace headroom {
namespace {

using nlohmann::json;

Estimator& estimator() {
  static Estimator shared;
  return shared;
}

json reply(const std::string& function, const json& arguments) {
  const std::string text = estimator().call(function, json_text(arguments));
  json parsed = json::parse(text, nullptr, false);
  REQUIRE(parsed.is_object());
  return parsed;
}

// The value of a call that has to succeed.
json ask(const std::string& function, const json& scenario) {
  json answer = reply(function, json::array({scenario}));
  CAPTURE(function);
  if (answer.contains("error")) MESSAGE(answer.dump());
  REQUIRE(answer.contains("value"));
  return answer["value"];
}

std::string error_code(const std::string& function, const json& arguments) {
  const json answer = reply(function, arguments);
  return answer.contains("error") ? answer["error"]["code"].get<std::string>() : "none";
}

json on_h20(const char* model, const char* quantization, int count = 1) {
  return {{"model", model},
          {"hardware", {{"device", "nvidia-h20-96gb"}, {"count", count}}},
          {"quantization", quantization}};
}

std::uint64_t bytes(const json& estimate, const char* part) { return estimate["memory"][part].get<std::uint64_t>(); }

TEST_CASE("the embedded facts can be read") { REQUIRE(estimator().problem().empty()); }

TEST_CASE("the parts of memory sum to the total, and the devices and the host hold them") {
  for (const json& scenario :
       {test::small_scenario(), on_h20("llama-3.1-405b", "Q4_K_M"), on_h20("qwen3-30b-a3b", "Q8_0", 2),
        on_h20("llama-3.2-1b", "Q4_K_M"), on_h20("glm-4.5-air", "Q4_K_M")}) {
    const json estimate = ask("estimate", scenario);
    std::uint64_t sum = 0;
    for (const char* part : {"weights_bytes", "kv_cache_bytes", "recurrent_state_bytes", "compute_bytes",
                             "output_bytes", "engine_bytes", "adapters_bytes", "draft_bytes", "projector_bytes"}) {
      sum += bytes(estimate, part);
    }
    CHECK(sum - bytes(estimate, "not_loaded_bytes") == bytes(estimate, "total_bytes"));
    std::uint64_t held = estimate["memory"]["host"]["total_bytes"].get<std::uint64_t>();
    for (const json& device : estimate["memory"]["devices"]) held += device["total_bytes"].get<std::uint64_t>();
    CHECK(held == bytes(estimate, "total_bytes"));
  }
}

TEST_CASE("weights are those of the file, whatever an engine copies of it or leaves there") {
  const auto part = [](const char* model, const char* name) {
    return bytes(ask("estimate", on_h20(model, "Q4_K_M")), name);
  };
  for (const char* model : {"llama-3.2-1b", "llama-3.1-8b", "glm-4.5-air"}) {
    CHECK(part(model, "weights_bytes") == part(model, "file_bytes"));
  }
  CHECK(part("llama-3.2-1b", "copied_bytes") > 200'000'000);  // 128,256 tied embeddings of 2,048 at 6 bits
  CHECK(part("llama-3.1-8b", "copied_bytes") == 0);
  // Both in one: neither hides the other.
  CHECK(part("qwen3.5-4b", "copied_bytes") > 300'000'000);
  CHECK(part("qwen3.5-4b", "not_loaded_bytes") > 0);
  CHECK(part("llama-3.1-8b", "not_loaded_bytes") == 0);
  CHECK(part("glm-4.5-air", "not_loaded_bytes") > 1'000'000'000);  // one MTP layer
}

TEST_CASE("405B at Q4_K_M does not fit one H20, and its weights are 243 GB") {
  const json estimate = ask("estimate", on_h20("llama-3.1-405b", "Q4_K_M"));
  const std::string status = estimate["fit"]["status"];
  CHECK((status == "does_not_fit" || status == "offload"));
  CHECK(static_cast<double>(bytes(estimate, "weights_bytes")) == doctest::Approx(243e9).epsilon(0.005));
}

TEST_CASE("70B fits one H20 at FP8 and not at BF16") {
  json scenario = on_h20("llama-3.1-70b", "BF16");
  scenario["engine"] = "vllm";
  CHECK(ask("estimate", scenario)["fit"]["status"] == "does_not_fit");
  scenario["quantization"] = "FP8";
  const std::string status = ask("estimate", scenario)["fit"]["status"];
  CHECK((status == "fits" || status == "tight"));
}

TEST_CASE("eight H20 talk over NVLink") {
  json scenario = on_h20("llama-3.1-70b", "FP8", 8);
  scenario["engine"] = "vllm";
  const json link = ask("estimate", scenario)["resolved"]["interconnect"];
  CHECK(link["gbs_per_direction"].get<double>() > 300);
}

TEST_CASE("a hybrid model's cache is far below that of attention in every layer") {
  json scenario = on_h20("qwen3-next-80b-a3b-instruct", "Q4_K_M");
  scenario["context"] = 131072;
  const json estimate = ask("estimate", scenario);
  // 48 layers, 2 KV heads of 256, K and V, 2 bytes.
  const double naive = 48.0 * 2 * 256 * 2 * 2 * 131072;
  CHECK(static_cast<double>(bytes(estimate, "kv_cache_bytes")) < 0.3 * naive);
  CHECK(bytes(estimate, "recurrent_state_bytes") > 0);
}

TEST_CASE("each kind of mistake has its code, and the message names what was given") {
  const auto with = [](const char* pointer, const json& value) {
    json scenario = test::small_scenario();
    scenario[json::json_pointer(pointer)] = value;
    return json::array({scenario});
  };
  CHECK(error_code("estimate", with("/model", "lama-3.1-8b")) == "unknown_model");
  CHECK(error_code("estimate", with("/hardware/device", "nvidia-rtx-4090-24g")) == "unknown_hardware");
  CHECK(error_code("estimate", with("/quantization", "Q4_K_X")) == "unknown_quantization");
  CHECK(error_code("estimate", with("/engine", "vlm")) == "unknown_engine");
  CHECK(error_code("estimate", with("/context", -1)) == "bad_value");
  CHECK(error_code("estimate", with("/workload", "chatting")) == "bad_value");
  CHECK(error_code("estimate", with("/mode", "fast")) == "bad_value");
  CHECK(error_code("estimate", with("/kv_cache", "q9")) == "bad_value");
  CHECK(error_code("estimate", with("/engine", "mlx")) == "unsupported");
  CHECK(error_code("model", json::array({"nothing"})) == "unknown_model");
  CHECK(error_code("hardware", json::array({"nothing"})) == "unknown_hardware");
  CHECK(error_code("hardware", json::array({5})) == "bad_value");
  CHECK(error_code("decodeLink", json::array({"garbage"})) == "bad_value");
  CHECK(error_code("nothing", json::array()) == "unsupported");
  CHECK(error_code("estimate", json::array()) == "bad_value");
  const json reply_text = reply("estimate", with("/model", "lama-3.1-8b"));
  CHECK(reply_text["error"]["message"].get<std::string>().find("llama-3.1-8b") != std::string::npos);
}

TEST_CASE("a generator of images is refused by the text estimate") {
  const json catalog = reply("catalog", json::array())["value"];
  const auto image = std::find_if(catalog["models"].begin(), catalog["models"].end(),
                                  [](const json& model) { return model["kind"] == "image"; });
  REQUIRE(image != catalog["models"].end());
  json scenario = test::small_scenario();
  scenario["model"] = (*image)["id"];
  CHECK(error_code("estimate", json::array({scenario})) == "unsupported");
}

TEST_CASE("text that is no JSON is refused") {
  for (const char* text :
       {"", "{", "[", "[nan]", "[1e999]", "[\"\xff\"]", "[{\"model\": \"x\"", "null", "[\"a\", NaN]"}) {
    const json answer = json::parse(estimator().call("estimate", text), nullptr, false);
    CAPTURE(text);
    REQUIRE(answer.contains("error"));
    CHECK(answer["error"]["code"] == "bad_json");
  }
  const std::string deep = std::string(200000, '[') + std::string(200000, ']');
  CHECK(json::parse(estimator().call("estimate", deep), nullptr, false)["error"]["code"] == "bad_json");
}

TEST_CASE("a workload may be named by an object, too") {
  json scenario = test::small_scenario();
  scenario["workload"] = "rag";
  const json named = ask("estimate", scenario);
  scenario["workload"] = {{"id", "rag"}};
  CHECK(ask("estimate", scenario) == named);
  scenario["workload"] = {{"id", "no such"}};
  CHECK(error_code("estimate", json::array({scenario})) == "bad_value");
}

TEST_CASE("lengths of zero leave undefined what they leave undefined") {
  json scenario = test::small_scenario();
  scenario["workload"] = {{"prompt", 512}, {"output", 0}};
  const json prefill_only = ask("estimate", scenario);
  CHECK(prefill_only["decode"]["tok_s"].is_null());
  CHECK_FALSE(prefill_only["decode"]["reason"].get<std::string>().empty());
  CHECK(prefill_only["prefill"]["tok_s"]["p50"].get<double>() > 0);
  scenario["workload"] = {{"prompt", 0}, {"output", 128}, {"cached_prefix", 8192}};
  const json decode_only = ask("estimate", scenario);
  CHECK(decode_only["prefill"]["tok_s"].is_null());
  CHECK(decode_only["ttft_s"].is_null());
  CHECK(decode_only["decode"]["tok_s"]["p50"].get<double>() > 0);
  scenario["workload"] = {{"prompt", 0}, {"output", 0}, {"cached_prefix", 0}};
  CHECK(bytes(ask("estimate", scenario), "weights_bytes") > 0);
}

TEST_CASE("an unknown field is a warning and changes no figure") {
  json scenario = test::small_scenario();
  const json plain = ask("estimate", scenario);
  scenario["surprise"] = 1;
  json warned = ask("estimate", scenario);
  CHECK(warned["warnings"][0]["code"] == "unknown_field");
  warned["warnings"] = plain["warnings"];
  CHECK(warned == plain);
}

TEST_CASE("sentences come in the language asked for") {
  json scenario = test::small_scenario();
  const std::string english = ask("estimate", scenario)["fit"]["text"];
  scenario["language"] = "es";
  const std::string spanish = ask("estimate", scenario)["fit"]["text"];
  CHECK(english != spanish);
  CHECK(english.find("verdict.") == std::string::npos);
}

TEST_CASE("a device that is not in the catalog is estimated from its record") {
  json scenario = test::small_scenario();
  const json listed = ask("estimate", scenario);
  scenario["hardware"]["device"] = {{"name", "Mine"},
                                    {"memory_bytes", 25769803776ULL},
                                    {"mem_bandwidth_gbs", 1008},
                                    {"dense_tflops", {{"fp16", 165}}},
                                    {"vendor", "NVIDIA"}};
  const json own = ask("estimate", scenario);
  CHECK(own["memory"]["devices"][0]["name"] == "Mine");
  CHECK(bytes(own, "weights_bytes") == bytes(listed, "weights_bytes"));
  CHECK(own["decode"]["tok_s"]["p50"].get<double>() > 0);
}

// Every number in an answer, however deep.
void check_numbers(const json& value, const std::string& path) {
  if (value.is_number_float()) {
    CAPTURE(path);
    CHECK(std::isfinite(value.get<double>()));
    CHECK(value.get<double>() >= 0);
  } else if (value.is_structured()) {
    for (const auto& item : value.items()) check_numbers(item.value(), path + "/" + item.key());
  }
}

TEST_CASE("whatever is asked, the answer is an error with a message or finite figures") {
  std::mt19937 random(405);
  int answered = 0;
  for (int i = 0; i < 400; ++i) {
    json scenario = i % 2 == 0 ? test::full_scenario() : test::small_scenario();
    if (i % 2 == 0) scenario.erase("others");
    for (auto changes = random() % 3; changes > 0; --changes) test::mutate(scenario, random);
    const json answer = reply("estimate", json::array({scenario}));
    if (answer.contains("error")) {
      CHECK_FALSE(answer["error"]["message"].get<std::string>().empty());
      continue;
    }
    ++answered;
    check_numbers(answer["value"], "");
  }
  CHECK(answered > 50);
}

TEST_CASE("every model and every device has an answer or a reason") {
  const json catalog = reply("catalog", json::array())["value"];
  for (std::size_t i = 0; i < catalog["hardware"].size(); i += 7) {
    json scenario = test::small_scenario();
    scenario["hardware"]["device"] = catalog["hardware"][i]["id"];
    const json answer = reply("estimate", json::array({scenario}));
    CAPTURE(catalog["hardware"][i]["id"].get<std::string>());
    if (answer.contains("error")) {
      CHECK(answer["error"]["code"] == "unsupported");
    } else {
      check_numbers(answer["value"], "");
    }
  }
}

}  // namespace
}  // namespace headroom
