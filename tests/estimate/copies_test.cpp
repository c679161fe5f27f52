// Copies that work on sequences of their own (data parallelism) end to end.
#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;

namespace {

ScenarioSpec copied(ScenarioSpec spec, std::uint32_t copies, std::uint32_t parallel = 1) {
  spec.data_parallel = copies;
  spec.parallel = parallel;
  return spec;
}

}  // namespace

TEST_CASE("copies of a dense model are whole, independent and as quick as one card each") {
  const ScenarioSpec one = scenario("qwen3-8b", "nvidia-h20-96gb", 1, "BF16", "vllm");
  const ScenarioSpec eight = scenario("qwen3-8b", "nvidia-h20-96gb", 8, "BF16", "vllm");
  const Estimate alone = answer(copied(one, 1, 16)).estimate;
  const Estimate copies = answer(copied(eight, 8, 128)).estimate;
  CHECK(copies.placement.data_parallel == 8);
  CHECK(copies.placement.tensor_parallel == 1);
  CHECK(copies.placement.split == Split::none);
  for (const DeviceShare& device : copies.placement.devices) {
    CHECK(device.weights == alone.placement.devices[0].weights);
  }
  CHECK(copies.placement.weights == alone.placement.weights * 8);
  CHECK(copies.speed.decode_tok_s.p50 == doctest::Approx(alone.speed.decode_tok_s.p50).epsilon(0.01));
  CHECK(copies.speed.decode_step.communication == Seconds(0));
  CHECK(copies.speed.ttft_s.p50 == doctest::Approx(alone.speed.ttft_s.p50).epsilon(0.01));
  // One stream uses one of them.
  const Estimate stream = answer(copied(eight, 8)).estimate;
  CHECK(stream.speed.decode_tok_s.p50 ==
        doctest::Approx(answer(copied(one, 1)).estimate.speed.decode_tok_s.p50).epsilon(0.01));
  CHECK(stream.speed.decode_tok_s.p50 < answer(copied(eight, 1)).estimate.speed.decode_tok_s.p50);
}

TEST_CASE("copies share the routed experts and repeat the rest, which makes room for latent caches") {
  const ScenarioSpec spec = scenario("deepseek-r1", "nvidia-h20-141gb", 8, "FP8", "vllm");
  const Answer ranks = answer(copied(spec, 1, 256)), copies = answer(copied(spec, 8, 256));
  Bytes routed;
  for (const Bytes layer : ranks.weights->layer_expert_bytes) routed += layer;
  const Bytes rest = ranks.weights->file_bytes - routed;
  const Placement& placement = copies.estimate.placement;
  CHECK(placement.expert_parallel == 8);
  CHECK(placement.split == Split::expert);
  CHECK(placement.weights.as_double() ==
        doctest::Approx((ranks.weights->file_bytes + rest * 7).as_double()).epsilon(0.001));
  // Every rank holds the whole latent cache of its sequences only.
  CHECK(placement.kv_tokens > 3 * ranks.estimate.placement.kv_tokens);
  CHECK(copies.estimate.speed.decode_total_tok_s.p50 > ranks.estimate.speed.decode_total_tok_s.p50);
}

TEST_CASE("SGLang's copies repeat the attention alone, and a copy may be of several ranks") {
  const ScenarioSpec spec = scenario("deepseek-r1", "nvidia-h200-sxm-141gb", 8, "FP8", "sglang");
  const auto weights = [&](std::uint32_t copies) {
    return answer(copied(spec, copies, 64)).estimate.placement.weights;
  };
  const Answer one = answer(copied(spec, 1, 64));
  Bytes mixers;
  for (const GroupWeights& group : one.weights->groups) mixers += group.mixer;
  const auto near = [](Bytes bytes) { return doctest::Approx(bytes.as_double()).epsilon(0.001); };
  CHECK((weights(8) - weights(1)).as_double() == near(mixers * 7));
  CHECK((weights(2) - weights(1)).as_double() == near(mixers));
  CHECK(answer(copied(spec, 2, 64)).estimate.placement.tensor_parallel == 4);
}

