#include "tests/calibration/rules.h"

#include <algorithm>
#include <cmath>

namespace headroom {
namespace {

struct Quantities {
  double bandwidth, file, active_bytes, active_params, flops;
};

Quantities quantities(const Observation& o) {
  Quantities q{};
  const Device& device = *o.system.devices[0];
  q.bandwidth = device.bandwidth.value();
  q.file = o.weights->file_bytes.as_double();
  q.active_params = static_cast<double>(o.model->active_params);
  q.active_bytes = q.file * q.active_params / static_cast<double>(std::max<std::uint64_t>(o.model->total_params, 1));
  q.flops = std::max(device.tflops.fp16.value(), device.tflops.fp32.value());
  return q;
}

double decode_rule(const Quantities& q, bool apple, std::size_t rule) {
  constexpr double kOverhead = 1.2e-3;
  switch (rule) {
    case 0: return q.bandwidth / q.active_bytes;
    case 1: return 0.70 * q.bandwidth / q.file;
    case 2: return 0.55 * q.bandwidth / q.active_bytes;
    case 3: return (apple ? 0.65 : 0.70) * q.bandwidth / q.active_bytes;
    default: return 1 / (q.active_bytes / (0.85 * q.bandwidth) + kOverhead);
  }
}

}  // namespace

double log_rule(const Observation& o, std::size_t rule) {
  const Quantities q = quantities(o);
  if (o.row->kind == MeasuredKind::prefill) {
    constexpr double kShares[] = {0.3, 0.5, 0.7};
    return std::log(q.flops * kShares[rule] / (2 * q.active_params));
  }
  return std::log(decode_rule(q, o.system.devices[0]->vendor == "Apple", rule));
}

std::size_t rule_count(const Observation& o) {
  return o.row->kind == MeasuredKind::prefill ? kPrefillRules.size() : kDecodeRules.size();
}

std::string_view rule_name(const Observation& o, std::size_t rule) {
  return o.row->kind == MeasuredKind::prefill ? kPrefillRules[rule] : kDecodeRules[rule];
}

}  // namespace headroom
