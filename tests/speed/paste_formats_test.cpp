// What people paste: one excerpt of each program's output, and the figures that must come of it.
#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "core/catalog/measurement_paste.h"

using namespace headroom;

namespace {

constexpr double kMi = 1024.0 * 1024.0, kGi = 1024.0 * kMi;

PastedFigure prefill(double tok_s, std::uint32_t prompt, std::uint32_t depth = 0) {
  PastedFigure figure;
  figure.kind = PastedKind::prefill;
  figure.value = tok_s;
  figure.prompt = prompt;
  figure.depth = depth;
  return figure;
}

PastedFigure decode(double tok_s, std::uint32_t output, std::uint32_t depth = 0, std::uint32_t sequences = 1) {
  PastedFigure figure;
  figure.value = tok_s;
  figure.output = output;
  figure.depth = depth;
  figure.sequences = sequences;
  return figure;
}

PastedFigure memory(PastedKind kind, double value, std::uint32_t device = 0) {
  PastedFigure figure;
  figure.kind = kind;
  figure.value = value;
  figure.device = device;
  return figure;
}

struct Case {
  const char* name;
  std::string text;
  std::vector<PastedFigure> figures;
  const char* model = "";
  const char* device = "";
};

void check(const Case& c) {
  CAPTURE(std::string(c.name));
  const Paste paste = parse_paste(c.text);
  for (const Paste::Line& line : paste.not_understood) FAIL_CHECK("line " << line.number << ": " << line.text);
  CHECK(paste.figures.size() == c.figures.size());
  if (paste.figures.size() != c.figures.size()) return;
  for (std::size_t i = 0; i < c.figures.size(); ++i) {
    CAPTURE(i);
    const PastedFigure &read = paste.figures[i], &wanted = c.figures[i];
    CHECK(read.kind == wanted.kind);
    CHECK(read.value == doctest::Approx(wanted.value).epsilon(1e-4));
    CHECK(read.prompt == wanted.prompt);
    CHECK(read.output == wanted.output);
    CHECK(read.depth == wanted.depth);
    CHECK(read.sequences == wanted.sequences);
    CHECK(read.device == wanted.device);
  }
  if (*c.model != '\0') CHECK(paste.model == c.model);
  if (*c.device != '\0') CHECK(paste.device == c.device);
}

}  // namespace

