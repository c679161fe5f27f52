// Questions whose answers are known beforehand, asked end to end.
#include <algorithm>
#include <cmath>

#include "core/catalog/near_measurements.h"
#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;

namespace {
constexpr const char* kH20 = "nvidia-h20-96gb";
constexpr double kGiga = 1e9;

double decode(const Answer& a) { return a.estimate.speed.decode_tok_s.p50; }
}  // namespace

TEST_CASE("Llama 3.1 405B at Q4_K_M is 243 GB of weights and one H20 cannot hold it") {
  const Answer a = answer(scenario("llama-3.1-405b", kH20, 1, "Q4_K_M"));
  CHECK(a.estimate.placement.status >= FitStatus::offload);
  CHECK(a.weights->file_bytes.as_double() / kGiga == doctest::Approx(243).epsilon(0.005));
}

TEST_CASE("70B at BF16 does not fit one H20, at FP8 it does") {
  CHECK(answer(scenario("llama-3.1-70b", kH20, 1, "BF16", "vllm")).estimate.placement.status ==
        FitStatus::does_not_fit);
  CHECK(answer(scenario("llama-3.1-70b", kH20, 1, "FP8", "vllm")).estimate.placement.status <= FitStatus::tight);
}

TEST_CASE("Eight H20 talk over NVLink, not PCIe") {
  const Answer a = answer(scenario("llama-3.1-70b", kH20, 8, "BF16", "vllm"));
  CHECK(a.scenario.system.interconnect.name.find("NVLink") != std::string::npos);
  CHECK(a.estimate.placement.tensor_parallel == 8);
}

TEST_CASE("Eight H20 over NVLink gain about 3x on an 8B model and near 7x on 405B; a layer split gains nothing") {
  // One card that would hold the big model: an H20 in all but its memory.
  const auto large = std::make_shared<CustomDevice>();
  large->device = catalog().devices()[*catalog().find_device(kH20)].device;
  large->device.memory = large->device.memory * 10;
  const auto gain = [&](const char* model) {
    ScenarioSpec one = scenario(model, kH20, 1, "BF16", "vllm");
    one.hardware.device.id.clear();
    one.hardware.device.custom = large;
    return decode(answer(scenario(model, kH20, 8, "BF16", "vllm"))) / decode(answer(one));
  };
  const double small = gain("llama-3.1-8b");
  // Measured on H100 with TensorRT-LLM 1.0 and eight users: 2.4 to 3.2, the more the longer the prompts (source 30).
  CHECK(small > 2.4);
  CHECK(small < 4);
  const double big = gain("llama-3.1-405b");
  CHECK(big > 6);
  CHECK(big < 8);

  ScenarioSpec split = scenario("llama-3.1-8b", kH20, 8, "Q8_0", "llama.cpp");
  split.split = Split::layer;
  const double layered = decode(answer(split)) / decode(answer(scenario("llama-3.1-8b", kH20, 1, "Q8_0", "llama.cpp")));
  CHECK(layered < 1.1);
}

TEST_CASE("A hybrid model's cache is far below what all layers would need") {
  const Answer a = answer(scenario("qwen3-next-80b-a3b-instruct", kH20, 1, "Q4_K_M"));
  const Architecture& arch = a.model->arch;
  double naive = 0;
  for (const LayerGroup& group : a.model->groups) {
    if (group.mixer.kind == MixerKind::gqa) {
      naive = 2.0 * 2 * group.mixer.kv_heads * group.mixer.head_dim_k * static_cast<double>(arch.layers.size()) *
              a.scenario.settings.cache.context;
    }
  }
  CHECK(a.estimate.placement.kv.as_double() < 0.3 * naive);
  CHECK(a.estimate.placement.state.value() > 0);
}

