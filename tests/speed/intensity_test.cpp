#include "core/speed/intensity.h"

#include <doctest/doctest.h>

#include "core/speed/decode.h"

using namespace headroom;

namespace {

constexpr std::uint32_t kLayers = 32;

ModelProfile model_of() {
  ModelProfile model;
  LayerGroup group;
  group.count = kLayers;
  model.groups.push_back(group);
  return model;
}

// 8-bit weights: a byte each.
ModelCost dense_cost() {
  ModelCost cost;
  LayerCost layer;
  layer.dense_bytes = Traffic(2e8);
  layer.dense_weights = 2e8;
  layer.k_elements = layer.v_elements = 1024;
  layer.decode_flops = layer.prefill_flops = Flops(4.0 * 32 * 128);
  cost.groups.push_back(layer);
  cost.head_bytes = Traffic(5e8);
  cost.head_weights = 5e8;
  return cost;
}

ModelCost expert_cost() {
  ModelCost cost = dense_cost();
  LayerCost& layer = cost.groups[0];
  layer.experts = 64;
  layer.experts_used = 4;
  layer.expert_bytes = Traffic(64e7);
  layer.expert_weights = 4e7;
  return cost;
}

StepLoad shape_of(double sequences, double depth) {
  StepLoad shape;
  shape.sequences = sequences;
  shape.depth = depth;
  return shape;
}

}  // namespace

TEST_CASE("A token costs two operations per weight and reads each weight once") {
  const Work work = decode_work(model_of(), dense_cost(), shape_of(1, 0));
  constexpr double kWeights = kLayers * 2e8 + 5e8;
  CHECK(work.bytes.value() == doctest::Approx(kWeights));
  CHECK(work.flops.value() == doctest::Approx(2 * kWeights));
  CHECK(work.intensity() == doctest::Approx(2));
}

TEST_CASE("Sequences share the weights and not their caches") {
  const Work one = decode_work(model_of(), dense_cost(), shape_of(1, 1000));
  const Work many = decode_work(model_of(), dense_cost(), shape_of(16, 1000));
  CHECK(many.flops.value() == doctest::Approx(16 * one.flops.value()));
  const double cache = kLayers * 1000.0 * 2048 * 2;
  CHECK((many.bytes - one.bytes).value() == doctest::Approx(15 * cache));
  CHECK(many.intensity() > 8 * one.intensity());
}

TEST_CASE("The bytes of a step are those its time is made of") {
  for (const ModelCost& cost : {dense_cost(), expert_cost()}) {
    // A machine that takes one second per byte and nothing for all else.
    SpeedProfile profile;
    profile.cost = cost;
    Rates rates;
    rates.weight_byte = rates.expert_byte = rates.kv_byte = rates.state_byte = SecondsPerByte(1);
    profile.rates.push_back(rates);
    Placement placement;
    DeviceShare share;
    share.layers_of_group.push_back(kLayers);
    share.layers = kLayers;
    share.holds_output = true;
    placement.devices.push_back(share);
    for (const double sequences : {1.0, 8.0}) {
      const StepLoad shape = shape_of(sequences, 1000);
      const StepTime step = decode_step(profile, placement, shape);
      CHECK(decode_work(model_of(), cost, shape).bytes.value() == doctest::Approx(step.total().value()));
    }
    const Prompt prompt = make_prompt(profile, Settings{}, 3000, 0);
    const PrefillTime time = prefill_time(profile, placement, Settings{}, shape_of(1, 0), 3000, 0);
    CHECK(prefill_work(model_of(), cost, prompt).bytes.value() == doctest::Approx(time.memory.value()));
  }
}

TEST_CASE("A prompt is worked on in micro-batches, each of which reads the weights again") {
  const SpeedProfile profile;
  Settings settings;
  settings.cache.ubatch = 512;
  const Prompt prompt = make_prompt(profile, settings, 2048, 0);
  CHECK(prompt.batches == 4);
  CHECK(prompt.per_batch == 512);
  const Work work = prefill_work(model_of(), dense_cost(), prompt);
  CHECK(work.bytes.value() == doctest::Approx(4 * kLayers * 2e8 + 5e8));
  CHECK(work.flops.value() == doctest::Approx(2048 * kLayers * (2 * 2e8 + 1024 * 4.0 * 32 * 128) + 2 * 5e8));
}

TEST_CASE("The roof is the slope up to the ridge and the peak beyond it") {
  MachineRoofline machine;
  machine.bandwidth = BytesPerSecond(1e12);
  machine.peak = FlopsPerSecond(200e12);
  CHECK(machine.ridge() == doctest::Approx(200));
  CHECK(machine.roof(2).value() == doctest::Approx(2e12));
  CHECK(machine.roof(1000).value() == doctest::Approx(200e12));
  machine.peak = FlopsPerSecond(0);  // not known: nothing but the slope
  CHECK(machine.roof(1000).value() == doctest::Approx(1e15));
}
