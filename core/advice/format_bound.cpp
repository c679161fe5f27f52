#include "core/advice/format_bound.h"

#include <algorithm>
#include <limits>

namespace headroom {
namespace {

// A share of the time that scores like no time at all, but can still be divided by.
constexpr double kNothing = 1e-9;

// A part that the seen format does not have bounds nothing.
template <class Amount>
double ratio(Amount other, Amount seen) {
  return seen > Amount(0) ? other / seen : std::numeric_limits<double>::max();
}

}  // namespace

FormatCost format_cost(const ModelProfile& model, const WeightProfile& weights) {
  const ModelCost cost = make_model_cost(model, weights);
  const Bytes input = weights.token_embedding + weights.per_layer_embedding + weights.position_embedding;
  FormatCost format{weights.file_bytes, weights.file_bytes - input + weights.tied_head_copy, Traffic(0),
                    cost.head_bytes, Traffic(0)};
  for (std::size_t g = 0; g < cost.groups.size(); ++g) {
    const LayerCost& layer = cost.groups[g];
    const double layers = model.groups[g].count;
    const double used = layer.experts > 0 ? layer.experts_used / layer.experts : 1;
    format.layers += layers * (layer.dense_bytes + layer.expert_bytes * used);
    format.experts += layers * layer.expert_bytes;
  }
  return format;
}

FormatBound::FormatBound(const ModelProfile& model, const Placement& placement, const Speed& speed, const Mark& mark,
                         const Settings& settings, const FormatCost& seen, double model_quality)
    : placement_(placement),
      speed_(speed),
      mark_(mark),
      settings_(settings),
      seen_(seen),
      model_quality_(model_quality),
      longest_points_(context_points(model.arch.longest_context(), settings)),
      left_(placement.usable_on_devices().as_double() - placement.used_on_devices().as_double()),
      pool_(placement.kv_tokens > 0) {}

// The least that a step takes in the other format, as a share of what it takes in the seen one; `part` is the least
// ratio of bytes of any part of the model, `prompt` that of the time of a prompt.
double FormatBound::decode_ratio(const FormatCost& other, const PaceRatio& pace, double part, double prompt) const {
  const StepTime& step = speed_.decode_step;
  const double before = step.total().value();
  if (!(before > 0)) return 0;
  // Several tokens together read more experts than one does, and how many more is not known here.
  const bool one = settings_.cache.parallel <= 1 && settings_.speculation.kind == SpeculationKind::none;
  const bool known = one || seen_.experts == Traffic(0);
  const double bytes = known ? ratio(other.layers + other.head, seen_.layers + seen_.head) : part;
  // Reading and computing overlap, so a step is at least as long as either bound. Prompts of others do not.
  const Seconds compute = step.compute - speed_.others_prompts;
  const double both = (step.weights + compute).value() * std::min(part * pace.weights, pace.compute);
  const double on_devices = std::max(step.weights.value() * bytes * pace.weights, both);
  const double host = other.within < seen_.within ? 0 : step.host.value() * std::min(1.0, part * pace.host);
  return (on_devices + step.kv.value() * pace.cache + step.communication.value() +
          step.overhead.value() * pace.overhead + speed_.others_prompts.value() * prompt + host) /
         before;
}

// The least seconds to the first token in the other format. How long a prompt waits for those of others does not shrink
// with it in proportion: among others nothing is sure but the prompt itself and a step.
double FormatBound::first_token(double prompt, double step) const {
  if (speed_.queue > Seconds(0)) return kNothing;  // more room for cache can shorten the queue to nothing
  const double tokens = settings_.workload.prompt;
  if (tokens <= 0) return speed_.ttft_s.p50 * step;
  if (speed_.sequences <= 1) return speed_.ttft_s.p50 * std::min(prompt, step > 0 ? step : prompt);
  return tokens / speed_.prefill_tok_s.p50 * prompt + speed_.decode_step.total().value() * step;
}

double FormatBound::of(const FormatCost& other, const PaceRatio& pace, double kept, double enough) const {
  const bool larger = other.within > seen_.within;
  const bool runs = placement_.status != FitStatus::does_not_fit;
  if (!runs && larger && other.file > seen_.file) return -1;
  const double more = other.within.as_double() - seen_.within.as_double();
  const double left = left_ - more;
  const bool spilled = placement_.status == FitStatus::offload;
  const bool spills = placement_.spills && larger && !pool_ && (spilled || left < 0);

  const QualityInputs quality{model_quality_, kept};
  ScoreParts most{100, 100, quality_points(quality), 0, mark_.parts.efficiency};
  // A model that does not run has no efficiency points to start from; one that needs a raised limit may do without it
  // in the other format.
  if (!runs || placement_.limit == MemoryLimit::raised) most.efficiency = 100;
  if (spills && !placement_.raisable) {
    const double before = spilled ? placement_.offload_fraction * seen_.file.as_double() : 0;
    // A layer that moves to the host takes its cache along.
    const double moved =
        std::max(-left, 0.0) *
        ratio(placement_.weights.as_double(), (placement_.weights + placement_.kv + placement_.state).as_double());
    most.fit = offload_points(std::clamp((before + moved) / other.file.as_double(), 0.0, 1.0));
  }
  most.context = larger && !spills ? mark_.parts.context : longest_points_;
  const double at_any_speed = weighted_score(most, settings_.score_weights, quality);
  if (!runs || at_any_speed <= enough) return at_any_speed;

  most.speed = 0;
  if (speed_.known) {
    const double part = std::min(
        {ratio(other.layers, seen_.layers), ratio(other.head, seen_.head), ratio(other.experts, seen_.experts)});
    // A prompt is limited by arithmetic, by reading weights, or by what crosses the bus.
    double prompt = std::min(pace.prefill, part * pace.weights);
    if (placement_.devices.size() > 1) prompt = std::min(prompt, 1.0);  // traffic between devices stays the same
    if (spilled) prompt = larger ? std::min(prompt, part * std::min(1.0, pace.host)) : kNothing;
    const double step = decode_ratio(other, pace, part, prompt);
    most.speed = speed_points(speed_.decode_tok_s.p50 / std::max(step, kNothing), first_token(prompt, step), settings_);
  }
  return weighted_score(most, settings_.score_weights, quality);
}

}  // namespace headroom
