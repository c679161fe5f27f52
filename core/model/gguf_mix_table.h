// The quantizer's mixes as data: a base type and a short list of exceptions each.
// Source: llama.cpp build 11669, src/llama-quant.cpp as observed through its dry run.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/model/format.h"
#include "core/model/gguf_mix.h"

namespace headroom {

// A condition on the model.
enum class MixWhen : std::uint8_t {
  always,
  grouped_4,         // four query heads or more share a K/V head
  grouped_4_or_moe,  // the same, or four experts or more
  eight_experts,     // the Mixtral class
  falcon,
  not_falcon,
  neither,  // neither falcon nor eight experts
};

// An exception: tensors of `role` at these places become `type`.
struct MixRule {
  MixRole role;
  MixWhen when;
  std::uint8_t where;  // one bit of namespace stack_place, or kAnywhere
  GgmlType type;
};

// When the quantizer refuses to start without an importance matrix.
enum class ImatrixNeed : std::uint8_t { never, for_low_bits, always };

struct GgufMix {
  std::string_view name;
  GgmlType base;
  GgmlType output;  // the head, when its rows fit the base block
  GgmlType embedding;
  ImatrixNeed imatrix;
  bool shared_rules;               // the rules common to all mixes above the lowest bits apply first
  std::span<const MixRule> rules;  // first match wins; none: the base type
};

// Applied before a mix's own rules where `shared_rules` is set.
[[nodiscard]] std::span<const MixRule> shared_mix_rules();

// Stacked tensors become MXFP4 and every other matrix Q8_0: a rule by shape, not by role.
inline constexpr std::string_view kMxfp4Moe = "MXFP4_MOE";

}  // namespace headroom
