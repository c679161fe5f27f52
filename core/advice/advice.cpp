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
// A machine is used well when a model takes this share of its memory; less is money idle.
constexpr double kWellUsedShare = 0.6;

// Grades, from the part of the score that says how it runs (fit, speed, context), not how clever the model is.
struct GradeStep {
  double at_least;
  char grade;
};
constexpr GradeStep kGrades[] = {{80, 'A'}, {65, 'B'}, {50, 'C'}, {35, 'D'}, {0, 'E'}};
constexpr double kRunsWell = 65;
constexpr double kRuns = 40;

// Position of `value` between `poor` and `good` on a logarithmic scale, in points. Beyond `good` each doubling halves
// what is missing to 100, so that no two speeds score the same. Works for rising targets (tok/s) and falling ones
// (seconds).
double points_between(double value, double poor, double good) {
  if (!(value > 0) || !(poor > 0) || !(good > 0) || poor == good) return 0;
  const double beyond = good > poor ? value / good : good / value;
  if (beyond >= 1) return 100 - (100 - kPointsAtGood) / beyond;
  const double position = std::log(value / poor) / std::log(good / poor);
  return std::max(kPointsAtPoor + (kPointsAtGood - kPointsAtPoor) * position, 0.0);
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
                       const QualityInputs& quality) {
  ScoreParts parts;
  if (placement.status == FitStatus::does_not_fit) return parts;
  parts.fit = fit_points(placement);
  parts.speed = speed.known ? speed_points(speed.decode_tok_s.p50, speed.ttft_s.p50, settings) : 0;
  parts.quality = quality_points(quality);
  parts.context = context_points(placement.safe_context, settings);
  parts.efficiency =
      efficiency_points(placement.used_on_devices().as_double(), placement.usable_on_devices().as_double());
  return parts;
}

