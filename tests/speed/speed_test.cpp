#include <doctest/doctest.h>

#include <cmath>

#include "core/speed/communication.h"
#include "core/speed/ranges.h"
#include "core/speed/speculation.h"
#include "core/speed/speed.h"

using namespace headroom;

namespace {

// A dense model of `layers` equal layers, given by its costs alone.
SpeedProfile profile_of(double layer_bytes, double layers) {
  SpeedProfile profile;
  LayerCost layer;
  layer.count = layers;
  layer.dense_bytes = Traffic(layer_bytes);
  layer.dense_weights = layer_bytes / 2;
  layer.k_elements = layer.v_elements = 1024;
  layer.kv_heads = 8;
  layer.query_heads = 32;
  layer.decode_flops = layer.prefill_flops = Flops(4.0 * 32 * 128);
  layer.mixer = MixerKind::gqa;
  profile.cost.groups.push_back(layer);
  profile.cost.hidden = 4096;
  profile.cost.head_bytes = Traffic(1e9);
  profile.cost.head_weights = 5e8;
  const Efficiencies priors = Calibration().resolve({});
  profile.rates.push_back(make_rates(BytesPerSecond(1e12), FlopsPerSecond(200e12), FlopsPerSecond(50e12), priors));
  profile.host = make_rates(BytesPerSecond(60e9), FlopsPerSecond(1e12), FlopsPerSecond(1e12), priors);
  profile.link.byte = SecondsPerByte(1 / 200e9);
  profile.link.latency = Seconds(2e-6);
  profile.link.reduce_latency = Seconds(8e-6);
  profile.link.hop = Seconds(50e-6);
  profile.link.switched = true;
  profile.link.reduce_byte = SecondsPerByte(1 / 100e9);
  profile.host_link.byte = SecondsPerByte(1 / 25e9);
  profile.host_link.latency = Seconds(2e-6);
  profile.bandwidth_known = true;
  profile.ranges.fill({0.8, 1.25, 100});
  return profile;
}

Placement placement_of(std::uint16_t layers, std::size_t devices, bool tensor) {
  Placement placement;
  placement.tensor_parallel = tensor ? static_cast<std::uint32_t>(devices) : 1;
  for (std::size_t d = 0; d < devices; ++d) {
    DeviceShare share;
    share.layers_of_group.push_back(tensor ? layers : static_cast<std::uint16_t>(layers / devices));
    share.layers = share.layers_of_group[0];
    share.holds_output = tensor || d + 1 == devices;
    placement.devices.push_back(share);
  }
  return placement;
}

Settings settings_of(std::uint32_t prompt, std::uint32_t output, std::uint32_t prefix, std::uint32_t parallel = 1) {
  Settings settings;
  settings.workload.prompt = prompt;
  settings.workload.output = output;
  settings.workload.cached_prefix = prefix;
  settings.cache.parallel = parallel;
  return settings;
}

Speed run(const SpeedProfile& profile, const Placement& placement, const Settings& settings) {
  return speed(placement, settings, profile);
}

double decode(const SpeedProfile& profile, const Placement& placement, const Settings& settings) {
  return run(profile, placement, settings).decode_tok_s.p50;
}

}  // namespace

TEST_CASE("decode is near the bandwidth and never above it") {
  const SpeedProfile profile = profile_of(500e6, 32);
  const Speed result = run(profile, placement_of(32, 1, false), settings_of(0, 128, 0));
  const double ceiling = 1e12 / (32 * 500e6 + 1e9);
  CHECK(result.known);
  CHECK(result.has_decode);
  CHECK_FALSE(result.has_prefill);
  CHECK(result.decode_tok_s.p50 < ceiling);
  CHECK(result.decode_tok_s.p50 > 0.5 * ceiling);
  CHECK(result.decode_bound == Bound::memory);
  CHECK(result.decode_tok_s.p10 == doctest::Approx(0.8 * result.decode_tok_s.p50));
  CHECK(result.decode_tok_s.p90 == doctest::Approx(1.25 * result.decode_tok_s.p50));
  CHECK(1 / result.decode_step.total().value() == doctest::Approx(result.decode_tok_s.p50));
}

