#include "core/catalog/import/gguf_tensor_class.h"

#include <array>
#include <charconv>

namespace headroom {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

struct ClassRule {
  std::string_view prefix;
  TensorClass cls;
};

// The first rule whose prefix starts the name decides. Names: gguf-py's constants (TENSOR_NAMES).
constexpr std::array<ClassRule, 11> kOutside{{
    {"token_embd.", TensorClass::token_embedding},
    {"output.", TensorClass::output_head},
    {"per_layer_token_embd", TensorClass::per_layer_embedding},
    {"position_embd", TensorClass::position_embedding},
    {"token_types", TensorClass::position_embedding},
    {"token_embd_norm", TensorClass::norm},
    {"output_norm", TensorClass::norm},
    {"enc.output_norm", TensorClass::norm},
    {"dec.output_norm", TensorClass::norm},
    {"v.", TensorClass::vision},
    {"mm.", TensorClass::vision},
}};

// Norms that belong to a mixer rather than to the residual stream.
constexpr std::array<std::string_view, 12> kMixerNorms{
    "attn_q_norm", "attn_k_norm", "attn_q_a_norm", "attn_kv_a_norm",    "attn_sub_norm",     "ssm_",
    "time_mix_",   "indexer",     "attn_k_b_norm", "cross_attn_q_norm", "cross_attn_k_norm", "attn_compressor_norm"};

constexpr std::array<ClassRule, 16> kInside{{
    {"nextn.", TensorClass::mtp},
    {"ffn_gate_inp", TensorClass::router},
    {"ffn_gate_tid2eid", TensorClass::router},
    {"exp_probs_b", TensorClass::router},
    {"ffn_res_score", TensorClass::other},
    {"ffn_", TensorClass::ffn},
    {"channel_mix_", TensorClass::ffn},
    {"attn_res_score", TensorClass::other},
    {"attn_", TensorClass::attention},
    {"cross_attn_", TensorClass::attention},
    {"self_attn", TensorClass::attention},
    {"ssm_", TensorClass::attention},
    {"shortconv.", TensorClass::attention},
    {"time_mix_", TensorClass::attention},
    {"indexer", TensorClass::attention},
    {"convnext.", TensorClass::attention},
}};

bool is_mixer_norm(std::string_view part) {
  for (const std::string_view prefix : kMixerNorms) {
    if (part.starts_with(prefix)) return true;
  }
  return false;
}

bool is_single_expert(std::string_view part) {  // "ffn_gate.7.weight": one expert of a file made before early 2024
  const std::size_t dot = part.find('.');
  return part.starts_with("ffn_") && dot != std::string_view::npos && dot + 1 < part.size() && part[dot + 1] >= '0' &&
         part[dot + 1] <= '9';
}

TensorClass inside(std::string_view part, bool matrix) {
  if (contains(part, "_exps.") || contains(part, "_chexps.") || is_single_expert(part)) {
    return TensorClass::routed_experts;
  }
  if (contains(part, "_shexp.")) return TensorClass::shared_experts;
  if (contains(part, "norm") && !is_mixer_norm(part)) return TensorClass::norm;
  for (const ClassRule& rule : kInside) {
    if (!part.starts_with(rule.prefix)) continue;
    if (rule.cls != TensorClass::attention) return rule.cls;
    const bool small = !matrix || contains(part, "conv") || contains(part, "norm");
    return small ? TensorClass::attention_small : TensorClass::attention;
  }
  return TensorClass::other;
}

}  // namespace

GgufTensorName split_gguf_name(std::string_view name) {
  GgufTensorName result;
  result.part = name;
  std::string_view rest = name;
  if (rest.starts_with("enc.")) {
    result.encoder = true;
    rest.remove_prefix(4);
  } else if (rest.starts_with("dec.")) {
    rest.remove_prefix(4);
  }
  constexpr std::string_view kBlock = "blk.";
  if (!rest.starts_with(kBlock)) return result;
  rest.remove_prefix(kBlock.size());
  std::int32_t block = 0;
  const auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), block);
  const auto digits = static_cast<std::size_t>(end - rest.data());
  if (failure != std::errc{} || block < 0 || digits >= rest.size() || rest[digits] != '.') return result;
  result.block = block;
  result.part = rest.substr(digits + 1);
  return result;
}

TensorClass gguf_tensor_class(const GgufTensorName& name, bool matrix) {
  if (name.block >= 0) return inside(name.part, matrix);
  for (const ClassRule& rule : kOutside) {
    if (name.part.starts_with(rule.prefix)) return rule.cls;
  }
  return TensorClass::other;
}

}  // namespace headroom
