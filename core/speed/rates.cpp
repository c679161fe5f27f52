#include "core/speed/rates.h"

#include <algorithm>

namespace headroom {
namespace {

double positive(FlopsPerSecond rate) { return std::max(rate.value(), 0.0); }

double vector_flops(const Device& device) {
  const double fp32 = positive(device.tflops.fp32);
  // Parts that publish only a 16 bit figure: vector units at half of it is the usual ratio.
  return fp32 > 0 ? fp32 : 0.5 * positive(device.tflops.fp16);
}

}  // namespace

Peak peak_of(const Device& device, Backend backend, const Engine& engine, std::string_view kernel) {
  const DenseThroughput& t = device.tflops;
  const double half = std::max({positive(t.fp16), positive(t.bf16), positive(t.fp32)});
  const bool llama = engine.cache == CachePolicy::cells;
  if (llama) {
    // CUDA: quantized products run on the int8 units and F16 ones accumulate in 16 bit, which GeForce parts do at full
    // rate; half the int8 rate is the 16 bit rate of all of them. BF16 accumulates in 32 bit.
    if (backend == Backend::cuda && kernel != "bf16") return {std::max(half, 0.5 * positive(t.int8))};
    return {half};
  }
  if (kernel == "fp8" && positive(t.fp8) > 0) return {positive(t.fp8), NumberUnits::fp8};
  if (kernel == "int8" && positive(t.int8) > 0) return {positive(t.int8), NumberUnits::int8};
  // MXFP4 checkpoints keep their activations in 16 bit and so do the products.
  if ((kernel == "nvfp4" || kernel == "fp4") && positive(t.fp4) > 0) return {positive(t.fp4), NumberUnits::fp4};
  return {half};
}

Rates make_rates(double bandwidth, double matrix_flops, double vector_rate, const Efficiencies& e) {
  Rates r;
  const double byte = bandwidth > 0 ? 1 / bandwidth : 0;
  const double flop = matrix_flops > 0 ? 1 / matrix_flops : 0;
  r.compute_known = matrix_flops > 0;
  r.weight_byte = byte / e[Slot::weight_bandwidth];
  r.expert_byte = r.weight_byte / e[Slot::expert_bandwidth];
  r.state_byte = r.weight_byte;
  r.unpack = vector_rate > 0 ? e[Slot::dequantization] / vector_rate : 0;
  r.kv_byte = r.weight_byte / e[Slot::kv_bandwidth];
  r.kv_byte_plain = r.kv_byte / e[Slot::kv_plain];
  r.kv_quantized = 1 / e[Slot::kv_quantized];
  r.kv_wide = 1 / e[Slot::kv_wide];
  r.attention_flop = flop / e[Slot::attention];
  r.layer = e[Slot::layer];
  r.layer_plain = r.layer * e[Slot::layer_plain];
  r.expert_layer = e[Slot::expert_layer];
  r.recurrent_layer = e[Slot::recurrent_layer];
  r.token = e[Slot::token];
  r.batch_flop = flop / e[Slot::batch_compute];
  r.served_token = e[Slot::served_token];
  r.interference = e[Slot::interference];
  r.prefill_flop = flop / e[Slot::prefill_compute];
  r.prefill_flop_plain = r.prefill_flop / e[Slot::prefill_plain];
  r.prefill_expert_flop_factor = 1 / e[Slot::prefill_experts];
  r.prefill_attention_flop = flop / e[Slot::prefill_attention];
  r.prefill_wide = 1 / e[Slot::prefill_wide];
  r.prefill_score_plain = byte * e[Slot::prefill_scores];
  r.prefill_layer = e[Slot::prefill_layer];
  r.prefill_expert_layer = e[Slot::prefill_expert_layer];
  r.prefill_recurrent = byte * e[Slot::prefill_recurrent];
  r.expert_tokens = e[Slot::expert_tokens];
  r.prompt = e[Slot::prompt];
  // A share: the fitted factor is unbounded, what it scales is not.
  r.prefill_overlap = std::min(e[Slot::prefill_overlap], 1.0);
  return r;
}

Rates make_rates(const Device& device, Backend backend, const Engine& engine, std::string_view kernel,
                 const Efficiencies& efficiencies) {
  Rates rates = make_rates(device.bandwidth.value(), peak_of(device, backend, engine, kernel).flops,
                           vector_flops(device), efficiencies);
  if (is_serving(engine)) {
    rates.layer = rates.layer_plain = efficiencies[Slot::graph_layer];
    rates.token = efficiencies[Slot::graph_step];
  }
  return rates;
}

}  // namespace headroom