TEST_CASE("unpacking and attention hide behind reading until there is more of them") {
  const Placement placement = placement_of(32, 1, false);
  SpeedProfile profile = profile_of(500e6, 32);
  Rates& rates = profile.rates[0];
  const auto step = [&](std::uint32_t depth) {
    return run(profile, placement, settings_of(0, 2, depth)).decode_step.total().value();
  };
  rates.unpack = Seconds(0);
  rates.attention_flop = SecondsPerFlop(0);
  const double reading = step(0);
  const double weights = 32 * 250e6 + 5e8;
  // A tenth of the reading: hidden. Ten times as much: all there is.
  rates.unpack = Traffic(0.1 * (32 * 500e6 + 1e9)) * rates.weight_byte / weights;
  CHECK(step(0) < 1.01 * reading);
  CHECK(step(0) > reading);
  rates.unpack = 100 * rates.unpack;
  CHECK(step(0) > rates.unpack.value() * weights);
  CHECK(step(0) < rates.unpack.value() * weights + reading);
  rates.unpack = Seconds(0);
  const double cached = step(65536);
  const double cache = (Traffic(32 * 65537.0 * 2048 * 2) * rates.kv_byte).value();
  rates.attention_flop = SecondsPerFlop(0.1 * cache / (32 * 65537.0 * profile.cost.groups[0].decode_flops.value()));
  CHECK(step(65536) < cached + 0.01 * cache);
  rates.attention_flop = 100 * rates.attention_flop;
  CHECK(step(65536) > 10 * cache);
}

TEST_CASE("a CPU unpacks with its integer units") {
  const Efficiencies priors = Calibration().resolve({});
  Device cpu;
  cpu.cls = DeviceClass::cpu;
  cpu.bandwidth = BytesPerSecond(90e9);
  cpu.tflops.fp32 = FlopsPerSecond(2e12);
  const auto unpack = [&](Backend backend) {
    return make_rates(cpu, backend, Engine{}, "bits4", priors).unpack.value();
  };
  const double assumed = unpack(Backend::cpu);
  CHECK(assumed < unpack(Backend::vulkan));
  cpu.tflops.int8 = FlopsPerSecond(8e12);
  CHECK(unpack(Backend::cpu) == doctest::Approx(assumed / 2));
  CHECK(unpack(Backend::vulkan) == doctest::Approx(2 * assumed));
}

TEST_CASE("a personal measurement rescales the speed and the parts of its step alike") {
  SpeedProfile profile = profile_of(200e6, 32);
  const Placement placement = placement_of(32, 1, false);
  for (const std::uint32_t parallel : {1U, 4U}) {
    profile.personal = {};
    const Speed plain = run(profile, placement, settings_of(512, 128, 1024, parallel));
    profile.personal = {.decode = 0.5, .prefill = 1};
    const Speed own = run(profile, placement, settings_of(512, 128, 1024, parallel));
    CHECK(own.decode_tok_s.p50 == doctest::Approx(0.5 * plain.decode_tok_s.p50));
    CHECK(1 / own.decode_step.total().value() == doctest::Approx(own.decode_tok_s.p50));
    CHECK(own.decode_step.weights.value() == doctest::Approx(2 * plain.decode_step.weights.value()));
    CHECK(own.decode_step.overhead.value() == doctest::Approx(2 * plain.decode_step.overhead.value()));
    CHECK(own.prefill_tok_s.p50 == plain.prefill_tok_s.p50);
  }
}

