#include "core/catalog/own_measurement.h"

#include <utility>

namespace headroom {
namespace {

// What the answer's device holds of that kind; 0 when it has no such device.
double estimated_memory(const PastedFigure& figure, const Answer& answer) {
  const Placement& placement = answer.estimate.placement;
  if (figure.kind == PastedKind::kv_tokens) return static_cast<double>(placement.kv_tokens);
  if (figure.kind == PastedKind::max_concurrency) return placement.max_parallel;
  if (figure.device >= placement.devices.size()) return 0;
  const DeviceShare& share = placement.devices[figure.device];
  switch (figure.kind) {
    case PastedKind::weights: return share.weights.as_double();
    case PastedKind::kv_cache: return share.kv.as_double();
    case PastedKind::compute_buffer: return share.compute.as_double();
    case PastedKind::device_used: return share.total().as_double();
    case PastedKind::device_total: return answer.scenario.system.devices[figure.device]->memory.as_double();
    default: return 0;
  }
}

double estimated_speed(const PastedFigure& figure, Front& front, ScenarioSpec spec) {
  const std::optional<Workload> workload = workload_of(figure);
  if (!workload) return 0;
  spec.workload = WorkloadSpec{"", workload->prompt, workload->output, workload->cached_prefix};
  spec.context.reset();
  spec.parallel = figure.sequences;
  const Result<Answer> answer = front.estimate_quickly(spec);
  if (!answer || !answer->estimate.speed.known) return 0;
  const Speed& speed = answer->estimate.speed;
  return figure.kind == PastedKind::prefill ? speed.prefill_tok_s.p50 : speed.decode_total_tok_s.p50;
}

}  // namespace

Result<OwnMeasurement> compare_measurement(Front& front, const ScenarioSpec& spec, std::string_view text) {
  ScenarioSpec plain = spec;
  plain.personal.reset();
  OwnMeasurement own;
  own.paste = parse_paste(text);
  // A server that computes the last logits only has a row for each slot and drafted token; otherwise there is one for
  // each token of a batch.
  constexpr std::uint32_t kFewLogits = 64;
  const std::uint32_t rows = own.paste.logit_rows;
  if (rows > 0 && rows <= kFewLogits && !plain.logits) plain.logits = LogitRows::last;
  const Result<Answer> answer = front.estimate_quickly(plain);
  if (!answer) return answer.error();
  std::vector<PasteComparison> speeds;
  for (const PastedFigure& figure : own.paste.figures) {
    const bool speed = is_speed(figure.kind);
    const double estimated = speed ? estimated_speed(figure, front, plain) : estimated_memory(figure, *answer);
    own.estimates.push_back(estimated);
    if (speed && estimated > 0 && figure.value > 0) speeds.push_back({figure.kind, figure.value, estimated});
  }
  if (!speeds.empty()) own.personal = personal_factors(speeds);
  return own;
}

}  // namespace headroom
