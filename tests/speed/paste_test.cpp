#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <string>

#include "core/catalog/measurement_paste.h"

using namespace headroom;

namespace {

const PastedFigure* find(const Paste& paste, PastedKind kind) {
  for (const PastedFigure& figure : paste.figures) {
    if (figure.kind == kind) return &figure;
  }
  return nullptr;
}

const char* const kMarkdown =
    "| model                          |       size |     params | backend    | ngl |            test |                 "
    " t/s |\n"
    "| ------------------------------ | ---------: | ---------: | ---------- | --: | --------------: | "
    "-------------------: |\n"
    "| llama 8B Q4_K - Medium         |   4.58 GiB |     8.03 B | CUDA       |  99 |           pp512 |     11210.38 ± "
    "45.10 |\n"
    "| llama 8B Q4_K - Medium         |   4.58 GiB |     8.03 B | CUDA       |  99 |   tg128 @ d8192 |        118.25 ± "
    "0.20 |\n"
    "\n"
    "build: 1a2b3c4d (6000)\n";

const char* const kCsv =
    "build_commit,gpu_info,backends,model_type,n_prompt,n_gen,n_depth,avg_ns,avg_ts\n"
    "\"abc\",\"NVIDIA GeForce RTX 4090, second\",\"CUDA\",\"llama 8B\",\"512\",\"0\",\"0\",\"1\",\"11210.5\"\n"
    "\"abc\",\"NVIDIA GeForce RTX 4090, second\",\"CUDA\",\"llama 8B\",\"0\",\"128\",\"4096\",\"1\",\"118.2\"\n";

const char* const kJsonLine =
    R"({"gpu_info": "Apple M3 Max", "backends": "Metal", "model_type": "qwen3 8B", "n_prompt": 0, "n_gen": 64, "n_depth": 16, "avg_ts": 55.5})";

const char* const kLlamaLog =
    "ggml_cuda_init: found 1 CUDA devices:\n"
    "  Device 0: NVIDIA GeForce RTX 3090, compute capability 8.6, VMM: yes\n"
    "print_info: general.name     = Qwen3 8B\n"
    "load_tensors:   CPU_Mapped model buffer size =   333.84 MiB\n"
    "load_tensors:        CUDA0 model buffer size =  4455.34 MiB\n"
    "llama_context: n_outputs_max = 4\n"
    "llama_kv_cache:      CUDA0 KV buffer size =  1152.00 MiB\n"
    "prompt eval time =     120.50 ms /   512 tokens (    0.24 ms per token,  4248.96 tokens per second)\n"
    "       eval time =    1000.00 ms /   100 runs   (   10.00 ms per token,   100.00 tokens per second)\n";

const char* const kVllmLog =
    "INFO 07-11 10:00:00 [kv_cache_utils.py:716] GPU KV cache size: 123,456 tokens\n"
    "INFO 07-11 10:00:00 [kv_cache_utils.py:720] Maximum concurrency for 8,192 tokens per request: 15.07x\n"
    "INFO 07-11 10:00:10 [loggers.py:111] Engine 000: Avg prompt throughput: 0.0 tokens/s, Avg generation throughput: "
    "412.6 tokens/s, Running: 8 reqs, Waiting: 0 reqs, GPU KV cache usage: 3.1%\n";

const char* const kSmi =
    "| NVIDIA-SMI 550.54.15    Driver Version: 550.54.15    CUDA Version: 12.4 |\n"
    "|   0  NVIDIA GeForce RTX 4090        Off |   00000000:01:00.0 Off |                  Off |\n"
    "|  0%   45C    P8             20W / 450W  |    5123MiB /  24564MiB |      0%      Default |\n";

}  // namespace

TEST_CASE("llama-bench markdown") {
  const Paste paste = parse_paste(kMarkdown);
  REQUIRE(paste.figures.size() == 2);
  CHECK(paste.model == "llama 8B Q4_K - Medium");
  CHECK(paste.backend == "CUDA");
  CHECK(paste.not_understood.empty());
  CHECK(paste.figures[0].kind == PastedKind::prefill);
  CHECK(paste.figures[0].prompt == 512);
  CHECK(paste.figures[0].value == doctest::Approx(11210.38));
  CHECK(paste.figures[0].line == 3);
  CHECK(paste.figures[1].kind == PastedKind::decode);
  CHECK(paste.figures[1].output == 128);
  CHECK(paste.figures[1].depth == 8192);
}