TEST_CASE("what is undefined says so and is never NaN") {
  const SpeedProfile profile = profile_of(500e6, 32);
  const Placement placement = placement_of(32, 1, false);
  const Speed prompt_only = run(profile, placement, settings_of(512, 0, 0));
  CHECK(prompt_only.has_prefill);
  CHECK_FALSE(prompt_only.has_decode);
  CHECK(prompt_only.ttft_s.p50 == doctest::Approx(512 / prompt_only.prefill_tok_s.p50));
  CHECK(prompt_only.ttft_s.p10 < prompt_only.ttft_s.p90);
  const Speed nothing = run(profile, placement, settings_of(0, 0, 0));
  CHECK_FALSE(nothing.has_decode);
  CHECK_FALSE(nothing.has_prefill);
  CHECK(std::isfinite(nothing.ttft_s.p50));

  SpeedProfile no_throughput = profile;
  no_throughput.rates[0].compute_known = false;
  const Speed unknown = run(no_throughput, placement, settings_of(512, 128, 0));
  CHECK_FALSE(unknown.has_prefill);
  CHECK(unknown.has_decode);
  SpeedProfile no_bandwidth = profile;
  no_bandwidth.bandwidth_known = false;
  const Speed blind = run(no_bandwidth, placement, settings_of(512, 128, 0));
  CHECK_FALSE(blind.known);
  CHECK(std::string_view(blind.unknown_reason) == "speed.unknown_bandwidth");
}

TEST_CASE("no range ends beyond what memory and units can do") {
  SpeedProfile profile = profile_of(500e6, 32);
  profile.ranges.fill({0.2, 5, 100});
  const Speed result = run(profile, placement_of(32, 1, false), settings_of(4096, 2, 16384));
  const double cache = 32 * (4096 + 16384 + 1) * 2048 * 2.0;
  CHECK(result.decode_tok_s.p90 == doctest::Approx(1e12 / (32 * 500e6 + 1e9 + cache)));
  CHECK(result.decode_tok_s.p90 > result.decode_tok_s.p50);
  const Speed prompt = run(profile, placement_of(32, 1, false), settings_of(2048, 0, 0));
  CHECK(prompt.prefill_tok_s.p90 == doctest::Approx(200e12 / (2 * 32 * 250e6)));
  // Nothing is read sooner than the data sheet's bandwidth allows, whatever was fitted.
  Efficiencies fitted = Calibration().resolve({});
  fitted.value[static_cast<std::size_t>(Slot::weight_bandwidth)] = 1.3;
  const Rates rates = make_rates(BytesPerSecond(1e12), FlopsPerSecond(1e12), FlopsPerSecond(1e12), fitted);
  CHECK(rates.weight_byte == rates.peak_byte);
}

TEST_CASE("tokens on the matrix units cost a tile of them at least, so that one token more is no jump") {
  SpeedProfile profile = profile_of(500e6, 32);
  Rates& rates = profile.rates[0];
  rates.vector_tokens = 8;
  rates.tile_tokens = 32;
  rates.vector_batch_flop = 1000 * rates.batch_flop;  // slow: eight tokens are at a tile's cost
  const Placement placement = placement_of(32, 1, false);
  const auto compute = [&](std::uint32_t sequences) {
    return run(profile, placement, settings_of(0, 2, 0, sequences)).decode_step.compute.value();
  };
  CHECK(compute(8) == doctest::Approx(compute(9)).epsilon(0.02));
  CHECK(compute(9) == doctest::Approx(compute(32)).epsilon(0.02));
  CHECK(compute(64) > 1.5 * compute(32));
  rates.vector_batch_flop = rates.batch_flop;
  CHECK(compute(2) < 0.1 * compute(9));
}

TEST_CASE("a prompt's last step, of few tokens, does not cost the host another whole one") {
  const SpeedProfile profile = profile_of(500e6, 32);
  Placement half = placement_of(16, 1, false);
  half.host.layers_of_group.push_back(16);
  half.offload_fraction = 0.5;
  const auto ttft = [&](std::uint32_t prompt) { return run(profile, half, settings_of(prompt, 0, 0)).ttft_s.p50; };
  CHECK(ttft(513) > ttft(512));
  CHECK(ttft(513) < 1.5 * ttft(512));
  CHECK(ttft(1024) > 1.5 * ttft(512));
}

