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
    constexpr std::uint64_t kParams = 20'000'000'000;
    return headroom::judge(system, placement, speed, settings, quality, kParams);
  }
};

}  // namespace

TEST_CASE("What does not fit gets an F, a score of zero and says how much is needed") {
  Case c;
  c.placement.status = FitStatus::does_not_fit;
  c.placement.weights = gibibytes(30);
  const Verdict verdict = c.judge();
  CHECK(verdict.grade == 'F');
  CHECK(verdict.score == 0);
  CHECK(verdict.text.key == "verdict.does_not_fit.one");
  CHECK(verdict.bottleneck == BottleneckKind::memory);
  bool says_needed = false;
  for (const MessageArg& arg : verdict.text.args) says_needed = says_needed || arg.name == "needed";
  CHECK(says_needed);
  // Where the host could have taken the rest, what it has is part of the answer.
  c.placement.weights = gibibytes(60);
  c.placement.host.usable = gibibytes(8);
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

namespace {

double number_of(const Message& message, std::string_view name) {
  for (const MessageArg& arg : message.args) {
    if (arg.name == name) return arg.number;
  }
  return -1;
}

}  // namespace

TEST_CASE(
    "What lacks little is told how little, what lacks host memory that it does, and what one device lacks alone") {
  Case c;
  c.placement.status = FitStatus::does_not_fit;
  c.placement.weights = c.placement.devices[0].weights = gibibytes(23) + mebibytes(20);
  CHECK(c.judge().text.key == "verdict.does_not_fit_by.one");
  CHECK(number_of(c.judge().text, "missing") == mebibytes(20).as_double());
  c.placement.weights = c.placement.devices[0].weights = gibibytes(20);
  c.placement.host.usable = gibibytes(4);
  c.placement.host.weights = gibibytes(5);
  CHECK(c.judge().text.key == "verdict.does_not_fit_host");
  CHECK(number_of(c.judge().text, "needed") == gibibytes(5).as_double());
  c.placement.host.weights = Bytes(0);
  c.system.devices.push_back(&c.device);
  c.placement.devices.push_back(c.placement.devices[0]);
  c.placement.devices[1].weights = gibibytes(24);
  CHECK(c.judge().text.key == "verdict.does_not_fit_fullest.many");
  CHECK(number_of(c.judge().text, "needed") == gibibytes(24).as_double());
}

TEST_CASE("Of a cache that fills the device, what the sequences asked for leave is to spare") {
  Case c;
  c.placement.devices[0].kv = gibibytes(11);
  c.placement.devices[0].cache_asked = gibibytes(2);
  CHECK(number_of(c.judge().text, "free") == gibibytes(9).as_double());
  c.placement.status = FitStatus::does_not_fit;
  c.placement.weights = gibibytes(12);
  c.placement.kv = gibibytes(11);
  c.placement.devices[0].cache_asked = gibibytes(30);
  CHECK(number_of(c.judge().text, "needed") == gibibytes(42).as_double());
}

TEST_CASE(
    "Below the targets, too, each speed scores otherwise, and generation counts where the first token is slower") {
  Case c;
  double last = 0;
  for (double rate = 0.01; rate < 5; rate *= 2) {
    c.speed.decode_tok_s = {rate, rate, rate};
    c.speed.ttft_s = {100, 100, 100};
    CHECK(c.judge().parts.speed > last);
    CHECK(c.judge().grade == 'E');
    last = c.judge().parts.speed;
  }
}

TEST_CASE("A model scores no better for a format that fills more of the memory") {
  Case c;
  const double before = c.judge().parts.efficiency;
  CHECK(before > 0);
  c.placement.devices[0].weights = gibibytes(22);
  CHECK(c.judge().parts.efficiency == before);
}

TEST_CASE("What answers badly is of little use however quickly") {
  Case c;
  c.speed.decode_tok_s = {9000, 9000, 9000};
  c.speed.ttft_s = {0.001, 0.001, 0.001};
  const double useless = c.judge({0.02, 1}).exact_score;
  c.speed.decode_tok_s = {8, 8, 8};
  c.speed.ttft_s = {6, 6, 6};
  CHECK(c.judge({0.5, 1}).exact_score > useless);
}

TEST_CASE("What limits generation is told with a remedy that can be followed") {
  Case c;
  c.speed.has_decode = true;
  c.speed.decode_bound = Bound::memory;
  c.speed.decode_step.weights = Seconds(0.01);
  c.speed.decode_step.kv = Seconds(0.005);
  CHECK(c.judge().bottleneck_text.key == "bottleneck.bandwidth");
  CHECK(c.judge().remedy.key == "remedy.bandwidth");
  c.settings.cache.parallel = 8;
  CHECK(c.judge().bottleneck_text.key == "bottleneck.bandwidth_many");
  c.speed.decode_step.kv = Seconds(0.02);
  CHECK(c.judge().bottleneck_text.key == "bottleneck.cache");
  CHECK(c.judge().remedy.key == "remedy.cache_many");
  c.settings.cache.k = {32, 34};
  CHECK(c.judge().remedy.key == "remedy.small_cache_many");
  c.settings.cache.parallel = 1;
  CHECK(c.judge().remedy.key == "remedy.small_cache");
  c.speed.decode_bound = Bound::compute;
  CHECK(c.judge().remedy.key == "remedy.compute");
  c.settings.cache.parallel = 2;
  CHECK(c.judge().remedy.key == "remedy.compute_many");
  c.speed.decode_bound = Bound::interconnect;
  c.system.devices.push_back(&c.device);
  c.placement.devices.push_back(c.placement.devices[0]);
  CHECK(c.judge().remedy.key == "remedy.interconnect");
  for (DeviceShare& share : c.placement.devices) share.weights = gibibytes(6);
  CHECK(c.judge().remedy.key == "remedy.interconnect_fewer");
  c.speed.known = false;
  CHECK(c.judge().bottleneck_text.key == "bottleneck.unknown");
}
