#include "core/advice/advice.h"

#include <algorithm>
#include <cmath>

namespace headroom {
namespace {

// Points at the two ends of a workload's targets, and at a context that just suffices.
constexpr double kPointsAtPoor = 30;
constexpr double kPointsAtGood = 90;
constexpr double kPointsAtWantedContext = 75;
constexpr double kPointsTight = 80;
constexpr double kPointsAllOffloaded = 30;
constexpr double kPointsNothingOffloaded = 75;
// A machine is well used when a model at the bits per weight that most people run takes this share of its memory.
constexpr double kWellUsedShare = 0.6;
constexpr double kUsualBits = 4.5;
// Weight of the slower of the two phases (generation, first token); the faster one has the rest.
constexpr double kSlowerPhase = 2.0 / 3;
// A model that answers badly is of little use, however fast: below this many quality points the whole score shrinks, by
// up to half.
constexpr double kUsefulQuality = 20;
constexpr double kLeastUse = 0.5;

// Grades, from the part of the score that says how it runs (fit, speed, context), not how clever the model is.
struct GradeStep {
  double at_least;
  char grade;
};
constexpr GradeStep kGrades[] = {{80, 'A'}, {65, 'B'}, {50, 'C'}, {35, 'D'}, {0, 'E'}};
constexpr double kRunsWell = 65;
constexpr double kRuns = 40;

// Position of `value` between `poor` and `good` on a logarithmic scale, in points. Beyond `good` each doubling halves
// what is missing to 100, and below `poor` each halving halves what is left, so that no two speeds score the same.
// Works for rising targets (tok/s) and falling ones (seconds).
double points_between(double value, double poor, double good) {
  if (!(value > 0) || !(poor > 0) || !(good > 0) || poor == good) return 0;
  const double beyond = good > poor ? value / good : good / value;
  if (beyond >= 1) return 100 - (100 - kPointsAtGood) / beyond;
  const double short_of = good > poor ? value / poor : poor / value;
  if (short_of <= 1) return kPointsAtPoor * short_of;
  const double position = std::log(value / poor) / std::log(good / poor);
  return kPointsAtPoor + (kPointsAtGood - kPointsAtPoor) * position;
}

// Points of each phase; a phase that the workload lacks gets 100.
struct PhasePoints {
  double slower = 100, quicker = 100;
};

PhasePoints phase_points(double decode_tok_s, double ttft_s, const Settings& settings) {
  const WorkloadTargets& targets = settings.targets;
  const double decode = points_between(decode_tok_s, targets.decode_poor_tok_s, targets.decode_good_tok_s);
  const double first = points_between(ttft_s, targets.ttft_poor_s, targets.ttft_good_s);
  const bool writes = settings.workload.output > 0, reads = settings.workload.prompt > 0;
  if (writes && reads) return {std::min(decode, first), std::max(decode, first)};
  if (writes) return {decode, decode};
  return reads ? PhasePoints{first, first} : PhasePoints{};
}

double fit_points(const Placement& placement) {
  switch (placement.status) {
    case FitStatus::fits: return 100;
    case FitStatus::tight: return kPointsTight;
    case FitStatus::offload: return offload_points(placement.offload_fraction);
    case FitStatus::does_not_fit: break;
  }
  return 0;
}

ScoreParts score_parts(const Placement& placement, const Speed& speed, const Settings& settings,
                       const QualityInputs& quality, std::uint64_t params) {
  ScoreParts parts;
  if (placement.status == FitStatus::does_not_fit) return parts;
  parts.fit = fit_points(placement);
  parts.speed = speed.known ? speed_points(speed.decode_tok_s.p50, speed.ttft_s.p50, settings) : 0;
  parts.quality = quality_points(quality);
  parts.context = context_points(placement.safe_context, settings);
  parts.efficiency = efficiency_points(params, placement.usable_on_devices());
  return parts;
}

double running_score(const Mark& mark) {
  const ScoreParts& parts = mark.parts;
  // Speed decides; a poor fit, or a context shorter than the work needs, pulls the grade down but never lifts it.
  const double context = parts.context >= kPointsAtWantedContext ? 100 : std::max(parts.context, kRuns);
  return std::min({mark.slower_phase, parts.fit, context});
}

char grade_of(double running) {
  for (const GradeStep& step : kGrades) {
    if (running >= step.at_least) return step.grade;
  }
  return 'E';
}

MessageArg bytes_arg(std::string_view name, Bytes bytes) {
  return {name, MessageArg::Kind::bytes, bytes.as_double(), {}};
}

BottleneckKind bottleneck_of(const Placement& placement, const Speed& speed) {
  if (placement.impossible) return BottleneckKind::none;
  if (placement.status == FitStatus::does_not_fit) return BottleneckKind::memory;
  if (placement.status == FitStatus::offload) return BottleneckKind::host;
  if (!speed.known) return BottleneckKind::none;
  switch (speed.has_decode ? speed.decode_bound : speed.prefill_bound) {
    case Bound::memory: return BottleneckKind::bandwidth;
    case Bound::compute: return BottleneckKind::compute;
    case Bound::interconnect: return BottleneckKind::interconnect;
    case Bound::host: return BottleneckKind::host;
    case Bound::overhead: break;
  }
  return BottleneckKind::none;
}

// `reading` is for models that generate no text (embedding, ranking).
struct BottleneckKeys {
  std::string_view text, reading, remedy;
};

// Whether half as many devices would be enough.
bool half_holds_it(const Placement& placement) {
  return std::all_of(placement.devices.begin(), placement.devices.end(),
                     [](const DeviceShare& device) { return device.needed() * 2 <= device.usable; });
}

// Where reading the cache takes longer than reading the weights, smaller weights do not help.
BottleneckKeys keys_of_bandwidth(const Speed& speed, const Settings& settings, bool several) {
  constexpr std::string_view kReading = "bottleneck.reading_bandwidth";
  if (!speed.has_decode || speed.decode_step.kv <= speed.decode_step.weights) {
    return {several ? "bottleneck.bandwidth_many" : "bottleneck.bandwidth", kReading, "remedy.bandwidth"};
  }
  constexpr double kSmallCacheBits = 8.5;  // a smaller type costs quality
  const bool shrinks = settings.cache.k.bits_per_weight() > kSmallCacheBits;
  const std::string_view remedy = shrinks ? (several ? "remedy.cache_many" : "remedy.cache")
                                          : (several ? "remedy.small_cache_many" : "remedy.small_cache");
  return {"bottleneck.cache", kReading, remedy};
}

BottleneckKeys keys_of(BottleneckKind kind, const System& system, const Placement& placement, const Speed& speed,
                       const Settings& settings) {
  const bool several = settings.cache.sequences() > 1;
  switch (kind) {
    case BottleneckKind::memory: return {"bottleneck.memory", "bottleneck.memory", "remedy.memory"};
    case BottleneckKind::bandwidth: return keys_of_bandwidth(speed, settings, several);
    case BottleneckKind::compute:
      return {"bottleneck.compute", "bottleneck.reading_compute", several ? "remedy.compute_many" : "remedy.compute"};
    case BottleneckKind::interconnect: {
      const bool fewer = system.devices.size() > 1 && half_holds_it(placement);
      return {"bottleneck.interconnect", "bottleneck.reading_interconnect",
              fewer ? "remedy.interconnect_fewer" : "remedy.interconnect"};
    }
    case BottleneckKind::host: return {"bottleneck.host", "bottleneck.reading_host", "remedy.host"};
    case BottleneckKind::none: break;
  }
  if (!speed.known) return {"bottleneck.unknown", "bottleneck.unknown", {}};
  return {"bottleneck.none", "bottleneck.none", {}};
}

// Whether a person, not the engine, chose what stays in system memory.
bool is_told_to_spill(const Settings& settings) {
  return settings.gpu_layers != kAuto || settings.cpu_moe_layers != kAuto || settings.kv_on_host;
}

// The device that lacks most, or has least to spare; null where there is none.
const DeviceShare* fullest(const Placement& placement) {
  const auto left = [](const DeviceShare& device) { return device.usable.as_double() - device.needed().as_double(); };
  const DeviceShare* found = nullptr;
  for (const DeviceShare& device : placement.devices) {
    if (found == nullptr || left(device) < left(*found)) found = &device;
  }
  return found;
}

bool shares_memory(const System& system) { return !system.devices.empty() && system.devices[0]->unified_memory; }

// What the host must hold. With a device that shares its memory that is what the device needs, too.
Bytes needed_of_host(const System& system, const Placement& placement) {
  return placement.host.total() + (shares_memory(system) ? placement.devices[0].needed() : Bytes(0));
}

// Adds to `text`, which names the devices, what is missing where.
void tell_what_lacks(const System& system, const Placement& placement, Message& text) {
  const bool several = system.devices.size() > 1;
  const Bytes needed = placement.needed(), usable = placement.usable_on_devices(), host = placement.host.usable;
  const bool spills = placement.spills && !shares_memory(system);
  const Bytes offered = spills ? usable + host : usable;
  // Two figures that look the same explain nothing: then the text gives their difference.
  constexpr double kAlike = 0.02;
  if (needed > offered) {
    const Bytes missing = needed - offered;
    const bool alike = missing.as_double() < offered.as_double() * kAlike;
    if (spills) {
      text.key = several ? "verdict.does_not_fit_spilled.many" : "verdict.does_not_fit_spilled.one";
      if (alike) text.key = several ? "verdict.does_not_fit_spilled_by.many" : "verdict.does_not_fit_spilled_by.one";
    } else {
      text.key = several ? "verdict.does_not_fit.many" : "verdict.does_not_fit.one";
      if (alike) text.key = several ? "verdict.does_not_fit_by.many" : "verdict.does_not_fit_by.one";
    }
    text.args.push_back(bytes_arg("host", host));
    text.args.push_back(bytes_arg("needed", needed));
    text.args.push_back(alike ? bytes_arg("missing", missing) : bytes_arg("usable", usable));
    return;
  }
  if (const Bytes of_host = needed_of_host(system, placement); of_host > host) {
    text.key = "verdict.does_not_fit_host";
    text.args.push_back(bytes_arg("needed", of_host));
    text.args.push_back(bytes_arg("host", host));
    return;
  }
  // There is enough memory in total, but not on every device.
  const DeviceShare* most = fullest(placement);
  text.key = several ? "verdict.does_not_fit_fullest.many" : "verdict.does_not_fit.one";
  text.args.push_back(bytes_arg("needed", most != nullptr ? most->needed() : needed));
  text.args.push_back(bytes_arg("usable", most != nullptr ? most->usable : usable));
}

Message verdict_text(const System& system, const Placement& placement, const Speed& speed, const Settings& settings,
                     double running) {
  Message text;
  const DeviceShare* most = fullest(placement);
  const Bytes free = most != nullptr ? most->spare() : Bytes(0);
  constexpr std::size_t kMostKinds = 5;  // what a sentence has room for
  const auto holders = holders_of(system, placement);
  for (const DeviceRun& run : holders) {
    if (text.args.size() == kMostKinds) break;
    text.args.push_back({"device", MessageArg::Kind::counted, static_cast<double>(run.count), run.device->name});
  }
  const bool several = holders.size() > 1 || (!holders.empty() && holders[0].count > 1);
  switch (placement.status) {
    case FitStatus::does_not_fit:
      if (placement.impossible) return placement.reason;
      tell_what_lacks(system, placement, text);
      return text;
    case FitStatus::offload:
      text.key = placement.offload_fraction == 0 ? "verdict.offload.cache"
                 : is_told_to_spill(settings)    ? "verdict.offload.told"
                 : several                       ? "verdict.offload.many"
                                                 : "verdict.offload.one";
      text.args.push_back({"share", MessageArg::Kind::percent, placement.offload_fraction, {}});
      return text;
    case FitStatus::tight:
      if (placement.limit == MemoryLimit::raised) {
        text.key = several ? "verdict.raised.many" : "verdict.raised.one";
      } else if (placement.kv_tokens > 0) {
        text.key = "verdict.queues";
        text.args.push_back({"sequences", MessageArg::Kind::count, static_cast<double>(placement.max_parallel), {}});
        return text;
      } else {
        text.key = several ? "verdict.tight.many" : "verdict.tight.one";
      }
      text.args.push_back(bytes_arg("free", free));
      return text;
    case FitStatus::fits: break;
  }
  text.args.push_back(bytes_arg("free", free));
  if (!speed.known) {
    text.key = several ? "verdict.fits_speed_unknown.many" : "verdict.fits_speed_unknown.one";
  } else if (running >= kRunsWell) {
    text.key = several ? "verdict.runs_well.many" : "verdict.runs_well.one";
  } else if (running >= kRuns) {
    text.key = several ? "verdict.runs.many" : "verdict.runs.one";
  } else {
    text.key = several ? "verdict.slow.many" : "verdict.slow.one";
  }
  return text;
}

}  // namespace

double speed_points(double decode_tok_s, double ttft_s, const Settings& settings) {
  const PhasePoints points = phase_points(decode_tok_s, ttft_s, settings);
  return kSlowerPhase * points.slower + (1 - kSlowerPhase) * points.quicker;
}

double offload_points(double offloaded) {
  return kPointsAllOffloaded + (kPointsNothingOffloaded - kPointsAllOffloaded) * (1 - offloaded);
}

double context_points(std::uint32_t safe_context, const Settings& settings) {
  const double wanted = std::max(settings.targets.context_wanted, 1U);
  if (safe_context == 0) return 0;
  const double ratio = safe_context / wanted;
  if (ratio < 1) return kPointsAtWantedContext * ratio;
  return 100 - (100 - kPointsAtWantedContext) / ratio;
}

double efficiency_points(std::uint64_t params, Bytes usable) {
  const double usual = static_cast<double>(params) * kUsualBits / kBitsPerByte;
  return usable > Bytes(0) ? 100 * std::min(1.0, usual / usable.as_double() / kWellUsedShare) : 0;
}

double quality_points(const QualityInputs& quality) {
  return quality.model >= 0 ? 100 * quality.model * quality.format : 0;
}

double weighted_score(const ScoreParts& parts, const ScoreWeights& weights, const QualityInputs& quality) {
  const double rest = weights.fit + weights.speed + weights.context + weights.efficiency;
  const double points = weights.fit * parts.fit + weights.speed * parts.speed + weights.context * parts.context +
                        weights.efficiency * parts.efficiency;
  const double sum = rest + weights.quality;
  if (!(sum > 0)) return 0;
  if (quality.model < 0) {
    const double use = quality.model == kNotItsTask ? kLeastUse : 1;
    return rest > 0 ? use * points / rest * (rest + weights.quality * quality.format) / sum : 0;
  }
  const double useful = weights.quality > 0 ? std::min(parts.quality / kUsefulQuality, 1.0) : 1;
  const double use = kLeastUse + (1 - kLeastUse) * useful;
  return use * (points + weights.quality * parts.quality) / sum;
}

Mark mark(const Placement& placement, const Speed& speed, const Settings& settings, const QualityInputs& quality,
          std::uint64_t params) {
  Mark mark;
  mark.parts = score_parts(placement, speed, settings, quality, params);
  mark.ranked = quality.model >= 0;
  const bool runs = placement.status != FitStatus::does_not_fit;
  if (runs && speed.known) mark.slower_phase = phase_points(speed.decode_tok_s.p50, speed.ttft_s.p50, settings).slower;
  mark.grade = runs ? grade_of(running_score(mark)) : 'F';
  mark.exact_score = runs ? weighted_score(mark.parts, settings.score_weights, quality) : 0;
  mark.score = static_cast<std::uint32_t>(std::lround(mark.exact_score));
  return mark;
}

Verdict judge(const System& system, const Placement& placement, const Speed& speed, const Settings& settings,
              const QualityInputs& quality, std::uint64_t params) {
  Verdict verdict{mark(placement, speed, settings, quality, params), {}, {}, {}, {}};
  verdict.text = verdict_text(system, placement, speed, settings, running_score(verdict));
  verdict.bottleneck = bottleneck_of(placement, speed);
  const BottleneckKeys keys = keys_of(verdict.bottleneck, system, placement, speed, settings);
  const bool generates = speed.has_decode || settings.workload.output > 0;
  verdict.bottleneck_text.key = generates ? keys.text : keys.reading;
  if (placement.impossible) verdict.bottleneck_text = placement.reason;
  verdict.remedy.key = keys.remedy;
  if (verdict.bottleneck == BottleneckKind::host && is_told_to_spill(settings)) verdict.remedy.key = "remedy.placement";
  return verdict;
}

}  // namespace headroom
