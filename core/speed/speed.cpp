#include "core/speed/speed.h"

#include <algorithm>
#include <cmath>

#include "core/speed/decode.h"
#include "core/speed/explain.h"
#include "core/speed/first_token.h"
#include "core/speed/prefill.h"
#include "core/speed/ranges.h"
#include "core/speed/speculation.h"
#include "core/speed/stages.h"

namespace headroom {
namespace {

// Offload and speculation multiply unknowns (memory channels, page cache, what is being written) that no fitted row
// has.
constexpr double kUnfittedWidening = 1.6;

Bound decode_bound(const StepTime& step) {
  const double memory = (step.weights + step.kv).value();
  double most = memory;
  Bound bound = Bound::memory;
  const auto consider = [&](Seconds time, Bound candidate) {
    if (time.value() > most) {
      most = time.value();
      bound = candidate;
    }
  };
  consider(step.compute, Bound::compute);
  consider(step.communication, Bound::interconnect);
  consider(step.host, Bound::host);
  consider(step.overhead, Bound::overhead);
  return bound;
}

Bound prefill_bound(const PrefillTime& time) {
  const Seconds compute = time.compute + time.scores;
  const Seconds most = std::max({compute, time.memory, time.communication, time.host, time.overhead});
  if (most == compute) return Bound::compute;
  if (most == time.memory) return Bound::memory;
  if (most == time.communication) return Bound::interconnect;
  return most == time.host ? Bound::host : Bound::overhead;
}

// Sequences that run at a time. What the pool of an engine does not hold waits; those that run fill it with what they
// have written, not with the longest they may become.
double running_sequences(const Placement& placement, const Settings& settings) {
  const double asked = settings.cache.sequences();
  if (placement.kv_tokens == 0) return asked;
  const Workload& workload = settings.workload;
  const double length = std::max<double>(workload.cached_prefix + workload.prompt + workload.output, 1);
  const double copies = placement.data_parallel;
  const double held = copies * std::floor(static_cast<double>(placement.kv_tokens) / copies / length);
  return std::clamp(std::max<double>(held, placement.max_parallel), 1.0, asked);
}

struct DecodeResult {
  StepTime step;
  Seconds least;      // of `step`: nothing is read sooner
  StepTime drafting;  // of `step`
  Seconds others;     // of `step.compute`: prompts of other sequences
  double tokens = 1;  // per sequence and step
  bool speculative = false;
  [[nodiscard]] double tok_s() const {
    const double time = step.total().value();
    return time > 0 ? tokens / time : 0;
  }
  void scale(double factor) {
    step.scale(factor);
    drafting.scale(factor);
    others = others * factor;
  }
};

DecodeResult decode(const SpeedProfile& profile, const Placement& placement, const Settings& settings, StepLoad shape) {
  DecodeResult result;
  const Speculation& speculation = settings.speculation;
  const double drafted = drafted_tokens(speculation);
  shape.tokens = 1 + drafted;
  result.tokens = expected_tokens(speculation.acceptance, drafted);
  result.speculative = drafted > 0;
  result.step = decode_step(profile, placement, shape);
  if (result.speculative) {
    result.drafting = draft_pass(profile, placement, settings, shape);
    result.drafting.scale(drafted);
    result.step.add(result.drafting);
  }
  return result;
}

// Users whose sequences do not run wait for those that do, a whole answer each: in a closed loop as many times as there
// are users waiting for one that runs (Little's law).
void wait_for_others(const Settings& settings, Speed& speed) {
  const double waiting = settings.cache.sequences() - speed.sequences;
  if (waiting <= 0) return;
  const double turns = waiting / speed.sequences, output = settings.workload.output;
  const auto wait = [&](double ttft, double tok_s) { return turns * (ttft + output / tok_s); };
  const Range &ttft = speed.ttft_s, &rate = speed.decode_tok_s;
  speed.queue = Seconds(wait(ttft.p50, rate.p50));
  speed.ttft_s = {ttft.p10 + wait(ttft.p10, rate.p90), ttft.p50 + speed.queue.value(),
                  ttft.p90 + wait(ttft.p90, rate.p10)};
}

Range scaled(const Range& range, double factor) { return {range.p10 * factor, range.p50 * factor, range.p90 * factor}; }

// What all users together are written when each asks again once answered, prompts included (Little's law). No more can
// be answered than prompts are read: by every copy, in each of its stages another.
void tell_throughput(const Placement& placement, const Settings& settings, Seconds first, Speed& speed) {
  const double users = settings.cache.sequences(), output = settings.workload.output;
  const double prompt = settings.workload.prompt, turns = users / speed.sequences;
  const Range &prefill = speed.prefill_tok_s, &decode = speed.decode_tok_s;
  const auto all = [&](double prefill_tok_s, double decode_tok_s) {
    const double reading = prompt > 0 ? first.value() * prefill.p50 / prefill_tok_s : 0;
    return users * output / (turns * (reading + output / decode_tok_s));
  };
  Range& made = speed.throughput_tok_s;
  made = {all(prefill.p10, decode.p10), all(prefill.p50, decode.p50), all(prefill.p90, decode.p90)};
  if (prompt <= 0) return;
  const double at_once = static_cast<double>(placement.data_parallel) * placement.pipeline_parallel;
  const auto most = [&](double prefill_tok_s) { return at_once * prefill_tok_s * output / prompt; };
  made = {std::min(made.p10, most(prefill.p10)), std::min(made.p50, most(prefill.p50)),
          std::min(made.p90, most(prefill.p90))};
}

// Residuals of other devices and models know nothing of what can be at most.
void limit(double most, Range& range) { range.p90 = std::max(range.p50, std::min(range.p90, most)); }

// The key of what keeps the speed from being known; empty where nothing does.
const char* unknown_reason(const SpeedProfile& profile, bool uses_host) {
  if (!profile.bandwidth_known || profile.rates.empty()) return "speed.unknown_bandwidth";
  if (uses_host && profile.host.weight_byte <= SecondsPerByte(0)) return "speed.unknown_host";
  return "";
}

// What is asked, with its ranges widened where the host takes part.
struct Request {
  const SpeedProfile& profile;
  const Placement& placement;
  const Settings& settings;
  StepLoad shape;
  double widening = 1;
  [[nodiscard]] PrefillTime prefill(KernelCase kernels = KernelCase::middle) const {
    const Workload& workload = settings.workload;
    return prefill_time(profile, placement, settings, shape, workload.prompt, workload.cached_prefix, kernels);
  }
};

// What reading a step's weights and cache would take at the peak of the memory.
Seconds least_reading(const SpeedProfile& profile, const StepLoad& shape, const StepTime& step) {
  bool wide = false, has_state = false;
  for (const LayerCost& layer : profile.cost.groups) {
    wide = wide || layer.wide_cache;
    has_state = has_state || layer.state_bytes > Traffic(0);
  }
  double weights = 1, cache = 1;  // share of the time at the peak; of unequal devices the least
  for (std::size_t kind = 0; kind < profile.rates.size(); ++kind) {
    const Rates& rates = profile.rates[kind];
    const SecondsPerByte read =
        profile.cost.has_experts ? std::max(rates.weight_byte, rates.expert_byte) : rates.weight_byte;
    SecondsPerByte attended = shape.flash_attention ? rates.kv_byte : rates.kv_byte_plain;
    if (has_state) attended = std::max(attended, rates.state_byte);
    if (shape.kv_quantized()) attended = attended * std::max(rates.kv_quantized, 1.0);
    if (wide) attended = attended * std::max(rates.kv_wide, 1.0);
    weights = std::min(weights, rates.peak_byte / read);
    cache = std::min(cache, rates.peak_byte / attended);
  }
  return step.weights * weights + step.kv * cache;
}

DecodeResult generate(const Request& request, const PrefillTime& prefill, bool has_prefill) {
  const SpeedProfile& profile = request.profile;
  const double sequences = request.shape.sequences, output = request.settings.workload.output;
  DecodeResult generated = decode(profile, request.placement, request.settings, request.shape);
  generated.least = least_reading(profile, request.shape, generated.step);
  // Under continuous batching the prompts of a copy's other sequences run between one sequence's tokens; in a closed
  // loop each of them sends one prompt per answer. They ride on steps whose launches are counted already.
  if (const double own = ranks_of(request.placement).own(sequences);
      profile.continuous_batching && own > 1 && output > 0 && has_prefill) {
    generated.others = profile.rates[0].interference * (own - 1) * prefill.beside_others() * generated.tokens / output;
    generated.step.compute += generated.others;
  }
  // A machine measured at x times the estimate takes 1/x of the time, in every part alike: nothing tells which.
  generated.scale(1 / profile.personal.decode);
  return generated;
}

// Errors at depth are others than those of short contexts, which are no reason for an end of the range to rise with the
// context: neither is told higher than where the cache is short.
void limit_by_short_context(const Request& request, const DecodeResult& generated, double widening, Range& range) {
  const double depth = request.shape.depth;
  if (depth <= kShortContext || request.shape.sequences > 1) return;
  const StepTime& step = generated.step;
  const Seconds shorter = step.total() - step.kv * (1 - kShortContext / depth);
  const double tok_s = generated.tokens / shorter.value();
  const Range shallow = make_range(
      tok_s, decode_range(request.profile.ranges, request.profile.cost.has_experts, kShortContext, false), widening);
  limit(shallow.p90, range);
  range.p10 = std::min(range.p10, shallow.p10);
}

// How much of a range a person's own measurement settles here.
double settled(const Request& request, double spread, const MeasuredDepths& measured, double depth) {
  if (spread <= 0) return 0;
  const Settings& settings = request.settings;
  AskedRun asked;
  asked.devices = static_cast<std::uint32_t>(request.placement.devices.size());
  asked.users = settings.cache.sequences();
  asked.depth = depth;
  asked.cache_bits = bits_of_cache(settings.cache);
  asked.host = share_of_host(request.placement, settings);
  asked.speculates = settings.speculation.kind != SpeculationKind::none;
  asked.adapts = !settings.adapters.empty();
  asked.same_model = request.profile.personal_of_model;
  return own_share(request.profile.personal.run, measured, asked);
}

// What was measured with the host taking part has its unknowns in it.
double widening_left(double widening, double share) { return 1 + (widening - 1) * (1 - share); }

void tell_decode(const Request& request, const DecodeResult& generated, Speed& result) {
  const SpeedProfile& profile = request.profile;
  const SpeedFactors& own = profile.personal;
  result.own_decode = settled(request, own.decode_spread, own.run.decode, request.settings.workload.mean_depth());
  const ResidualRange residuals =
      narrowed(decode_range(profile.ranges, profile.cost.has_experts, request.shape.depth, request.shape.sequences > 1),
               own.decode_spread, result.own_decode);
  const double tok_s = generated.tok_s();
  if (!(request.settings.workload.output > 0 && tok_s > 0)) return;
  result.has_decode = true;
  result.decode_step = generated.step;
  result.tokens_per_step = generated.tokens;
  result.drafting = generated.drafting.total();
  result.others_prompts = generated.others;
  const double widening =
      generated.speculative ? kUnfittedWidening : widening_left(request.widening, result.own_decode);
  result.decode_tok_s = make_range(tok_s, residuals, widening);
  // How many drafted tokens are accepted at best is not known.
  if (!generated.speculative) {
    // An own measurement has its own errors.
    if (result.own_decode <= 0) limit_by_short_context(request, generated, widening, result.decode_tok_s);
    if (generated.least > Seconds(0)) limit(generated.tokens / generated.least.value(), result.decode_tok_s);
  }
  result.decode_total_tok_s = scaled(result.decode_tok_s, request.shape.sequences);
  result.decode_bound = decode_bound(generated.step);
}

// Tokens of a prompt per second at the peak of all devices, their products alone; 0 = unknown.
double prompt_limit(const Request& request) {
  Flops token;
  for (const LayerCost& layer : request.profile.cost.groups) {
    token += kPerMultiplyAdd * layer.count * (layer.dense_weights + layer.expert_weights);
  }
  FlopsPerSecond peak;
  for (std::size_t d = 0; d < request.placement.devices.size(); ++d) {
    peak += reciprocal(request.profile.rates_of(d).peak_flop);
  }
  // One prompt is of one copy, which shares nothing but routed experts.
  if (!request.profile.cost.has_experts) peak = peak / static_cast<double>(request.placement.data_parallel);
  return token > Flops(0) ? peak.value() / token.value() : 0;
}

void tell_prefill(const Request& request, const PrefillTime& prefill, Speed& result) {
  const SpeedProfile& profile = request.profile;
  const double prompt = request.settings.workload.prompt;
  const double tok_s = prompt / prefill.total().value() * profile.personal.prefill;
  const SpeedFactors& own = profile.personal;
  const double depth = prompt + request.settings.workload.cached_prefix;
  result.own_prefill = settled(request, own.prefill_spread, own.run.prefill, depth);
  const ResidualRange range =
      narrowed(profile.ranges[static_cast<std::size_t>(SpeedClass::prefill)], own.prefill_spread, result.own_prefill);
  result.prefill_tok_s = make_range(tok_s, range, widening_left(request.widening, result.own_prefill));
  if (const double most = prompt_limit(request); most > 0) limit(most, result.prefill_tok_s);
  if (!request.settings.kernels.empty()) {
    const auto at = [&](KernelCase kernels) { return prefill.total() / request.prefill(kernels).total(); };
    result.prefill_tok_s.p10 *= at(KernelCase::low);
    result.prefill_tok_s.p90 *= at(KernelCase::high);
  }
  result.prefill_bound = prefill_bound(prefill);
  // The first token comes out of the prompt's own pass; p10 of the time goes with p90 of the speed.
  result.ttft_s = {prompt / result.prefill_tok_s.p90, prompt / result.prefill_tok_s.p50,
                   prompt / result.prefill_tok_s.p10};
}

// The first token among other users, from the quickest prompts of users out of step to the slowest of all at once.
void tell_first_token(const FirstToken& first, Speed& result) {
  const Range alone = result.ttft_s;
  result.ttft_s = {first.steady.value() * alone.p10 / alone.p50, first.told.value(),
                   first.together.value() * alone.p90 / alone.p50};
}

}  // namespace

double bits_of_cache(const CacheSettings& cache) { return (cache.k.bits_per_weight() + cache.v.bits_per_weight()) / 2; }

double share_of_host(const Placement& placement, const Settings& settings) {
  return placement.offload_fraction + (settings.kv_on_host ? 1 : 0);
}

Speed speed(const Placement& placement, const Settings& settings, const SpeedProfile& profile, Trace* trace) {
  Speed result;
  result.confidence = profile.confidence;
  result.calibration_rows = profile.rows;
  const bool uses_host = placement.offload_fraction > 0 || settings.kv_on_host;
  result.unknown_reason = unknown_reason(profile, uses_host);
  result.known = *result.unknown_reason == '\0';
  if (!result.known) return result;

  Request request{profile, placement, settings, make_step_load(settings), uses_host ? kUnfittedWidening : 1};
  request.shape.sequences = result.sequences = running_sequences(placement, settings);
  const bool together = request.shape.sequences > 1;
  PrefillTime prefill;
  result.has_prefill = settings.workload.prompt > 0 && profile.rates[0].compute_known;
  if (result.has_prefill) prefill = request.prefill();
  // A prompt alone needs no step, unless other sequences' steps delay it.
  DecodeResult generated;
  if (settings.workload.output > 0 || together || settings.workload.prompt == 0) {
    generated = generate(request, prefill, result.has_prefill);
  }
  tell_decode(request, generated, result);
  FirstToken first;
  if (result.has_prefill) {
    tell_prefill(request, prefill, result);
    const Seconds answer(result.has_decode ? settings.workload.output / result.decode_tok_s.p50 : 0);
    first = first_token(profile, placement, request.shape.sequences, Seconds(result.ttft_s.p50), answer,
                        generated.step.total());
    if (together) tell_first_token(first, result);
  }
  if (result.has_prefill && result.has_decode) wait_for_others(settings, result);
  if (result.has_decode && (result.has_prefill || settings.workload.prompt == 0)) {
    tell_throughput(placement, settings, first.lasting, result);
  }
  if (trace != nullptr) explain_speed(profile, placement, settings, request.shape, result, prefill, first, *trace);
  return result;
}

}  // namespace headroom