TEST_CASE("tables of llama-bench in every form") {
  const std::vector<Case> cases{
      {"old head, blanks in the tests",
       "| model          |       size |     params | backend    | ngl | test       |              t/s |\n"
       "| -------------- | ---------: | ---------: | ---------- | --: | ---------- | ---------------: |\n"
       "| llama 13B Q6_K |   9.95 GiB |    13.02 B | ROCm       |  99 | pp 512     |    684.11 ± 3.10 |\n"
       "| llama 13B Q6_K |   9.95 GiB |    13.02 B | ROCm       |  99 | tg 128     |     34.13 ± 0.45 |\n",
       {prefill(684.11, 512), decode(34.13, 128)},
       "llama 13B Q6_K"},
      {"many columns, indented, a log before and a build after",
       "ggml_cuda_init: found 1 ROCm devices (Total VRAM: 12272 MiB):\n"
       "  Device 0: AMD Radeon RX 6700 XT, gfx1030 (0x1030), VMM: no, Wave Size: 32, VRAM: 12272 MiB\n"
       "    | model | size | params | backend | ngl | n_batch | n_ubatch | type_k | type_v | fa | dev | test | t/s |\n"
       "    | --- | --: | --: | --- | --: | --: | --: | --: | --: | --: | --- | --: | --: |\n"
       "    | gemma4 ?B IQ4_NL | 6.24 GiB | 11.91 B | ROCm | 99 | 1024 | 1024 | q8_0 | q8_0 | 1 | ROCm0 | pp8192 @ "
       "d4096 | 653.37 ± 0.59 |\n"
       "    | gemma4 ?B IQ4_NL | 6.24 GiB | 11.91 B | ROCm | 99 | 1024 | 1024 | q8_0 | q8_0 | 1 | ROCm0 | tg512 | "
       "34.61 ± 0.12 |\n"
       "build: 0a50d9909 (10108)\n",
       {prefill(653.37, 8192, 4096), decode(34.61, 512)},
       "gemma4 ?B IQ4_NL",
       "AMD Radeon RX 6700 XT"},
      {"colours of a terminal",
       "\x1b[1m| model | test | t/s |\x1b[0m\n| m | \x1b[32mtg128\x1b[0m | \x1b[33m118.25 ± 0.20\x1b[0m |\n",
       {decode(118.25, 128)}},
      {"a lone line of a Windows console",
       "| llama 8B | 4.58 GiB | 8.03 B | CUDA | 99 | tg128 | 100.00 ┬▒ 0.50 |",
       {decode(100, 128)}},
      {"CSV of two builds",
       "build_commit,gpu_info,backends,model_type,n_prompt,n_gen,n_depth,avg_ts\n"
       "\"a1\",\"NVIDIA GeForce RTX 4090\",\"CUDA\",\"llama 8B\",\"512\",\"0\",\"0\",\"11210.500000\"\n"
       "\"b2\",\"NVIDIA GeForce RTX 4090\",\"CUDA\",\"llama 8B\",\"0\",\"128\",\"4096\",\"118.2\"\n",
       {prefill(11210.5, 512), decode(118.2, 128, 4096)}},
      {"SQL",
       "CREATE TABLE IF NOT EXISTS llama_bench (\n  build_commit TEXT,\n  avg_ts REAL\n);\n\n"
       "INSERT INTO llama_bench (gpu_info, backends, model_type, n_prompt, n_gen, n_depth, avg_ns, avg_ts) VALUES "
       "('Apple M3 Max', 'Metal,BLAS', 'qwen3 8B', '0', '64', '16', '1', '55.5');\n",
       {decode(55.5, 64, 16)},
       "qwen3 8B",
       "Apple M3 Max"},
      {"SQL of a dump, whose columns the table names",
       "CREATE TABLE llama_bench (\n  gpu_info TEXT,\n  model_type TEXT,\n  n_prompt INTEGER,\n  n_gen INTEGER,\n  "
       "avg_ts REAL\n);\nINSERT INTO llama_bench VALUES('Apple M3 Max','qwen3 8B',0,64,55.5);\n",
       {decode(55.5, 64)},
       "qwen3 8B",
       "Apple M3 Max"},
      {"SQL that a terminal wrapped, into a table of another name",
       "INSERT INTO test (gpu_info, model_type, n_prompt,\nn_gen, avg_ts)\nVALUES ('Apple M3 Max', 'qwen3 8B', '0', "
       "'64',\n'55.5');\n",
       {decode(55.5, 64)},
       "qwen3 8B",
       "Apple M3 Max"},
      {"SQL without the semicolon at its end",
       "INSERT INTO test (gpu_info, model_type, n_prompt, n_gen, avg_ts) VALUES ('A (b', 'qwen3 8B', '0', '64', "
       "'55.5')",
       {decode(55.5, 64)},
       "qwen3 8B",
       "A (b"},
      {"a line that begins as SQL does",
       "INSERT INTO the table what follows\n| model | test | t/s |\n| --- | --- | --- |\n| qwen3 8B | tg64 | 55.5 |\n",
       {decode(55.5, 64)},
       "qwen3 8B"},
      {"JSON on many lines behind a log",
       "ggml_metal_init: found device: Apple M3 Max\n[\n  {\n    \"model_type\": \"qwen3 8B\",\n    \"n_prompt\": "
       "512,\n    "
       "\"n_gen\": 0,\n    \"avg_ts\": 700.5,\n    \"samples_ts\": [ 700, 701 ]\n  },\n  {\n    \"n_prompt\": 0,\n    "
       "\"n_gen\": 128,\n    \"avg_ts\": 55.5\n  }\n]\n",
       {prefill(700.5, 512), decode(55.5, 128)},
       "qwen3 8B",
       "Apple M3 Max"},
      {"a JSON list that was cut off",
       "[\n  {\n    \"n_prompt\": 512,\n    \"n_gen\": 0,\n    \"avg_ts\": 700.5\n  },\n  {\n    \"n_prompt\": 0,\n",
       {prefill(700.5, 512)}},
      {"llama-batched-bench",
       "|    PP |     TG |    B |   N_KV |   T_PP s | S_PP t/s |   T_TG s | S_TG t/s |      T s |    S t/s |\n"
       "|-------|--------|------|--------|----------|----------|----------|----------|----------|----------|\n"
       "|   512 |    128 |    4 |   2560 |    6.166 |   332.15 |    9.619 |    53.23 |   15.785 |   162.18 |\n",
       {prefill(332.15, 512), decode(53.23, 128, 512, 4)}},
      {"llama-sweep-bench",
       "|    PP |     TG |   N_KV |   T_PP s | S_PP t/s |   T_TG s | S_TG t/s |\n"
       "|-------|--------|--------|----------|----------|----------|----------|\n"
       "|  2048 |    512 |   4096 |    5.868 |   349.04 |   26.436 |    19.37 |\n",
       {prefill(349.04, 2048, 4096), decode(19.37, 512, 4096)}},
  };
  for (const Case& c : cases) check(c);
}

