// Memory of training a model further: weights, gradients, optimizer and activations.
#pragma once

#include <cstdint>

#include "core/model/profile.h"
#include "core/trace.h"
#include "core/units.h"

namespace headroom {

enum class TuneMethod : std::uint8_t { full, lora, qlora };
enum class Optimizer : std::uint8_t { adamw, adamw_8bit, sgd };
enum class TunePrecision : std::uint8_t {
  mixed,  // 16-bit weights beside a 32-bit master copy and moments
  bf16,   // everything in 16 bit
};

struct TuneSettings {
  TuneMethod method = TuneMethod::lora;
  Optimizer optimizer = Optimizer::adamw;
  TunePrecision precision = TunePrecision::mixed;
  std::uint32_t rank = 16;  // of the adapters; unused for full
  std::uint32_t sequence = 2048, batch = 1;
  bool checkpointing = true;  // recompute a layer's activations in the backward pass
  bool flash_attention = true;
};

struct TuneFootprint {
  Bytes weights, master, adapters, gradients, optimizer, activations, logits;
  Bytes overhead;  // of the process on each device: driver and library context, workspaces, blocks the allocator keeps
  [[nodiscard]] Bytes total() const {
    return weights + master + adapters + gradients + optimizer + activations + logits + overhead;
  }
};

// Published peaks over estimates of tests/truth/memory-logs/finetune.csv: four of five lie between. They are lopsided,
// since sequences of varying length leave holes that the allocator cannot use.
inline constexpr double kTuneLow = 0.93, kTuneHigh = 1.6;

// What each of `devices` holds when weights, gradients and optimizer are shared out over them (ZeRO stage 3) and each
// works on a batch of its own.
[[nodiscard]] TuneFootprint tune_share(const TuneFootprint& footprint, std::uint32_t devices);

// `quantized` is the base model in the format QLoRA loads; full and LoRA take the model at 16 bit from its parameter
// count. Mixed precision: 16-bit weights and gradients, 32-bit master copy and moments (Rajbhandari et al., ZeRO,
// section 3.1); activations by Korthikanti et al., "Reducing activation recomputation", equation 2, with the model's
// own widths.
[[nodiscard]] TuneFootprint tune_footprint(const ModelProfile& model, const WeightProfile& quantized,
                                           const TuneSettings& settings, Trace* trace = nullptr);

}  // namespace headroom
