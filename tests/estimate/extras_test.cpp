// What people forget: adapters, draft models, multi-token prediction, quantized caches, training. Scenarios as JSON;
// the figures they are held to are worked out here or logged by an engine.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/catalog/draft_models.h"
#include "core/catalog/finetune_json.h"
#include "core/catalog/scenario_json.h"
#include "core/catalog/warnings.h"
#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;
using nlohmann::json;

namespace {

constexpr double kMib = 1024.0 * 1024.0;

ScenarioSpec spec_of(const json& scenario) {
  const auto spec = parse_scenario(scenario);
  REQUIRE(spec.ok());
  CHECK(spec->unknown_fields.empty());
  return *spec;
}

Answer answer_json(const json& scenario) { return answer(spec_of(scenario)); }

json on_h100(const char* model, const char* format) {
  return {{"model", model}, {"hardware", "nvidia-h100-sxm-80gb"}, {"quantization", format}, {"context", 8192}};
}

bool warns(const json& scenario, std::string_view code) {
  const ScenarioSpec spec = spec_of(scenario);
  for (const Warning& warning : warnings_of(answer(spec), spec, catalog(), Texts())) {
    if (warning.code == code) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("adapters take their rank times every projection's edges, as often as there are adapters") {
  json scenario = on_h100("llama-3.1-8b", "Q4_K_M");
  CHECK(answer_json(scenario).estimate.placement.adapters == Bytes(0));
  // 32 layers: q and o 4096 + 4096, k and v 4096 + 1024, gate, up and down 4096 + 14336; 16 bit.
  constexpr std::uint64_t kEdges = 32ULL * (2 * 8192 + 2 * 5120 + 3 * 18432);
  scenario["adapters"] = {{{"rank", 16}, {"count", 4}}, {{"rank", 64}, {"count", 1}}};
  CHECK(answer_json(scenario).estimate.placement.adapters.value() == kEdges * 2 * (16 * 4 + 64));
  scenario["engine"] = "vllm";
  scenario["quantization"] = "AWQ-INT4";
  CHECK(answer_json(scenario).estimate.placement.adapters.value() == kEdges * 2 * (16 * 4 + 64));
}

TEST_CASE("adapters have pairs for what they target, routed experts where these are named") {
  json scenario = on_h100("qwen3-30b-a3b", "Q4_K_M");
  const auto adapters = [&](const json& targets) {
    scenario["adapters"] = {{{"rank", 32}, {"count", 2}, {"targets", targets}}};
    return answer_json(scenario).estimate.placement.adapters.value();
  };
  // 48 layers: q and o 2048 + 4096, k and v 2048 + 512; 128 experts of three matrices of 2048 + 768; 16 bit.
  constexpr std::uint64_t kPerEdge = 2ULL * 32 * 2;
  constexpr std::uint64_t kAttention = 48ULL * (2 * 6144 + 2 * 2560), kExperts = 48ULL * 128 * 3 * 2816;
  CHECK(adapters("attention") == kAttention * kPerEdge);
  CHECK(adapters({"q_proj", "v_proj"}) == 48ULL * (6144 + 2560) * kPerEdge);
  CHECK(adapters({"experts"}) == kExperts * kPerEdge);
  CHECK(adapters("all-linear") == (kAttention + kExperts) * kPerEdge);
  CHECK(adapters(nullptr) == kAttention * kPerEdge);
  for (const json& wrong : {json("some"), json::array(), json{"q"}, json(3)}) {
    scenario["adapters"] = {{{"targets", wrong}}};
    CHECK_FALSE(parse_scenario(scenario).ok());
  }
}

TEST_CASE("llama.cpp keeps what adapts a tensor where that tensor is") {
  json scenario = on_h100("qwen3-30b-a3b", "Q4_K_M");
  scenario["engine"] = "llama.cpp";
  scenario["adapters"] = {{{"rank", 32}, {"count", 2}, {"targets", "all-linear"}}};
  // As above, of one of 48 layers.
  constexpr std::uint64_t kPerEdge = 2ULL * 32 * 2;
  constexpr std::uint64_t kAttention = (2ULL * 6144 + 2ULL * 2560) * kPerEdge, kExperts = 128ULL * 3 * 2816 * kPerEdge;
  const auto placed = [&](const char* field, const json& layers) {
    json asked = scenario;
    asked[field] = layers;
    return answer_json(asked).estimate.placement;
  };
  const auto check = [](const Placement& placement, std::uint64_t on_device, std::uint64_t on_host) {
    CHECK(placement.devices[0].adapters.value() == on_device);
    CHECK(placement.host.adapters.value() == on_host);
    CHECK(placement.adapters.value() == on_device + on_host);
  };
  check(placed("gpu_layers", "all"), 48 * (kAttention + kExperts), 0);
  check(placed("cpu_moe_layers", "all"), 48 * kAttention, 48 * kExperts);
  check(placed("cpu_moe_layers", 10), 48 * kAttention + 38 * kExperts, 10 * kExperts);
  // The output counts as a layer.
  check(placed("gpu_layers", 29), 28 * (kAttention + kExperts), 20 * (kAttention + kExperts));
  json both = scenario;
  both["gpu_layers"] = 29;
  both["cpu_moe_layers"] = 30;
  check(answer_json(both).estimate.placement, 28 * kAttention + 18 * kExperts, 20 * kAttention + 30 * kExperts);
  // On two devices each has those of its layers.
  scenario["hardware"] = {{"device", "nvidia-h100-sxm-80gb"}, {"count", 2}};
  const Placement two = placed("cpu_moe_layers", 10);
  CHECK(two.devices[0].adapters.value() ==
        two.devices[0].layers * kAttention + (two.devices[0].layers - 10) * kExperts);
  CHECK(two.devices[1].adapters.value() == two.devices[1].layers * (kAttention + kExperts));
}

TEST_CASE("what makes room counts adapters, too") {
  json scenario = {{"model", "qwen3-30b-a3b"},
                   {"hardware", "nvidia-rtx-4090-24gb"},
                   {"quantization", "Q4_K_M"},
                   {"engine", "llama.cpp"},
                   {"context", 8192}};
  CHECK(answer_json(scenario).estimate.placement.cpu_moe_layers == 0);
  scenario["adapters"] = {{{"rank", 64}, {"count", 1}, {"targets", json::array({"experts"})}}};
  const Placement placement = answer_json(scenario).estimate.placement;
  CHECK(placement.status == FitStatus::offload);
  CHECK(placement.cpu_moe_layers > 0);
  CHECK(placement.host.adapters > Bytes(0));
  const DeviceShare& share = placement.devices[0];
  CHECK(share.total() <= share.usable);
  // One layer of experts and its adapters less would not fit.
  const Answer asked = answer_json(scenario);
  const Bytes layer = asked.weights->layer_expert_bytes[0] + Bytes(128ULL * 3 * 2816 * 64 * 2);
  CHECK(share.free() < layer);
}

TEST_CASE("a projector brings its buffers, on the first device or the host") {
  json scenario = on_h100("qwen3.6-27b", "Q4_K_M");
  scenario["engine"] = "llama.cpp";
  const Placement without = answer_json(scenario).estimate.placement;
  CHECK(without.projector == Bytes(0));
  scenario["mmproj"] = true;
  const Answer asked = answer_json(scenario);
  const Placement& on_device = asked.estimate.placement;
  // llama-server's own sum for this model's file in 16 bit and both buffers, of which 24.93 MiB are the host's.
  CHECK(on_device.projector.as_double() / kMib == doctest::Approx(1161.02).epsilon(0.02));
  CHECK(on_device.host.projector.as_double() / kMib == doctest::Approx(24.93).epsilon(0.001));
  CHECK((on_device.devices[0].projector - asked.weights->vision).as_double() / kMib ==
        doctest::Approx(248.10).epsilon(0.001));
  CHECK(on_device.total() - on_device.projector == without.total());
  scenario["mmproj_on_host"] = true;
  const Placement on_host = answer_json(scenario).estimate.placement;
  CHECK(on_host.devices[0].total() == without.devices[0].total());
  CHECK(on_host.host.projector == on_device.devices[0].projector);
  // Without flash attention the scores of all patches stand in the buffer.
  scenario.erase("mmproj_on_host");
  scenario["flash_attention"] = false;
  const Answer unfused = answer_json(scenario);
  CHECK((unfused.estimate.placement.devices[0].projector - unfused.weights->vision).as_double() / kMib ==
        doctest::Approx(4657.81).epsilon(0.001));
  scenario["engine"] = "vllm";
  scenario["quantization"] = "BF16";
  scenario.erase("flash_attention");
  scenario["mmproj_on_host"] = true;
  CHECK_FALSE(front().estimate(spec_of(scenario)).ok());
}

TEST_CASE("ranks have half of an adapter's pairs whole, and vLLM room for every layer's") {
  json scenario = {{"model", "qwen3-coder-30b-a3b-instruct"},
                   {"hardware", {{"device", "nvidia-h100-sxm-80gb"}, {"count", 4}}},
                   {"engine", "vllm"},
                   {"quantization", "BF16"},
                   {"tensor_parallel", 4},
                   {"adapters", {{{"rank", 32}, {"count", 16}}}}};
  // https://github.com/vllm-project/vllm/pull/28761 logs 53.98 GiB with the weights.
  const DeviceShare share = answer_json(scenario).estimate.placement.devices[0];
  CHECK((share.weights + share.adapters).as_double() / (kMib * 1024) == doctest::Approx(53.98).epsilon(0.01));
  // 80 layers, eight ranks: q and gate and up whole by 8192 inputs, o and down by 8192 outputs, k and v with one head.
  scenario["model"] = "llama-3.3-70b-instruct";
  scenario["hardware"]["count"] = 8;
  scenario["tensor_parallel"] = 8;
  scenario["adapters"] = {{{"rank", 64}, {"count", 8}}};
  constexpr std::uint64_t kEdges = 80ULL * (2 * (8192 + 1024) + 2 * (8192 + 128) + 3 * (8192 + 3584));
  CHECK(answer_json(scenario).estimate.placement.devices[0].adapters.value() == kEdges * 2 * 64 * 8);
  // A fused layer has room for each of its parts.
  scenario["adapters"][0]["targets"] = {"q_proj"};
  constexpr std::uint64_t kFused = 80ULL * (8192 + 1024 + 2 * (8192 + 128));
  CHECK(answer_json(scenario).estimate.placement.devices[0].adapters.value() == kFused * 2 * 64 * 8);
}

TEST_CASE("ranks share the vision tower where the engine divides it") {
  json scenario = {{"model", "qwen3.5-9b"},
                   {"hardware", {{"device", "nvidia-h100-sxm-80gb"}, {"count", 2}}},
                   {"engine", "sglang"},
                   {"quantization", "BF16"},
                   {"tensor_parallel", 2}};
  const Answer sglang = answer_json(scenario);
  CHECK(sglang.weights->vision > Bytes(0));
  CHECK(sglang.estimate.placement.devices[1].projector.value() == divide_up(sglang.weights->vision.value(), 2));
}

TEST_CASE("engines that load checkpoints find the MTP layers that GGUF files of the model lack") {
  for (const char* model : {"qwen3-next-80b-a3b-instruct", "mimo-7b-rl"}) {
    CAPTURE(model);
    json scenario = on_h100(model, "BF16");
    scenario["hardware"] = {{"device", "nvidia-h200-sxm-141gb"}, {"count", 2}};
    scenario["engine"] = "vllm";
    const Bytes without = answer_json(scenario).estimate.placement.weights;
    scenario["speculation"] = "mtp";
    const Answer mtp = answer_json(scenario);
    CHECK(mtp.estimate.placement.weights > without);
    CHECK(mtp.weights->mtp.as_double() ==
          doctest::Approx(static_cast<double>(mtp.model->arch.mtp.params) * 2).epsilon(0.001));
    scenario["engine"] = "llama.cpp";
    CHECK_FALSE(front().estimate(spec_of(scenario)).ok());
  }
}

TEST_CASE("Muse Glimmer's windows are kept as llama.cpp keeps them") {
  // An Ollama log at 32,768 tokens: 416 MiB of 13 layers, 97.5 MiB of 39 that slide.
  json scenario = on_h100("muse-glimmer-30b", "Q4_K_M");
  scenario["engine"] = "llama.cpp";
  scenario["context"] = 32768;
  CHECK(answer_json(scenario).estimate.placement.kv.value() == mebibytes(1027).value() / 2);
}

TEST_CASE("a draft model brings its file, its cache and its buffer") {
  json scenario = on_h100("llama-3.1-70b", "Q4_K_M");
  scenario["draft"] = {{"model", "llama-3.2-1b"}, {"quantization", "Q8_0"}};
  const Bytes draft = answer_json(scenario).estimate.placement.draft;
  const Bytes file = answer_json(on_h100("llama-3.2-1b", "Q8_0")).weights->file_bytes;
  const Bytes cache = Bytes(16ULL * 2 * 8 * 64) * 2 * 8192;
  CHECK(draft > file + cache);
  // Logits of a micro-batch at the very least, and not much more than those.
  const Bytes logits = Bytes(128256) * 4 * 512;
  CHECK(draft > file + cache + logits);
  CHECK(draft < file + cache + logits * 2);
}

TEST_CASE("ranks share a drafter, and their pools its cache") {
  json scenario = {{"model", "llama-3.1-70b"},
                   {"hardware", {{"device", "nvidia-h100-sxm-80gb"}, {"count", 4}}},
                   {"engine", "vllm"},
                   {"quantization", "FP8"},
                   {"context", 8192}};
  const Placement alone = answer_json(scenario).estimate.placement;
  scenario["draft"] = "llama-3.2-1b";
  const Placement drafted = answer_json(scenario).estimate.placement;
  // Keys and values of a token: 80 layers of 8 heads of 128 against 16 layers of 8 heads of 64.
  constexpr double kOfDrafter = 16 * 64.0 / (80 * 128 + 16 * 64);
  const DeviceShare& share = drafted.devices[0];
  const double cache = share.kv.as_double() * kOfDrafter / (1 - kOfDrafter);
  const double weights = share.draft.as_double() - cache;
  const double whole = answer_json({{"model", "llama-3.2-1b"},
                                    {"hardware", "nvidia-h100-sxm-80gb"},
                                    {"engine", "vllm"},
                                    {"quantization", "FP8"}})
                           .weights->file_bytes.as_double();
  CHECK(weights == doctest::Approx(whole / 4).epsilon(0.001));
  CHECK(share.total() <= share.usable);
  CHECK(drafted.needed() < drafted.total());
  const double left = (alone.devices[0].kv.as_double() - weights) * (1 - kOfDrafter);
  CHECK(static_cast<double>(drafted.kv_tokens) ==
        doctest::Approx(static_cast<double>(alone.kv_tokens) * left / alone.devices[0].kv.as_double()).epsilon(0.001));
}

TEST_CASE("MTP layers are loaded when they are used, whatever a GGUF file would have of them") {
  json scenario = {{"model", "deepseek-v3"},
                   {"hardware", {{"device", "nvidia-h200-sxm-141gb"}, {"count", 8}}},
                   {"engine", "sglang"},
                   {"quantization", "FP8"}};
  const Bytes without = answer_json(scenario).estimate.placement.weights;
  scenario["speculation"] = "mtp";
  // 14B parameters, embedding and head included: huggingface.co/deepseek-ai/DeepSeek-V3, "Main Model Weights".
  const double added = (answer_json(scenario).estimate.placement.weights - without).as_double();
  CHECK(added == doctest::Approx(14e9).epsilon(0.05));
}

TEST_CASE("speculation gains less, the more sequences run") {
  const auto gain = [](const char* engine, std::uint32_t parallel) {
    json scenario = {{"model", "deepseek-v3"}, {"hardware", {{"device", "nvidia-h200-sxm-141gb"}, {"count", 8}}},
                     {"engine", engine},       {"quantization", "FP8"},
                     {"parallel", parallel},   {"workload", {{"prompt", 1024}, {"output", 1024}}}};
    const double plain = answer_json(scenario).estimate.speed.decode_tok_s.p50;
    scenario["speculation"] = "mtp";
    return answer_json(scenario).estimate.speed.decode_tok_s.p50 / plain;
  };
  for (const char* engine : {"sglang", "vllm"}) {
    double before = 1e9;
    for (const std::uint32_t parallel : {1U, 4U, 32U, 128U}) {
      CAPTURE(engine);
      CAPTURE(parallel);
      const double now = gain(engine, parallel);
      CHECK(now < before);
      before = now;
    }
  }
  // 1.8 times at one sequence and 1.5 at 32 on these cards (SGLang's documentation of DeepSeek V3, multi-token
  // prediction); its acceptance is not told.
  CHECK(gain("sglang", 1) == doctest::Approx(1.8).epsilon(0.2));
  CHECK(gain("sglang", 32) == doctest::Approx(1.5).epsilon(0.15));
}

TEST_CASE("a drafter as large as the model gains nothing") {
  json scenario = on_h100("llama-3.1-8b", "Q4_K_M");
  const double plain = answer_json(scenario).estimate.speed.decode_tok_s.p50;
  scenario["draft"] = "llama-3.1-8b";
  CHECK(answer_json(scenario).estimate.speed.decode_tok_s.p50 < plain);
  CHECK(warns(scenario, "draft_too_large"));
}

TEST_CASE("MTP layers keep a copy of the recurrent state for every drafted token") {
  json scenario = on_h100("qwen3.6-27b", "Q4_K_M");
  scenario["parallel"] = 4;
  scenario["speculation"] = {{"kind", "mtp"}, {"draft_tokens", 2}};
  const Answer asked = answer_json(scenario);
  // Logged by llama.cpp for this model with four slots and two drafted tokens: 1795.5 MiB.
  CHECK(asked.estimate.placement.state.as_double() / kMib == doctest::Approx(1795.5).epsilon(0.0005));
  CHECK(asked.estimate.placement.draft > Bytes(0));
}

TEST_CASE("a list of formats holds what asking for each of them gives, with speculation, too") {
  json drafted = on_h100("llama-3.1-8b", "Q4_K_M");
  drafted["engine"] = "llama.cpp";
  drafted["draft"] = "llama-3.2-1b";
  json with_mtp = on_h100("mimo-v2.5", "FP8");
  with_mtp["hardware"] = {{"device", "nvidia-h100-sxm-80gb"}, {"count", 8}};
  with_mtp["engine"] = "vllm";
  with_mtp["speculation"] = "mtp";
  for (json scenario : {drafted, with_mtp}) {
    const Result<std::vector<FormatRow>> rows = front().quantizations(spec_of(scenario));
    REQUIRE(rows.ok());
    REQUIRE(rows->size() > 1);
    for (const FormatRow& row : *rows) {
      CAPTURE(row.format->id);
      scenario["quantization"] = row.format->id;
      const Result<Answer> asked = front().estimate(spec_of(scenario));
      REQUIRE(asked.ok());
      CHECK(asked->estimate.placement.total() == row.total);
      CHECK(asked->estimate.speed.decode_tok_s.p50 == doctest::Approx(row.decode_tok_s.p50));
    }
  }
}

TEST_CASE("a drafter makes room for the logits of its draft, how many they are left to the default or not") {
  json scenario = on_h100("llama-3.1-8b", "Q4_K_M");
  scenario["logits"] = "last";
  scenario["draft"] = "llama-3.2-1b";
  const Bytes silent = answer_json(scenario).estimate.placement.compute;
  scenario["speculation"] = {{"kind", "draft_model"}, {"draft_tokens", 3}};
  CHECK(answer_json(scenario).estimate.placement.compute == silent);
  CHECK(answer_json(scenario).scenario.settings.cache.logit_rows == 4);
}

TEST_CASE("a quantized cache takes whole blocks of its types, keys and values apart") {
  json scenario = on_h100("llama-3.1-8b", "Q4_K_M");
  const auto kv_mib = [&](const char* k, const char* v) {
    scenario["kv_cache"] = {{"k", k}, {"v", v}};
    return answer_json(scenario).estimate.placement.kv.as_double() / kMib;
  };
  CHECK(kv_mib("f16", "f16") == 1024);
  CHECK(kv_mib("q8_0", "q8_0") == 544);
  CHECK(kv_mib("q4_0", "q4_0") == 288);
  CHECK(kv_mib("q8_0", "q4_0") == (544 + 288) / 2);
  scenario["context"] = 8000;  // padded to 256 cells
  CHECK(kv_mib("f16", "f16") == 1024);
}

TEST_CASE("towers are loaded with a checkpoint, and beside a GGUF file on request") {
  json scenario = on_h100("gemma-3-27b-it", "Q4_K_M");
  CHECK(answer_json(scenario).estimate.placement.projector == Bytes(0));
  scenario["mmproj"] = true;
  const Answer beside = answer_json(scenario);
  CHECK(beside.estimate.placement.projector > beside.weights->vision);
  scenario = on_h100("gemma-3-27b-it", "FP8");
  scenario["engine"] = "vllm";
  CHECK(answer_json(scenario).estimate.placement.projector == beside.weights->vision);
}

TEST_CASE("dynamic mixes take the size somebody published") {
  // unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF, 16.45 GiB as loaded by llama.cpp with the embedding.
  const Answer asked = answer_json(on_h100("qwen3-coder-30b-a3b-instruct", "UD-Q4_K_XL"));
  CHECK(asked.weights->file_bytes.as_double() / gibibytes(1).as_double() == doctest::Approx(16.45).epsilon(0.005));
  CHECK_FALSE(asked.weights->exact);
}

TEST_CASE("training a model further is asked with one field") {
  json scenario = on_h100("llama-3.1-8b", "Q4_K_M");
  CHECK_FALSE(answer_json(scenario).tuning);
  const Answer inference = answer_json(scenario);

  scenario["finetune"] = "full";
  const Answer full = answer_json(scenario);
  REQUIRE(full.tuning);
  // Two bytes of weight and of gradient, twelve of master copy and moments.
  const TuneFootprint& parts = full.tuning->footprint;
  CHECK(parts.weights + parts.gradients + parts.master + parts.optimizer == Bytes(full.model->total_params) * 16);
  CHECK(full.estimate.placement.total() == inference.estimate.placement.total());
  CHECK_FALSE(tuning_json(*full.tuning)["fits"].get<bool>());

  scenario["finetune"] = {{"method", "full"}, {"sequence", 2048}};
  scenario["hardware"] = {{"device", "nvidia-h100-sxm-80gb"}, {"count", 8}};
  const Answer eight = answer_json(scenario);
  CHECK(tuning_json(*eight.tuning)["fits"].get<bool>());
  CHECK(eight.tuning->share.total() * 4 < full.tuning->share.total());

  scenario["hardware"] = "nvidia-rtx-4090-24gb";
  scenario["finetune"] = {{"method", "lora"}, {"rank", 16}, {"batch", 8}};
  CHECK_FALSE(tuning_json(*answer_json(scenario).tuning)["fits"].get<bool>());
  scenario["finetune"] = {{"method", "qlora"}, {"rank", 16}};
  const Answer qlora = answer_json(scenario);
  CHECK(qlora.tuning->base == catalog().find_format("BNB-NF4"));  // no GGUF file is trained on
  CHECK(tuning_json(*qlora.tuning)["fits"].get<bool>());

  // A base at 16 bit is loaded as QLoRA's paper loads it.
  scenario["engine"] = "transformers";
  scenario["quantization"] = "BF16";
  CHECK(answer_json(scenario).tuning->base == catalog().find_format("BNB-NF4"));
  scenario["quantization"] = "GPTQ-INT4";
  CHECK(answer_json(scenario).tuning->base == catalog().find_format("GPTQ-INT4"));
}

TEST_CASE("a derivation tells what training takes, to the sum") {
  json scenario = on_h100("llama-3.1-8b", "BF16");
  scenario["finetune"] = "lora";
  Trace trace;
  const auto made = front().estimate(*parse_scenario(scenario), &trace);
  REQUIRE(made.ok());
  const auto& parts = trace.root().inputs;
  const auto tuning =
      std::find_if(parts.begin(), parts.end(), [](const TraceNode& node) { return node.label == "trace.tuning"; });
  REQUIRE(tuning != parts.end());
  CHECK(tuning->value == made->tuning->footprint.total().as_double());
}

TEST_CASE("models that speak the same tokens and are a fourth of the size draft, the kin of the same time first") {
  const auto drafts_of = [](const char* model, const char* format) {
    const Answer target = answer(scenario(model, "nvidia-h20-96gb", 8, format));
    return draft_models(catalog(), target.scenario, *target.model);
  };
  const auto first = [](const std::vector<std::size_t>& drafts) {
    return drafts.empty() ? std::string_view() : catalog().models()[drafts.front()].id;
  };
  CHECK(first(drafts_of("llama-3.1-70b", "Q4_K_M")) == "llama-3.2-1b");
  CHECK(first(drafts_of("qwen3-32b", "BF16")) == "qwen3-0.6b");
  CHECK(first(drafts_of("gpt-oss-120b", "MXFP4")).empty());  // the smaller one reads three fourths as much
  for (const ModelEntry& entry : catalog().models()) {
    if (!entry.is_text() || entry.max_context == 0) continue;
    const auto quick = front().estimate_quickly(scenario(std::string(entry.id), "nvidia-h20-96gb", 8, "BF16", "vllm"));
    if (!quick) continue;
    for (const std::size_t index : draft_models(catalog(), quick->scenario, *quick->model)) {
      const ModelEntry& draft = catalog().models()[index];
      CHECK(draft.total_params * 4 <= entry.total_params);
      CHECK(draft.id != entry.id);
      CHECK(std::max(draft.vocab, entry.vocab) - std::min(draft.vocab, entry.vocab) <= 128);
    }
  }
}

TEST_CASE("what cannot be trained is refused by name") {
  const std::pair<json, const char*> refused[] = {{"all", "finetune"},
                                                  {7, "finetune"},
                                                  {{{"method", "dpo"}}, "finetune.method"},
                                                  {{{"optimizer", "lion"}}, "finetune.optimizer"},
                                                  {{{"rank", 0}}, "finetune.rank"},
                                                  {{{"sequence", -1}}, "finetune.sequence"},
                                                  {{{"batch", 1e9}}, "finetune.batch"},
                                                  {{{"checkpointing", "on"}}, "finetune.checkpointing"}};
  for (const auto& [value, field] : refused) {
    json scenario = on_h100("llama-3.1-8b", "Q4_K_M");
    scenario["finetune"] = value;
    const auto spec = parse_scenario(scenario);
    const std::string given = value.dump();
    CAPTURE(given);
    REQUIRE_FALSE(spec.ok());
    CHECK(spec.error().code == ErrorCode::bad_value);
    CHECK(spec.error().message.find(field) == 0);
  }
}

TEST_CASE("a mix that published files do not follow is warned of, with what they take") {
  CHECK(warns(on_h100("gpt-oss-120b", "F16"), "experts_as_released"));
  CHECK(warns(on_h100("gpt-oss-20b", "Q4_K_M"), "experts_as_released"));
  CHECK_FALSE(warns(on_h100("gpt-oss-20b", "MXFP4_MOE"), "experts_as_released"));
  CHECK_FALSE(warns(on_h100("llama-3.1-8b", "F16"), "experts_as_released"));
  // Of Kimi K3 there are files of fewer bits than it was released in, made by conversion.
  CHECK(warns(on_h100("kimi-k3", "Q6_K"), "experts_as_released"));
  CHECK_FALSE(warns(on_h100("kimi-k3", "Q2_K"), "experts_as_released"));
  // unsloth's and bartowski's files, rounded to 0.1 GiB and without the header.
  const std::pair<const char*, double> published[] = {{"F16", 60.9}, {"Q8_0", 59.0}, {"Q4_K_M", 58.4}};
  for (const auto& [format, gib] : published) {
    const Answer asked = answer_json(on_h100("gpt-oss-120b", format));
    REQUIRE(asked.as_released);
    CHECK(asked.as_released->as_double() / gibibytes(1).as_double() == doctest::Approx(gib).epsilon(0.005));
  }
}

TEST_CASE("a server told to admit fewer sequences keeps more of the card for its cache") {
  json scenario = on_h100("llama-3.1-8b", "BF16");
  scenario["engine"] = "vllm";
  const Answer usual = answer_json(scenario);
  scenario["max_sequences"] = 16;
  const Answer few = answer_json(scenario);
  CHECK(few.estimate.placement.kv > usual.estimate.placement.kv + mebibytes(500));
}

TEST_CASE("a quantized cache is copied in 16 bit for the fused attention of CUDA, beside what the planner tells") {
  constexpr std::uint32_t kContext = 131072;
  const auto placed = [&](const char* kv, const char* backend, bool fused) {
    json scenario = on_h100("llama-3.1-8b", "Q4_K_M");
    scenario["engine"] = "llama.cpp";
    scenario["backend"] = backend;
    scenario["context"] = kContext;
    scenario["kv_cache"] = {{"k", kv}, {"v", kv}};
    scenario["flash_attention"] = fused;
    return answer_json(scenario).estimate.placement;
  };
  const Placement halves = placed("f16", "cuda", true), quantized = placed("q8_0", "cuda", true);
  // One layer: 8 heads of 128, keys and values.
  const Bytes copies = Bytes(kContext) * (8ULL * 128 * 2 * 2);
  CHECK(quantized.engine - halves.engine == copies);
  CHECK(quantized.compute == placed("q8_0", "vulkan", true).compute);
  CHECK(placed("q8_0", "vulkan", true).engine == placed("f16", "vulkan", true).engine);
  CHECK(quantized.safe_context >= kContext);
}

TEST_CASE("what drafts keeps its cache in 16 bit in llama.cpp, whatever the model's is") {
  const auto drafts = [](const char* kv) {
    json scenario = on_h100("qwen3.6-27b", "Q4_K_M");
    scenario["engine"] = "llama.cpp";
    scenario["context"] = 131072;
    scenario["speculation"] = {{"kind", "mtp"}, {"draft_tokens", 2}};
    scenario["kv_cache"] = {{"k", kv}, {"v", kv}};
    return answer_json(scenario).estimate.placement.draft.as_double();
  };
  // One layer of 4 heads of 256: 512 MiB; beside it only the step's buffer depends on the model's cache.
  CHECK(drafts("f16") > 512 * kMib);
  CHECK(drafts("q4_0") == doctest::Approx(drafts("f16")).epsilon(0.05));
}

TEST_CASE("types of cache that fused attention of CUDA does not read are warned of") {
  const auto warned = [](const char* k, const char* v, const char* backend) {
    json scenario = on_h100("llama-3.1-8b", "Q4_K_M");
    scenario["engine"] = "llama.cpp";
    scenario["backend"] = backend;
    scenario["kv_cache"] = {{"k", k}, {"v", v}};
    return warns(scenario, "cache_not_fused");
  };
  CHECK_FALSE(warned("f16", "f16", "cuda"));
  CHECK_FALSE(warned("q8_0", "q8_0", "cuda"));
  CHECK(warned("q5_1", "q5_1", "cuda"));
  CHECK(warned("q8_0", "q4_0", "cuda"));
  CHECK_FALSE(warned("q5_1", "q5_1", "vulkan"));
}

TEST_CASE("four sequences that share their cells are what llama-server sets up by itself") {
  struct Logged {
    const char* model;
    const char* format;
    const char* kv_type;
    std::uint32_t cells;  // -c
    double kv_mib, output_mib;
  };
  // Lines of llama_kv_cache with "4/1 seqs", and of the output buffer, of January to October 2026.
  constexpr Logged kLogged[] = {{"qwen3-4b", "Q4_K_M", "f16", 8192, 1152.00, 2.32},
                                {"gemma-4-12b-it", "Q4_K_M", "q8_0", 8192, 68.00 + 765.00, 0},
                                {"mistral-nemo-12b", "Q5_K_M", "q8_0", 8192, 680.00, 0},
                                {"qwen3.5-35b-a3b", "Q4_K_M", "f16", 65536, 1280.00, 3.79},
                                {"qwen3-coder-30b-a3b-instruct", "Q4_K_M", "f16", 32768, 3072.00, 0},
                                {"qwen3.8-27b", "Q4_K_M", "f16", 262144, 16384.00, 3.79}};
  for (const Logged& logged : kLogged) {
    CAPTURE(logged.model);
    json scenario = on_h100(logged.model, logged.format);
    scenario["engine"] = "llama.cpp";
    scenario["context"] = logged.cells / 4;
    scenario["parallel"] = 4;
    scenario["kv_unified"] = true;
    scenario["logits"] = "last";
    scenario["kv_cache"] = {{"k", logged.kv_type}, {"v", logged.kv_type}};
    const Placement placement = answer_json(scenario).estimate.placement;
    CHECK(placement.kv.as_double() / kMib == doctest::Approx(logged.kv_mib).epsilon(0.0001));
    if (logged.output_mib > 0) {
      CHECK(placement.output.as_double() / kMib == doctest::Approx(logged.output_mib).epsilon(0.002));
    }
    // One of them may take all the cells.
    scenario["workload"] = {{"prompt", logged.cells - 512}, {"output", 512}};
    CHECK_FALSE(warns(scenario, "context_below_workload"));
    scenario["workload"]["prompt"] = logged.cells;
    CHECK(warns(scenario, "context_below_workload"));
    scenario["kv_unified"] = false;
    scenario["workload"]["prompt"] = logged.cells - 512;
    CHECK(warns(scenario, "context_below_workload"));
  }
}

TEST_CASE("a second computer is a machine of its own, a second card is not") {
  json scenario = {
      {"model", "qwen3-235b-a22b"}, {"quantization", "Q4_K_M"}, {"engine", "llama.cpp"}, {"context", 8192}};
  const auto machines = [&](const char* device, const json& interconnect) {
    scenario["hardware"] = {{"device", device}, {"count", 2}};
    if (!interconnect.is_null()) scenario["hardware"]["interconnect"] = interconnect;
    return answer_json(scenario).scenario.system.servers();
  };
  CHECK(machines("nvidia-dgx-spark-gb10-128gb", nullptr) == 2);
  CHECK(warns(scenario, "several_machines"));
  CHECK(machines("apple-m3-ultra-80c-512gb", nullptr) == 2);
  CHECK(warns(scenario, "machines_apart"));
  CHECK(machines("amd-ryzen-ai-max-plus-395-128gb", nullptr) == 2);  // its slot joins it to no other machine
  CHECK(warns(scenario, "machines_apart"));
  CHECK(answer_json(scenario).scenario.system.interconnect.id == "eth-10gbe");
  CHECK(machines("apple-m3-ultra-80c-512gb", "tb5-rdma-mac") == 2);
  CHECK(warns(scenario, "several_machines"));
  CHECK(machines("nvidia-rtx-pro-6000-bw-96gb", nullptr) == 1);
  CHECK_FALSE(warns(scenario, "several_machines"));
  CHECK_FALSE(warns(scenario, "machines_apart"));
}

TEST_CASE("a kernel package that does nothing says why") {
  struct Row {
    const char *model, *hardware, *engine, *format;
    std::vector<std::string> why;
  };
  const char *kimi = "kimi-linear-48b-a3b-instruct", *h20 = "nvidia-h20-141gb", *h100 = "nvidia-h100-sxm-80gb";
  const Row rows[] = {{kimi, h20, "vllm", "BF16", {}},
                      {kimi, h100, "vllm", "BF16", {"kernels_no_device"}},
                      {kimi, h20, "llama.cpp", "Q4_K_M", {"kernels_no_engine"}},
                      {kimi, h100, "llama.cpp", "Q4_K_M", {"kernels_no_engine", "kernels_no_device"}},
                      {"qwen3-8b", h20, "vllm", "BF16", {"kernels_no_layers"}}};
  for (const Row& row : rows) {
    CAPTURE(std::string(row.model) + row.hardware + row.engine);
    json scenario = {
        {"model", row.model}, {"hardware", row.hardware}, {"engine", row.engine}, {"quantization", row.format}};
    for (const char* code : {"kernels_no_layers", "kernels_no_engine", "kernels_no_device"}) {
      CHECK_FALSE(warns(scenario, code));
    }
    scenario["kernels"] = {"flashkda"};
    for (const char* code : {"kernels_no_layers", "kernels_no_engine", "kernels_no_device"}) {
      const bool told = std::find(row.why.begin(), row.why.end(), code) != row.why.end();
      CHECK(warns(scenario, code) == told);
    }
  }
}