TEST_CASE("logs of llama.cpp and of what is built on it") {
  const std::vector<Case> cases{
      {"the oldest timings, without a rate",
       "llama_print_timings: prompt eval time =  6294.68 ms /   271 tokens (   23.23 ms per token)\n"
       "llama_print_timings:        eval time = 34570.31 ms /   150 runs   (  230.47 ms per run)\n",
       {prefill(43.0522, 271), decode(4.33898, 150, 271)}},
      {"llama_perf",
       "llama_perf_sampler_print:    sampling time =      24.62 ms /   227 runs   (    0.11 ms per token,  9220.90 "
       "tokens "
       "per second)\n"
       "llama_perf_context_print: prompt eval time =     927.17 ms /    49 tokens (   18.92 ms per token,    52.85 "
       "tokens "
       "per second)\n"
       "llama_perf_context_print:        eval time =   14085.85 ms /   178 runs   (   79.13 ms per token,    12.64 "
       "tokens "
       "per second)\n"
       "llama_perf_context_print:       total time =   20699.49 ms /   227 tokens\n",
       {prefill(52.85, 49), decode(12.64, 178, 49)}},
      {"llama-server, with progress before the result",
       "[39625] 1.15.855.796 I slot print_timing: id  0 | task 28 | prompt processing, n_tokens =  27273, progress = "
       "1.00, t =  19.70 s / 1384.50 tokens per second\n"
       "[39625] 1.18.129.547 I slot print_timing: id  0 | task 28 | prompt eval time =   20002.35 ms / 27277 tokens (  "
       "  "
       "0.73 ms per token,  1363.69 tokens per second)\n"
       "[39625] 1.18.129.551 I slot print_timing: id  0 | task 28 |        eval time =    1969.90 ms /   128 tokens (  "
       " "
       "15.39 ms per token,    64.98 tokens per second)\n",
       {prefill(1363.69, 27277), decode(64.98, 128, 27277)}},
      {"a cached prompt has no rate",
       "prompt eval time =       0.00 ms /     1 tokens (    0.00 ms per token,      inf tokens per second)\n"
       "       eval time =    1000.00 ms /   100 tokens (   10.00 ms per token,   100.00 tokens per second)\n",
       {decode(100, 100)}},
      {"llama-cli",
       "some answer\n\n[ Prompt: 57.0 t/s | Generation: 5.5 t/s ]\n\nExiting...\n",
       {prefill(57, 0), decode(5.5, 0)}},
      {"timings of llama-server's answer",
       R"({"model":"m","timings":{"cache_n":236,"prompt_n":10,"prompt_per_second":700.5,"predicted_n":35,"predicted_per_second":52.9}})",
       {prefill(700.5, 10, 236), decode(52.9, 35, 246)},
       "m"},
      {"an old load on two cards",
       "  Device 0: NVIDIA GeForce RTX 4070 Ti, compute capability 8.9, VMM: yes\n"
       "llm_load_print_meta: general.name     = Command R\n"
       "llm_load_tensors:        CPU buffer size =  1640.62 MiB\n"
       "llm_load_tensors:      CUDA0 buffer size =  5434.38 MiB\n"
       "llm_load_tensors:      CUDA1 buffer size = 13989.53 MiB\n"
       "llama_kv_cache_init:      CUDA0 KV buffer size =  1536.00 MiB\n"
       "llama_kv_cache_init:      CUDA1 KV buffer size =  3584.00 MiB\n"
       "llama_new_context_with_model: KV self size  = 5120.00 MiB, K (f16): 2560.00 MiB, V (f16): 2560.00 MiB\n"
       "llama_new_context_with_model:  CUDA_Host  output buffer size =     1.95 MiB\n"
       "llama_new_context_with_model:      CUDA0 compute buffer size =   672.01 MiB\n",
       {memory(PastedKind::weights, 5434.38 * kMi), memory(PastedKind::weights, 13989.53 * kMi, 1),
        memory(PastedKind::kv_cache, 1536 * kMi), memory(PastedKind::kv_cache, 3584 * kMi, 1),
        memory(PastedKind::compute_buffer, 672.01 * kMi)},
       "Command R",
       "NVIDIA GeForce RTX 4070 Ti"},
      {"a new load; the caches of full and of sliding layers are one figure",
       "llama_model_load_from_file_impl: using device CUDA0 (NVIDIA GeForce RTX 4080 SUPER) - 15035 MiB free\n"
       "load_tensors:   CPU_Mapped model buffer size =   333.84 MiB\n"
       "load_tensors:        CUDA0 model buffer size =  4455.34 MiB\n"
       "llama_kv_cache_iswa: creating non-SWA KV cache, size = 64000 cells\n"
       "llama_kv_cache:      CUDA0 KV buffer size =   500.00 MiB\n"
       "llama_kv_cache:      CUDA0 KV buffer size =   182.75 MiB\n"
       "llama_context:      CUDA0 compute buffer size =   300.75 MiB\n"
       "llama_context:  CUDA_Host compute buffer size =    12.01 MiB\n",
       {memory(PastedKind::weights, 4455.34 * kMi), memory(PastedKind::kv_cache, 682.75 * kMi),
        memory(PastedKind::compute_buffer, 300.75 * kMi)},
       "",
       "NVIDIA GeForce RTX 4080 SUPER"},
      {"Ollama's own engine",
       "time=2026-05-05T01:30:33.796+08:00 level=INFO source=device.go:240 msg=\"model weights\" device=CUDA0 "
       "size=\"4.1 "
       "GiB\"\n"
       "time=2026-05-05T01:30:33.796+08:00 level=INFO source=device.go:245 msg=\"model weights\" device=CPU "
       "size=\"11.7 "
       "GiB\"\n"
       "time=2026-05-05T01:30:33.796+08:00 level=INFO source=device.go:251 msg=\"kv cache\" device=CUDA0 size=\"252.0 "
       "MiB\"\n",
       {memory(PastedKind::weights, 4.1 * kGi), memory(PastedKind::kv_cache, 252 * kMi)}},
  };
  for (const Case& c : cases) check(c);
}

