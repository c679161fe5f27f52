#include "core/speed/intensity.h"

#include <algorithm>

#include "core/speed/decode.h"
#include "core/speed/speculation.h"

namespace headroom {
namespace {

RooflinePoint point_of(const MachineRoofline& machine, const Work& work, double times_per_second) {
  RooflinePoint point;
  point.known = work.bytes > Traffic(0) && work.flops.value() > 0 && times_per_second > 0;
  if (!point.known) return point;
  point.intensity = work.intensity();
  point.reached = FlopsPerSecond(work.flops.value() * times_per_second);
  point.limit = machine.roof(point.intensity);
  return point;
}

}  // namespace

Work decode_work(const ModelProfile& model, const ModelCost& cost, const StepLoad& shape) {
  const double tokens = shape.sequences * shape.tokens;
  const ExpertsTouched touched = touched_by_step(cost, tokens);
  Work work;
  for (std::size_t g = 0; g < cost.groups.size() && g < model.groups.size(); ++g) {
    const LayerCost& layer = cost.groups[g];
    const Traffic cache = shape.sequences * (kv_bytes_read(layer, shape, shape.depth) + layer.state_bytes);
    const Flops per_token = kPerMultiplyAdd * (layer.dense_weights + layer.expert_weights) +
                            layer.attended(shape.depth) * layer.decode_flops;
    work.bytes += model.groups[g].count * (layer.dense_bytes + layer.bytes_of_experts(touched[g]) + cache);
    work.flops += model.groups[g].count * tokens * per_token;
  }
  work.bytes += cost.head_bytes;
  work.flops += kPerMultiplyAdd * tokens * cost.head_weights;
  return work;
}

Work prefill_work(const ModelProfile& model, const ModelCost& cost, const Prompt& prompt) {
  Work work;
  for (std::size_t g = 0; g < cost.groups.size() && g < model.groups.size(); ++g) {
    const LayerCost& layer = cost.groups[g];
    const double touched = experts_touched(layer.experts, layer.experts_used, prompt.per_batch);
    const Traffic bytes = layer.dense_bytes + layer.bytes_of_experts(touched);
    const Flops per_token = kPerMultiplyAdd * (layer.dense_weights + layer.expert_weights) +
                            mean_attended(layer, prompt) * layer.prefill_flops +
                            mean_context(prompt) * layer.context_flops;
    work.bytes += model.groups[g].count * prompt.batches * bytes;
    work.flops += model.groups[g].count * prompt.tokens * per_token;
  }
  work.bytes += cost.head_bytes;
  work.flops += kPerMultiplyAdd * cost.head_weights;
  return work;
}

FlopsPerSecond MachineRoofline::roof(double intensity) const {
  const double by_memory = intensity * bandwidth.value();
  return FlopsPerSecond(peak.value() > 0 ? std::min(peak.value(), by_memory) : by_memory);
}

MachineRoofline machine_roofline(const ModelProfile& model, const System& system, const Placement& placement,
                                 const Engine& engine, std::string_view kernel, const Settings& settings,
                                 const SpeedProfile& profile, const Speed& speed) {
  MachineRoofline machine;
  const auto busy = [&placement](std::size_t device) { return placement.holds(device); };
  bool any = false;
  for (std::size_t i = 0; i < system.devices.size(); ++i) any = any || busy(i);
  for (std::size_t i = 0; i < system.devices.size(); ++i) {
    if (any && !busy(i)) continue;  // it stands idle
    const Device& device = *system.devices[i];
    const Rates& rates = profile.rates_of(i);
    const Peak units = peak_of(device, system.backend, engine, kernel);
    machine.units = units.units;
    machine.bandwidth += device.bandwidth;
    machine.peak += units.rate;
    machine.fitted_bandwidth += reciprocal(rates.weight_byte);
    machine.fitted_peak += reciprocal(rates.prefill_flop);
  }
  if (!speed.known) return machine;

  const Workload& workload = settings.workload;
  if (speed.has_decode) {
    StepLoad shape = make_step_load(settings);
    shape.sequences = speed.sequences;
    const double drafted = drafted_tokens(settings.speculation);
    shape.tokens = 1 + drafted;
    const double accepted = expected_tokens(settings.speculation.acceptance, drafted);
    machine.decode = point_of(machine, decode_work(model, profile.cost, shape), speed.decode_tok_s.p50 / accepted);
  }
  if (speed.has_prefill && workload.prompt > 0) {
    const Prompt prompt = make_prompt(profile, settings, workload.prompt, workload.cached_prefix);
    machine.prefill =
        point_of(machine, prefill_work(model, profile.cost, prompt), speed.prefill_tok_s.p50 / workload.prompt);
  }
  return machine;
}

}  // namespace headroom