double running_score(const ScoreParts& parts) {
  // Speed decides; a poor fit, or a context shorter than the work needs, pulls the grade down but never lifts it.
  const double context = parts.context >= kPointsAtWantedContext ? 100 : std::max(parts.context, kRuns);
  return std::min({parts.speed, parts.fit, context});
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

// `reading`: what to say where no text is generated.
struct BottleneckKeys {
  std::string_view text, reading, remedy;
};

BottleneckKeys keys_of(BottleneckKind kind) {
  switch (kind) {
    case BottleneckKind::memory: return {"bottleneck.memory", "bottleneck.memory", "remedy.memory"};
    case BottleneckKind::bandwidth: return {"bottleneck.bandwidth", "bottleneck.reading_bandwidth", "remedy.bandwidth"};
    case BottleneckKind::compute: return {"bottleneck.compute", "bottleneck.reading_compute", "remedy.compute"};
    case BottleneckKind::interconnect:
      return {"bottleneck.interconnect", "bottleneck.reading_interconnect", "remedy.interconnect"};
    case BottleneckKind::host: return {"bottleneck.host", "bottleneck.reading_host", "remedy.host"};
    case BottleneckKind::none: break;
  }
  return {"bottleneck.none", "bottleneck.none", {}};
}

// Whether a person, not the engine, chose what stays in system memory.
bool is_told_to_spill(const Settings& settings) {
  return settings.gpu_layers != kAuto || settings.cpu_moe_layers != kAuto || settings.kv_on_host;
}

// What stays free of a device. An engine that fills its share of the card with cache has to spare what the sequences
// asked for leave of that cache.
Bytes spare(const DeviceShare& device, const Placement& placement, const Settings& settings) {
  if (placement.kv_tokens == 0 || placement.max_parallel == 0) return device.free();
  const double asked = settings.cache.sequences();
  const double left = std::max(1 - asked / placement.max_parallel, 0.0);
  return device.free() + Bytes::from_double(device.kv.as_double() * left);
}

Message verdict_text(const System& system, const Placement& placement, const Speed& speed, const Settings& settings,
                     double running) {
  Message text;
  const Bytes usable = placement.usable_on_devices();
  Bytes free = placement.devices.empty() ? Bytes(0) : Bytes::max();
  for (const DeviceShare& device : placement.devices) {
    free = std::min(free, spare(device, placement, settings));
  }
  constexpr std::size_t kMostKinds = 5;  // what a sentence has room for
  for (const DeviceRun& run : runs_of(system)) {
    if (text.args.size() == kMostKinds) break;
    text.args.push_back({"device", MessageArg::Kind::counted, static_cast<double>(run.count), run.device->name});
  }
  const bool several = system.devices.size() > 1;
  switch (placement.status) {
    case FitStatus::does_not_fit:
      if (placement.impossible) return placement.reason;
      text.key = several ? "verdict.does_not_fit.many" : "verdict.does_not_fit.one";
      if (placement.spills) {
        text.key = several ? "verdict.does_not_fit_spilled.many" : "verdict.does_not_fit_spilled.one";
        text.args.push_back(bytes_arg("host", placement.host.usable));
      }
      text.args.push_back(bytes_arg("needed", placement.total()));
      text.args.push_back(bytes_arg("usable", usable));
      return text;
    case FitStatus::offload:
      text.key = is_told_to_spill(settings) ? "verdict.offload.told"
                 : several                  ? "verdict.offload.many"
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
  const WorkloadTargets& targets = settings.targets;
  double points = 100;
  if (settings.workload.output > 0) {
    points = std::min(points, points_between(decode_tok_s, targets.decode_poor_tok_s, targets.decode_good_tok_s));
  }
  if (settings.workload.prompt > 0) {
    points = std::min(points, points_between(ttft_s, targets.ttft_poor_s, targets.ttft_good_s));
  }
  return points;
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

double efficiency_points(double used, double usable) {
  return usable > 0 ? 100 * std::min(1.0, used / usable / kWellUsedShare) : 0;
}

double quality_points(const QualityInputs& quality) {
  return quality.model >= 0 ? 100 * quality.model * quality.format : 0;
}

double weighted_score(const ScoreParts& parts, const ScoreWeights& weights, const QualityInputs& quality) {
  const double quality_weight = quality.model >= 0 ? weights.quality : 0;
  const double sum = weights.fit + weights.speed + quality_weight + weights.context + weights.efficiency;
  if (!(sum > 0)) return 0;
  return (weights.fit * parts.fit + weights.speed * parts.speed + quality_weight * parts.quality +
          weights.context * parts.context + weights.efficiency * parts.efficiency) /
         sum;
}

Mark mark(const Placement& placement, const Speed& speed, const Settings& settings, const QualityInputs& quality) {
  Mark mark;
  mark.parts = score_parts(placement, speed, settings, quality);
  const bool runs = placement.status != FitStatus::does_not_fit;
  mark.grade = runs ? grade_of(running_score(mark.parts)) : 'F';
  mark.exact_score = runs ? weighted_score(mark.parts, settings.score_weights, quality) : 0;
  mark.score = static_cast<std::uint32_t>(std::lround(mark.exact_score));
  return mark;
}

Verdict judge(const System& system, const Placement& placement, const Speed& speed, const Settings& settings,
              const QualityInputs& quality) {
  Verdict verdict{mark(placement, speed, settings, quality), {}, {}, {}, {}};
  verdict.text = verdict_text(system, placement, speed, settings, running_score(verdict.parts));
  verdict.bottleneck = bottleneck_of(placement, speed);
  const BottleneckKeys keys = keys_of(verdict.bottleneck);
  const bool generates = speed.has_decode || settings.workload.output > 0;
  verdict.bottleneck_text.key = generates ? keys.text : keys.reading;
  if (placement.impossible) verdict.bottleneck_text = placement.reason;
  verdict.remedy.key = keys.remedy;
  if (verdict.bottleneck == BottleneckKind::host && is_told_to_spill(settings)) verdict.remedy.key = "remedy.placement";
  return verdict;
}

}  // namespace headroom