TEST_CASE("programs for one person") {
  const std::vector<Case> cases{
      {"ollama run --verbose",
       "total duration:       30.024798033s\nload duration:        4.758588663s\nprompt eval count:    32768 token(s)\n"
       "prompt eval duration: 7.779621548s\nprompt eval rate:     4212.03 tokens/s\neval count:           1769 "
       "token(s)\n"
       "eval duration:        17.148014223s\neval rate:            103.16 tokens/s\n",
       {prefill(4212.03, 32768), decode(103.16, 1769, 32768)}},
      {"Ollama's answer",
       R"({"model":"llama3.2","prompt_eval_count":26,"prompt_eval_duration":130079000,"eval_count":259,"eval_duration":4232710000})",
       {prefill(199.878, 26), decode(61.1901, 259, 26)},
       "llama3.2"},
      {"ollama ps",
       "NAME                       ID              SIZE      PROCESSOR          CONTEXT    UNTIL              \n"
       "gemma4:26b                 5571076f3d70    17 GB     100% GPU           32768      4 minutes from now    \n"
       "llama3.1:70b               abc123          40 GB     35%/65% CPU/GPU    8192       3 minutes from now\n",
       {memory(PastedKind::device_used, 17e9), memory(PastedKind::device_used, 26e9)},
       "gemma4:26b"},
      {"LM Studio's window",
       "51.43 tok/sec • 268 tokens • 0.11s to first token • Stop reason: EOS Token Found",
       {decode(51.43, 268)}},
      {"lms chat --stats",
       "Prediction Stats:\n  Stop Reason: eosFound\n  Tokens/Second: 50.67\n  Time to First Token: 0.12s\n"
       "  Prompt Tokens: 15\n  Predicted Tokens: 27\n  Total Tokens: 42\n",
       {decode(50.67, 27)}},
      {"LM Studio's answer", R"({"stats":{"tokens_per_second":51.4,"time_to_first_token":0.111}})", {decode(51.4, 0)}},
      {"mlx_lm.generate",
       "==========\nPrompt: 1,302 tokens, 2104.123 tokens-per-sec\nGeneration: 100 tokens, 45.123 tokens-per-sec\n"
       "Peak memory: 4.567 GB\n",
       {prefill(2104.123, 1302), decode(45.123, 100, 1302), memory(PastedKind::device_used, 4.567e9)}},
      {"mlx_lm.benchmark: the averages stand for the trials",
       "Running warmup..\nTiming with prompt_tokens=2048, generation_tokens=128, batch_size=16.\n"
       "Trial 1:  prompt_tps=2902.212, generation_tps=205.325, peak_memory=3.285\n"
       "Trial 2:  prompt_tps=2901.392, generation_tps=205.243, peak_memory=3.285\n"
       "Averages: prompt_tps=2902.166, generation_tps=205.099, peak_memory=3.285\n",
       {prefill(2902.166, 2048), decode(205.099, 128, 2048, 16)}},
      {"TabbyAPI",
       "INFO: Metrics (ID: 4f): 233 tokens generated in 9.96 seconds (Queue: 0.0 s, Process: 512 cached tokens and "
       "1234 "
       "new tokens at 1027.15 T/s, Generate: 35.11 T/s, Context: 1746 tokens)",
       {prefill(1027.15, 1234, 512), decode(35.11, 233, 1746)}},
      {"ExLlamaV2's test_inference",
       " ** Length  2048 tokens:   4321.1234 t/s\n ** Position  1024 + 127 tokens:   50.1234 t/s\n",
       {prefill(4321.1234, 2048), decode(50.1234, 127, 1024)}},
      {"text-generation-webui",
       "Output generated in 9.83 seconds (20.24 tokens/s, 199 tokens, context 57, seed 123)",
       {decode(20.24, 199, 57)}},
      {"KoboldCpp",
       "[12:34:56] CtxLimit:614/8192, Amt:64/200, Init:0.01s, Process:0.50s (0.9ms/T = 1100.00T/s), Generate:3.20s "
       "(50.0ms/T = 20.00T/s), Total:3.70s (17.30T/s)",
       {prefill(1100, 550), decode(20, 64, 550)}},
      {"KoboldCpp, newer",
       "CtxLimit:614/8192, Amt:64/200, Process:0.50s (1100.00T/s), Generate:3.20s (20.00T/s), Total:3.70s",
       {prefill(1100, 550), decode(20, 64, 550)}},
      {"KoboldCpp, older",
       "ContextLimit: 614/2048, Processing:0.50s (5.0ms/T), Generation:3.20s (50.0ms/T), Total:3.70s (16.02T/s)",
       {prefill(200, 100), decode(20, 64, 550)}},
      {"koboldcpp --benchmark",
       "MaxCtx: 4096\nGenAmount: 100\n-----\nProcessingTime: 1.33s\nProcessingSpeed: 3000.50T/s\n"
       "GenerationTime: 2.10s\nGenerationSpeed: 47.60T/s\n",
       {prefill(3000.5, 3996), decode(47.6, 100, 3996)}},
  };
  for (const Case& c : cases) check(c);
}

