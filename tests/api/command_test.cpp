// The command that runs a scenario runs exactly what was judged, or there is none.
#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "core/catalog/json_text.h"
#include "wasm/api/estimator.h"

namespace headroom::command_test {
namespace {

using nlohmann::json;

json ask(const char* function, const json& scenario) {
  static Estimator estimator;
  const json reply = parse_or_discard(estimator.call(function, json_text(json::array({scenario}))));
  CAPTURE(json_text(scenario));
  if (reply.contains("error")) MESSAGE(reply.dump());
  REQUIRE(reply.contains("value"));
  return reply["value"];
}

json commands_of(const json& scenario) { return ask("command", scenario); }

// The command for this engine; empty when there is none.
std::string command_of(const json& scenario, const std::string& engine) {
  for (const json& command : commands_of(scenario)) {
    if (command["engine"] == engine) return command["text"];
  }
  return {};
}

json on(const char* model, const char* device, unsigned count, const char* engine, const json& more = json::object()) {
  json scenario{{"model", model}, {"hardware", {{"device", device}, {"count", count}}}, {"engine", engine}};
  scenario.update(more);
  return scenario;
}

// Of a scenario that names its engine.
std::string told(const json& scenario) { return command_of(scenario, scenario["engine"]); }

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// What follows a flag.
std::string value_of(const std::string& text, const std::string& flag) {
  const std::size_t at = text.find(" " + flag + " ");
  REQUIRE(at != std::string::npos);
  const std::size_t begin = at + flag.size() + 2;
  return text.substr(begin, text.find_first_of(" \n", begin) - begin);
}

const char* const kPro = "nvidia-rtx-pro-6000-bw-96gb";
const char* const kH200 = "nvidia-h200-sxm-141gb";
const char* const k4090 = "nvidia-rtx-4090-24gb";
const char* const k3060 = "nvidia-rtx-3060-12gb";

std::string in_format(const char* model, const char* engine, const char* format, unsigned count = 1) {
  return told(on(model, kPro, count, engine, {{"quantization", format}}));
}

TEST_CASE("a format that an engine makes while it loads is made of the model's own 16 bits") {
  CHECK(has(in_format("qwen3-32b", "vllm", "FP8"), "vllm serve Qwen/Qwen3-32B --quantization fp8 "));
  CHECK(has(in_format("qwen3-32b", "vllm", "MXFP4"), "vllm serve Qwen/Qwen3-32B --quantization mxfp4 "));
  CHECK(has(in_format("qwen3-32b", "vllm", "BNB-NF4"), "vllm serve Qwen/Qwen3-32B --quantization bitsandbytes "));
  CHECK(has(in_format("qwen3-32b", "sglang", "FP8"), "--model-path Qwen/Qwen3-32B --quantization fp8 "));
  CHECK(has(in_format("qwen3-32b", "tgi", "BNB-NF4"), "--model-id Qwen/Qwen3-32B --quantize bitsandbytes-nf4 "));
  CHECK(has(in_format("qwen3-32b", "transformers", "BNB-NF4"), "serve Qwen/Qwen3-32B --quantization bnb-4bit"));
  CHECK(has(in_format("qwen3-32b", "vllm", "FP32", 2), "vllm serve Qwen/Qwen3-32B --dtype float32 "));
}

TEST_CASE("any other format is a checkpoint of its own, whose method the engine reads from it") {
  for (const char* engine : {"vllm", "sglang", "tensorrt-llm"}) {
    for (const char* format : {"AWQ-INT4", "GPTQ-INT4", "INT8", "NVFP4", "W4A16"}) {
      const std::string command = in_format("qwen3-32b", engine, format);
      CAPTURE(command);
      CHECK(has(command, std::string(" ./Qwen3-32B-") + format + " "));
      CHECK_FALSE(has(command, "quantization"));
      CHECK_FALSE(has(command, "Qwen/Qwen3-32B"));
    }
  }
  CHECK(has(in_format("qwen3-32b", "tensorrt-llm", "FP8"), "trtllm-serve ./Qwen3-32B-FP8 "));
  // Nor can eight bits be made four while loading.
  const std::string four = told(on("deepseek-r1", "amd-mi355x-288gb", 8, "vllm", {{"quantization", "MXFP4"}}));
  CHECK(has(four, "vllm serve ./DeepSeek-R1-MXFP4 "));
  CHECK_FALSE(has(four, "--quantization"));
}

TEST_CASE("the format a model was released in needs no flag") {
  for (const char* engine : {"vllm", "sglang", "tensorrt-llm"}) {
    const std::string command = told(on("deepseek-r1", kH200, 8, engine));
    CAPTURE(command);
    CHECK(has(command, "deepseek-ai/DeepSeek-R1 "));
    CHECK_FALSE(has(command, "quantization"));
  }
  CHECK_FALSE(has(told(on("qwen3-32b", kPro, 1, "vllm", {{"quantization", "BF16"}})), "--dtype"));
}

TEST_CASE("a server is told how many sequences to admit only where the scenario says so") {
  const json limited{{"max_sequences", 16}};
  for (const auto& [engine, flag] : {std::pair("vllm", "--max-num-seqs"), std::pair("sglang", "--max-running-requests"),
                                     std::pair("tensorrt-llm", "--max_batch_size")}) {
    CHECK_FALSE(has(told(on("qwen3-32b", kPro, 1, engine)), flag));
    CHECK(has(told(on("qwen3-32b", kPro, 1, engine, limited)), std::string(flag) + " 16"));
  }
}

TEST_CASE("what a model's repository needs: its own code, DeepSeek V4's blocks") {
  for (const char* engine : {"vllm", "sglang"}) {
    CHECK(has(told(on("kimi-k2-instruct", kH200, 16, engine)), "--trust-remote-code"));
    CHECK_FALSE(has(told(on("deepseek-r1", kH200, 8, engine)), "--trust-remote-code"));
  }
  CHECK(has(told(on("kimi-k2-instruct", kH200, 16, "tensorrt-llm")), "--trust_remote_code"));
  CHECK(has(told(on("deepseek-v4-flash", kH200, 4, "vllm")), "--trust-remote-code --block-size 256"));
}

TEST_CASE("speculation is in the command") {
  const json mtp{{"speculation", "mtp"}};
  CHECK(has(told(on("deepseek-r1", kH200, 8, "sglang", mtp)),
            "NEXTN --speculative-num-steps 3 --speculative-eagle-topk 1 --speculative-num-draft-tokens 4"));
  const std::string multi = told(on("deepseek-r1", kH200, 8, "tensorrt-llm", mtp));
  CHECK(has(multi, "'speculative_config: {decoding_type: MTP, max_draft_len: 3}' > config.yaml\ntrtllm-serve "));
  CHECK(has(multi, "--config config.yaml"));
  const json drafted{{"quantization", "FP8"}, {"draft", "qwen3-0.6b"}, {"kv_cache", {{"k", "fp8"}, {"v", "fp8"}}}};
  const std::string both = told(on("qwen3-32b", kPro, 1, "tensorrt-llm", drafted));
  CHECK(has(both,
            "printf '%s\\n' 'kv_cache_config: {dtype: fp8, free_gpu_memory_fraction: 0.9}' 'speculative_config: "
            "{decoding_type: DraftTarget, max_draft_len: 3, speculative_model_dir: ./Qwen3-0.6B-FP8}'"));
  const std::string sglang = told(on("qwen3-32b", kPro, 1, "sglang", drafted));
  CHECK(has(sglang,
            "--speculative-draft-model-path Qwen/Qwen3-0.6B --speculative-draft-model-quantization fp8 "
            "--speculative-num-steps 3 --speculative-eagle-topk 1 --speculative-num-draft-tokens 4"));
  CHECK(has(sglang, "--kv-cache-dtype fp8_e4m3"));
  CHECK(has(told(on("qwen3-32b", kPro, 1, "vllm", drafted)), R"("model":"Qwen/Qwen3-0.6B","quantization":"fp8")"));
  const json drafter{{"draft", "qwen3-0.6b"}};
  CHECK(told(on("qwen3-8b", "apple-m4-10c-16gb", 1, "mlx", drafter)) ==
        "mlx_lm.convert --hf-path Qwen/Qwen3-8B --mlx-path Qwen3-8B-4bit -q --q-bits 4\n"
        "mlx_lm.convert --hf-path Qwen/Qwen3-0.6B --mlx-path Qwen3-0.6B-4bit -q --q-bits 4\n"
        "mlx_lm.server --model Qwen3-8B-4bit --decode-concurrency 1 "
        "--draft-model Qwen3-0.6B-4bit --num-draft-tokens 3");
  // "transformers serve" takes none.
  CHECK_FALSE(has(told(on("qwen3-8b", k4090, 1, "transformers", drafter)), "transformers serve"));
}

TEST_CASE("a server keeps room for adapters in the layers that were judged") {
  json adapted{{"adapters", {{{"rank", 16}, {"count", 4}}}}};
  CHECK_FALSE(has(told(on("qwen3-32b", kPro, 1, "vllm", adapted)), "--lora-target-modules"));
  CHECK(has(told(on("qwen3-32b", kPro, 1, "sglang", adapted)), "--lora-target-modules all"));
  adapted["adapters"][0]["targets"] = {"q_proj", "v_proj", "experts"};
  CHECK(has(told(on("qwen3-32b", kPro, 1, "vllm", adapted)), "--lora-target-modules qkv_proj experts"));
  CHECK(has(told(on("qwen3-32b", kPro, 1, "sglang", adapted)),
            "--lora-target-modules q_proj v_proj gate_proj up_proj down_proj"));
}

TEST_CASE("more devices than a server has are on several") {
  const json divided{{"tensor_parallel", 8}, {"pipeline_parallel", 2}};
  CHECK(has(told(on("deepseek-r1", kH200, 16, "vllm", divided)), "--nnodes 2 --node-rank 0 --master-addr "));
  CHECK(has(told(on("deepseek-r1", kH200, 16, "sglang", divided)), "--nnodes 2 --node-rank 0 --dist-init-addr "));
  CHECK(has(told(on("deepseek-r1", kH200, 16, "tensorrt-llm", divided)),
            "srun -N 2 --ntasks 16 --ntasks-per-node 8 --mpi=pmix trtllm-llmapi-launch trtllm-serve "));
  CHECK_FALSE(has(told(on("deepseek-r1", kH200, 8, "vllm")), "--nnodes"));
}

TEST_CASE("of several machines each is told what it runs") {
  const json divided{{"tensor_parallel", 8}, {"pipeline_parallel", 2}, {"quantization", "FP8"}};
  const auto after = [](const std::string& text, const std::string& part) {
    const std::size_t at = text.find(part);
    return at == std::string::npos ? std::string() : text.substr(at + part.size());
  };
  const std::string vllm = told(on("deepseek-r1", kH200, 16, "vllm", divided));
  CHECK(vllm.starts_with("# HOST_1\nvllm serve "));
  CHECK(has(after(vllm, "\n# HOST_2\nvllm serve "), "--node-rank 1 --master-addr HOST_1 --headless"));
  CHECK_FALSE(has(vllm.substr(0, vllm.find("# HOST_2")), "--headless"));
  const std::string sglang = told(on("deepseek-r1", kH200, 16, "sglang", divided));
  CHECK(has(after(sglang, "\n# HOST_2\npython "), "--node-rank 1 --dist-init-addr HOST_1:5000"));
  const char* spark = "nvidia-dgx-spark-gb10-128gb";
  const std::string llama = told(on("qwen3-235b-a22b", spark, 3, "llama.cpp"));
  CHECK(
      llama.starts_with("# HOST_2\nrpc-server -H HOST_2 -p 50052\n# HOST_3\nrpc-server -H HOST_3 -p 50052\n"
                        "# HOST_1\nllama-server "));
  // ExLlamaV3 knows no second machine.
  for (const json& command : ask("command", on("llama-3.1-70b", spark, 2, "vllm")))
    CHECK(command["engine"] != "exllamav3");
}

TEST_CASE("MLX on several Macs starts on one and is launched on all") {
  struct Case {
    std::uint32_t macs;
    const char *link, *network, *launch;
    bool pipeline;
  };
  const Case cases[] = {
      {2, "auto", "--over ethernet --backend ring", "--backend ring -- $(which mlx_lm.server)", false},
      {2, "tb5", "--over thunderbolt --backend ring", "--backend ring -- $(which mlx_lm.server)", false},
      {2, "tb5-rdma-mac", "--over thunderbolt --backend jaccl", "MLX_METAL_FAST_SYNCH=1 -- $(which mlx_lm.server)",
       false},
      {3, "tb5", "--hosts HOST_1,HOST_2,HOST_3 --over thunderbolt", "--backend ring -- $(which mlx_lm.server)", true},
  };
  for (const Case& one : cases) {
    json scenario = on("llama-3.1-70b", "apple-m3-ultra-80c-512gb", one.macs, "mlx");
    scenario["hardware"]["interconnect"] = one.link;
    const std::string text = told(scenario);
    CAPTURE(text);
    const std::string others = one.macs == 2 ? "# HOST_2\n" : "# HOST_2, HOST_3\n";
    CHECK(text.starts_with(others + "mlx_lm.convert --hf-path meta-llama/Llama-3.1-70B"));
    CHECK(has(text, one.network));
    CHECK(has(text, one.launch));
    CHECK(has(text, " --pipeline") == one.pipeline);
    CHECK_FALSE(has(text, "\nmlx_lm.server"));
  }
}

TEST_CASE("copies with sequences of their own are told in each engine's words") {
  const json copies{{"data_parallel", 4}, {"parallel", 64}};
  const std::string vllm = told(on("deepseek-r1", kH200, 8, "vllm", copies));
  CHECK(has(vllm, "--tensor-parallel-size 2 --data-parallel-size 4 --enable-expert-parallel"));
  const std::string sglang = told(on("deepseek-r1", kH200, 8, "sglang", copies));
  CHECK(has(sglang, "--tp-size 8 --dp-size 4 --enable-dp-attention --ep-size 8"));
  const json each{{"data_parallel", 8}, {"parallel", 64}};
  const std::string tensorrt = told(on("deepseek-r1", kH200, 8, "tensorrt-llm", each));
  CHECK(has(tensorrt, "'enable_attention_dp: true'"));
  CHECK(has(tensorrt, "--tp_size 8 --ep_size 8 --config config.yaml"));
  // Without experts nothing is shared.
  CHECK(has(told(on("qwen3-8b", kH200, 8, "vllm", each)), "--data-parallel-size 8"));
  CHECK_FALSE(has(told(on("qwen3-8b", kH200, 8, "vllm", each)), "--tensor-parallel-size"));
  const std::string whole = told(on("qwen3-8b", kH200, 8, "sglang", each));
  CHECK(has(whole, "--dp-size 8"));
  CHECK_FALSE(has(whole, "--tp-size"));
  CHECK_FALSE(has(whole, "--enable-dp-attention"));
}

TEST_CASE("Ollama runs the format that was judged: a tag of its library, a published file, or one that is made") {
  const auto ollama = [](const char* model, const char* format, json more = json::object()) {
    more["quantization"] = format;
    return told(on(model, k4090, 1, "ollama", more));
  };
  CHECK(has(ollama("qwen3-8b", "Q4_K_M"), "\nollama run qwen3:8b"));
  CHECK(has(ollama("qwen3-8b", "Q8_0"), "\nollama run hf.co/bartowski/Qwen_Qwen3-8B-GGUF:Q8_0"));
  CHECK(has(ollama("qwen3-8b", "UD-Q4_K_XL"), "\nollama run hf.co/unsloth/Qwen3-8B-GGUF:UD-Q4_K_XL"));
  CHECK(has(ollama("gpt-oss-20b", "MXFP4_MOE"), "\nollama run gpt-oss:20b"));
  // Of this model no file is known: what others made of it are fine-tunes.
  CHECK(has(ollama("llama-3.1-8b", "Q8_0"),
            "printf 'FROM ./Llama-3.1-8B-Q8_0.gguf\\n' > Modelfile\nollama create "
            "Llama-3.1-8B-Q8_0 -f Modelfile\nollama run Llama-3.1-8B-Q8_0"));
  CHECK(has(ollama("qwen3-8b", "Q4_K_M", {{"gpu_layers", 20}}),
            "printf 'FROM qwen3:8b\\nPARAMETER num_gpu 20\\n' > Modelfile\nollama create Qwen3-8B-Q4_K_M"));
  CHECK(told(on("llama-3.2-11b-vision-instruct", k3060, 1, "ollama")).ends_with("ollama run llama3.2-vision:11b"));
  // What only Ollama's library has cannot be had in another format.
  CHECK(commands_of(on("llama-3.2-11b-vision-instruct", k4090, 1, "ollama", {{"quantization", "Q6_K"}})).empty());
  // Files above 50 GB are in parts, which are not fetched.
  const json large = on("llama-3.3-70b-instruct", "apple-m3-ultra-80c-256gb", 1, "ollama", {{"quantization", "Q8_0"}});
  CHECK(has(told(large), "FROM ./Llama-3.3-70B-Instruct-Q8_0.gguf"));
}

// Where llama.cpp puts each layer (src/llama-model.cpp, load_tensors): `slots` are layers, MTP blocks and the output.
std::vector<unsigned> layers_by_llama_cpp(const std::string& command, unsigned layers, unsigned slots) {
  std::vector<float> splits;
  std::istringstream shares(value_of(command, "-ts"));
  float sum = 0;
  for (std::string share; std::getline(shares, share, ',');) splits.push_back(sum += std::stof(share));
  for (float& split : splits) split /= sum;
  const std::string told = value_of(command, "-ngl");
  const int on_gpu = told == "all" ? static_cast<int>(slots) : std::stoi(told);
  const int start = std::max(static_cast<int>(slots) - on_gpu, 0);
  const int active = std::min(on_gpu, static_cast<int>(slots));
  std::vector<unsigned> counts(splits.size());
  for (int layer = start; layer < static_cast<int>(layers); ++layer) {
    const float place = static_cast<float>(layer - start) / static_cast<float>(active);
    ++counts[static_cast<std::size_t>(std::upper_bound(splits.begin(), splits.end(), place) - splits.begin())];
  }
  return counts;
}

TEST_CASE("llama.cpp deals the layers as it was judged, the output and MTP blocks being among what it deals") {
  struct Machine {
    const char* first;
    unsigned count;
    const char* second;
  };
  struct Model {
    const char* id;
    unsigned layers, blocks;
  };
  for (const Machine& machine : {Machine{"nvidia-rtx-3090-24gb", 2, nullptr}, Machine{"nvidia-rtx-3090-24gb", 1, k3060},
                                 Machine{k3060, 3, nullptr}, Machine{k3060, 2, k4090}}) {
    for (const Model& model :
         {Model{"llama-3.3-70b-instruct", 80, 80}, Model{"qwen3-32b", 64, 64}, Model{"gpt-oss-120b", 36, 36},
          Model{"glm-4.5-air", 46, 47}, Model{"qwen3.6-27b", 64, 65}}) {
      for (const json& more :
           {json::object(), json{{"context", 32768}}, json{{"gpu_layers", 30}}, json{{"gpu_layers", 2}}}) {
        json scenario = on(model.id, machine.first, machine.count, "llama.cpp", more);
        if (machine.second != nullptr) scenario["hardware"]["others"] = {{{"device", machine.second}, {"count", 1}}};
        const std::string command = told(scenario);
        CAPTURE(command);
        if (command.empty()) continue;
        const json devices = ask("estimate", scenario)["memory"]["devices"];
        std::vector<unsigned> judged;
        for (const json& device : devices) judged.push_back(device["layers"].get<unsigned>());
        CHECK(layers_by_llama_cpp(command, model.layers, model.blocks + 1) == judged);
      }
    }
  }
  const json plain{{"quantization", "Q4_K_M"}, {"context", 8192}};
  const std::string half = told(on("llama-3.3-70b-instruct", "nvidia-rtx-3090-24gb", 2, "llama.cpp", plain));
  CAPTURE(half);
  CHECK(has(half, "-ngl all -sm layer -ts 41,40"));
}

TEST_CASE("an engine that would place a model otherwise is not offered") {
  const json experts = on("qwen3-30b-a3b", k3060, 1, "llama.cpp", {{"quantization", "Q4_K_M"}});
  CHECK(has(command_of(experts, "llama.cpp"), "-ncmoe "));
  CHECK(command_of(experts, "lm-studio").empty());
  CHECK(command_of(experts, "ollama").empty());
  const std::string asked = told(on("gpt-oss-120b", k3060, 1, "lm-studio"));
  CHECK(has(asked, "--gpu 0."));
  CHECK_FALSE(has(asked, "--gpu max"));
  const json mixed = on("llama-3.1-8b", k4090, 1, "llama.cpp", {{"kv_cache", {{"k", "q8_0"}, {"v", "q4_0"}}}});
  CHECK(commands_of(mixed).size() == 1);
  const json dense = on("llama-3.3-70b-instruct", k4090, 1, "llama.cpp", {{"quantization", "Q4_K_M"}});
  CHECK(has(command_of(dense, "ollama"), "PARAMETER num_gpu "));
}

TEST_CASE("what does not run has no command, nor has a phone") {
  CHECK(commands_of(on("llama-3.1-70b", k4090, 1, "vllm", {{"quantization", "FP8"}})).empty());
  CHECK(commands_of(on("llama-3.1-405b", k4090, 1, "llama.cpp", {{"quantization", "Q4_K_M"}})).empty());
  CHECK(commands_of(on("llama-3.2-3b-instruct", "apple-a18-pro-iphone-16-pro-8gb", 1, "llama.cpp")).empty());
}

TEST_CASE("no command for an engine that is known not to run the model") {
  CHECK(commands_of(on("rwkv-5-world-7b", "nvidia-rtx-3090-24gb", 1, "vllm")).empty());
  for (const char* engine : {"llama.cpp", "exllamav3", "tgi"}) {
    CHECK(command_of(on("whisper-large-v3", k4090, 1, engine, {{"context", 448}}), engine).empty());
  }
  CHECK(has(told(on("whisper-large-v3", k4090, 1, "vllm")), "vllm serve openai/whisper-large-v3"));
  CHECK(command_of(on("flan-t5-xl", k4090, 1, "llama.cpp"), "llama.cpp").empty());
  CHECK(command_of(on("phi-2", k4090, 1, "vllm", {{"quantization", "FP16"}}), "exllamav3").empty());
  CHECK(command_of(on("bge-reranker-v2-m3", k4090, 1, "llama.cpp"), "ollama").empty());
}

TEST_CASE("a shared buffer holds the context of every sequence") {
  const json shared{{"context", 32768}, {"parallel", 4}, {"kv_unified", true}};
  CHECK(has(told(on("llama-3.1-8b", k4090, 1, "llama.cpp", shared)), "-c 131072 -np 4 -kvu"));
}

TEST_CASE("what embeds or ranks reads its prompt in one micro-batch") {
  const json prompt{{"context", 8192}, {"workload", {{"prompt", 4096}, {"output", 0}}}};
  CHECK(has(told(on("bge-m3", k3060, 1, "llama.cpp", prompt)), "-b 4096 -ub 4096 --embedding"));
  CHECK(has(told(on("bge-reranker-v2-m3", k3060, 1, "llama.cpp")), "-ub 2048 --reranking"));
  // Every workload has a prompt of its own to be read at once.
  const json scenario = on("qwen3-embedding-8b", k4090, 1, "llama.cpp");
  for (const json& row : ask("workloads", scenario)) {
    json own = scenario;
    own["workload"] = row["workload"];
    own["context"] = row["context"];
    CHECK(ask("estimate", own)["ttft_s"] == row["ttft_s"]);
  }
}

TEST_CASE("a projector and adapters as they were judged") {
  const json two{{"mmproj", true}, {"adapters", {{{"rank", 16}, {"count", 2}}}}};
  const std::string blind = told(on("llama-3.1-8b", k4090, 1, "llama.cpp", two));
  CHECK(has(blind, "--lora adapter-1.gguf --lora adapter-2.gguf"));
  CHECK_FALSE(has(blind, "mmproj"));
  // Where a file comes with a projector, that is loaded unless told otherwise.
  CHECK(has(told(on("gemma-3-4b-it", k4090, 1, "llama.cpp")), "GGUF:Q4_K_M --no-mmproj"));
  CHECK_FALSE(has(told(on("gemma-3-4b-it", k4090, 1, "llama.cpp", {{"mmproj", true}})), "mmproj"));
  CHECK(has(told(on("qwen3-235b-a22b", "nvidia-dgx-spark-gb10-128gb", 3, "llama.cpp")),
            "--rpc HOST_2:50052,HOST_3:50052"));
  CHECK_FALSE(has(told(on("qwen3-235b-a22b", k4090, 8, "llama.cpp")), "--rpc"));
  const json kept{{"mmproj", true}, {"mmproj_on_host", true}};
  CHECK(has(told(on("gemma-3-4b-it", k4090, 1, "llama.cpp", kept)), "GGUF:Q4_K_M --no-mmproj-offload"));
}

TEST_CASE("ExLlamaV3 and MLX commands that run") {
  const json exl{{"quantization", "EXL3-4.0bpw"}, {"context", 3000}, {"kv_cache", {{"k", "q8"}, {"v", "q4"}}}};
  CHECK(told(on("llama-3.1-8b-instruct", k4090, 1, "exllamav3", exl)) ==
        "python main.py --model-name Llama-3.1-8B-Instruct-EXL3-4.0bpw --max-seq-len 3000 --cache-size 3072 "
        "--cache-mode 8,4");
  const json experts{{"quantization", "EXL3-4.0bpw"}, {"cpu_moe_layers", 20}, {"context", 2560}};
  CHECK(has(told(on("qwen3-30b-a3b", k3060, 1, "exllamav3", experts)),
            "python examples/chat.py -mode raw -m Qwen3-30B-A3B-EXL3-4.0bpw -cs 2560 -maxr 512 -mcl 20"));
  const std::string mlx =
      told(on("qwen3-8b", "apple-m4-10c-16gb", 1, "mlx", {{"kv_cache", {{"k", "q8"}, {"v", "q8"}}}}));
  CHECK(has(mlx, "--kv-bits 8"));
  CHECK_FALSE(has(mlx, "--max-kv-size"));
}

TEST_CASE("a name that somebody typed is no part of a shell's language") {
  const json config{{"architectures", {"LlamaForCausalLM"}},
                    {"_name_or_path", "my model'; $(rm x)"},
                    {"model_type", "llama"},
                    {"hidden_size", 4096},
                    {"intermediate_size", 14336},
                    {"num_hidden_layers", 32},
                    {"num_attention_heads", 32},
                    {"num_key_value_heads", 8},
                    {"vocab_size", 128256},
                    {"max_position_embeddings", 131072},
                    {"torch_dtype", "bfloat16"}};
  const json scenario{
      {"model", {{"config", config}}}, {"hardware", {{"device", k4090}}}, {"engine", "vllm"}, {"quantization", "FP8"}};
  CHECK(has(told(scenario), "vllm serve my-model-----rm-x- --quantization fp8"));
}

}  // namespace
}  // namespace headroom::command_test
