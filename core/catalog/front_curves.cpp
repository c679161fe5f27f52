#include <algorithm>

#include "core/catalog/front.h"

namespace headroom {
namespace {

// The curves' horizontal axis: powers of two from here to the model's longest context, where that is not before it.
// What most people measure is in sight: 128 tokens written into an empty cache, and prompts of 512 tokens.
constexpr std::uint32_t kFirstDepth = 64, kFirstPrompt = 256;
constexpr std::uint32_t kLastCurvePoint = 1U << 20U;

std::uint32_t curve_end(const ModelProfile& model) {
  return std::clamp(model.arch.longest_context(), 1U, kLastCurvePoint);
}

// `shown`: tokens of the scenario, which shall be in sight.
std::vector<std::uint32_t> curve_points(const ModelProfile& model, std::uint32_t first, std::uint32_t shown) {
  constexpr std::uint32_t kTickStep = 4;  // from one label of the axis to the next
  std::vector<std::uint32_t> points;
  const std::uint32_t end = curve_end(model);
  while (first > kFirstDepth && (first >= end || (shown > 0 && first > shown))) first /= kTickStep;
  for (std::uint32_t tokens = first; tokens < end; tokens *= 2) points.push_back(tokens);
  points.push_back(end);
  return points;
}

// The workload whose mean token lies at `depth`: what is already in the cache gives way, and then the rest in
// proportion, so that the curve runs through the scenario itself.
Workload at_depth(Workload workload, std::uint32_t depth, std::uint32_t longest) {
  const std::uint32_t own = workload.prompt + workload.output / 2;
  if (workload.output == 0 || own == 0 || workload.context_needed() > longest) return {{}, 0, 1, depth - 1};
  if (depth < own) {
    const double share = static_cast<double>(depth) / own;
    workload.prompt = static_cast<std::uint32_t>(workload.prompt * share);
    workload.output = std::max(static_cast<std::uint32_t>(workload.output * share), 1U);
    workload.cached_prefix = 0;
    return workload;
  }
  workload.cached_prefix = std::min(depth - own, longest - workload.prompt - workload.output);
  return workload;
}

// The workload with a prompt of so many tokens, and of the rest what the model's context leaves room for.
Workload with_prompt(Workload workload, std::uint32_t prompt, std::uint32_t longest) {
  workload.prompt = std::min(prompt, longest - 1);
  workload.output = std::clamp(workload.output, 1U, longest - workload.prompt);
  workload.cached_prefix = std::min(workload.cached_prefix, longest - workload.prompt - workload.output);
  return workload;
}

}  // namespace

Result<std::vector<CurvePoint>> Front::decode_curve(const ScenarioSpec& spec) {
  Result<Question> question = ask(spec, Precision::simulated);
  if (!question) return question.error();
  const bool writes = generates(catalog_, question->scenario.model);
  const Workload& workload = question->scenario.settings.workload;
  const std::uint32_t longest = curve_end(*question->model);
  std::vector<CurvePoint> points;
  const auto shown = static_cast<std::uint32_t>(workload.mean_depth());
  for (const std::uint32_t tokens : curve_points(*question->model, kFirstDepth, shown)) {
    Settings settings = question->scenario.settings;
    settings.workload = at_depth(workload, tokens, longest);
    settings.cache.context = settings.workload.context_needed();
    const Estimate estimate = headroom::estimate(question->prepared, settings);
    points.push_back({tokens, writes && has_speed(estimate), estimate.speed.decode_tok_s, estimate.speed.sequences});
  }
  return points;
}

Result<std::vector<CurvePoint>> Front::ttft_curve(const ScenarioSpec& spec) {
  Result<Question> question = ask(spec, Precision::simulated);
  if (!question) return question.error();
  const Workload& workload = question->scenario.settings.workload;
  const std::uint32_t longest = curve_end(*question->model);
  std::vector<CurvePoint> points;
  for (const std::uint32_t tokens : curve_points(*question->model, kFirstPrompt, workload.prompt)) {
    Settings settings = question->scenario.settings;
    settings.workload = with_prompt(workload, tokens, longest);
    settings.cache.context = settings.workload.context_needed();
    const Estimate estimate = headroom::estimate(question->prepared, settings);
    points.push_back({tokens, has_speed(estimate), estimate.speed.ttft_s, estimate.speed.sequences});
  }
  return points;
}

Result<MachineRoofline> Front::roofline(const ScenarioSpec& spec) {
  Result<Question> question = ask(spec, Precision::simulated);
  if (!question) return question.error();
  const ResolvedScenario& scenario = question->scenario;
  Estimate estimate = headroom::estimate(question->prepared, scenario.settings);
  if (estimate.placement.status == FitStatus::does_not_fit) estimate.speed.known = false;
  return machine_roofline(*question->model, scenario.system, estimate.placement, *scenario.engine,
                          kernel_label(*scenario.format, question->weights->block_scaled), scenario.settings,
                          question->prepared.speed, estimate.speed);
}

}  // namespace headroom