TEST_CASE("more work is never quicker") {
  const SpeedProfile profile = profile_of(500e6, 32);
  const Placement placement = placement_of(32, 1, false);
  double last = 1e9;
  for (const std::uint32_t depth : {0U, 1024U, 8192U, 65536U, 131072U}) {
    const double tok_s = decode(profile, placement, settings_of(0, 128, depth));
    CHECK(tok_s < last);
    last = tok_s;
  }
  double per_sequence = 1e9;
  double together = 0;
  for (const std::uint32_t sequences : {1U, 2U, 8U, 64U}) {
    const Speed result = run(profile, placement, settings_of(0, 128, 512, sequences));
    CHECK(result.decode_tok_s.p50 < per_sequence);
    CHECK(result.decode_total_tok_s.p50 > together);
    per_sequence = result.decode_tok_s.p50;
    together = result.decode_total_tok_s.p50;
  }
  double time = 0;
  for (const std::uint32_t prompt : {64U, 512U, 4096U, 32768U}) {
    const double ttft = run(profile, placement, settings_of(prompt, 1, 0)).ttft_s.p50;
    CHECK(ttft > time);
    time = ttft;
  }
}

TEST_CASE("a layer split gives no single stream speed, tensor parallelism gives more to large models") {
  const Settings one_stream = settings_of(0, 128, 512);
  const SpeedProfile small = profile_of(100e6, 32);
  const SpeedProfile large = profile_of(4e9, 126);
  const double layer_gain =
      decode(small, placement_of(32, 8, false), one_stream) / decode(small, placement_of(32, 1, false), one_stream);
  CHECK(layer_gain <= 1);
  CHECK(layer_gain > 0.8);
  const double small_gain =
      decode(small, placement_of(32, 8, true), one_stream) / decode(small, placement_of(32, 1, true), one_stream);
  const double large_gain =
      decode(large, placement_of(126, 8, true), one_stream) / decode(large, placement_of(126, 1, true), one_stream);
  CHECK(small_gain > 1.5);
  CHECK(large_gain > 6);
  CHECK(large_gain < 8);
  CHECK(small_gain < large_gain);
}

TEST_CASE("layers on the host run at its bandwidth") {
  const SpeedProfile profile = profile_of(500e6, 32);
  Placement half = placement_of(16, 1, false);
  half.host.layers_of_group.push_back(16);
  half.offload_fraction = 0.5;
  const Settings settings = settings_of(512, 128, 0);
  const Speed offloaded = run(profile, half, settings);
  const Speed resident = run(profile, placement_of(32, 1, false), settings);
  CHECK(offloaded.decode_tok_s.p50 < 0.2 * resident.decode_tok_s.p50);
  CHECK(offloaded.decode_bound == Bound::host);
  // Less is known, so the range is wider.
  CHECK(offloaded.decode_tok_s.p90 / offloaded.decode_tok_s.p10 >
        resident.decode_tok_s.p90 / resident.decode_tok_s.p10);
  CHECK(offloaded.prefill_tok_s.p50 < resident.prefill_tok_s.p50);
}