TEST_CASE("llama-bench CSV with quoted cells") {
  const Paste paste = parse_paste(kCsv);
  REQUIRE(paste.figures.size() == 2);
  CHECK(paste.device == "NVIDIA GeForce RTX 4090, second");
  CHECK(paste.figures[1].depth == 4096);
  CHECK(paste.figures[1].value == doctest::Approx(118.2));
}

TEST_CASE("llama-bench JSON, as lines and as an array") {
  for (const std::string& text : {std::string(kJsonLine), "[\n  " + std::string(kJsonLine) + "\n]\n"}) {
    const Paste paste = parse_paste(text);
    REQUIRE(paste.figures.size() == 1);
    CHECK(paste.device == "Apple M3 Max");
    CHECK(paste.figures[0].output == 64);
    CHECK(paste.figures[0].depth == 16);
    CHECK(paste.figures[0].value == doctest::Approx(55.5));
  }
}

TEST_CASE("llama.cpp log") {
  const Paste paste = parse_paste(kLlamaLog);
  CHECK(paste.logit_rows == 4);
  CHECK(paste.device == "NVIDIA GeForce RTX 3090");
  CHECK(paste.model == "Qwen3 8B");
  REQUIRE(find(paste, PastedKind::weights) != nullptr);
  CHECK(find(paste, PastedKind::weights)->value == doctest::Approx(4455.34 * 1024 * 1024));
  CHECK(find(paste, PastedKind::kv_cache)->value == doctest::Approx(1152.0 * 1024 * 1024));
  CHECK(find(paste, PastedKind::prefill)->prompt == 512);
  CHECK(find(paste, PastedKind::prefill)->value == doctest::Approx(4248.96));
  CHECK(find(paste, PastedKind::decode)->output == 100);
  CHECK(find(paste, PastedKind::decode)->value == doctest::Approx(100.0));
}

TEST_CASE("vLLM log") {
  const Paste paste = parse_paste(kVllmLog);
  CHECK(find(paste, PastedKind::kv_tokens)->value == doctest::Approx(123456));
  CHECK(find(paste, PastedKind::max_concurrency)->value == doctest::Approx(15.07));
  CHECK(find(paste, PastedKind::decode)->value == doctest::Approx(412.6));
  CHECK(find(paste, PastedKind::decode)->sequences == 8);
}

TEST_CASE("nvidia-smi") {
  const Paste paste = parse_paste(kSmi);
  CHECK(paste.device == "NVIDIA GeForce RTX 4090");
  CHECK(find(paste, PastedKind::device_used)->value == doctest::Approx(5123.0 * 1024 * 1024));
  CHECK(find(paste, PastedKind::device_total)->value == doctest::Approx(24564.0 * 1024 * 1024));
}

TEST_CASE("a single line of llama-bench needs no head") {
  const Paste paste =
      parse_paste("| llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | CUDA | 99 | 1 | tg128 @ d4096 | 100.00 ± 0.50 |");
  REQUIRE(paste.figures.size() == 1);
  CHECK(paste.not_understood.empty());
  CHECK(paste.model == "llama 8B Q4_K - Medium");
  CHECK(paste.backend == "CUDA");
  CHECK(paste.figures[0].kind == PastedKind::decode);
  CHECK(paste.figures[0].value == doctest::Approx(100));
  CHECK(paste.figures[0].output == 128);
  CHECK(paste.figures[0].depth == 4096);
  for (const char* line : {"| a | b | c | d | tg128 | fast |", "| a | b | c | d | tg128 | 100.00 |",
                           "| a | b | c | d | pp512+tg128 | 100.00 ± 0.50 |", "| a | b | tg128 | 100.00 ± 0.50 |"}) {
    CHECK_MESSAGE(parse_paste(line).figures.empty(), line);
  }
}

TEST_CASE("what was not understood is named") {
  const Paste prose = parse_paste("\nmy card is quick\nvery quick\n");
  CHECK(prose.figures.empty());
  REQUIRE(prose.not_understood.size() == 1);
  CHECK(prose.not_understood[0].number == 2);
  CHECK(prose.not_understood[0].text == "my card is quick");

  std::string broken(kMarkdown);
  broken += "| llama 8B | 4.58 GiB | 8.03 B | CUDA | 99 | pp512 | fast |\n";
  const Paste table = parse_paste(broken);
  CHECK(table.figures.size() == 2);
  REQUIRE(table.not_understood.size() == 1);
  CHECK(table.not_understood[0].number == 7);
  CHECK(parse_paste("").figures.empty());
}

