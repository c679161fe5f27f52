#include "core/model/gguf_mix_table.h"

#include <algorithm>
#include <array>

namespace headroom {
namespace {

using Type = GgmlType;
using Role = MixRole;
using When = MixWhen;
using Rule = MixRule;
using Imatrix = ImatrixNeed;

using namespace stack_place;

constexpr std::array kSharedRules{
    Rule{Role::value, When::eight_experts, kAnywhere, Type::q8_0},
    Rule{Role::key, When::eight_experts, kAnywhere, Type::q8_0},
};

constexpr std::array kLow1{
    Rule{Role::value, When::grouped_4_or_moe, kAnywhere, Type::q4_k},
    Rule{Role::value, When::always, kAnywhere, Type::q2_k},
    Rule{Role::key, When::eight_experts, kAnywhere, Type::q4_k},
    Rule{Role::down, When::always, kCountedFirstEighth, Type::q2_k},
    Rule{Role::attention_output, When::eight_experts, kAnywhere, Type::q5_k},
    Rule{Role::attention_output, When::always, kAnywhere, Type::iq2_xxs},
};
constexpr std::array kLow2{
    Rule{Role::value, When::grouped_4_or_moe, kAnywhere, Type::q4_k},
    Rule{Role::value, When::always, kAnywhere, Type::q2_k},
    Rule{Role::key, When::eight_experts, kAnywhere, Type::q4_k},
    Rule{Role::down, When::always, kCountedFirstEighth, Type::q2_k},
    Rule{Role::attention_output, When::eight_experts, kAnywhere, Type::q5_k},
};
constexpr std::array kLow2Better{
    Rule{Role::value, When::grouped_4_or_moe, kAnywhere, Type::q4_k},
    Rule{Role::value, When::always, kAnywhere, Type::iq3_s},
    Rule{Role::key, When::eight_experts, kAnywhere, Type::q4_k},
    Rule{Role::down, When::always, kCountedFirstEighth, Type::iq3_s},
    Rule{Role::attention_output, When::eight_experts, kAnywhere, Type::q5_k},
    Rule{Role::attention_output, When::always, kAnywhere, Type::iq3_s},
};
constexpr std::array kQ2K{
    Rule{Role::value, When::grouped_4, kAnywhere, Type::q4_k},
    Rule{Role::value, When::always, kAnywhere, Type::q3_k},
    Rule{Role::down, When::always, kAnywhere, Type::q3_k},
    Rule{Role::attention_output, When::eight_experts, kAnywhere, Type::q5_k},
    Rule{Role::attention_output, When::neither, kAnywhere, Type::q3_k},
};
constexpr std::array kQ2KS{
    Rule{Role::value, When::grouped_4, kAnywhere, Type::q4_k},
    Rule{Role::down, When::always, kFirstEighth, Type::q4_k},
};
constexpr std::array kIq3Xxs{
    Rule{Role::value, When::grouped_4, kAnywhere, Type::q4_k},
    Rule{Role::value, When::always, kAnywhere, Type::iq3_s},
    Rule{Role::key, When::always, kAnywhere, Type::iq2_s},
    Rule{Role::query, When::always, kAnywhere, Type::iq2_s},
    Rule{Role::down, When::always, kFirstEighth, Type::q4_k},
    Rule{Role::down, When::always, kAnywhere, Type::q3_k},
    Rule{Role::attention_output, When::eight_experts, kAnywhere, Type::q5_k},
    Rule{Role::attention_output, When::neither, kAnywhere, Type::iq3_s},
};
constexpr std::array kIq3Xs{
    Rule{Role::value, When::grouped_4, kAnywhere, Type::q4_k},
    Rule{Role::key, When::always, kAnywhere, Type::iq3_xxs},
    Rule{Role::query, When::always, kAnywhere, Type::iq3_xxs},
    Rule{Role::gate, When::always, kMiddle, Type::iq3_xxs},
    Rule{Role::up, When::always, kMiddle, Type::iq3_xxs},
    Rule{Role::attention_output, When::eight_experts, kAnywhere, Type::q5_k},
};
constexpr std::array kIq3S{
    Rule{Role::value, When::grouped_4, kAnywhere, Type::q4_k},
    Rule{Role::attention_output, When::eight_experts, kAnywhere, Type::q5_k},
};
constexpr std::array kIq3M{
    Rule{Role::value, When::always, kAnywhere, Type::q4_k},
    Rule{Role::down, When::always, kFirstEighth, Type::q4_k},
    Rule{Role::down, When::eight_experts, kSpread, Type::q4_k},
    Rule{Role::attention_output, When::eight_experts, kAnywhere, Type::q5_k},
    Rule{Role::attention_output, When::neither, kAnywhere, Type::q4_k},
};
constexpr std::array kQ3KS{
    Rule{Role::attention_output, When::eight_experts, kAnywhere, Type::q5_k},
};
constexpr std::array kQ3KM{
    Rule{Role::value, When::always, kFirstTwo, Type::q5_k},
    Rule{Role::value, When::always, kAnywhere, Type::q4_k},
    Rule{Role::down, When::always, kFirstSixteenth, Type::q5_k},
    Rule{Role::down, When::not_falcon, kAnywhere, Type::q4_k},
    Rule{Role::down, When::always, kSpread, Type::q4_k},
    Rule{Role::attention_output, When::eight_experts, kAnywhere, Type::q5_k},
    Rule{Role::attention_output, When::neither, kAnywhere, Type::q4_k},
};
constexpr std::array kQ3KL{
    Rule{Role::value, When::always, kAnywhere, Type::q5_k},
    Rule{Role::down, When::falcon, kAnywhere, Type::q4_k},
    Rule{Role::down, When::always, kAnywhere, Type::q5_k},
    Rule{Role::attention_output, When::falcon, kAnywhere, Type::q4_k},
    Rule{Role::attention_output, When::neither, kAnywhere, Type::q5_k},
};
constexpr std::array kIq4{
    Rule{Role::value, When::grouped_4, kAnywhere, Type::q5_k},
    Rule{Role::down, When::always, kFirstEighth, Type::q5_k},
    Rule{Role::attention_output, When::eight_experts, kAnywhere, Type::q5_k},
};
constexpr std::array kQ4KS{
    Rule{Role::value, When::always, kFirstFour, Type::q5_k},
    Rule{Role::down, When::not_falcon, kFirstEighth, Type::q5_k},
    Rule{Role::attention_output, When::eight_experts, kAnywhere, Type::q5_k},
};
constexpr std::array kQ4KM{
    Rule{Role::value, When::always, kSpread, Type::q6_k},
    Rule{Role::down, When::falcon, kFirstSixteenth, Type::q6_k},
    Rule{Role::down, When::falcon, kSpread, Type::q5_k},
    Rule{Role::down, When::not_falcon, kSpread, Type::q6_k},
    Rule{Role::attention_output, When::eight_experts, kAnywhere, Type::q5_k},
};
constexpr std::array kQ5KM{
    Rule{Role::value, When::always, kSpread, Type::q6_k},
    Rule{Role::down, When::always, kSpread, Type::q6_k},
};

// name, base, head, embedding, importance matrix, shared rules, rules
constexpr std::array<GgufMix, 40> kMixes{{
    {"F32", Type::f32, Type::f32, Type::f32, Imatrix::never, false, {}},
    {"F16", Type::f16, Type::f16, Type::f16, Imatrix::never, false, {}},
    {"BF16", Type::bf16, Type::bf16, Type::bf16, Imatrix::never, false, {}},
    {"Q8_0", Type::q8_0, Type::q8_0, Type::q8_0, Imatrix::never, true, {}},
    {"Q6_K", Type::q6_k, Type::q6_k, Type::q6_k, Imatrix::never, true, {}},
    {"Q5_K_M", Type::q5_k, Type::q6_k, Type::q5_k, Imatrix::never, true, kQ5KM},
    {"Q5_K_S", Type::q5_k, Type::q6_k, Type::q5_k, Imatrix::never, true, {}},
    {"Q5_1", Type::q5_1, Type::q6_k, Type::q5_1, Imatrix::never, true, {}},
    {"Q5_0", Type::q5_0, Type::q6_k, Type::q5_0, Imatrix::never, true, {}},
    {"Q4_K_M", Type::q4_k, Type::q6_k, Type::q4_k, Imatrix::never, true, kQ4KM},
    {"Q4_K_S", Type::q4_k, Type::q6_k, Type::q4_k, Imatrix::never, true, kQ4KS},
    {"Q4_1", Type::q4_1, Type::q6_k, Type::q4_1, Imatrix::never, true, {}},
    {"Q4_0", Type::q4_0, Type::q6_k, Type::q4_0, Imatrix::never, true, {}},
    {"IQ4_NL", Type::iq4_nl, Type::q6_k, Type::iq4_nl, Imatrix::never, true, kIq4},
    {"IQ4_XS", Type::iq4_xs, Type::q6_k, Type::iq4_xs, Imatrix::never, true, kIq4},
    {kMxfp4Moe, Type::mxfp4, Type::q8_0, Type::q8_0, Imatrix::never, false, {}},
    {"Q3_K_L", Type::q3_k, Type::q6_k, Type::q3_k, Imatrix::never, true, kQ3KL},
    {"Q3_K_M", Type::q3_k, Type::q6_k, Type::q3_k, Imatrix::never, true, kQ3KM},
    {"Q3_K_S", Type::q3_k, Type::q6_k, Type::q3_k, Imatrix::never, true, kQ3KS},
    {"IQ3_M", Type::iq3_s, Type::q6_k, Type::iq3_s, Imatrix::never, true, kIq3M},
    {"IQ3_S", Type::iq3_s, Type::q6_k, Type::iq3_s, Imatrix::never, true, kIq3S},
    {"IQ3_XS", Type::iq3_s, Type::q6_k, Type::iq3_s, Imatrix::for_low_bits, true, kIq3Xs},
    {"IQ3_XXS", Type::iq3_xxs, Type::q5_k, Type::iq3_s, Imatrix::for_low_bits, true, kIq3Xxs},
    {"Q2_K", Type::q2_k, Type::q6_k, Type::q2_k, Imatrix::never, true, kQ2K},
    {"Q2_K_S", Type::q2_k, Type::q6_k, Type::q2_k, Imatrix::always, true, kQ2KS},
    {"IQ2_M", Type::iq2_s, Type::q5_k, Type::iq3_s, Imatrix::for_low_bits, false, kLow2Better},
    {"IQ2_S", Type::iq2_xs, Type::q5_k, Type::iq3_s, Imatrix::for_low_bits, false, kLow2Better},
    {"IQ2_XS", Type::iq2_xs, Type::q5_k, Type::q2_k, Imatrix::always, false, kLow2},
    {"IQ2_XXS", Type::iq2_xxs, Type::q5_k, Type::q2_k, Imatrix::always, false, kLow2},
    {"IQ1_M", Type::iq1_m, Type::q5_k, Type::q2_k, Imatrix::always, false, kLow1},
    {"IQ1_S", Type::iq1_s, Type::q5_k, Type::q2_k, Imatrix::always, false, kLow1},
    {"TQ2_0", Type::tq2_0, Type::q6_k, Type::q4_k, Imatrix::never, true, {}},
    {"TQ1_0", Type::tq1_0, Type::q6_k, Type::q4_k, Imatrix::never, true, {}},
    {"Q2_0", Type::q2_0, Type::q6_k, Type::q4_k, Imatrix::never, true, {}},
    {"Q1_0", Type::q1_0, Type::q6_k, Type::q1_0, Imatrix::never, true, {}},
    // Common overrides: token embedding and head at Q8_0
    {"Q6_K_L", Type::q6_k, Type::q8_0, Type::q8_0, Imatrix::never, true, {}},
    {"Q5_K_L", Type::q5_k, Type::q8_0, Type::q8_0, Imatrix::never, true, kQ5KM},
    {"Q4_K_L", Type::q4_k, Type::q8_0, Type::q8_0, Imatrix::never, true, kQ4KM},
    {"Q3_K_XL", Type::q3_k, Type::q8_0, Type::q8_0, Imatrix::never, true, kQ3KL},
    {"Q2_K_L", Type::q2_k, Type::q8_0, Type::q8_0, Imatrix::never, true, kQ2K},
}};

}  // namespace

std::span<const MixRule> shared_mix_rules() { return kSharedRules; }

const GgufMix* find_mix(std::string_view name) {
  const auto* found = std::find_if(kMixes.begin(), kMixes.end(), [name](const GgufMix& m) { return m.name == name; });
  return found == kMixes.end() ? nullptr : found;
}

std::span<const GgufMix> gguf_mixes() { return kMixes; }

}  // namespace headroom
