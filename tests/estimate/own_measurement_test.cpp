// What a person measured counts for the scenario that it was measured of, and for nothing else.
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/as_text.h"
#include "core/catalog/choices.h"
#include "core/catalog/link.h"
#include "core/catalog/number_format.h"
#include "core/catalog/own_measurement.h"
#include "core/catalog/paste/model_name.h"
#include "core/catalog/scenario_json.h"
#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;

namespace {

ScenarioSpec eight_billion() { return scenario("llama-3.1-8b", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp"); }

OwnMeasurement compared(const ScenarioSpec& spec, const std::string& text) {
  Result<OwnMeasurement> own = compare_measurement(front(), spec, text);
  REQUIRE(own.ok());
  return std::move(own).value();
}

// A table of llama-bench with these rows behind its head.
std::string bench(const std::string& rows, const std::string& columns = "ngl") {
  return "| model | size | params | backend | " + columns + " | test | t/s |\n| --- | --- |\n" + rows;
}

LeftOut first_left_out(const ScenarioSpec& spec, const std::string& text) {
  const OwnMeasurement own = compared(spec, text);
  REQUIRE_FALSE(own.comparisons.empty());
  if (own.comparisons[0].left_out != LeftOut::no) CHECK_FALSE(own.personal.has_value());
  return own.comparisons[0].left_out;
}

const std::string kOwnRow = "| llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | CUDA | 99 | tg128 | 120.00 ± 0.50 |\n";

}  // namespace

TEST_CASE("a row of something else than the scenario sets no factor and says what differs") {
  struct Row {
    const char* text;
    LeftOut why;
  };
  const Row rows[] = {
      {"| llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | CUDA | 99 | tg128 | 120.0 ± 0.5 |", LeftOut::no},
      {"| llama 70B Q4_K - Medium | 39.59 GiB | 70.55 B | CUDA | 99 | tg128 | 18.5 ± 0.1 |", LeftOut::model},
      {"| llama 8B Q8_0 | 7.95 GiB | 8.03 B | CUDA | 99 | tg128 | 90.0 ± 0.1 |", LeftOut::format},
      {"| llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | CPU | 16 | tg128 | 9.0 ± 0.1 |", LeftOut::backend},
      {"| llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | Vulkan | 99 | tg128 | 110.0 ± 0.1 |", LeftOut::backend},
      {"| llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | CUDA | 0 | tg128 | 9.0 ± 0.1 |", LeftOut::layers},
      {"| llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | CUDA | 20 | tg128 | 20.0 ± 0.1 |", LeftOut::layers},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.text));
    CHECK(first_left_out(eight_billion(), row.text) == row.why);
    CHECK(first_left_out(eight_billion(), bench(row.text)) == row.why);
  }
  const auto why = [](const std::string& text) { return first_left_out(eight_billion(), text); };
  CHECK(why("Device 0: NVIDIA GeForce RTX 3090, compute capability 8.6\n" + bench(kOwnRow)) == LeftOut::device);
  CHECK(why("Device 0: NVIDIA GeForce RTX 4090, compute capability 8.9\n" + bench(kOwnRow)) == LeftOut::no);
  CHECK(why("Device 0: A card that nobody knows\n" + bench(kOwnRow)) == LeftOut::no);
  CHECK(why("Generation: 128 tokens, 83.5 tokens-per-sec") == LeftOut::engine);
  CHECK(why("eval rate: 120 tokens/s") == LeftOut::no);  // Ollama runs llama.cpp
  CHECK(why(R"({"model_type":"llama 70B Q4_K - Medium","n_prompt":0,"n_gen":128,"avg_ts":18.5})") == LeftOut::model);
  CHECK(why(R"({"model":"llama3.1:8b","eval_count":128,"eval_duration":1000000000})") == LeftOut::no);
  CHECK(why(R"({"model":"qwen3:8b","eval_count":128,"eval_duration":1000000000})") == LeftOut::model);
}