TEST_CASE("a damaged paste never yields a figure that is not finite and positive") {
  std::mt19937 random(7);
  for (const char* text : {kMarkdown, kCsv, kJsonLine, kLlamaLog, kVllmLog, kSmi}) {
    for (int round = 0; round < 400; ++round) {
      std::string damaged(text);
      for (int edit = 0; edit < 4 && !damaged.empty(); ++edit) {
        const std::size_t at = random() % damaged.size();
        switch (random() % 4) {
          case 0: damaged[at] = static_cast<char>(random() % 256); break;
          case 1: damaged.erase(at, random() % 20); break;
          case 2: damaged.insert(at, std::string(random() % 30, static_cast<char>('0' + random() % 10))); break;
          default: damaged.insert(at, damaged.substr(at / 2, random() % 40)); break;
        }
      }
      for (const PastedFigure& figure : parse_paste(damaged).figures) {
        CHECK(std::isfinite(figure.value));
        CHECK(figure.value >= 0);
        CHECK(figure.sequences >= 1);
      }
    }
  }
}

TEST_CASE("names and figures of a paste are limited") {
  std::string text = "general.name = a" + std::string(400'000, 'x') + "\n";
  for (int i = 0; i < 20'000; ++i) text += "eval time = 1 ms / 9 tokens\n";
  const Paste paste = parse_paste(text);
  CHECK(paste.figures.size() == kMostFigures);
  CHECK(paste.not_read == 20'000 - kMostFigures);
  CHECK(paste.model.size() == 128);
  CHECK(paste.figures.back().run.model.size() == 128);
  std::string letters = "general.name = a";
  for (int i = 0; i < 100; ++i) letters += "\u00e9";
  CHECK(parse_paste(letters).told.model.size() == 127);  // no half of a letter
  const Paste json = parse_paste("{\"model\":\"" + std::string(500, 'y') + "\",\"tokens_per_second\":5}");
  REQUIRE(json.figures.size() == 1);
  CHECK(json.figures[0].run.model.size() == 128);
  CHECK(json.not_read == 0);
}

TEST_CASE("counts beyond what a scenario can have are not taken") {
  const PastedRun run = parse_paste(
                            "llama_context: n_ctx         = 4294967295\nllama_context: n_seq_max     = 4294967295\n"
                            "llama_context: n_batch       = 4294967295\nllama_context: n_ubatch      = 4294967295\n")
                            .told;
  CHECK(run.context == 0);
  CHECK(run.parallel == 0);
  CHECK(run.batch == 0);
  CHECK(run.ubatch == 0);
  const Paste vllm = parse_paste("Maximum concurrency for 4,294,967,295 tokens per request: 15.07x");
  REQUIRE(vllm.figures.size() == 1);
  CHECK(vllm.figures[0].run.context == 0);
  CHECK(parse_paste("prompt eval time = 1 ms / 4294967295 tokens").figures.at(0).prompt == 0);
}

TEST_CASE("a pasted speed is compared on its own terms") {
  const Paste paste = parse_paste(kMarkdown);
  const auto prefill = workload_of(paste.figures[0]);
  REQUIRE(prefill.has_value());
  CHECK(prefill->prompt == 512);
  CHECK(prefill->output == 0);
  const auto decode = workload_of(paste.figures[1]);
  CHECK(decode->prompt == 0);
  CHECK(decode->output == 128);
  CHECK(decode->cached_prefix == 8192);
  CHECK_FALSE(workload_of(*find(parse_paste(kVllmLog), PastedKind::kv_tokens)).has_value());

  const PasteComparison comparisons[] = {{PastedKind::decode, 90, 100},
                                         {PastedKind::decode, 80, 100},
                                         {PastedKind::decode, 85, 100},
                                         {PastedKind::prefill, 1000, 0},
                                         {PastedKind::weights, 5, 1}};
  const SpeedFactors factors = personal_factors(comparisons);
  CHECK(factors.decode == doctest::Approx(0.85));
  CHECK(factors.prefill == 1);
  CHECK(factors.decode_spread == doctest::Approx(5.0 / 85));
  CHECK(factors.prefill_spread == 0);
  CHECK(personal_factors({comparisons, 2}).decode == doctest::Approx(0.85));  // between two
  const PasteComparison absurd[] = {{PastedKind::prefill, 1e9, 1}};
  CHECK(personal_factors(absurd).prefill == 10);
}