TEST_CASE("more copies hold more sequences and never cost the devices less memory") {
  for (const char* model : {"deepseek-r1", "kimi-k2.5", "glm-5"}) {
    CAPTURE(model);
    const ScenarioSpec spec = scenario(model, "nvidia-b300-sxm-288gb", 8, "FP8", "vllm");
    Bytes weights;
    std::uint64_t tokens = 0;
    for (const std::uint32_t copies : {1U, 2U, 4U, 8U}) {
      CAPTURE(copies);
      const Placement placement = answer(copied(spec, copies, 64)).estimate.placement;
      if (placement.status == FitStatus::does_not_fit) break;
      CHECK(placement.weights > weights);
      CHECK(placement.kv_tokens > tokens);
      weights = placement.weights;
      tokens = placement.kv_tokens;
    }
    CHECK(tokens > 0);
  }
}

TEST_CASE("copies that cannot be are refused by name") {
  const auto error = [](const char* engine, std::uint32_t devices, std::uint32_t tensor, std::uint32_t copies) {
    ScenarioSpec spec = scenario("qwen3-8b", "nvidia-h100-sxm-80gb", devices, "", engine);
    spec.quantization.reset();
    spec.data_parallel = copies;
    if (tensor > 0) spec.tensor_parallel = tensor;
    const Result<Answer> answer = front().estimate(spec);
    return answer.ok() ? std::string() : answer.error().message;
  };
  CHECK(error("vllm", 8, 2, 4).empty());
  CHECK(error("vllm", 8, 4, 4).starts_with("tensor_parallel x pipeline_parallel x data_parallel: 16 ranks"));
  CHECK(error("llama.cpp", 2, 0, 2).starts_with("data_parallel: "));
  CHECK(error("tensorrt-llm", 8, 2, 4).starts_with("tensor_parallel: "));
  CHECK(error("tensorrt-llm", 8, 0, 8).empty());
  // A copy of its engine is one device: what is left over makes stages.
  ScenarioSpec halves = scenario("qwen3-8b", "nvidia-h100-sxm-80gb", 8, "FP8", "tensorrt-llm");
  halves.data_parallel = 4;
  const Placement staged = answer(halves).estimate.placement;
  CHECK(staged.tensor_parallel == 1);
  CHECK(staged.pipeline_parallel == 2);
}

TEST_CASE("copies are offered to many sequences where they are quicker, and to one never") {
  const auto offered = [](std::uint32_t parallel) {
    ScenarioSpec spec = scenario("deepseek-r1", "nvidia-h200-sxm-141gb", 8, "FP8", "sglang");
    spec.parallel = parallel;
    const Result<std::vector<Upgrade>> upgrades = front().upgrades(spec);
    REQUIRE(upgrades.ok());
    for (const Upgrade& upgrade : *upgrades) {
      if (upgrade.text.key == "upgrade.copies") return upgrade.scenario.data_parallel.value_or(0);
    }
    return 0U;
  };
  CHECK(offered(1) == 0);
  CHECK(offered(256) == 8);
}

