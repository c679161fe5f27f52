// Writes the fuzzers' seeds: the inputs of the unit tests, one file each. Usage: make_seeds <folder>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "data/compiler/compile.h"
#include "data/compiler/facts.h"
#include "tests/import/gguf_cases.h"
#include "tests/import/model_cases.h"
#include "tests/import/safetensors_cases.h"

namespace {

using headroom::testing::ByteString;

class Seeds {
 public:
  Seeds(const std::filesystem::path& root, const std::string& target) : folder_(root / target) {
    std::error_code ignored;
    std::filesystem::create_directories(folder_, ignored);
  }
  void add(const ByteString& bytes) {
    std::ofstream out(folder_ / ("seed-" + std::to_string(count_++)), std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  void add(const std::string& text) { add(ByteString(text.begin(), text.end())); }

 private:
  std::filesystem::path folder_;
  int count_ = 0;
};

// A few real entries of every table, without texts, prices, scores and measurements.
ByteString small_pack() {
  using namespace headroom;
  constexpr std::size_t kRows = 3;
  facts::Problems ignored;
  facts::Facts facts = facts::load(HEADROOM_SOURCE_DIR "/data", ignored);
  for (std::vector<facts::Row>* rows :
       {&facts.devices, &facts.models, &facts.formats, &facts.engines, &facts.workloads, &facts.modes, &facts.hosts}) {
    rows->resize(std::min(rows->size(), kRows));
  }
  facts.folder.clear();
  facts.scores.clear();
  facts.hardware_prices.clear();
  return facts::compile(facts, ignored).finish();
}

}  // namespace

int main(int argc, char** argv) {
  using namespace headroom;
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_seeds <folder>\n");
    return 1;
  }
  const std::filesystem::path root = argv[1];
  Seeds gguf(root, "gguf");
  for (const testing::GgufCase& c : testing::gguf_cases()) gguf.add(c.bytes);
  for (const testing::GgufCase& c : testing::metadata_cases()) gguf.add(c.bytes);
  for (const std::int64_t part : {0, 1, 2}) gguf.add(testing::split_part(part, 3, "blk.0.attn_q.weight"));
  Seeds safetensors(root, "safetensors");
  for (const testing::SafetensorsCase& c : testing::safetensors_cases()) safetensors.add(c.bytes);

  Seeds config(root, "config");
  config.add(testing::tiny_config_json());
  for (const testing::ConfigCase& c : testing::config_cases()) config.add(c.text);
  std::ifstream configs(HEADROOM_SOURCE_DIR "/tests/truth/configs/configs.jsonl");
  for (std::string line; std::getline(configs, line);) {
    const nlohmann::json row = nlohmann::json::parse(line, nullptr, false);
    if (row.is_object() && row.contains("config")) config.add(row["config"].dump());
  }
  const std::string scenario =
      R"({"model":"llama-3.1-8b","hardware":{"device":"nvidia-h20-96gb","count":8,"host":{"memory_bytes":68719476736}},)"
      R"("engine":"llama.cpp","quantization":"Q4_K_M","kv_cache":{"k":"q8_0","v":"q8_0"},"context":8192,"parallel":4,)"
      R"("gpu_layers":"all","adapters":[{"rank":16,"count":4}],"workload":{"prompt":2048,"output":512,"cached_prefix":0}})";
  Seeds scenarios(root, "scenario");
  scenarios.add(scenario);
  scenarios.add(R"({"model":"llama-3.1-405b","hardware":{"device":"nvidia-rtx-4090-24gb","host":{"memory_bytes":0}},)"
                R"("engine":"llama.cpp"})");
  scenarios.add(R"({"model":{"config":)" + testing::tiny_config_json() + R"(},"hardware":{"device":"x"}})");
  Seeds links(root, "link");
  links.add("#m=llama-3.1-8b&d=nvidia-h20-96gb");
  links.add("#" + scenario);
  Seeds paste(root, "paste");
  paste.add(
      "| model | size | params | backend | ngl | test | t/s |\n| llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | "
      "CUDA | 99 | tg128 | 150.21 ± 0.50 |\n");
  paste.add("llama_kv_cache: size = 1024.00 MiB (8192 cells, 32 layers, 1/1 seqs), K (f16): 512.00 MiB\n");
  paste.add(
      "prompt eval count: 32 token(s)\nprompt eval rate: 42.0 tokens/s\neval count: 17 token(s)\neval rate: 1e2\n");
  paste.add("NAME  ID  SIZE  PROCESSOR  UNTIL\nm:1b  abc  17 GB  35%/65% CPU/GPU  now\n");
  paste.add("Maximum request concurrency: 16\nTotal input tokens: 1024\nMean TTFT (ms): 14\nMean TPOT (ms): 17.18\n");
  paste.add("Decode batch. #running-req: 8, #token: 62531, gen throughput (token/s): 186.64, #queue-req: 0\n");
  paste.add("CtxLimit:614/8192, Amt:64/200, Process:0.50s (1100.00T/s), Generate:3.20s (20.00T/s), Total:3.70s\n");
  paste.add("|  1    3   0   0  |  14366MiB / 19968MiB | 28      0 |\nGPU[0] : VRAM Total Memory (B): 25753026560\n");
  paste.add("INSERT INTO llama_bench (n_prompt, n_gen, avg_ts) VALUES ('0', '64', '55.5');\n");
  paste.add(
      "[\n{\"n_prompt\": 512, \"avg_ts\": 1},\n{\"timings\": {\"predicted_n\": 1, \"predicted_per_second\": 2}}\n]\n");
  paste.add("GPU KV cache size: 123,456 tokens\nMaximum concurrency for 8,192 tokens per request: 15.07x\n");
  Seeds pack(root, "pack");
  pack.add(small_pack());
  return 0;
}