TEST_CASE("servers and their benchmarks") {
  const std::vector<Case> cases{
      {"vLLM before its first engine was replaced",
       "INFO 05-22 02:21:04 metrics.py:229] Avg prompt throughput: 0.0 tokens/s, Avg generation throughput: 12.0 "
       "tokens/s, Running: 1 reqs, Swapped: 0 reqs, Pending: 0 reqs, GPU KV cache usage: 0.3%, CPU KV cache usage: "
       "0.0%\n"
       "INFO 01-30 03:18:12 gpu_model_runner.py:848] Loading model weights took 67.7229 GB\n"
       "INFO 01-30 03:19:14 kv_cache_utils.py:398] Maximum concurrency for 2048 tokens per request: 10.79x\n",
       {decode(12, 0), memory(PastedKind::weights, 67.7229 * kGi), memory(PastedKind::max_concurrency, 10.79)}},
      {"vLLM since",
       "(EngineCore pid=1265223) INFO 06-02 00:51:40 [model_runner.py:295] Model loading took 7.64 GiB and 32.96 "
       "seconds\n"
       "INFO 07-22 [gpu_worker.py:298] Available KV cache memory: 8.11 GiB\n"
       "INFO 07-22 [kv_cache_utils.py:716] GPU KV cache size: 178,880 tokens\n"
       "(APIServer pid=1) INFO 07-22 [loggers.py:111] Engine 000: Avg prompt throughput: 512.0 tokens/s, Avg "
       "generation "
       "throughput: 100.0 tokens/s, Running: 8 reqs\n",
       {memory(PastedKind::weights, 7.64 * kGi), memory(PastedKind::kv_cache, 8.11 * kGi),
        memory(PastedKind::kv_tokens, 178880)}},
      {"SGLang",
       "[2025-07-14 05:48:43] Load weight end. type=LlamaForCausalLM, dtype=torch.bfloat16, avail mem=7.37 GB, mem "
       "usage=15.02 GB.\n"
       "[2025-07-14 05:48:43] KV Cache is allocated. dtype: torch.bfloat16, #tokens: 38141, K size: 2.33 GB, V size: "
       "2.33 "
       "GB\n"
       "[2025-07-14 05:48:44] Capture cuda graph end. Time elapsed: 4.1 s. mem usage=0.53 GB. avail mem=0.93 GB.\n"
       "[2026-04-05 20:02:51] Prefill batch, #new-seq: 1, #new-token: 158, #cached-token: 0, token usage: 0.08, "
       "#running-req: 31, #queue-req: 0, input throughput (token/s): 559.53\n"
       "[2025-02-27 04:46:39 TP0] Decode batch. #running-req: 8, #token: 62531, token usage: 0.12, gen throughput "
       "(token/s): 186.64, #queue-req: 0\n",
       {memory(PastedKind::weights, 15.02 * kGi), memory(PastedKind::kv_tokens, 38141),
        memory(PastedKind::kv_cache, 4.66 * kGi), decode(186.64, 0, 7816, 8)}},
      {"SGLang with latent attention",
       "[DP0 TP0] KV Cache is allocated. #tokens: 524288, KV size: 17.16 GB\n"
       "max_total_num_tokens=524288, chunked_prefill_size=8192, context_len=163840\n",
       {memory(PastedKind::kv_tokens, 524288), memory(PastedKind::kv_cache, 17.16 * kGi),
        memory(PastedKind::kv_tokens, 524288)}},
      {"vllm bench serve",
       "============ Serving Benchmark Result ============\nSuccessful requests:                     128\n"
       "Failed requests:                         0\nMaximum request concurrency:             16\n"
       "Benchmark duration (s):                  152.04\nTotal input tokens:                      1053440\n"
       "Total generated tokens:                  131072\nRequest throughput (req/s):              0.84\n"
       "Output token throughput (tok/s):         862.09\nPeak output token throughput (tok/s):    1039.00\n"
       "Total token throughput (tok/s):          7790.78\n---------------Time to First Token----------------\n"
       "Mean TTFT (ms):                          1417.27\nMedian TTFT (ms):                        1432.74\n"
       "Mean TPOT (ms):                          17.18\nMean ITL (ms):                           22.76\n",
       {decode(931.315, 1024, 8230, 16)}},
      {"one at a time, its first token tells of the prompt",
       "============ Serving Benchmark Result ============\nSuccessful requests: 10\nMaximum request concurrency: 1\n"
       "Total input tokens: 10240\nTotal generated tokens: 1280\nMean TTFT (ms): 100.0\nMean TPOT (ms): 10.0\n",
       {prefill(10240, 1024), decode(100, 128, 1024)}},
      {"SGLang's bench_serving states the concurrency it reached",
       "============ Serving Benchmark Result ============\nBackend:                                 sglang\n"
       "Max reqeuest concurrency:                512\nSuccessful requests:                     1024\n"
       "Total input tokens:                      1048576\nTotal generated tokens:                  131072\n"
       "Total generated tokens (retokenized):    131026\nConcurrency:                             500.00\n"
       "Mean TTFT (ms):                          9626.13\nMean TPOT (ms):                          100.00\n",
       {decode(5000, 128, 1024, 500)}},
      {"vllm bench serve --save-result",
       R"({"model_id":"m","max_concurrency":16,"completed":128,"total_input_tokens":131072,"total_output_tokens":16384,"mean_tpot_ms":20.0})",
       {decode(800, 128, 1024, 16)},
       "m"},
      {"trtllm-bench",
       "= REQUEST DETAILS\nNumber of requests:             6144\nNumber of concurrent requests:  1000.0\n"
       "Average Input Length (tokens):  1024.0000\nAverage Output Length (tokens): 512.0000\n"
       "Issue Rate (req/sec):   1.1684E+17\n= PERFORMANCE OVERVIEW\n"
       "Total Output Throughput (tokens/sec):             7517.2584\n"
       "Average time-to-first-token [TTFT] (ms):          1937.5098\n"
       "Average time-per-output-token [TPOT] (ms):        60.8022\n",
       {decode(16446.77, 512, 1024, 1000)}},
      {"TensorRT-LLM's benchmark.py",
       "[BENCHMARK] model_name llama_13b world_size 2 batch_size 8 input_length 710 output_length 190 tokens_per_sec "
       "43.09 generation_time(ms) 3751.546 generation_tokens_per_second 50.379",
       {decode(50.379, 190, 710, 8)}},
  };
  for (const Case& c : cases) check(c);
}

