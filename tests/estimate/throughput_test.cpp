// What all users together are written, prompts included.
#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;

namespace {

Speed served(const char* engine, const char* format, std::uint32_t users, std::uint32_t prompt,
             std::uint32_t output = 128) {
  ScenarioSpec spec = scenario("llama-3.1-8b", "nvidia-rtx-4090-24gb", 1, format, engine);
  spec.parallel = users;
  spec.workload = WorkloadSpec{"", prompt, output, 0};
  return answer(spec).estimate.speed;
}

}  // namespace

TEST_CASE("one request alone takes the time of its prompt and of its answer") {
  for (const char* engine : {"llama.cpp", "vllm"}) {
    CAPTURE(engine);
    const Speed speed = served(engine, engine == std::string("vllm") ? "FP8" : "Q4_K_M", 1, 2048);
    const double time = speed.ttft_s.p50 + 128 / speed.decode_tok_s.p50;
    CHECK(speed.throughput_tok_s.p50 == doctest::Approx(128 / time).epsilon(1e-6));
    CHECK(speed.throughput_tok_s.p10 < speed.throughput_tok_s.p50);
    CHECK(speed.throughput_tok_s.p50 < speed.throughput_tok_s.p90);
  }
}

TEST_CASE("prompts are read one after another: long ones bound what all are written") {
  for (const char* engine : {"llama.cpp", "vllm"}) {
    CAPTURE(engine);
    for (const std::uint32_t users : {2U, 4U, 8U, 16U}) {
      CAPTURE(users);
      const Speed speed = served(engine, engine == std::string("vllm") ? "FP8" : "Q4_K_M", users, 4096);
      CHECK(speed.throughput_tok_s.p50 < speed.decode_total_tok_s.p50);
      // As many prompts as answers.
      if (engine == std::string("llama.cpp")) {
        CHECK(speed.throughput_tok_s.p50 / 128 * 4096 < speed.prefill_tok_s.p50);
      }
    }
  }
  const Speed silent = served("llama.cpp", "Q4_K_M", 8, 0);
  CHECK(silent.throughput_tok_s.p50 == doctest::Approx(silent.decode_total_tok_s.p50).epsilon(1e-6));
}

TEST_CASE("a server that is full writes no more for more users") {
  const Speed full = served("vllm", "BF16", 64, 4096, 512), more = served("vllm", "BF16", 256, 4096, 512);
  REQUIRE(full.queue > Seconds(0));
  CHECK(more.throughput_tok_s.p50 == doctest::Approx(full.throughput_tok_s.p50).epsilon(0.1));
}

TEST_CASE("no more is answered than prompts are read, and who waits for that waits longer") {
  ScenarioSpec spec = scenario("qwen3-32b", "nvidia-h20-96gb", 8, "BF16", "vllm");
  spec.context = 8448;
  spec.workload = WorkloadSpec{"", 8192, 256, 0};
  double before = 0;
  for (const std::uint32_t users : {1U, 8U, 32U, 128U, 256U}) {
    CAPTURE(users);
    spec.parallel = users;
    const Speed speed = answer(spec).estimate.speed;
    CHECK(speed.throughput_tok_s.p50 / 256 * 8192 <= speed.prefill_tok_s.p90 * 1.0001);
    CHECK(speed.ttft_s.p50 >= before);
    CHECK(speed.ttft_s.p10 <= speed.ttft_s.p50);
    CHECK(speed.ttft_s.p50 <= speed.ttft_s.p90);
    CHECK(speed.throughput_tok_s.p10 <= speed.throughput_tok_s.p50);
    CHECK(speed.throughput_tok_s.p50 <= speed.throughput_tok_s.p90);
    before = speed.ttft_s.p50;
  }
  CHECK(before > 10);
}

TEST_CASE("adapters take time: llama.cpp applies all that are loaded, a server to each request its own") {
  const auto decode = [](const char* engine, const char* format, std::uint32_t count) {
    ScenarioSpec spec = scenario("llama-3.1-8b-instruct", "nvidia-rtx-4090-24gb", 1, format, engine);
    if (count > 0) spec.adapters = {{64, count}};
    return answer(spec).estimate.speed;
  };
  const Speed plain = decode("llama.cpp", "Q4_K_M", 0), one = decode("llama.cpp", "Q4_K_M", 1);
  const Speed eight = decode("llama.cpp", "Q4_K_M", 8);
  CHECK(one.decode_tok_s.p50 < plain.decode_tok_s.p50);
  CHECK(eight.decode_tok_s.p50 < 0.95 * one.decode_tok_s.p50);
  CHECK(eight.prefill_tok_s.p50 < one.prefill_tok_s.p50);
  const Speed served = decode("vllm", "FP8", 1), served_eight = decode("vllm", "FP8", 8);
  CHECK(served_eight.decode_tok_s.p50 == doctest::Approx(served.decode_tok_s.p50).epsilon(0.001));
}