TEST_CASE("what a layer's kind adds to a prompt and to a step") {
  SpeedProfile profile = profile_of(200e6, 32);
  const Placement placement = placement_of(32, 1, false);
  const Settings settings = settings_of(1024, 128, 8192);  // two micro-batches
  const auto prompt_s = [&] { return 1024 / run(profile, placement, settings).prefill_tok_s.p50; };
  const auto kv_s = [&] { return run(profile, placement, settings).decode_step.kv.value(); };
  LayerCost& layer = profile.cost.groups[0];
  Rates& rates = profile.rates[0];
  const double plain = prompt_s();
  const double kv = kv_s();

  rates.kv_wide = 2;
  rates.prefill_wide = 2;
  CHECK(prompt_s() == doctest::Approx(plain));
  layer.wide_prompt = true;
  CHECK(prompt_s() > plain);
  CHECK(kv_s() == doctest::Approx(kv));
  layer.wide_cache = true;
  CHECK(kv_s() == doctest::Approx(2 * kv));
  layer.wide_prompt = layer.wide_cache = false;

  layer.window = 512;
  const double windowed = prompt_s();
  CHECK(windowed < plain);
  layer.context_flops = layer.prefill_flops;  // over all 8704 positions before the mean token
  CHECK(prompt_s() ==
        doctest::Approx(windowed + (32 * 1024 * 8704.0 * layer.context_flops * rates.prefill_attention_flop).value()));
  layer.context_flops = Flops(0);
  layer.window = 0;

  layer.experts = 64;
  layer.experts_used = 8;
  const double without = prompt_s();
  rates.prefill_expert_layer += Seconds(1e-3);
  CHECK(prompt_s() == doctest::Approx(without + 32 * 2 * 1e-3));
}

TEST_CASE("latent attention in llama.cpp works on the cache and masks what an indexer leaves out") {
  ModelProfile model;
  LayerGroup group;
  group.count = 1;
  group.mixer.kind = MixerKind::mla;
  group.mixer.indexer = {.heads = 32, .dim = 128, .topk = 2048};
  model.groups.push_back(group);
  ModelCost cost;
  LayerCost layer;
  layer.prefill_flops = Flops(100);
  layer.decode_flops = Flops(300);
  layer.context_flops = Flops(10);
  layer.wide_cache = true;
  cost.groups.push_back(layer);
  mask_latent_attention(model, cost);
  CHECK(cost.groups[0].prefill_flops == Flops(300));
  CHECK(cost.groups[0].context_flops == Flops(310));
  CHECK(cost.groups[0].wide_prompt);

  model.groups[0].mixer.kind = MixerKind::gqa;
  model.groups[0].mixer.indexer = {};
  cost.groups[0] = layer;
  mask_latent_attention(model, cost);
  CHECK(cost.groups[0].prefill_flops == Flops(100));
  CHECK(cost.groups[0].context_flops == Flops(10));
}

TEST_CASE("experts: the union grows with the batch") {
  CHECK(experts_touched(128, 8, 1) == 8);
  // Fewer than if all were alike, the more so the larger the batch, and all of them in the end.
  const auto alike = [](double tokens) { return 128 * (1 - std::pow(120.0 / 128, tokens)); };
  CHECK(experts_touched(128, 8, 2) ==
        doctest::Approx(64 * (1 - std::pow(56.8 / 64, 2)) + 64 * (1 - std::pow(63.2 / 64, 2))));
  CHECK(experts_touched(128, 8, 2) < alike(2));
  CHECK(experts_touched(128, 8, 32) / alike(32) < experts_touched(128, 8, 2) / alike(2));
  CHECK(experts_touched(128, 8, 1e6) == doctest::Approx(128));
  CHECK(experts_touched(0, 0, 5) == 0);
  CHECK(experts_touched(4, 4, 3) == 4);
}