TEST_CASE("tools that show a card's memory") {
  const auto used = [](double bytes, std::uint32_t device = 0) {
    return memory(PastedKind::device_used, bytes, device);
  };
  const auto total = [](double bytes, std::uint32_t device = 0) {
    return memory(PastedKind::device_total, bytes, device);
  };
  const std::vector<Case> cases{
      {"nvidia-smi of two cards, names as older drivers cut them",
       "| NVIDIA-SMI 450.80.02    Driver Version: 450.80.02    CUDA Version: 11.0     |\n"
       "|   0  Tesla V100-SXM2...  On   | 00000000:00:1E.0 Off |                    0 |\n"
       "| N/A   34C    P0    37W / 300W |   5123MiB / 16160MiB |      0%      Default |\n"
       "|   1  Tesla V100-SXM2...  On   | 00000000:00:1F.0 Off |                    0 |\n"
       "| N/A   34C    P0    37W / 300W |      3MiB / 16160MiB |      0%      Default |\n"
       "|    0   N/A  N/A     12345      C   python                           5120MiB |\n",
       {used(5123 * kMi), total(16160 * kMi), used(3 * kMi, 1), total(16160 * kMi, 1)},
       "",
       "Tesla V100-SXM2..."},
      {"nvidia-smi of partitions: not the window that the host sees",
       "|   0  NVIDIA A100-SXM4-40GB          On  |   00000000:0F:00.0 Off |                   On |\n"
       "| N/A   32C    P0              87W / 400W |                  N/A |     N/A      Default |\n"
       "| MIG devices:                                                                |\n"
       "|  1    3   0   0  |  14366MiB / 19968MiB | 28      0 |  2   0    1    0    0 |\n"
       "|                  |      4MiB / 32767MiB |           |                       |\n",
       {used(14366 * kMi), total(19968 * kMi)},
       "",
       "NVIDIA A100-SXM4-40GB"},
      {"nvidia-smi --query-gpu",
       "name, memory.used [MiB], memory.total [MiB]\nNVIDIA GeForce RTX 4090, 5123 MiB, 24564 MiB\n",
       {used(5123 * kMi), total(24564 * kMi)},
       "",
       "NVIDIA GeForce RTX 4090"},
      {"nvidia-smi -L beside an older log",
       "GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-1)\nload_tensors: CUDA0 model buffer size = 10.00 MiB\n",
       {memory(PastedKind::weights, 10 * kMi)},
       "",
       "NVIDIA H100 80GB HBM3"},
      {"rocm-smi --showmeminfo vram",
       "GPU[0]\t\t: Card Series: \t\tRadeon RX 7900 XTX\nGPU[0]\t\t: VRAM Total Memory (B): 25753026560\n"
       "GPU[0]\t\t: VRAM Total Used Memory (B): 692142080\n",
       {total(25753026560.0), used(692142080.0)},
       "",
       "Radeon RX 7900 XTX"},
      {"rocm-smi",
       "Device  Node  IDs              Temp    Power   Partitions          SCLK    MCLK     Fan    Perf  PwrCap  "
       "VRAM%  GPU%\n"
       "0       1     0x744c,   1234   45.0C   25.0W   N/A, N/A, 0         500Mhz  96Mhz    0%     auto  327.0W  35%   "
       " "
       "4%\n"
       "1       2     0x744c,   1235   45.0C   25.0W   N/A, N/A, 0         500Mhz  96Mhz    0%     auto  327.0W  7%    "
       "0%\n",
       {memory(PastedKind::device_share, 0.35), memory(PastedKind::device_share, 0.07, 1)}},
      {"rocm-smi --csv",
       "device,VRAM Total Memory (B),VRAM Total Used Memory (B),Card Series\n"
       "card0,17163091968,692142080,Navi 21 [Radeon RX 6800]\n",
       {used(692142080.0), total(17163091968.0)},
       "",
       "Navi 21 [Radeon RX 6800]"},
      {"amd-smi metric",
       "    MEM_USAGE:\n        TOTAL_VRAM: 196592 MB\n        USED_VRAM: 283 MB\n",
       {total(196592 * kMi), used(283 * kMi)}},
      {"amd-smi",
       "| AMD-SMI 26.0.0                                                             |\n"
       "| GPU  HIP-ID  OAM-ID  Partition-Mode | GFX-Uti   Fan               Mem-Usage |\n"
       "| 0000:05:00.0    AMD Instinct MI300X | 0 %      38 C   0           139/750 W |\n"
       "|   0       0       2        SPX/NPS1 | 0 %      N/A            285/196592 MB |\n",
       {used(285 * kMi), total(196592 * kMi)}},
  };
  for (const Case& c : cases) check(c);
}

