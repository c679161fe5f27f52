// The derivation: whatever is asked, its leaves are sourced facts and its sums add up.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/catalog/json_text.h"
#include "tests/api/scenarios.h"
#include "wasm/api/estimator.h"

namespace headroom {
namespace {

using nlohmann::json;

json explained(const json& scenario) {
  static Estimator estimator;
  const json answer = json::parse(estimator.call("explain", json_text(json::array({scenario}))), nullptr, false);
  CAPTURE(scenario.dump());
  REQUIRE(answer.contains("value"));
  return answer["value"];
}

json estimated(const json& scenario) {
  static Estimator estimator;
  const json answer = json::parse(estimator.call("estimate", json_text(json::array({scenario}))), nullptr, false);
  REQUIRE(answer.contains("value"));
  return answer["value"];
}

json asked(const char* model, const char* device, const json& more) {
  json scenario{{"model", model}, {"hardware", {{"device", device}}}};
  scenario.update(more, true);
  return scenario;
}

// Of every architecture, format, engine and kind of machine some.
std::vector<json> scenarios() {
  return {
      test::small_scenario(),
      test::full_scenario(),
      asked("llama-3.2-1b", "nvidia-rtx-4090-24gb", {{"quantization", "Q4_K_M"}}),
      asked("qwen3-30b-a3b", "nvidia-rtx-4090-24gb", {{"engine", "llama.cpp"}, {"quantization", "Q8_0"}}),
      asked("gemma-3-27b-it", "apple-m4-max-40c-64gb", {{"engine", "mlx"}, {"quantization", "MLX-4bit"}}),
      asked("gemma-3-27b-it", "nvidia-rtx-5090-32gb", {{"engine", "llama.cpp"}, {"parallel", 4}}),
      asked("deepseek-r1", "nvidia-h20-96gb",
            {{"hardware", {{"count", 8}}}, {"engine", "vllm"}, {"quantization", "FP8"}}),
      asked("deepseek-v3.2", "nvidia-b300-sxm-288gb", {{"hardware", {{"count", 8}}}, {"engine", "llama.cpp"}}),
      asked("kimi-linear-48b-a3b-instruct", "nvidia-h20-96gb", {{"engine", "vllm"}, {"parallel", 16}}),
      asked("qwen3-next-80b-a3b-instruct", "nvidia-rtx-4090-24gb", {{"quantization", "UD-Q4_K_XL"}}),
      asked("mamba-2.8b", "nvidia-rtx-3090-24gb", json::object()),
      asked("gpt-oss-120b", "amd-ryzen-ai-max-plus-395-128gb", {{"engine", "llama.cpp"}}),
      asked("llama-3.1-70b", "nvidia-rtx-4090-24gb", {{"quantization", "Q4_K_M"}, {"kv_cache", {{"k", "q8_0"}}}}),
      asked("llama-3.1-8b", "cpu-ryzen-7950x-ddr5-5600-2ch", {{"quantization", "Q4_0"}}),
      asked("llama-3.1-8b", "nvidia-rtx-4090-24gb", {{"engine", "exllamav3"}, {"quantization", "EXL3-4.0bpw"}}),
      asked("llama-3.1-8b", "nvidia-h100-sxm-80gb", {{"engine", "sglang"}, {"quantization", "AWQ-INT4"}}),
      asked("qwen3.5-9b", "nvidia-h20-96gb", {{"engine", "vllm"}}),
      asked("bge-m3", "nvidia-rtx-4090-24gb", json::object()),
      asked("qwen3-8b", "apple-a18-pro-iphone-16-pro-8gb", json::object()),
  };
}

// Names of the leaves that cite nothing.
void unsourced(const json& node, const std::string& path, std::vector<std::string>& found) {
  const std::string here = path + " > " + node["label"].get<std::string>();
  if (node["inputs"].empty() && node["source"].get<std::string>().empty()) found.push_back(here);
  for (const json& input : node["inputs"]) unsourced(input, here, found);
}

const json* find_label(const json& node, const std::string& label) {
  if (node["label"] == label) return &node;
  for (const json& input : node["inputs"]) {
    if (const json* found = find_label(input, label)) return found;
  }
  return nullptr;
}

double sum_of(const json& nodes) {
  double sum = 0;
  for (const json& node : nodes) sum += node["value"].get<double>();
  return sum;
}

TEST_CASE("every leaf of every derivation is a sourced fact, in words") {
  for (const json& scenario : scenarios()) {
    const json tree = explained(scenario);
    CAPTURE(scenario.dump());
    std::vector<std::string> found;
    unsourced(tree, "", found);
    for (const std::string& path : found) FAIL_CHECK(path);
    const std::string text = tree.dump();
    for (const char* key : {"\"trace.", "\"source."}) CHECK(text.find(key) == std::string::npos);
  }
}

TEST_CASE("the weights open down to tensors, shapes and blocks, which make their bytes") {
  const json tree = explained(asked("llama-3.1-8b", "nvidia-rtx-4090-24gb", {{"quantization", "Q4_K_M"}}));
  const json* values = find_label(tree, "attn_v.weight \u00b7 q6_K");
  REQUIRE(values != nullptr);
  const std::vector<double> facts{16, 1024, 4096, 256, 210};  // tensors, rows, row length, weights and bytes of a block
  REQUIRE((*values)["inputs"].size() == facts.size());
  for (std::size_t i = 0; i < facts.size(); ++i) CHECK((*values)["inputs"][i]["value"] == facts[i]);
  CHECK((*values)["value"] == 16.0 * 1024 * 4096 / 256 * 210);
  const json* keys = find_label(tree, "Key bytes per token");
  REQUIRE(keys != nullptr);
  CHECK(sum_of((*keys)["inputs"]) == 8 + 128 + 16);  // heads, values of a head, bits
}

TEST_CASE("places of weights sum to what is loaded, and tensors to their place") {
  for (const json& scenario : scenarios()) {
    if (scenario.contains("finetune") || scenario["hardware"].contains("count")) continue;  // ranks hold some twice
    const json tree = explained(scenario);
    CAPTURE(scenario.dump());
    const json* weights = find_label(tree, "Weights");
    REQUIRE(weights != nullptr);
    CHECK(sum_of((*weights)["inputs"]) == doctest::Approx((*weights)["value"].get<double>()));
    for (const json& place : (*weights)["inputs"]) {
      if (place["formula"] != "sum over tensors") continue;
      CHECK(sum_of(place["inputs"]) == doctest::Approx(place["value"].get<double>()));
    }
  }
}

TEST_CASE("where an engine has no kernels, estimate and derivation say that it does not run, and why") {
  struct Case {
    const char *device, *engine, *format, *what;
  };
  const Case cases[] = {{"nvidia-rtx-3090-24gb", "tensorrt-llm", "FP8", "for this format on this hardware"},
                        {"nvidia-gtx-1080-ti-11gb", "vllm", "AWQ-INT4", "for this hardware"}};
  for (const Case& one : cases) {
    const json scenario = asked("llama-3.1-8b", one.device, {{"engine", one.engine}, {"quantization", one.format}});
    const json tree = explained(scenario), estimate = estimated(scenario);
    CAPTURE(scenario.dump());
    CHECK(estimate["fit"]["status"] == "does_not_fit");
    CHECK(estimate["fit"]["text"].get<std::string>().find("no kernels") != std::string::npos);
    CHECK(estimate["decode"]["reason"] == estimate["fit"]["text"]);
    CHECK(estimate["memory"]["total_bytes"] > 0);
    const json* runs = find_label(tree, "Whether it runs");
    REQUIRE(runs != nullptr);
    CHECK((*runs)["formula"].get<std::string>().find(one.what) != std::string::npos);
    CHECK((*find_label(tree, "Score"))["value"] == 0);
    CHECK(find_label(tree, "Speed") == nullptr);
  }
}

TEST_CASE("the derivation tells weights, engine and the whole as the estimate does") {
  std::vector<json> asked_of = scenarios();
  asked_of.push_back(asked("gemma-3-27b-it", "nvidia-rtx-4090-24gb", {{"quantization", "Q4_K_M"}}));  // a tied head
  asked_of.push_back(asked("glm-4.5-air", "nvidia-h20-96gb", {{"quantization", "Q4_K_M"}}));  // MTP layers in the file
  bool copies = false, leaves = false;
  for (json& scenario : asked_of) {
    scenario["language"] = "en";
    const json tree = explained(scenario), memory = estimated(scenario)["memory"];
    CAPTURE(scenario.dump());
    const json* all = find_label(tree, "Memory");
    REQUIRE(all != nullptr);
    const auto value = [&](const char* label) { return (*find_label(*all, label))["value"].get<double>(); };
    CHECK(value("Weights") == memory["weights_bytes"].get<double>());
    CHECK(value("Engine") == memory["engine_bytes"].get<double>());
    CHECK(sum_of((*find_label(*all, "Engine"))["inputs"]) == value("Engine"));
    double sum = 0;
    for (const json& part : (*all)["inputs"]) {
      if (part["label"] != "Device") sum += part["value"].get<double>();
    }
    CHECK(sum == doctest::Approx(memory["total_bytes"].get<double>()));
    copies = copies || memory["copied_bytes"] > 0;
    leaves = leaves || memory["not_loaded_bytes"] > 0;
  }
  CHECK(copies);
  CHECK(leaves);
}

// What a node's formula makes of its inputs, for the formulas that are a product or a sum.
double product_of(const json& nodes) {
  double product = 1;
  for (const json& node : nodes) product *= node["value"].get<double>();
  return product;
}

TEST_CASE("memory of training opens into weights, moments and values, which make its bytes") {
  const json tuned[] = {
      {{"method", "lora"}, {"rank", 8}},
      {{"method", "qlora"}, {"precision", "bf16"}, {"optimizer", "adamw_8bit"}},
      {{"method", "full"}, {"precision", "bf16"}},
      {{"method", "full"}, {"optimizer", "sgd"}, {"checkpointing", false}, {"flash_attention", false}},
      {{"method", "lora"}, {"checkpointing", false}, {"batch", 4}}};
  for (const char* model : {"llama-3.1-8b", "qwen3-next-80b-a3b-instruct", "gpt-oss-20b"}) {
    for (const json& finetune : tuned) {
      const json tree = explained(asked(model, "nvidia-h100-sxm-80gb", {{"engine", "vllm"}, {"finetune", finetune}}));
      const json* tuning = find_label(tree, "Fine-tuning");
      CAPTURE(model);
      CAPTURE(finetune.dump());
      REQUIRE(tuning != nullptr);
      std::vector<std::string> found;
      unsourced(*tuning, "", found);
      for (const std::string& path : found) FAIL_CHECK(path);
      CHECK(sum_of((*tuning)["inputs"]) == doctest::Approx((*tuning)["value"].get<double>()));
      for (const char* part : {"Master weights", "Adapters", "Gradients", "Optimizer", "Logits"}) {
        const json* node = find_label(*tuning, part);
        if (node == nullptr) continue;
        CAPTURE(part);
        CHECK((*node)["inputs"].size() >= 2);
        CHECK(product_of((*node)["inputs"]) == doctest::Approx((*node)["value"].get<double>()));
      }
      const json* weights = find_label(*tuning, "Weights");
      REQUIRE(weights != nullptr);
      CHECK(product_of((*weights)["inputs"]) / 8 == doctest::Approx((*weights)["value"].get<double>()));
      const json* activations = find_label(*tuning, "Activations");
      REQUIRE(activations != nullptr);
      CHECK(sum_of((*activations)["inputs"]) == doctest::Approx((*activations)["value"].get<double>()));
    }
  }
}

// Engines that fill a pool, or free what they computed as they go, on devices of every kind.
std::vector<json> opened() {
  return {
      asked("qwen3.5-9b", "nvidia-l40s-48gb", {{"engine", "vllm"}, {"quantization", "BF16"}}),
      asked("qwen2.5-vl-7b-instruct", "nvidia-h100-sxm-80gb", {{"engine", "vllm"}, {"hardware", {{"count", 2}}}}),
      asked("llama-3.1-8b", "nvidia-rtx-4090-24gb", {{"engine", "vllm"}, {"quantization", "FP8"}}),
      asked("llama-3.1-8b", "nvidia-h100-sxm-80gb", {{"engine", "sglang"}, {"quantization", "AWQ-INT4"}}),
      asked("qwen3-8b", "nvidia-dgx-spark-gb10-128gb", {{"engine", "sglang"}}),
      asked("gemma-3-27b-it", "apple-m4-max-40c-64gb", {{"engine", "mlx"}, {"quantization", "MLX-4bit"}}),
      asked("llama-3.1-8b", "nvidia-rtx-4090-24gb", {{"engine", "exllamav3"}, {"quantization", "EXL3-4.0bpw"}}),
      asked("llama-3.1-8b", "nvidia-rtx-4090-24gb", {{"engine", "transformers"}}),
      asked("llama-3.1-8b", "nvidia-rtx-4090-24gb", {{"hardware", {{"reserved_bytes", 3221225472ULL}}}}),
  };
}

TEST_CASE("a step of engines without a plan opens into tokens, values and bytes, which make it") {
  for (const json& scenario : opened()) {
    const json tree = explained(scenario);
    CAPTURE(scenario.dump());
    const json* compute = find_label(tree, "Compute buffers");
    REQUIRE(compute != nullptr);
    const json* layer = find_label(*compute, "The step of the widest layer");
    if (!scenario.contains("engine")) continue;  // llama.cpp's own plan
    REQUIRE(layer != nullptr);
    CHECK(product_of((*layer)["inputs"]) == doctest::Approx((*layer)["value"].get<double>()));
    const json* sampling = find_label(*compute, "Choosing the next token");
    const json* encoded = find_label(*compute, "What was encoded, kept for the step");
    double whole = (*layer)["value"];
    if (sampling == nullptr) {
      whole = sum_of((*compute)["inputs"]);
    } else {
      const json& of = (*sampling)["inputs"];
      const auto fact = [&of](std::size_t i) { return of[i]["value"].get<double>(); };
      REQUIRE(of.size() == 5);
      CHECK(fact(0) * fact(1) * 2 + fact(2) * fact(3) * fact(4) == doctest::Approx((*sampling)["value"].get<double>()));
      whole = std::max(whole, (*sampling)["value"].get<double>());
    }
    if (encoded != nullptr) {
      const json* encoding = find_label(*compute, "Encoding images or video of the largest size");
      REQUIRE(encoding != nullptr);
      for (const json* node : {encoded, encoding}) {
        CHECK(product_of((*node)["inputs"]) == doctest::Approx((*node)["value"].get<double>()));
      }
      whole = std::max(whole + (*encoded)["value"].get<double>(), (*encoding)["value"].get<double>());
    }
    CHECK((encoded != nullptr) ==
          (scenario["model"].get<std::string>().starts_with("qwen2.5-vl") || scenario["model"] == "qwen3.5-9b"));
    const double devices = scenario["hardware"].value("count", 1);
    CHECK(whole * devices == doctest::Approx((*compute)["value"].get<double>()));
  }
}

TEST_CASE("what is kept back of a device opens into its causes, which sum to it") {
  std::vector<json> all = opened();
  for (const json& scenario : scenarios()) all.push_back(scenario);
  for (json& scenario : all) {
    scenario["language"] = "en";
    const json tree = explained(scenario);
    CAPTURE(scenario.dump());
    const json* kept = find_label(tree, "Kept back");
    REQUIRE(kept != nullptr);
    const double bytes = (*kept)["value"];
    if (bytes > 0) CHECK(sum_of((*kept)["inputs"]) == doctest::Approx(bytes));
    const auto named = [kept](const char* label) { return find_label(*kept, label) != nullptr; };
    const std::string engine = scenario.value("engine", "llama.cpp");
    if (scenario["hardware"].contains("reserved_bytes")) CHECK(named("As the scenario asks"));
    if (engine == "vllm" || engine == "sglang") {
      CHECK(named("Outside the engine's share, which is a setting of it"));
      CHECK(named("Driver") != (scenario["hardware"]["device"] == "nvidia-dgx-spark-gb10-128gb"));
    }
    CHECK_FALSE(named("Contexts of driver and libraries"));  // told as the engine's
  }
  const json desktop = asked("llama-3.1-8b", "nvidia-rtx-4090-24gb", {{"engine", "llama.cpp"}, {"language", "en"}});
  const json tree = explained(desktop);
  const json* drawn = find_label(tree, "Desktop and browser");
  REQUIRE(drawn != nullptr);
  CHECK((*drawn)["source"].get<std::string>().starts_with("room for a Linux desktop"));
}

TEST_CASE("unequal cards cite sources of their own") {
  const json hardware{{"device", "nvidia-rtx-4090-24gb"}, {"others", {{{"device", "nvidia-rtx-3090-24gb"}}}}};
  const json tree = explained({{"model", "llama-3.1-70b"}, {"hardware", hardware}, {"quantization", "Q4_K_M"}});
  std::vector<std::string> cited;
  for (const json& node : tree["inputs"][0]["inputs"]) {
    if (node["label"] == "Device") cited.push_back(node["inputs"][0]["inputs"][0]["source"]);
  }
  REQUIRE(cited.size() == 2);
  CHECK(cited[0] != cited[1]);
}

}  // namespace
}  // namespace headroom