TEST_CASE("ranks that would repeat a cache share its tokens instead") {
  ScenarioSpec spec = scenario("deepseek-r1", "nvidia-h200-sxm-141gb", 8, "FP8", "vllm");
  spec.parallel = 16;
  spec.workload = WorkloadSpec{"", 16384, 512, 0};
  const Estimate repeated = answer(spec).estimate;
  spec.context_parallel = 8;
  const Estimate shared = answer(spec).estimate;
  CHECK(static_cast<double>(shared.placement.kv_tokens) ==
        doctest::Approx(8.0 * static_cast<double>(repeated.placement.kv_tokens)).epsilon(0.001));
  CHECK(shared.placement.weights == repeated.placement.weights);
  CHECK(shared.speed.decode_step.kv < repeated.speed.decode_step.kv * 0.2);
  CHECK(shared.speed.decode_step.communication > repeated.speed.decode_step.communication);
  // Eight K/V heads over eight ranks: nothing is repeated.
  ScenarioSpec grouped = scenario("llama-3.1-70b", "nvidia-h200-sxm-141gb", 8, "FP8", "vllm");
  grouped.context_parallel = 2;
  const Placement refused = answer(grouped).estimate.placement;
  CHECK(refused.status == FitStatus::does_not_fit);
  CHECK(refused.reason.key == "placement.tokens_not_divisible");
  spec.engine = "tensorrt-llm";
  const Result<Answer> other = front().estimate(spec);
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().message.starts_with("decode_context_parallel: "));
}

TEST_CASE("what a rank reads in a step is what it holds, whatever its engine's copies repeat") {
  for (const char* engine : {"vllm", "sglang", "tensorrt-llm"}) {
    CAPTURE(engine);
    ScenarioSpec spec = scenario("deepseek-r1", "nvidia-b300-sxm-288gb", 8, "FP8", engine);
    spec.data_parallel = 8;
    spec.parallel = 4096;  // every expert is read
    spec.context = 1024;
    spec.workload = WorkloadSpec{"", 256, 256, 0};
    const Answer given = answer(spec);
    const Placement& placement = given.estimate.placement;
    const double embedding = given.weights->token_embedding.as_double();
    const double read = given.estimate.speed.decode_step.weights.value();
    // At the peak of the memory the weights held, less an embedding that is looked up, take less than the step says,
    // and at half of it more.
    const double held = placement.devices[0].weights.as_double() - embedding;
    const double bandwidth = 8e12;
    CHECK(read > held / bandwidth);
    CHECK(read < 2.5 * held / bandwidth);
  }
}

TEST_CASE("routed experts are shared by all copies with all that belongs to them: adapters, layers that guess") {
  ScenarioSpec spec = scenario("deepseek-r1", "nvidia-b300-sxm-288gb", 8, "FP8", "vllm");
  spec.parallel = 64;
  const auto of_device = [&](std::uint32_t copies) {
    spec.data_parallel = copies;
    return answer(spec).estimate.placement.devices[0];
  };
  const DeviceShare plain_one = of_device(1), plain_eight = of_device(8);
  spec.adapters = {{16, 1, adapter_target::experts}};
  const Bytes one = of_device(1).adapters, eight = of_device(8).adapters;
  REQUIRE(one > Bytes(0));
  // Divided among eight ranks in either case: dealt out, or cut with one side of each pair whole.
  CHECK(eight < one);
  spec.adapters.clear();
  spec.speculation = Speculation{SpeculationKind::mtp, 1, 0.7};
  const Bytes layer_one = of_device(1).weights - plain_one.weights;
  const Bytes layer_eight = of_device(8).weights - plain_eight.weights;
  REQUIRE(layer_one > Bytes(0));
  // Of 13.5 GB in eight bit 11 are routed experts.
  CHECK(layer_eight.as_double() < 3 * layer_one.as_double());
}

TEST_CASE("copies hold whole sequences") {
  // Of a context that no copy has room for none fits, however many copies have room for a part of it.
  ScenarioSpec spec = scenario("llama-3.1-8b", "nvidia-rtx-4090-24gb", 2, "FP8", "vllm");
  spec.data_parallel = 2;
  spec.context = 4096;
  const std::uint32_t each = answer(spec).estimate.placement.max_parallel / 2;
  CHECK(answer(spec).estimate.placement.max_parallel == 2 * each);
  spec.context = 131072;
  const Placement large = answer(spec).estimate.placement;
  CHECK(large.max_parallel == 0);
  CHECK(large.status == FitStatus::does_not_fit);
}