TEST_CASE("communication") {
  const LinkRates link{.byte = SecondsPerByte(1 / 100e9),
                       .latency = Seconds(2e-6),
                       .reduce_latency = Seconds(10e-6),
                       .hop = Seconds(50e-6),
                       .reduce_byte = SecondsPerByte(1 / 50e9),
                       .prompt_byte = SecondsPerByte(1 / 20e9),
                       .exchange = Seconds(25e-6)};
  const auto all_reduce = [](const LinkRates& by, double ranks, double bytes) {
    return all_reduce_time(by, ranks, Traffic(bytes)).value();
  };
  const auto prompt_reduce = [](const LinkRates& by, double ranks, double bytes) {
    return prompt_reduce_time(by, ranks, Traffic(bytes)).value();
  };
  const auto all_to_all = [](const LinkRates& by, double ranks, double bytes) {
    return all_to_all_time(by, ranks, Traffic(bytes)).value();
  };
  CHECK(all_reduce(link, 1, 1e6) == 0);
  // Round a ring: 2 (n - 1) steps.
  CHECK(all_reduce(link, 2, 0) == doctest::Approx(20e-6));
  CHECK(all_reduce(link, 8, 0) == doctest::Approx(140e-6));
  CHECK(all_reduce(link, 4, 1e6) == doctest::Approx(60e-6 + 1.5 * 20e-6));
  CHECK(all_reduce(link, 4, 1e9) == doctest::Approx(60e-6 + 1.5 * 0.02));
  // Through a switch large messages reach the rate of the link, but for what the first megabytes lose.
  LinkRates switched = link;
  switched.switched = true;
  CHECK(all_reduce(switched, 8, 0) == doctest::Approx(10e-6));
  CHECK(all_reduce(switched, 4, 1e9) == doctest::Approx(10e-6 + 1.5 * (0.01 + 40e-6)));
  // A prompt's messages find their own rate on a bus, and a batch's through a switch.
  CHECK(prompt_reduce(link, 1, 1e6) == 0);
  CHECK(prompt_reduce(link, 4, 1e9) == doctest::Approx(60e-6 + 1.5 * 0.05));
  CHECK(prompt_reduce(switched, 4, 1e9) == all_reduce(switched, 4, 1e9));
  CHECK(all_to_all(link, 1, 1e6) == 0);
  CHECK(all_to_all(switched, 4, 1e9) == doctest::Approx(2 * (25e-6 + 0.75 * (0.01 + 40e-6))));
  CHECK(hop_time(link, Traffic(0)).value() == doctest::Approx(50e-6));
}

TEST_CASE("speculation: expected tokens of a draft") {
  CHECK(expected_tokens(0.5, 0) == 1);
  CHECK(expected_tokens(0, 4) == doctest::Approx(1));
  CHECK(expected_tokens(1, 4) == 5);
  CHECK(expected_tokens(0.7, 3) == doctest::Approx(1 + 0.7 + 0.49 + 0.343));

  SpeedProfile profile = profile_of(500e6, 32);
  LayerCost guessing = profile.cost.groups[0];
  guessing.count = 1;
  profile.drafter.cost.groups.push_back(guessing);
  profile.drafter.cost.hidden = profile.cost.hidden;
  profile.drafter.cost.head_bytes = Traffic(200e6);
  profile.drafter.rates = profile.rates[0];
  Settings settings = settings_of(0, 128, 512);
  const double plain = decode(profile, placement_of(32, 1, false), settings);
  settings.speculation = {SpeculationKind::mtp, 2, 0.8};
  CHECK(decode(profile, placement_of(32, 1, false), settings) > 1.5 * plain);
  settings.speculation.acceptance = 0;
  CHECK(decode(profile, placement_of(32, 1, false), settings) < plain);
}

