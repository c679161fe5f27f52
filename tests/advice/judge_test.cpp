// The verdict as a function of fit and speed: monotone, bounded, and silent about what is unknown.
#include <doctest/doctest.h>

#include "core/advice/advice.h"

using namespace headroom;

namespace {

struct Case {
  Device device;
  System system;
  Settings settings;
  Placement placement;
  Speed speed;

  Case() {
    device.name = "Test card";
    device.memory = gibibytes(24);
    system.devices.push_back(&device);
    settings.workload = {"chat", 2048, 512, 0};
    settings.targets = {1, 10, 40, 5, 8192};
    placement.status = FitStatus::fits;
    DeviceShare share;
    share.usable = gibibytes(23);
    share.weights = gibibytes(12);
    placement.devices.push_back(share);
    placement.weights = gibibytes(12);
    placement.safe_context = 8192;
    speed.known = true;
    speed.decode_tok_s = {35, 40, 45};
    speed.ttft_s = {0.8, 1.0, 1.2};
  }
  [[nodiscard]] Verdict judge(QualityInputs quality = {}) const {
    return headroom::judge(system, placement, speed, settings, quality);
  }
};

}  // namespace

TEST_CASE("What does not fit gets an F, a score of zero and says how much is needed") {
  Case c;
  c.placement.status = FitStatus::does_not_fit;
  const Verdict verdict = c.judge();
  CHECK(verdict.grade == 'F');
  CHECK(verdict.score == 0);
  CHECK(verdict.text.key == "verdict.does_not_fit.one");
  CHECK(verdict.bottleneck == BottleneckKind::memory);
  bool says_needed = false;
  for (const MessageArg& arg : verdict.text.args) says_needed = says_needed || arg.name == "needed";
  CHECK(says_needed);
  // Where the host could have taken the rest, what it has is part of the answer.
  c.placement.spills = true;
  const Verdict spilled = c.judge();
  CHECK(spilled.text.key == "verdict.does_not_fit_spilled.one");
  bool says_host = false;
  for (const MessageArg& arg : spilled.text.args) says_host = says_host || arg.name == "host";
  CHECK(says_host);
}

TEST_CASE("Targets that are met give an A, half the speed a worse grade") {
  Case c;
  CHECK(c.judge().grade == 'A');
  c.speed.decode_tok_s = {3, 4, 5};
  CHECK(c.judge().grade > 'C');
  CHECK(c.judge().text.key == "verdict.slow.one");
}

TEST_CASE("More speed, less offload and more context never lower the score") {
  Case c;
  std::uint32_t last = 0;
  for (double rate = 0.1; rate < 1e4; rate *= 1.5) {
    c.speed.decode_tok_s = {rate, rate, rate};
    const std::uint32_t score = c.judge().score;
    CHECK(score >= last);
    CHECK(score <= 100);
    last = score;
  }
  last = 0;
  c.placement.status = FitStatus::offload;
  for (double share = 1; share >= 0; share -= 0.1) {
    c.placement.offload_fraction = share;
    const std::uint32_t score = c.judge().score;
    CHECK(score >= last);
    last = score;
  }
  last = 0;
  for (std::uint32_t context = 0; context < 1U << 24U; context = context * 2 + 512) {
    c.placement.safe_context = context;
    const std::uint32_t score = c.judge().score;
    CHECK(score >= last);
    last = score;
  }
}

TEST_CASE("A model without a benchmark rank is neither punished nor rewarded") {
  Case c;
  const Verdict unknown = c.judge({-1, 1});
  const Verdict weak = c.judge({0.0, 1});
  const Verdict strong = c.judge({1.0, 1});
  CHECK(weak.score < unknown.score);
  CHECK(strong.score > weak.score);
  CHECK(unknown.parts.quality == 0);
}

TEST_CASE("A workload without output is judged by its first token alone") {
  Case c;
  c.settings.workload.output = 0;
  c.speed.decode_tok_s = {0, 0, 0};
  CHECK(c.judge().grade == 'A');
}

TEST_CASE("An unknown speed is said, not graded as slow") {
  Case c;
  c.speed.known = false;
  CHECK(c.judge().text.key == "verdict.fits_speed_unknown.one");
  CHECK(c.judge().bottleneck == BottleneckKind::none);
}

TEST_CASE("Beyond the targets, speed and context still tell machines apart") {
  Case c;
  double last = 0;
  for (double rate = 40; rate < 1e4; rate *= 2) {
    c.speed.decode_tok_s = {rate, rate, rate};
    c.speed.ttft_s = {10 / rate, 10 / rate, 10 / rate};
    CHECK(c.judge().exact_score > last);
    last = c.judge().exact_score;
  }
  for (std::uint32_t context = 16384; context < 1U << 24U; context *= 2) {
    c.placement.safe_context = context;
    CHECK(c.judge().exact_score > last);
    last = c.judge().exact_score;
  }
  CHECK(last < 100);
}

TEST_CASE("A tight fit says what makes it tight") {
  Case c;
  c.placement.status = FitStatus::tight;
  CHECK(c.judge().text.key == "verdict.tight.one");
  c.placement.kv_tokens = 40000;
  c.placement.max_parallel = 3;
  const Message queues = c.judge().text;
  CHECK(queues.key == "verdict.queues");
  CHECK(queues.args.back().name == "sequences");
  CHECK(queues.args.back().number == 3);
  c.placement.limit = MemoryLimit::raised;
  CHECK(c.judge().text.key == "verdict.raised.one");
}

TEST_CASE("What stays in system memory because a person said so is not said not to fit") {
  Case c;
  c.placement.status = FitStatus::offload;
  c.placement.offload_fraction = 0.4;
  CHECK(c.judge().text.key == "verdict.offload.one");
  CHECK(c.judge().remedy.key == "remedy.host");
  c.settings.gpu_layers = 10;
  CHECK(c.judge().text.key == "verdict.offload.told");
  CHECK(c.judge().remedy.key == "remedy.placement");
  c.settings.gpu_layers = kAuto;
  c.settings.cpu_moe_layers = kAll;
  CHECK(c.judge().text.key == "verdict.offload.told");
  c.placement.status = FitStatus::fits;
  CHECK(c.judge().remedy.key != "remedy.placement");
}
