// Scenarios for the tests: hand-written ones and random ones from a fixed seed.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

namespace headroom::test {

using nlohmann::json;

// Every field of the contract's scenario, none at its default.
inline json full_scenario() {
  return {{"model", "llama-3.1-8b"},
          {"hardware",
           {{"device", "nvidia-h20-96gb"},
            {"count", 2},
            {"others", {{{"device", "nvidia-rtx-4090-24gb"}, {"count", 2}}}},
            {"interconnect", {{"gbs_per_direction", 12.5}, {"latency_us", 3.5}}},
            {"usable_fraction", 0.85},
            {"reserved_bytes", 1073741824},
            {"host", {{"memory_bytes", 68719476736}, {"mem_bandwidth_gbs", 89.6}, {"link", "pcie4-x16"}}}}},
          {"engine", "llama.cpp"},
          {"backend", "cuda"},
          {"quantization", "Q4_K_M"},
          {"kv_cache", {{"k", "q8_0"}, {"v", "bf16"}}},
          {"context", 16384},
          {"parallel", 3},
          {"max_sequences", 64},
          {"batch", 1024},
          {"ubatch", 256},
          {"flash_attention", false},
          {"swa_full", true},
          {"kv_unified", true},
          {"logits", "last"},
          {"kv_on_host", true},
          {"gpu_layers", 20},
          {"cpu_moe_layers", "all"},
          {"split", "layer"},
          {"tensor_parallel", 1},
          {"pipeline_parallel", 3},
          {"data_parallel", 1},
          {"decode_context_parallel", 1},
          {"adapters", {{{"rank", 16}, {"count", 4}}, {{"rank", 8}, {"count", 1}, {"targets", {"q_proj", "v_proj"}}}}},
          {"draft", {{"model", "llama-3.2-1b"}, {"quantization", "Q8_0"}}},
          {"speculation", {{"kind", "draft_model"}, {"draft_tokens", 5}, {"acceptance", 0.625}}},
          {"mmproj", true},
          {"mmproj_on_host", true},
          {"finetune",
           {{"method", "qlora"},
            {"optimizer", "adamw_8bit"},
            {"precision", "bf16"},
            {"rank", 64},
            {"sequence", 4096},
            {"batch", 2},
            {"checkpointing", false},
            {"flash_attention", false}}},
          {"kernels", {"flashkda"}},
          {"workload", {{"prompt", 2048}, {"output", 512}, {"cached_prefix", 100}}},
          {"mode", "interactive"},
          {"language", "zh"}};
}

inline json small_scenario() { return {{"model", "llama-3.1-8b"}, {"hardware", {{"device", "nvidia-rtx-4090-24gb"}}}}; }

// Values that strangers put where something else is expected.
inline json hostile_value(std::mt19937& random) {
  static const std::vector<json> kValues{json(nullptr),
                                         json(true),
                                         json(0),
                                         json(-1),
                                         json(1.5),
                                         json(-0.0),
                                         json(1e308),
                                         json(9007199254740993ULL),
                                         json(18446744073709551615ULL),
                                         json(""),
                                         json("auto"),
                                         json("8192"),
                                         json("\u4e2d \"quoted\" ~%&=#"),
                                         json(std::string(5000, 'x')),
                                         json::array(),
                                         json::array({1, 2, 3}),
                                         json::object(),
                                         json{{"config", json::object()}},
                                         json{{"device", 5}},
                                         json{{"k", 7}}};
  return kValues[random() % kValues.size()];
}

// Replaces, removes or adds one value somewhere.
inline void mutate(json& value, std::mt19937& random) {
  if (!value.is_structured() || value.empty() || random() % 4 == 0) {
    value = hostile_value(random);
    return;
  }
  auto it = value.begin();
  std::advance(it, static_cast<std::ptrdiff_t>(random() % value.size()));
  if (random() % 12 == 0) {
    value.erase(it);
  } else if (value.is_object() && random() % 12 == 0) {
    value["surprise"] = hostile_value(random);
  } else {
    mutate(*it, random);
  }
}

}  // namespace headroom::test