TEST_CASE("rows of a table that give no figure are told beside those that do") {
  const std::string head = "| model | size | params | backend | ngl | test | t/s |\n",
                    row = "| llama 3B Q4_K - Medium         | 1.87 GiB | 3.21 B | Vulkan | 99 | ";
  const Paste mixed = parse_paste(head + row + "pp512 | 346.76 ± 0.45 |\n" + row + "pp4096+tg128 | 182.59 ± 2.66 |\n");
  CHECK(mixed.figures.size() == 1);
  REQUIRE(mixed.not_understood.size() == 1);
  CHECK(mixed.not_understood[0].idle);
  CHECK(mixed.not_understood[0].text.find("4_K - Medium | 1.87 GiB") != std::string::npos);
  CHECK(mixed.not_understood[0].text.find("pp4096+tg128") != std::string::npos);
  const std::string last = row + "tg1";
  std::string table = head + row;
  table += "pp512 | 346.76 ± 0.45 |\n";
  for (const std::string& text : {table + last, last}) {
    const Paste cut = parse_paste(text);
    REQUIRE(cut.not_understood.size() == 1);
    CHECK_FALSE(cut.not_understood[0].idle);
  }
  CHECK(parse_paste(head + row + "pp999999999999 | 100 ± 1 |\n").figures.empty());
}

TEST_CASE("what is told of a run goes with its figures") {
  const PastedRun bench =
      parse_paste(
          "| model | size | params | backend | ngl | n_ubatch | type_k | type_v | fa | test | t/s |\n"
          "| llama 1B Q8_0 | 500.00 MiB | 494.03 M | CUDA | 99 | 64 | q8_0 | q4_0 | 1 | pp512 | 100 ± 2 |\n")
          .figures.at(0)
          .run;
  CHECK(bench.engine == "llama.cpp");
  CHECK(bench.params == doctest::Approx(494.03e6));
  CHECK(bench.bytes == doctest::Approx(500 * kMi));
  CHECK(bench.gpu_layers == 99);
  CHECK(bench.ubatch == 64);
  CHECK(bench.kv_k == "q8_0");
  CHECK(bench.kv_v == "q4_0");
  CHECK(bench.flash_attention == true);
  const std::string csv =
      "gpu_info,backends,model_type,model_size,model_n_params,n_gpu_layers,n_ubatch,no_kv_offload,n_prompt,n_gen,n_"
      "depth,"
      "avg_ts,stddev_ts\n\"A\",\"CUDA\",\"llama 8B\",\"4912898304\",\"8030261312\",\"-1\",\"512\",\"0\",\"0\",\"128\","
      "\"0\",\"100\",\"5\"\n";
  const Paste two = parse_paste(csv + "eval rate: 50 tokens/s\n");
  REQUIRE(two.figures.size() == 2);
  CHECK(two.figures[0].run.bytes == 4912898304);
  CHECK(two.figures[0].run.params == 8030261312);
  CHECK_FALSE(two.figures[0].run.gpu_layers.has_value());
  CHECK(two.figures[0].run.kv_on_host == false);
  CHECK(two.figures[0].spread == doctest::Approx(0.05));
  CHECK(two.figures[1].run.bytes == 0);
  const Paste log = parse_paste(
      "print_info: file size   = 4.58 GiB (4.89 BPW) \nprint_info: model params     = 8.03 B\n"
      "load_tensors: offloaded 20/33 layers to GPU\nload_tensors: CUDA0 model buffer size = 2403.49 MiB\n"
      "llama_context: n_ctx         = 8192\nllama_context: n_ubatch      = 256\nllama_context: flash_attn    = 1\n"
      "llama_perf_context_print:        eval time = 1000.00 ms /   100 runs   (10.00 ms per token, 100.00 tokens per "
      "second)\n");
  const PastedRun& run = log.figures.back().run;
  CHECK(run.bytes == doctest::Approx(4.58 * kGi));
  CHECK(run.params == doctest::Approx(8.03e9));
  CHECK(run.gpu_layers == 20);
  CHECK(run.backend == "CUDA");
  CHECK(run.context == 8192);
  CHECK(run.ubatch == 256);
  CHECK(run.flash_attention == true);
}

TEST_CASE("parameters by their unit, in logs and tables") {
  struct Row {
    const char* text;
    double params;
  };
  const Row rows[] = {{"1.03 T", 1.03e12}, {"8.03 B", 8.03e9}, {"494.03 M", 494.03e6}, {"12.50 K", 12.5e3}};
  for (const Row& row : rows) {
    CAPTURE(std::string(row.text));
    CHECK(parse_paste("print_info: model params     = " + std::string(row.text)).told.params ==
          doctest::Approx(row.params));
    const Paste table = parse_paste("| model | size | params | backend | ngl | test | t/s |\n| x | 1.00 GiB | " +
                                    std::string(row.text) + " | CUDA | 99 | tg128 | 10 ± 1 |\n");
    CHECK(table.figures.at(0).run.params == doctest::Approx(row.params));
  }
}

