// A device's rates for one model format and engine: peaks times fitted efficiencies, as seconds per unit of work.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/engine/engine.h"
#include "core/hardware/device.h"
#include "core/speed/calibration.h"

namespace headroom {

struct Rates {
  // Decode
  double weight_byte = 0, expert_byte = 0;  // s per byte
  double unpack = 0;                        // s per weight
  double kv_byte = 0, kv_byte_plain = 0;    // with and without flash attention
  double kv_quantized = 1;                  // factor on them below 16 bit
  double kv_wide = 1;                       // the same for wide heads
  double attention_flop = 0;
  double state_byte = 0;
  double layer = 0, layer_plain = 0, expert_layer = 0, beside_experts = 0, recurrent_layer = 0, token = 0;
  // Many sequences
  double batch_flop = 0, served_token = 0, interference = 0;
  double vector_tokens = 0, vector_batch_flop = 0;  // up to so many tokens, s per flop on the vector units instead
  // Prefill
  double prefill_flop = 0, prefill_flop_plain = 0, prefill_expert_flop_factor = 1, prefill_attention_flop = 0;
  double prefill_wide = 1;         // factor on the time of attention with wide heads
  double prefill_score_plain = 0;  // s per attention score without flash attention
  double prefill_layer = 0, prefill_expert_layer = 0, prefill_recurrent = 0, prefill_activation = 0, expert_tokens = 0,
         prompt = 0, prefill_overlap = 0;
  double peak_flop = 0;        // s per flop at the peak of the units, which nothing exceeds; 0 = unknown
  bool compute_known = false;  // false: no throughput is known and nothing of prefill can be said
};

// Vector flop/s of a processor per byte/s of its memory's bandwidth, where its figure is unknown: desktop and server
// parts of data/hardware stand between 15 and 40.
inline constexpr double kProcessorFlopsPerByte = 20;

// The units that compute on a format's numbers.
enum class NumberUnits : std::uint8_t { half, fp8, int8, fp4 };  // half: 16 bit

// Peak of the units that the engine's kernels for this format use, flop/s; 0 = unknown.
struct Peak {
  double flops = 0;
  NumberUnits units = NumberUnits::half;
};
[[nodiscard]] Peak peak_of(const Device& device, Backend backend, const Engine& engine, std::string_view kernel);

[[nodiscard]] Rates make_rates(double bandwidth, double matrix_flops, double unpacking_flops,
                               const Efficiencies& efficiencies);
[[nodiscard]] Rates make_rates(const Device& device, Backend backend, const Engine& engine, std::string_view kernel,
                               const Efficiencies& efficiencies);

}  // namespace headroom