TEST_CASE("An 8B model at Q4_K_M on an RTX 4090 generates between 100 and 170 tok/s") {
  const Answer a = answer(scenario("llama-3.1-8b-instruct", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp"));
  CHECK(decode(a) > 100);
  CHECK(decode(a) < 170);
  CHECK(a.estimate.speed.decode_tok_s.p10 < decode(a));
  CHECK(a.estimate.speed.decode_tok_s.p90 > decode(a));
}

TEST_CASE("With no format named, a GGUF file is the model's own few bits where it was released in such, else Q4_K_M") {
  const auto usual = [](const char* model) {
    ScenarioSpec spec = scenario(model, "nvidia-dgx-spark-gb10-128gb", 1, "", "llama.cpp");
    spec.quantization.reset();
    return answer(spec).scenario.format->id;
  };
  CHECK(usual("gpt-oss-120b") == "MXFP4_MOE");
  CHECK(usual("qwen3-30b-a3b") == "Q4_K_M");
}

TEST_CASE("An engine without kernels for the card or the format is not told to run well") {
  const auto verdict = [](const char* device, const char* format, const char* engine) {
    return answer(scenario("llama-3.1-8b", device, 1, format, engine)).estimate.verdict;
  };
  const Verdict card = verdict("nvidia-gtx-1080-ti-11gb", "AWQ-INT4", "vllm");
  CHECK(card.text.key == "verdict.no_kernels");
  CHECK(card.grade == 'F');
  CHECK(card.score == 0);
  const Estimate none = answer(scenario("llama-3.1-8b", "nvidia-gtx-1080-ti-11gb", 1, "AWQ-INT4", "vllm")).estimate;
  CHECK(none.placement.status == FitStatus::does_not_fit);
  CHECK(none.placement.safe_context == 0);
  CHECK(none.placement.total() > Bytes(0));
  CHECK_FALSE(has_speed(none));
  CHECK(verdict("nvidia-rtx-3090-24gb", "FP8", "tensorrt-llm").text.key == "verdict.no_kernels_for_format");
  CHECK(verdict("nvidia-rtx-3090-24gb", "AWQ-INT4", "vllm").grade == 'A');
}

TEST_CASE("Tables and rankings grade what has no kernels as the verdict does") {
  const ScenarioSpec card = scenario("llama-3.1-8b", "nvidia-gtx-1080-ti-11gb", 1, "AWQ-INT4", "vllm");
  const auto fails = [](const auto& row) { return row.estimate.verdict.grade == 'F'; };
  const auto workloads = front().workloads(card);
  REQUIRE(workloads.ok());
  CHECK(std::all_of(workloads->begin(), workloads->end(), fails));
  const auto counts = front().scaling(card, {1, 2});
  REQUIRE(counts.ok());
  CHECK(std::all_of(counts->begin(), counts->end(), fails));
  const auto formats = front().quantizations(card);
  REQUIRE(formats.ok());
  CHECK(std::all_of(formats->begin(), formats->end(), [](const FormatRow& row) { return row.exact_score == 0; }));
  const auto models = front().rank_models(card);
  REQUIRE(models.ok());
  CHECK(std::all_of(models->begin(), models->end(), [](const RankedModel& row) {
    return row.grade == 'F' && row.exact_score == 0 && row.fit == FitStatus::does_not_fit;
  }));
  const auto devices = front().rank_hardware(card);
  REQUIRE(devices.ok());
  const auto old = std::find_if(devices->begin(), devices->end(), [](const RankedDevice& row) {
    return front().catalog().devices()[row.device].device.id == "nvidia-gtx-1080-ti-11gb";
  });
  REQUIRE(old != devices->end());
  CHECK(old->estimate.verdict.grade == 'F');
}

TEST_CASE("Where the first card also holds the embedding, the others take more of the layers") {
  ScenarioSpec spec = scenario("medgemma-27b-it", "nvidia-quadro-rtx-5000-16gb", 4, "BF16", "transformers");
  spec.context = 4096;
  const Placement placement = answer(spec).estimate.placement;
  CHECK(placement.status <= FitStatus::tight);
  CHECK(placement.devices[0].layers < placement.devices[1].layers);
}

TEST_CASE("A processor is credited neither with the graphics beside it nor with what was measured there") {
  const auto at = [](const char* backend) {
    ScenarioSpec spec = scenario("llama-3.1-8b", "amd-ryzen-ai-max-plus-395-128gb", 1, "Q4_K_M", "llama.cpp");
    spec.backend = backend;
    return answer(spec);
  };
  const Answer processor = at("cpu"), graphics = at("vulkan");
  CHECK(processor.estimate.speed.prefill_tok_s.p50 * 2 < graphics.estimate.speed.prefill_tok_s.p50);
  CHECK(near_measurements(front().measurements(), processor.scenario, catalog(), 1).empty());
  CHECK_FALSE(near_measurements(front().measurements(), graphics.scenario, catalog(), 1).empty());
}

TEST_CASE("No fitted range is too wide to say anything") {
  constexpr double kWidest = 40;  // p90 over p10, of devices of a family that nobody measured
  for (std::size_t cls = 0; cls < kSpeedClasses; ++cls) {
    for (const char* group : {"", "cpu", "cuda", "cuda/served", "metal", "rocm", "rocm/served", "sycl", "vulkan/AMD",
                              "vulkan/Intel", "vulkan/NVIDIA"}) {
      for (const Acquaintance known : {Acquaintance::device, Acquaintance::family, Acquaintance::none}) {
        const ResidualRange range = catalog().calibration().range(static_cast<SpeedClass>(cls), group, known);
        CHECK_MESSAGE(range.p90 / range.p10 < kWidest, cls << " " << group);
        if (known == Acquaintance::device) CHECK_MESSAGE(range.p90 / range.p10 < 8, cls << " " << group);
      }
    }
  }
}

TEST_CASE("Faster memory of the host never makes it slower, whatever kind of processor has it") {
  double before = 0;
  for (const double gbs : {80.0, 200.0, 249.0, 250.0, 280.0, 400.0, 600.0}) {
    ScenarioSpec spec = scenario("qwen3-235b-a22b", "nvidia-rtx-4090-24gb", 1, "Q4_K_M", "llama.cpp");
    spec.hardware.host.memory_bytes = gibibytes(512).value();
    spec.hardware.host.mem_bandwidth_gbs = gbs;
    const double tok_s = answer(spec).estimate.speed.decode_tok_s.p50;
    CHECK_MESSAGE(tok_s >= before, gbs);
    before = tok_s;
  }
}
