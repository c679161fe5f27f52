// A device's rates for one model format and engine: peaks times fitted efficiencies, as seconds per unit of work.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/engine/engine.h"
#include "core/hardware/device.h"
#include "core/speed/calibration.h"
#include "core/units.h"

namespace headroom {

struct Rates {
  // Decode
  SecondsPerByte peak_byte;  // of the data sheet, which nothing exceeds
  SecondsPerByte weight_byte, expert_byte;
  Seconds unpack;                         // of a weight
  SecondsPerByte kv_byte, kv_byte_plain;  // with and without flash attention
  double kv_quantized = 1;                // factor on them below 16 bit
  double kv_wide = 1;                     // the same for wide heads
  SecondsPerFlop attention_flop;
  SecondsPerByte state_byte;
  Seconds layer, layer_plain, expert_layer, beside_experts, recurrent_layer, compressed_layer, indexed_layer,
      token;  // once for each
  // Many sequences
  SecondsPerFlop batch_flop;
  Seconds served_token;
  double interference = 0;           // share of another sequence's prompt that delays a token
  double together = 0;               // share of the wait of requests that start together
  double vector_tokens = 0;          // up to so many are multiplied on the vector units
  double tile_tokens = 0;            // of a product on the matrix units, which takes no less for fewer
  SecondsPerFlop vector_batch_flop;  // there
  // Prefill
  SecondsPerFlop prefill_flop, prefill_flop_plain;  // with and without flash attention
  double prefill_expert_flop_factor = 1;
  double expert_tokens = 0;  // so many for an expert at a time, and it reaches half its rate
  SecondsPerFlop prefill_attention_flop;
  double prefill_wide = 1;      // factor on the time of attention with wide heads
  Seconds prefill_score_plain;  // of an attention score without flash attention
  SecondsPerFlop prefill_recurrent;
  Seconds prefill_activation;                   // of a value that goes into a product or comes out of it
  Seconds prefill_layer, prefill_expert_layer;  // of a micro-batch
  Seconds prompt;
  double prefill_overlap = 0;  // share of the ideal overlap of stages that is reached
  SecondsPerFlop peak_flop;    // at the peak of the units, which nothing exceeds; 0 = unknown
  bool compute_known = false;  // false: no throughput is known and nothing of prefill can be said
};

// Vector flop/s of a processor per byte/s of its memory's bandwidth, where its figure is unknown: desktop and server
// parts of data/hardware stand between 15 and 40.
inline constexpr double kProcessorFlopsPerByte = 20;

// The units that compute on a format's numbers.
enum class NumberUnits : std::uint8_t { half, fp8, int8, fp4 };  // half: 16 bit

// Peak of the units that the engine's kernels for this format use; 0 = unknown.
struct Peak {
  FlopsPerSecond rate;
  NumberUnits units = NumberUnits::half;
};
[[nodiscard]] Peak peak_of(const Device& device, Backend backend, const Engine& engine, std::string_view kernel);

[[nodiscard]] Rates make_rates(BytesPerSecond bandwidth, FlopsPerSecond matrix, FlopsPerSecond unpacking,
                               const Efficiencies& efficiencies);
[[nodiscard]] Rates make_rates(const Device& device, Backend backend, const Engine& engine, std::string_view kernel,
                               const Efficiencies& efficiencies);

}  // namespace headroom
