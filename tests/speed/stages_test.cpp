// Ranks that differ, and experts on the host beneath several devices.
#include "core/speed/stages.h"

#include <doctest/doctest.h>

#include "core/speed/decode.h"
#include "core/speed/prefill.h"

using namespace headroom;

namespace {

constexpr std::uint16_t kStagedLayers = 32;

// A model with routed experts on a fast and a slow device, in the order asked for.
SpeedProfile unequal_profile(bool slow_first) {
  SpeedProfile profile;
  LayerCost layer;
  layer.count = kStagedLayers;
  layer.dense_bytes = Traffic(50e6);
  layer.dense_weights = 25e6;
  layer.experts = 128;
  layer.experts_used = 8;
  layer.expert_bytes = Traffic(1e9);
  layer.expert_weights = 30e6;
  layer.k_elements = layer.v_elements = 512;
  layer.kv_heads = 4;
  layer.query_heads = 32;
  layer.decode_flops = layer.prefill_flops = Flops(4.0 * 32 * 128);
  layer.mixer = MixerKind::gqa;
  profile.cost.groups.push_back(layer);
  profile.cost.hidden = 4096;
  profile.cost.head_bytes = Traffic(3e8);
  profile.cost.head_weights = 6e8;
  profile.cost.has_experts = true;
  const Efficiencies priors = Calibration().resolve({});  // nothing measured
  profile.rates.push_back(make_rates(BytesPerSecond(1e12), FlopsPerSecond(160e12), FlopsPerSecond(80e12), priors));
  profile.rates.push_back(make_rates(BytesPerSecond(0.36e12), FlopsPerSecond(50e12), FlopsPerSecond(13e12), priors));
  profile.kind_of_device[0] = slow_first ? 1 : 0;
  profile.kind_of_device[1] = slow_first ? 0 : 1;
  profile.homogeneous = false;
  profile.host = make_rates(BytesPerSecond(80e9), FlopsPerSecond(1e12), FlopsPerSecond(1e12), priors);
  profile.link.byte = SecondsPerByte(1 / 25e9);
  profile.link.latency = Seconds(2e-6);
  profile.link.reduce_latency = Seconds(8e-6);
  profile.link.hop = Seconds(50e-6);
  profile.host_link = profile.link;
  profile.bandwidth_known = true;
  return profile;
}

Placement two_devices(bool tensor, bool experts_on_host) {
  Placement placement;
  placement.tensor_parallel = tensor ? 2 : 1;
  placement.host.layers_of_group.push_back(0);
  placement.host.expert_layers_of_group.push_back(experts_on_host ? kStagedLayers : 0);
  for (std::size_t d = 0; d < 2; ++d) {
    DeviceShare share;
    share.layers = tensor ? kStagedLayers : kStagedLayers / 2;
    share.layers_of_group.push_back(share.layers);
    share.expert_layers_on_host = experts_on_host ? share.layers : 0;
    share.holds_output = tensor || d == 1;
    placement.devices.push_back(share);
  }
  return placement;
}

PrefillTime prompt_time(const SpeedProfile& profile, const Placement& placement) {
  return prefill_time(profile, placement, Settings{}, StepLoad{}, 16384, 0);
}

}  // namespace

TEST_CASE("Ranks that work on a layer together take as long in any order") {
  const Placement ranks = two_devices(true, false);
  const SpeedProfile fast_first = unequal_profile(false), slow_first = unequal_profile(true);
  CHECK(prompt_time(fast_first, ranks).total().value() ==
        doctest::Approx(prompt_time(slow_first, ranks).total().value()));
  const auto step = [&](const SpeedProfile& profile) {
    return decode_step(profile, ranks, StepLoad{}).total().value();
  };
  CHECK(step(fast_first) == doctest::Approx(step(slow_first)));
  CHECK(&head_rates(fast_first, ranks) == &fast_first.rates[1]);  // who holds the head waits for the slower
  CHECK(&head_rates(slow_first, ranks) == &slow_first.rates[1]);
}

TEST_CASE("Experts on the host leave the rest of their layers where it is, and no part of a prompt is negative") {
  const SpeedProfile profile = unequal_profile(false);
  const PrefillTime on_devices = prompt_time(profile, two_devices(false, false));
  const PrefillTime moved = prompt_time(profile, two_devices(false, true));
  CHECK(on_devices.host == Seconds(0));
  CHECK(moved.host > Seconds(0));
  for (const Seconds part : {moved.compute, moved.scores, moved.memory, moved.communication, moved.overhead}) {
    CHECK(part > Seconds(0));
  }
  CHECK(moved.memory < on_devices.memory);
  // Nothing overlaps where every layer meets at the host: attention takes its whole time.
  CHECK(moved.scores > on_devices.scores);
  CHECK(moved.total() > moved.host);
}

TEST_CASE("Experts on the host are shared out over the groups of a device") {
  Placement placement = two_devices(false, true);
  for (DeviceShare& share : placement.devices) share.layers_of_group.push_back(4);  // another group, without experts
  placement.host.expert_layers_of_group.push_back(0);
  placement.devices[0].expert_layers_on_host = 10;
  CHECK(layers_without_experts(placement, 0, 0) == doctest::Approx(10));
  CHECK(layers_without_experts(placement, 0, 1) == 0);
  CHECK(layers_without_experts(placement, 1, 0) == doctest::Approx(kStagedLayers / 2.0));
}

TEST_CASE("Hidden states are handed from stage to stage for every micro-batch of a prompt") {
  SpeedProfile profile = unequal_profile(false);
  const Placement split = two_devices(false, true);
  const double before = prompt_time(profile, split).communication.value();
  profile.link.hop = 2 * profile.link.hop;
  CHECK(prompt_time(profile, split).communication.value() - before == doctest::Approx(16384.0 / 512 * 50e-6));
}