TEST_CASE("another model has nothing of what was told of the one before") {
  const std::string first =
      "general.name = One with a name long enough to be sh...\nprint_info: file size   = 4.58 GiB (4.89 BPW)\n"
      "print_info: model params     = 8.03 B\n";
  const std::string more = "load_tensors: offloaded 20/33 layers to GPU\nllama_context: n_ctx         = 8192\n";
  const PastedRun same = parse_paste(first + more + "general.name = One with a name long enough to be short\n").told;
  CHECK(same.params == doctest::Approx(8.03e9));
  CHECK(same.context == 8192);
  const PastedRun other = parse_paste(first + more + "general.name = Two\n").told;
  CHECK(other.model == "Two");
  CHECK(other.params == 0);
  CHECK(other.bytes == 0);
  CHECK_FALSE(other.gpu_layers.has_value());
  CHECK(other.context == 0);
}

TEST_CASE("ExLlamaV2 is not ExLlamaV3") {
  CHECK(parse_paste(" ** Length  2048 tokens:   4321.1 t/s").figures.at(0).run.engine == "exllamav2");
  CHECK(parse_paste(" ** Position  1024 + 127 tokens:   50.1 t/s").figures.at(0).run.engine == "exllamav2");
}

TEST_CASE("numbers as programs write them") {
  const auto value = [](const std::string& number) {
    const Paste paste = parse_paste("eval rate: " + number + " tokens/s");
    return paste.figures.size() == 1 ? paste.figures[0].value : -1;
  };
  CHECK(value("1234.5") == doctest::Approx(1234.5));
  CHECK(value("1,234.5") == doctest::Approx(1234.5));
  CHECK(value("1,234,567") == doctest::Approx(1234567));
  CHECK(value("118,25") == doctest::Approx(118.25));  // as written in many countries
  CHECK(value("1.25e+03") == doctest::Approx(1250));
  CHECK(value("2E2") == doctest::Approx(200));
  CHECK(value("1e999") == -1);
  CHECK(value("inf") == -1);
  CHECK(value("nan") == -1);
  CHECK(value("-5") == -1);
}

TEST_CASE("a text without a figure says why: not understood, or nothing to compare") {
  struct Row {
    const char* text;
    std::uint32_t line;
    bool idle;
  };
  const Row rows[] = {
      {"hello\nworld\n", 1, false},
      {"| model | test | t/s |\n| m | pp512+tg128 | 65.65 ± 0.10 |\n", 2, true},
      {"hello\nThroughput: 7.15 requests/s, 4656.00 total tokens/s, 1072.15 output tokens/s\n", 2, true},
      {"Successful requests: 1000\nOutput token throughput (tok/s): 6582.87\nMean TPOT (ms): 77.86\n", 2, true},
      {"Avg prompt throughput: 0.0 tokens/s, Avg generation throughput: 0.0 tokens/s, Running: 0 reqs\n", 1, true},
      {"prompt eval time = 12.5 ms\n", 1, false},
      {"eval rate: quick\n", 1, false},
      {"| model | test | t/s |\n| m | tg128 |\n", 2, false},
      {"{\"n_prompt\": 512, \"avg_ts\": 12\n", 1, false},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.text));
    const Paste paste = parse_paste(row.text);
    CHECK(paste.figures.empty());
    CHECK(paste.not_understood.size() == 1);
    if (paste.not_understood.empty()) continue;
    CHECK(paste.not_understood[0].number == row.line);
    CHECK(paste.not_understood[0].idle == row.idle);
  }
}

TEST_CASE("a statement without an end is told, and takes nothing with it") {
  const std::string cut = "INSERT INTO test (n_prompt, n_gen, avg_ts)\nVALUES ('0', '64',\n",
                    table = "| model | test | t/s |\n| --- | --- | --- |\n| qwen3 8B | tg64 | 55.5 |\n",
                    whole = "INSERT INTO test (n_prompt, n_gen, avg_ts) VALUES ('0', '32', '44.5');\n";
  const std::string created = "CREATE TABLE test (\n  avg_ts REAL,\n";
  for (const auto& parts : {std::array{cut, std::string()}, std::array{cut, table}, std::array{cut, "\n" + whole},
                            std::array{created, whole}}) {
    std::string text = "hello\n";
    for (const std::string& part : parts) text += part;
    CAPTURE(text);
    const Paste paste = parse_paste(text);
    CHECK(paste.figures.size() == (text.find("55.5") != std::string::npos || text.find("44.5") != std::string::npos));
    REQUIRE(paste.not_understood.size() == 1);
    CHECK(paste.not_understood[0].number == 2);
    CHECK_FALSE(paste.not_understood[0].idle);
  }
}

TEST_CASE("a hostile paste takes no longer than its length") {
  constexpr std::size_t kMany = 20000, kLong = kPasteLimit / 8;
  std::string braces, lists, words, statements;
  for (std::size_t i = 0; i < kMany; ++i) {
    braces += "{\n";
    lists += "[\n";
    words += "{\"a\": [{\n";
    statements += "INSERT INTO t (\n";
  }
  std::string closed = braces;
  for (std::size_t i = 0; i < kMany; ++i) closed += "}\n";
  for (const std::string& text : {braces, lists, words, statements, closed, std::string(kLong, ','),
                                  std::string(kLong, '9'), std::string(kLong, '\x1b')}) {
    CHECK(parse_paste(text).figures.empty());
  }
}