TEST_CASE("what is not of the scenario is left out beside what is") {
  const OwnMeasurement own = compared(
      eight_billion(), bench(kOwnRow + "| qwen3 32B Q4_K - Medium | 18.40 GiB | 32.76 B | CUDA | 99 | tg128 | 38 ± 0.1 "
                                       "|\n| llama 8B Q8_0 | 7.95 GiB | 8.03 B | CUDA | 99 | tg128 | 90 ± 0.1 |\n"));
  REQUIRE(own.comparisons.size() == 3);
  REQUIRE(own.personal.has_value());
  CHECK(own.personal->decode == doctest::Approx(120 / own.comparisons[0].estimated));
  Texts texts = Texts::parse(Language::en, as_text(catalog().section("texts/en"))).value();
  CHECK(why_left_out(own.comparisons[0], texts).empty());
  const std::string why = why_left_out(own.comparisons[1], texts);
  CHECK(why.find("qwen3 32B") != std::string::npos);
  CHECK(why.find("Llama 3.1 8B") != std::string::npos);
}

TEST_CASE("a scenario partly in system memory is measured by runs that are, as they were run") {
  ScenarioSpec part = scenario("llama-3.1-70b", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp");
  const std::string row = "| llama 70B Q4_K - Medium | 39.59 GiB | 70.55 B | CUDA | ";
  CHECK(first_left_out(part, row + "99 | tg128 | 18.5 ± 0.1 |") == LeftOut::layers);
  const OwnMeasurement forty = compared(part, row + "40 | tg128 | 3.0 ± 0.1 |");
  const OwnMeasurement twenty = compared(part, row + "20 | tg128 | 1.5 ± 0.1 |");
  CHECK(forty.comparisons[0].left_out == LeftOut::no);
  CHECK(forty.comparisons[0].estimated > 1.1 * twenty.comparisons[0].estimated);
}

TEST_CASE("the estimate takes over what a run did otherwise") {
  const std::string columns = "ngl | n_ubatch | type_k | type_v | fa",
                    row = "| llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | CUDA | 99 ";
  const auto estimated = [&](const std::string& cells) {
    return compared(eight_billion(), bench(row + cells, columns)).comparisons[0].estimated;
  };
  const double plain = estimated("| 512 | f16 | f16 | 1 | pp2048 | 9000 ± 1 |");
  ScenarioSpec drafting = eight_billion();
  drafting.draft = DraftSpec{"llama-3.2-1b", {}};
  CHECK(compared(drafting, kOwnRow).comparisons[0].estimated ==
        compared(eight_billion(), kOwnRow).comparisons[0].estimated);
  CHECK(estimated("| 64 | f16 | f16 | 1 | pp2048 | 9000 ± 1 |") < 0.9 * plain);
  const double deep = estimated("| 512 | f16 | f16 | 1 | tg128 @ d32768 | 80 ± 1 |");
  CHECK(estimated("| 512 | q8_0 | q8_0 | 1 | tg128 @ d32768 | 80 ± 1 |") > 1.05 * deep);
}

TEST_CASE("a log's context is that of its figures") {
  const std::string log =
      "llama_context: n_seq_max     = 1\nllama_context: n_ctx         = 4096\nllama_context: n_ctx_seq     = 4096\n"
      "llama_kv_cache:      CUDA0 KV buffer size =   512.00 MiB\n";
  CHECK(compared(eight_billion(), log).comparisons[0].estimated == doctest::Approx(512.0 * 1024 * 1024));
  ScenarioSpec served = scenario("llama-3.1-8b", "nvidia-rtx-4090-24gb", 1, "FP8", "vllm");
  const auto sequences = [&](const std::string& tokens) {
    return compared(served, "Maximum concurrency for " + tokens + " tokens per request: 12.2x")
        .comparisons[0]
        .estimated;
  };
  CHECK(sequences("8,192") < 0.6 * sequences("4,096"));
  CHECK(first_left_out(eight_billion(), "GPU KV cache size: 50,000 tokens") == LeftOut::engine);
}

TEST_CASE("short prompts and prompts of unknown length say nothing of the speed of prompts") {
  const auto prompt = [](const std::string& tokens, const std::string& tok_s) {
    return "| llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | CUDA | 99 | pp" + tokens + " | " + tok_s + " ± 1 |\n";
  };
  const auto why = [](const std::string& text) { return first_left_out(eight_billion(), text); };
  CHECK(why(prompt("11", "1000")) == LeftOut::prompt_short);
  CHECK(why(prompt("64", "4000")) == LeftOut::no);
  const OwnMeasurement both = compared(eight_billion(), bench(prompt("100", "4000") + prompt("512", "9000")));
  CHECK(both.comparisons[0].left_out == LeftOut::prompt_short);
  CHECK(both.personal->prefill == doctest::Approx(9000 / both.comparisons[1].estimated));
  const OwnMeasurement unknown = compared(eight_billion(), "[ Prompt: 136.2 t/s | Generation: 120.6 t/s ]");
  CHECK(unknown.comparisons[0].left_out == LeftOut::prompt_unknown);
  CHECK_FALSE(workload_of(unknown.paste.figures[0]).has_value());
  REQUIRE(unknown.personal.has_value());
  CHECK(unknown.personal->prefill == 1);
  CHECK(unknown.personal->prefill_spread == 0);
  CHECK(why(prompt("512", "90000")) == LeftOut::implausible);
  CHECK(why(prompt("512", "90")) == LeftOut::implausible);
}

TEST_CASE("an own measurement is of one engine, backend and device") {
  ScenarioSpec spec = eight_billion();
  spec.personal = compared(spec, kOwnRow).personal;
  const double own = answer(spec).estimate.speed.decode_tok_s.p50;
  ScenarioSpec plain = spec;
  plain.personal.reset();
  CHECK(own < 0.95 * answer(plain).estimate.speed.decode_tok_s.p50);
  const auto same_as_plain = [](ScenarioSpec changed) {
    const double speed = answer(changed).estimate.speed.decode_tok_s.p50;
    changed.personal.reset();
    return speed == answer(changed).estimate.speed.decode_tok_s.p50;
  };
  ScenarioSpec changed = spec;
  changed.backend = "vulkan";
  CHECK(same_as_plain(changed));
  changed = choose_engine(front(), spec, "vllm");
  CHECK(same_as_plain(changed));
  CHECK_FALSE(same_as_plain(choose_engine(front(), changed, "llama.cpp")));
  changed = spec;
  changed.hardware.device.id = "nvidia-rtx-3090-24gb";
  CHECK(same_as_plain(changed));
  changed = spec;
  changed.model = "qwen3-8b";
  CHECK_FALSE(same_as_plain(changed));
  // A link carries all of it.
  const Result<ScenarioSpec> back = decode_link(encode_link(spec));
  REQUIRE(back.ok());
  CHECK(back->personal == spec.personal);
}

TEST_CASE("an own measurement of a device or model that is not in the catalog is of no other") {
  const auto custom = [](const char* name) {
    auto device = std::make_shared<CustomDevice>();
    device->device = catalog().devices()[*catalog().find_device("nvidia-rtx-4090-24gb")].device;
    device->device.id.clear();
    device->device.name = name;
    ScenarioSpec spec = eight_billion();
    spec.hardware.device.id.clear();
    spec.hardware.device.custom = device;
    return spec;
  };
  const auto scaled = [](const ScenarioSpec& spec) {
    ScenarioSpec plain = spec;
    plain.personal.reset();
    return answer(spec).estimate.speed.decode_tok_s.p50 != answer(plain).estimate.speed.decode_tok_s.p50;
  };
  ScenarioSpec mine = custom("My card & 1=2");
  mine.personal = compared(mine, kOwnRow).personal;
  REQUIRE(mine.personal.has_value());
  CHECK(mine.personal->device == "custom:My card & 1=2");
  CHECK(scaled(mine));
  ScenarioSpec other = custom("Another card");
  other.personal = mine.personal;
  CHECK_FALSE(scaled(other));
  ScenarioSpec listed = eight_billion();
  listed.personal = mine.personal;
  CHECK_FALSE(scaled(listed));
  const Result<ScenarioSpec> back = decode_link(encode_link(listed));
  REQUIRE(back.ok());
  CHECK(back->personal == listed.personal);

  const auto imported = [](std::uint64_t fingerprint) {
    auto model = std::make_shared<CustomModel>();
    model->name = "config";
    model->architecture = catalog().architecture(*catalog().find_model("llama-3.1-8b"));
    model->fingerprint = fingerprint;
    ScenarioSpec spec = eight_billion();
    spec.model.clear();
    spec.custom_model = model;
    return spec;
  };
  const auto width = [](const ScenarioSpec& of) {
    const Range range = answer(of).estimate.speed.decode_tok_s;
    return range.p90 / range.p10 - 1;
  };
  ScenarioSpec first = imported(1);
  first.personal = compared(first, kOwnRow).personal;
  ScenarioSpec second = imported(2);
  second.personal = first.personal;
  CHECK(width(second) > 1.5 * width(first));
}

TEST_CASE("one of the backends a program was built with may be the scenario's") {
  const auto why = [](const std::string& backends) {
    return first_left_out(eight_billion(),
                          "| llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | " + backends + " | 99 | tg128 | 120 ± 1 |");
  };
  CHECK(why("Vulkan,CUDA") == LeftOut::no);
  CHECK(why("CUDA,Vulkan") == LeftOut::no);
  CHECK(why("CUDA,BLAS") == LeftOut::no);
  CHECK(why("Vulkan,ROCm") == LeftOut::backend);
  const ScenarioSpec on_cpu = scenario("llama-3.1-8b", "cpu-ryzen-7950x-ddr5-5600-2ch", 1, "Q4_K_M", "llama.cpp");
  const std::string row = "| llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | ";
  CHECK(first_left_out(on_cpu, row + "Metal,BLAS | 8 | tg128 | 9 ± 0.1 |") == LeftOut::backend);
  CHECK(first_left_out(on_cpu, row + "BLAS | 8 | tg128 | 9 ± 0.1 |") == LeftOut::no);
}

TEST_CASE("a file with the layers that draft tokens is of the same model") {
  ScenarioSpec spec = scenario("glm-4.5-air", "nvidia-rtx-4090-24gb", 4, "Q4_K_M", "llama.cpp");
  const Architecture arch = answer(spec).model->arch;
  REQUIRE(arch.mtp.params > 0);
  const auto why = [&](double params) {
    return first_left_out(
        spec, "print_info: model params     = " + std::to_string(params / 1e9) + " B\neval time = 1000 ms / 60 tokens");
  };
  const double text = static_cast<double>(arch.total_params() - arch.vision_params - arch.audio_params);
  CHECK(why(text) != LeftOut::model);
  CHECK(why(text + static_cast<double>(arch.mtp.params)) != LeftOut::model);
  CHECK(why(1.2 * text) == LeftOut::model);
}

TEST_CASE("without a size the name tells of another model or format") {
  struct Row {
    const char* name;
    LeftOut why;
  };
  const Row rows[] = {{"llama 8B Q4_K - Medium", LeftOut::no},
                      {"LLaMA 8B mostly Q4_K - Medium", LeftOut::no},
                      {"llama 8B Q4_K", LeftOut::no},
                      {"llama 8B", LeftOut::no},
                      {"LLaMA 7B mostly Q4_0", LeftOut::model},
                      {"llama 8B mostly Q4_0", LeftOut::format},
                      {"llama 8B Q4_K - Small", LeftOut::format},
                      {"llama 8B Q5_K - Medium", LeftOut::format},
                      {"llama 8B IQ4_XS - 4.25 bpw", LeftOut::format},
                      {"gemma2 9B Q4_K - Medium", LeftOut::model},
                      {"qwen3 8B Q4_K - Medium", LeftOut::model}};
  for (const Row& row : rows) {
    CAPTURE(std::string(row.name));
    const std::string table = "| model | backend | ngl | test | t/s |\n| --- | --- | --- | --- | --- |\n| ";
    CHECK(first_left_out(eight_billion(), table + row.name + " | CUDA | 99 | tg128 | 120 ± 1 |\n") == row.why);
  }
  // Nearly as many parameters and bytes, but another network.
  CHECK(first_left_out(eight_billion(),
                       "| qwen3 8B Q4_K - Medium | 4.68 GiB | 8.19 B | CUDA | 99 | tg128 | 120.0 ± 0.5 |") ==
        LeftOut::model);
  const Row logs[] = {{"Meta Llama 3.1 8B Instruct", LeftOut::no},
                      {"Hermes 3 8B", LeftOut::no},
                      {"Qwen3 8B", LeftOut::model},
                      {"Gemma 2 9B Instruct", LeftOut::model},
                      {"DeepSeek-R1-Distill-Llama-8B", LeftOut::no},
                      {"Llama-3.1-8B-Instruct-Q5_K_M.gguf", LeftOut::format},
                      {"Llama-3.2-3B-Q4_K_M", LeftOut::model},
                      {"Llama-3.1-8B-Instruct-UD-Q4_K_XL", LeftOut::format}};
  for (const Row& log : logs) {
    CAPTURE(std::string(log.name));
    CHECK(first_left_out(eight_billion(), "print_info: general.name     = " + std::string(log.name) +
                                              "\neval time = 500 ms / 60 tokens") == log.why);
  }
}

TEST_CASE("with the number of parameters told, the size in a name says nothing") {
  const char* card = "nvidia-rtx-4090-24gb";
  const ScenarioSpec mistral = scenario("mistral-small-24b-2501", card, 1, "Q4_K_M", "llama.cpp");
  CHECK(first_left_out(mistral, "| llama 13B Q4_K - Medium | 13.51 GiB | 23.57 B | CUDA | 99 | tg128 | 55 ± 1 |") ==
        LeftOut::no);
  CHECK(first_left_out(mistral, "| llama 13B Q4_K - Medium | 7.33 GiB | 13.02 B | CUDA | 99 | tg128 | 95 ± 1 |") ==
        LeftOut::model);
  const ScenarioSpec solar = scenario("solar-10.7b", card, 1, "Q4_K_M", "llama.cpp");
  CHECK(first_left_out(solar, "| llama 34B Q4_K - Medium | 6.10 GiB | 10.73 B | CUDA | 99 | tg128 | 100 ± 1 |") ==
        LeftOut::no);
}

TEST_CASE("a mix that llama.cpp has no name for is known by its size") {
  struct Row {
    const char *format, *printed;
  };
  const Row rows[] = {{"Q2_K_L", "Q2_K - Medium"},    {"Q4_K_L", "Q4_K - Medium"}, {"Q5_K_L", "Q5_K - Medium"},
                      {"UD-Q8_K_XL", "Q8_0"},         {"UD-IQ3_S", "IQ3_S mix"},   {"UD-TQ1_0", "IQ1_S - 1.5625 bpw"},
                      {"UD-Q4_K_XL", "Q4_K - Medium"}};
  for (const Row& row : rows) {
    CAPTURE(std::string(row.format));
    const ScenarioSpec spec = scenario("llama-3.1-8b", "nvidia-rtx-4090-24gb", 1, row.format, "llama.cpp");
    const auto why = [&](double share) {
      const double gib = share * answer(spec).weights->file_bytes.as_double() / (1024.0 * 1024 * 1024);
      return first_left_out(spec, "| llama 8B " + std::string(row.printed) + " | " + std::to_string(gib) +
                                      " GiB | 8.03 B | CUDA | 99 | tg128 | 120 ± 1 |");
    };
    CHECK(why(1.02) == LeftOut::no);
    CHECK(why(1.1) == LeftOut::format);
  }
  CHECK(paste::may_be_mix("Q4_K_M", "Q4_K_L", false));
  CHECK_FALSE(paste::may_be_mix("Q5_K_M", "Q4_K_L", false));
  // llama.cpp names this one itself, and has other mixes of its size.
  CHECK_FALSE(paste::may_be_mix("Q3_K_M", "Q3_K_L", false));
  CHECK(paste::may_be_mix("Q3_K_L", "Q3_K_L", false));
  CHECK_FALSE(paste::may_be_mix("Q4_0", "Q4_K_S", true));
}

TEST_CASE("a run on two cards is none of one") {
  const std::string row = "| llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | CUDA | 99 ";
  struct Row {
    std::string text;
    std::uint32_t devices;  // 0: not said
  };
  const auto json = [](const std::string& gpus, const std::string& more) {
    return R"({"gpu_info": ")" + gpus + R"(", "backends": "CUDA", "model_type": "llama 8B Q4_K - Medium", )" + more +
           R"("n_prompt": 0, "n_gen": 128, "avg_ts": 120.0})";
  };
  const std::string card = "NVIDIA GeForce RTX 4090", two = card + ", " + card;
  const Row rows[] = {{bench(row + "| tg128 | 120 ± 1 |\n"), 0},
                      {bench(row + "| CUDA0/CUDA1 | tg128 | 120 ± 1 |\n", "ngl | dev"), 2},
                      {bench(row + "| 1.00/1.00 | tg128 | 120 ± 1 |\n", "ngl | ts"), 2},
                      {bench(row + "| none | tg128 | 120 ± 1 |\n", "ngl | sm"), 1},
                      {json(card, ""), 1},
                      {json(two, ""), 2},
                      {json(two, R"("split_mode": "none", )"), 1},
                      {json(two, R"("split_mode": "layer", "devices": "CUDA0", "tensor_split": "0.00", )"), 1},
                      {"load_tensors:        CUDA0 model buffer size =  2400 MiB\n"
                       "load_tensors:        CUDA1 model buffer size =  2200 MiB\neval time = 500 ms / 60 tokens",
                       2}};
  for (const Row& each : rows) {
    CAPTURE(each.text);
    ScenarioSpec one = eight_billion(), pair = eight_billion();
    pair.hardware.device.count = 2;
    CHECK(first_left_out(one, each.text) == (each.devices > 1 ? LeftOut::devices : LeftOut::no));
    CHECK(first_left_out(pair, each.text) == (each.devices == 1 ? LeftOut::devices : LeftOut::no));
  }
}

TEST_CASE("a server's window with prompts in it says why it is not compared") {
  const OwnMeasurement own =
      compared(scenario("llama-3.1-8b", "nvidia-rtx-4090-24gb", 1, "FP8", "vllm"),
               "INFO 07-11 10:00:10 [loggers.py:111] Engine 000: Avg prompt throughput: 210.0 tokens/s, Avg generation "
               "throughput: 412.6 tokens/s, Running: 8 reqs, Waiting: 0 reqs, GPU KV cache usage: 3.1%");
  CHECK(own.paste.figures.empty());
  REQUIRE(own.paste.not_understood.size() == 1);
  CHECK(own.paste.not_understood[0].mixed);
}

TEST_CASE("layers placed are counted with the blocks after them") {
  ScenarioSpec spec = scenario("glm-4.5-air", "nvidia-h200-sxm-141gb", 1, "Q4_K_M", "llama.cpp");
  const Answer whole = answer(spec);
  const std::uint32_t all = layers_to_place(whole);
  CHECK(all == whole.model->layer_count() + whole.weights->blocks_after_layers + 1);
  REQUIRE(whole.estimate.placement.gpu_layers == all);
  const auto why = [&](std::uint32_t layers) {
    const std::string of_all = std::to_string(layers) + "/" + std::to_string(all);
    return first_left_out(spec,
                          "load_tensors: offloaded " + of_all + " layers to GPU\neval time = 1000 ms / 60 tokens");
  };
  CHECK(why(all) == LeftOut::no);
  REQUIRE(whole.weights->blocks_after_layers > 0);
  CHECK(why(whole.model->layer_count() + 1) == LeftOut::layers);
}

TEST_CASE("a long log is compared figure by figure up to the limit") {
  std::string text = "Device 0: NVIDIA GeForce RTX 4090, compute capability 8.9\n";
  for (std::size_t i = 0; i < 2 * kMostFigures; ++i) text += "eval time = 1000 ms / 100 tokens\n";
  const OwnMeasurement own = compared(eight_billion(), text);
  CHECK(own.comparisons.size() == kMostFigures);
  CHECK(own.paste.not_read == kMostFigures);
  CHECK(own.comparisons.back().left_out == LeftOut::no);
}

TEST_CASE("what differs is told in the scenario's language") {
  ScenarioSpec spec = eight_billion();
  spec.language = "es";
  const OwnMeasurement own = compared(spec, "| llama 8B Q8_0 | 7.95 GiB | 8.03 B | CUDA | 99 | tg128 | 90.0 ± 0.1 |");
  const double bytes = own.paste.figures[0].run.bytes;
  CHECK(own.comparisons[0].measured == join(format_bytes(bytes, Language::es)));
  CHECK(own.comparisons[0].measured != join(format_bytes(bytes, Language::en)));
}

TEST_CASE("the range closes around what was measured, in part around what is like it, and not around the rest") {
  enum class Told { all, part, nothing };
  struct Row {
    const char* what;
    Told told;
    void (*change)(ScenarioSpec&);
  };
  const auto depth = [](ScenarioSpec& spec, std::uint32_t tokens) { spec.workload = WorkloadSpec{"", 0, 128, tokens}; };
  static const auto at = depth;
  const Row rows[] = {
      {"as it was run", Told::all, [](ScenarioSpec&) {}},
      {"half as deep again", Told::all, [](ScenarioSpec& s) { at(s, 1900); }},
      {"eight times as deep", Told::part, [](ScenarioSpec& s) { at(s, 7900); }},
      {"far deeper", Told::nothing, [](ScenarioSpec& s) { at(s, 100000); }},
      {"another cache", Told::part, [](ScenarioSpec& s) { s.kv_k = s.kv_v = "q4_0"; }},
      {"another model", Told::part, [](ScenarioSpec& s) { s.model = "qwen3-8b"; }},
      {"another format", Told::part, [](ScenarioSpec& s) { s.quantization = "Q8_0"; }},
      {"adapters", Told::part, [](ScenarioSpec& s) { s.adapters.push_back({}); }},
      {"many users", Told::nothing, [](ScenarioSpec& s) { s.parallel = 32; }},
      {"two cards", Told::nothing, [](ScenarioSpec& s) { s.hardware.device.count = 2; }},
      {"partly on the host", Told::nothing, [](ScenarioSpec& s) { s.gpu_layers = 20; }},
      {"cache on the host", Told::nothing, [](ScenarioSpec& s) { s.kv_on_host = true; }},
      {"a draft model", Told::nothing,
       [](ScenarioSpec& s) {
         s.draft = DraftSpec{"llama-3.2-1b", {}};
       }},
  };
  const auto width = [](const ScenarioSpec& of) {
    const Range range = answer(of).estimate.speed.decode_tok_s;
    return std::log(range.p90 / range.p10);
  };
  ScenarioSpec spec = eight_billion();
  depth(spec, 0);
  spec.personal = compared(spec, kOwnRow).personal;
  for (const Row& row : rows) {
    CAPTURE(std::string(row.what));
    ScenarioSpec own = spec;
    row.change(own);
    ScenarioSpec plain = own;
    plain.personal.reset();
    const double measured = std::log(1.04 / 0.96), fitted = width(plain);
    switch (row.told) {
      case Told::all: CHECK(width(own) == doctest::Approx(measured)); break;
      case Told::part:
        CHECK(width(own) < 0.9 * fitted);
        CHECK(width(own) > 1.2 * measured);
        break;
      case Told::nothing: CHECK(width(own) > 0.9 * fitted); break;
    }
    CHECK(answer(own).estimate.speed.decode_tok_s.p50 != answer(plain).estimate.speed.decode_tok_s.p50);
  }
}

TEST_CASE("what was measured of many users, of two cards or in part on the host is told of those") {
  const auto width = [](const ScenarioSpec& of) {
    const Range range = answer(of).estimate.speed.decode_tok_s;
    return std::log(range.p90 / range.p10);
  };
  ScenarioSpec many = eight_billion();
  many.workload = WorkloadSpec{"", 512, 128, 0};
  many.parallel = 8;
  many.personal = compared(many,
                           "| PP | TG | B | N_KV | T_PP s | S_PP t/s | T_TG s | S_TG t/s | T s | S t/s |\n"
                           "| 512 | 128 | 8 | 5120 | 0.4 | 9000 | 1.6 | 620 | 2.0 | 2500 |\n")
                      .personal;
  REQUIRE(many.personal.has_value());
  CHECK(many.personal->run.most_users == 8);
  CHECK(width(many) == doctest::Approx(std::log(1.04 / 0.96)));
  many.parallel = 64;
  CHECK(width(many) > 0.3);

  ScenarioSpec part = scenario("llama-3.1-70b", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp");
  part.workload = WorkloadSpec{"", 0, 128, 0};
  part.gpu_layers = 40;
  part.personal =
      compared(part, "| llama 70B Q4_K - Medium | 39.59 GiB | 70.55 B | CUDA | 40 | tg128 | 3.0 ± 0.1 |").personal;
  REQUIRE(part.personal.has_value());
  CHECK(part.personal->run.host > 0.3);
  CHECK(width(part) < 0.1);
  part.gpu_layers = 20;
  CHECK(width(part) > 0.3);
}

TEST_CASE("an own measurement of before, which does not tell how it was run, narrows no more than half") {
  ScenarioSpec spec = eight_billion();
  spec.workload = WorkloadSpec{"", 0, 128, 0};
  const auto width = [](const ScenarioSpec& of) {
    const Range range = answer(of).estimate.speed.decode_tok_s;
    return range.p90 / range.p10 - 1;
  };
  const double fitted = width(spec);
  const ScenarioSpec old = decode_link(encode_link(spec) + "&mydec=0.9&mypre=1&mydecs=0.04&mye=llama.cpp&mybe=cuda" +
                                       "&myhw=nvidia-rtx-4090-24gb&mym=llama-3.1-8b&myq=Q4_K_M")
                               .value();
  REQUIRE(old.personal.has_value());
  CHECK(width(old) < 0.8 * fitted);
  CHECK(width(old) > 1.5 * (1.04 / 0.96 - 1));
}

TEST_CASE("a measurement that swings leaves more open, and one without more than factors is that of before") {
  ScenarioSpec spec = eight_billion();
  spec.workload = WorkloadSpec{"", 0, 128, 0};
  const auto width = [](const ScenarioSpec& of) {
    const Range range = answer(of).estimate.speed.decode_tok_s;
    return range.p90 / range.p10 - 1;
  };
  const double fitted = width(spec);
  spec.personal =
      compared(spec, "| llama 8B Q4_K - Medium | 4.58 GiB | 8.03 B | CUDA | 99 | tg128 | 120 ± 10 |").personal;
  CHECK(spec.personal->decode_spread == doctest::Approx(1.28 / 12));
  spec.personal = PersonalFactors{};
  spec.personal->decode = 1.25;
  CHECK(width(spec) == doctest::Approx(fitted));
}
