#include <algorithm>
#include <cmath>
#include <utility>

#include "core/speed/speed.h"

namespace headroom {
namespace {

constexpr BytesPerSecond kDefaultLinkBandwidth{12.9e9};  // PCIe 3.0 x16 with its protocol overhead: what any slot gives
constexpr Seconds kDefaultLinkLatency{2e-6};
constexpr double kJustBelow = 0.999;
// Tokens of a prefill step of engines that batch continuously (vLLM's default max_num_batched_tokens).
constexpr double kServingChunk = 8192;

LinkRates link_rates(const Link& link, const Efficiencies& efficiencies) {
  LinkRates rates;
  const BytesPerSecond bandwidth = link.per_direction * link.achievable;
  rates.byte = reciprocal(bandwidth > BytesPerSecond(0) ? bandwidth : kDefaultLinkBandwidth);
  rates.latency = link.latency > Seconds(0) ? link.latency : kDefaultLinkLatency;
  rates.reduce_latency = Seconds(efficiencies[Slot::reduce]);
  rates.reduce_byte = rates.byte * efficiencies[Slot::reduce_bytes];
  rates.prompt_byte = rates.byte * efficiencies[Slot::prefill_reduce];
  rates.exchange = Seconds(efficiencies[Slot::exchange]);
  rates.hop = Seconds(efficiencies[Slot::hop]);
  rates.switched = link_label(link) == "nvlink";
  return rates;
}

// The host as a CPU device, for layers it runs.
Rates host_rates(const Calibration& calibration, const Host& host, const Engine& engine, std::string_view kernel) {
  Device cpu;
  cpu.id = host.id.empty() ? "host" : host.id;
  cpu.cls = DeviceClass::cpu;
  cpu.bandwidth = host.bandwidth;
  const double known = host.fp32.value();
  cpu.tflops.fp32 = FlopsPerSecond(known > 0 ? known : kProcessorFlopsPerByte * host.bandwidth.value());
  const auto rates_with = [&](BytesPerSecond bandwidth) {
    cpu.bandwidth = bandwidth;
    return make_rates(cpu, Backend::cpu, engine, kernel,
                      calibration.resolve(make_subject(cpu, Backend::cpu, engine, kernel, Link{})));
  };
  Rates rates = rates_with(host.bandwidth);
  if (host.bandwidth < kManyChannels) return rates;
  // More channels are never slower than the fastest memory of few.
  const Rates few = rates_with(kManyChannels * kJustBelow);
  for (SecondsPerByte Rates::*each :
       {&Rates::weight_byte, &Rates::expert_byte, &Rates::kv_byte, &Rates::kv_byte_plain, &Rates::state_byte}) {
    rates.*each = std::min(rates.*each, few.*each);
  }
  return rates;
}

// How well a device is known, and by how many measurements.
struct Knowledge {
  Acquaintance acquaintance = Acquaintance::none;
  Confidence confidence = Confidence::theoretical;
  std::uint32_t rows = 0;
};

Knowledge knowledge_of(const Calibration& calibration, const Subject& subject) {
  const auto rows = [&](Level level) {
    return calibration.rows(Slot::weight_bandwidth, level, subject.names[static_cast<std::size_t>(level)]);
  };
  // What other programs reach on a device says only about how much this one does.
  const std::uint32_t device = rows(Level::device_engine), family = rows(Level::family), backend = rows(Level::backend);
  if (device >= kRowsToKnowADevice) return {Acquaintance::device, Confidence::calibrated, device};
  if (family > 0) return {Acquaintance::family, Confidence::extrapolated, family};
  return {Acquaintance::none, backend > 0 ? Confidence::extrapolated : Confidence::theoretical, backend};
}

bool less_known(const Knowledge& a, const Knowledge& b) {
  if (a.acquaintance != b.acquaintance) return a.acquaintance > b.acquaintance;
  return a.rows < b.rows;
}

SpeedProfile resolve(const Calibration& calibration, const System& system, const Engine& engine,
                     std::string_view kernel) {
  SpeedProfile profile;
  profile.homogeneous = system.homogeneous();
  profile.bandwidth_known = !system.devices.empty();
  if (profile.bandwidth_known) profile.peak_bandwidth = system.devices[0]->bandwidth;
  profile.continuous_batching = is_serving(engine);
  if (profile.continuous_batching) profile.chunk_tokens = kServingChunk;
  InlineVector<const Device*, SpeedProfile::kKinds> kinds;
  Knowledge least;
  for (std::size_t i = 0; i < system.devices.size(); ++i) {
    const Device* device = system.devices[i];
    if (device->bandwidth.value() <= 0) profile.bandwidth_known = false;
    std::size_t kind = 0;
    while (kind < kinds.size() && kinds[kind] != device) ++kind;
    if (kind == kinds.size() && kinds.push_back(device)) {
      const Subject subject = make_subject(*device, system.backend, engine, kernel, system.interconnect);
      const Efficiencies efficiencies = calibration.resolve(subject);
      profile.rates.push_back(make_rates(*device, system.backend, engine, kernel, efficiencies));
      if (kind == 0) {
        profile.link = link_rates(system.interconnect, efficiencies);
        if (system.hosts() > 1) {
          profile.network = link_rates(system.network, efficiencies);
          profile.devices_per_host = system.devices_per_host;
        }
        profile.host_link = link_rates(slower(device->host_link, system.host.link), efficiencies);
      }
      // Of unequal devices the least known one decides how sure the whole is.
      const Knowledge known = knowledge_of(calibration, subject);
      if (kind == 0 || less_known(known, least)) least = known;
    }
    profile.kind_of_device[i] = static_cast<std::uint8_t>(std::min(kind, profile.rates.size() - 1));
  }
  profile.confidence = least.confidence;
  profile.rows = least.rows;
  std::string group;
  if (!system.devices.empty()) group = range_group(*system.devices[0], system.backend, engine);
  for (std::size_t i = 0; i < kSpeedClasses; ++i) {
    profile.ranges[i] = calibration.range(static_cast<SpeedClass>(i), group, least.acquaintance);
  }
  profile.host = host_rates(calibration, system.host, engine, kernel);
  return profile;
}

}  // namespace

void set_rates(SpeedProfile& profile, const System& system, const Engine& engine, std::string_view kernel,
               const Efficiencies& efficiencies) {
  const Device& device = *system.devices[0];
  profile.rates.resize(1);
  profile.rates[0] = make_rates(device, system.backend, engine, kernel, efficiencies);
  profile.link = link_rates(system.interconnect, efficiencies);
  profile.host_link = link_rates(slower(device.host_link, system.host.link), efficiencies);
}

std::string measured_id(const Device& device) {
  return device.id.empty() ? std::string(kCustomId) + device.name : device.id;
}

bool applies(const PersonalFactors& personal, const Engine& engine, const System& system) {
  const auto is = [](std::string_view told, std::string_view id) { return told.empty() || told == id; };
  return is(personal.engine, engine.id) && is(personal.backend, backend_name(system.backend)) &&
         (system.devices.empty() || is(personal.device, measured_id(*system.devices[0])));
}

void apply_personal(SpeedProfile& profile, const std::optional<PersonalFactors>& personal, const ModelProfile& model,
                    const Format& format) {
  if (!personal) return;
  profile.personal = *personal;
  profile.personal_of_model = personal->model == model.measured_id() && personal->format == format.id;
  profile.confidence = std::min(profile.confidence, Confidence::calibrated);
}

SystemSpeed::SystemSpeed(const Calibration& calibration, const System& system, const Engine& engine,
                         const std::optional<PersonalFactors>& personal)
    : calibration_(calibration), system_(system), engine_(engine), personal_(personal) {}

SpeedProfile& SystemSpeed::resolved(const Format& format, bool block_scaled) {
  auto known = std::find_if(resolved_.begin(), resolved_.end(), [&](const Resolved& resolved) {
    return resolved.format == &format && resolved.block_scaled == block_scaled;
  });
  if (known == resolved_.end()) {
    const std::string kernel = kernel_label(format, block_scaled);
    known = resolved_.insert(known, {&format, block_scaled, resolve(calibration_, system_, engine_, kernel)});
  }
  return known->profile;
}

const SpeedProfile& SystemSpeed::profile(const ModelProfile& model, const WeightProfile& weights,
                                         SpeculationKind speculation, const DraftModel& draft) {
  Drafter drafting;
  if (speculation != SpeculationKind::none) drafting = drafter(model, weights, draft);
  SpeedProfile& profile = resolved(*weights.format, weights.block_scaled);
  apply_personal(profile, personal_, model, *weights.format);
  profile.cost = make_model_cost(model, weights, {engine_.conv_state_bytes, engine_.state_bytes});
  if (speculation != SpeculationKind::none) profile.drafter = drafting;
  if (engine_.cache == CachePolicy::cells) mask_latent_attention(model, profile.cost);
  return profile;
}

Drafter SystemSpeed::drafter(const ModelProfile& model, const WeightProfile& weights, const DraftModel& draft) {
  const bool apart = draft.model != nullptr && draft.weights != nullptr;
  Drafter drafter;
  drafter.cost = make_model_cost(apart ? *draft.model : model, apart ? *draft.weights : weights,
                                 {engine_.conv_state_bytes, engine_.state_bytes});
  if (!apart) drafter.cost = mtp_cost(model, drafter.cost);
  const WeightProfile& drafting = apart ? *draft.weights : weights;
  drafter.rates = resolved(*drafting.format, drafting.block_scaled).rates_of(0);
  return drafter;
}

SpeedProfile make_speed_profile(const Calibration& calibration, const ModelProfile& model, const WeightProfile& weights,
                                const System& system, const Engine& engine) {
  return SystemSpeed(calibration, system, engine).profile(model, weights);
}

}  // namespace headroom