TEST_CASE("a factor at any level of the hierarchy counts; what is unknown falls back") {
  Calibration calibration;
  calibration.add_factor(Slot::weight_bandwidth, Level::backend, "cuda", std::log(0.9), 100);
  calibration.add_factor(Slot::weight_bandwidth, Level::family, "Ada/cuda", std::log(1.1), 50);
  calibration.set_range(SpeedClass::prefill, "", Acquaintance::family, {0.5, 2, 40});
  calibration.set_range(SpeedClass::prefill, "cuda", Acquaintance::family, {0.7, 1.4, 30});
  calibration.seal();
  Device device;
  device.id = "nvidia-test-24gb";
  device.architecture = "Ada";
  device.bandwidth = BytesPerSecond(1e12);
  const Engine engine;
  const double prior = slot_prior(Slot::weight_bandwidth);
  const auto bandwidth = [&](const Device& d, Backend b) {
    return calibration.resolve(make_subject(d, b, engine, "bits4", Link{}))[Slot::weight_bandwidth];
  };
  CHECK(bandwidth(device, Backend::cuda) == doctest::Approx(prior * 0.9 * 1.1));
  CHECK(bandwidth(device, Backend::vulkan) == doctest::Approx(prior));
  device.architecture = "Next";
  CHECK(bandwidth(device, Backend::cuda) == doctest::Approx(prior * 0.9));
  CHECK(calibration.range(SpeedClass::prefill, "cuda", Acquaintance::family).p10 == 0.7);
  CHECK(calibration.range(SpeedClass::prefill, "rocm", Acquaintance::family).p10 == 0.5);
  CHECK(calibration.rows(Slot::weight_bandwidth, Level::family, "Ada/cuda") == 50);
  CHECK(calibration.rows(Slot::weight_bandwidth, Level::family, "Next/cuda") == 0);
}

TEST_CASE("a range is as wide as its residuals, stretched where less is known") {
  const Range plain = make_range(100, {0.8, 1.25, 50}, 1);
  CHECK(plain.p10 == doctest::Approx(80));
  CHECK(plain.p90 == doctest::Approx(125));
  const Range wide = make_range(100, {0.8, 1.25, 50}, 2);
  CHECK(wide.p10 == doctest::Approx(64));
  CHECK(wide.p90 == doctest::Approx(156.25));
  CHECK(decode_class(false, 0, false) == SpeedClass::decode_dense);
  CHECK(decode_class(true, 0, false) == SpeedClass::decode_experts);
  CHECK(decode_class(true, 8192, false) == SpeedClass::decode_deep);
  CHECK(decode_class(false, 0, true) == SpeedClass::served);
}

TEST_CASE("cards on a bus are told apart by whether they reach each other") {
  Link bus;
  bus.id = "pcie4-x16";
  Device card;
  card.cls = DeviceClass::consumer;
  card.default_backend = Backend::cuda;
  const Engine engine;
  const auto label = [&] {
    return make_subject(card, card.default_backend, engine, "bits4", bus).names[static_cast<std::size_t>(Level::link)];
  };
  CHECK(label() == "pcie_host");
  card.cls = DeviceClass::datacenter;
  CHECK(label() == "pcie");
  card.cls = DeviceClass::consumer;
  card.default_backend = Backend::rocm;
  CHECK(label() == "pcie");
  card.default_backend = Backend::cuda;
  bus.id = "nvlink-bridge-3090";
  CHECK(label() == "nvlink");
}

TEST_CASE("the range has no step where decode becomes decode at depth") {
  std::array<ResidualRange, kSpeedClasses> ranges{};
  ranges[static_cast<std::size_t>(SpeedClass::decode_dense)] = {0.9, 1.1, 50};
  ranges[static_cast<std::size_t>(SpeedClass::decode_deep)] = {0.6, 1.4, 50};
  const auto at = [&](double depth) { return decode_range(ranges, false, depth, false); };
  CHECK(at(0).p10 == doctest::Approx(0.9));
  CHECK(at(1024).p10 == doctest::Approx(0.9));
  CHECK(at(8191).p10 == doctest::Approx(0.6).epsilon(0.001));
  CHECK(at(8192).p90 == doctest::Approx(1.4));
  for (double depth = 256; depth <= 16384; depth += 256) {
    CHECK(at(depth).p10 <= at(depth - 256).p10);
    CHECK(at(depth).p90 >= at(depth - 256).p90);
    CHECK(at(depth).p90 - at(depth - 256).p90 < 0.02);
  }
  CHECK(decode_range(ranges, false, 6144, true).p10 == ResidualRange{}.p10);  // many sequences have errors of their own
}
