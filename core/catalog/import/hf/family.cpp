#include "core/catalog/import/hf/family.h"

#include <algorithm>
#include <array>

namespace headroom::hf {
namespace {

using bias::kHead;
using bias::kMlp;
using bias::kOut;
using bias::kQkv;

// Sources: the modules of each family in Hugging Face transformers (modeling_*.py) and the configs they ship with;
// parameter totals that follow are compared with published ones in tests/import.

// What transformers keeps a second class for, or another maker's name.
constexpr Family named(std::string_view model_type, Family family) {
  family.model_type = model_type;
  return family;
}
constexpr Family bert(std::string_view model_type, std::uint8_t parts) {
  return {.model_type = model_type,
          .gguf_arch = "bert",
          .special = Special::encoder,
          .norm = NormKind::layer,
          .gated = false,
          .tied = true,
          .biases = bias::kAll,
          .embedding_norm = NormKind::layer,
          .parts = parts};
}
constexpr Family bart(std::string_view model_type, NormKind embedding_norm) {
  return {.model_type = model_type,
          .gguf_arch = "",
          .special = Special::bart,
          .norm = NormKind::layer,
          .gated = false,
          .tied = true,
          .biases = bias::kAll,
          .embedding_norm = embedding_norm};
}
constexpr Family kQwen35Moe{
    .model_type = "qwen3_5_moe", .gguf_arch = "qwen35moe", .qk_norm = QkNorm::head, .out_gate = OutGate::fused_in_q};
constexpr Family kGemma3{.model_type = "gemma3",
                         .gguf_arch = "gemma3",
                         .norms_per_layer = 4,
                         .tied = true,
                         .qk_norm = QkNorm::head,
                         .window_period = 6};
constexpr Family kGemma3n{.model_type = "gemma3n",
                          .gguf_arch = "gemma3n",
                          .special = Special::gemma3n,
                          .norms_per_layer = 4,
                          .tied = true,
                          .qk_norm = QkNorm::head,
                          .window_period = 5};
constexpr Family kGemma4{.model_type = "gemma4",
                         .gguf_arch = "gemma4",
                         .special = Special::gemma4,
                         .norms_per_layer = 4,
                         .tied = true,
                         .qk_norm = QkNorm::head,
                         .window_period = 6};
constexpr Family kGlm4Moe{.model_type = "glm4_moe",
                          .gguf_arch = "glm4moe",
                          .attention_bias = kQkv,
                          .optional_qk_norm = QkNorm::head,
                          .router_bias = true};
constexpr Family kFalcon{.model_type = "falcon",
                         .gguf_arch = "falcon",
                         .norm = NormKind::layer,
                         .norms_per_layer = 1,
                         .gated = false,
                         .tied = true};

constexpr auto kFamilies = std::to_array<Family>({
    {.model_type = "llama", .gguf_arch = "llama"},
    {.model_type = "mistral", .gguf_arch = "llama"},
    {.model_type = "ministral3", .gguf_arch = "mistral3"},
    {.model_type = "mistral4", .gguf_arch = "mistral4"},
    {.model_type = "mistral3", .gguf_arch = "mistral3"},
    {.model_type = "mixtral", .gguf_arch = "llama"},
    {.model_type = "llama4", .gguf_arch = "llama4", .window_period = 4},
    {.model_type = "llama4_text", .gguf_arch = "llama4", .window_period = 4},
    {.model_type = "qwen2", .gguf_arch = "qwen2", .biases = kQkv, .window_asked = true},
    {.model_type = "qwen2_moe", .gguf_arch = "qwen2moe", .biases = kQkv, .window_asked = true},
    {.model_type = "qwen2_vl", .gguf_arch = "qwen2vl", .biases = kQkv, .window_asked = true},
    {.model_type = "qwen2_5_vl", .gguf_arch = "qwen2vl", .biases = kQkv, .window_asked = true},
    {.model_type = "qwen2_vl_text", .gguf_arch = "qwen2vl", .biases = kQkv, .window_asked = true},
    {.model_type = "qwen2_5_vl_text", .gguf_arch = "qwen2vl", .biases = kQkv, .window_asked = true},
    {.model_type = "qwen2_5_omni_text", .gguf_arch = "qwen2vl", .biases = kQkv, .window_asked = true},
    {.model_type = "qwen", .gguf_arch = "qwen", .biases = kQkv},
    {.model_type = "qwen3_omni_moe_text", .gguf_arch = "qwen3vlmoe", .qk_norm = QkNorm::head},
    {.model_type = "qwen3", .gguf_arch = "qwen3", .qk_norm = QkNorm::head, .window_asked = true},
    {.model_type = "qwen3_moe", .gguf_arch = "qwen3moe", .qk_norm = QkNorm::head, .window_asked = true},
    {.model_type = "qwen3_vl", .gguf_arch = "qwen3vl", .qk_norm = QkNorm::head},
    {.model_type = "qwen3_vl_text", .gguf_arch = "qwen3vl", .qk_norm = QkNorm::head},
    {.model_type = "qwen3_vl_moe", .gguf_arch = "qwen3vlmoe", .qk_norm = QkNorm::head},
    {.model_type = "qwen3_vl_moe_text", .gguf_arch = "qwen3vlmoe", .qk_norm = QkNorm::head},
    {.model_type = "qwen3_next", .gguf_arch = "qwen3next", .qk_norm = QkNorm::head, .out_gate = OutGate::fused_in_q},
    {.model_type = "qwen3_5", .gguf_arch = "qwen35", .qk_norm = QkNorm::head, .out_gate = OutGate::fused_in_q},
    {.model_type = "qwen3_5_text", .gguf_arch = "qwen35", .qk_norm = QkNorm::head, .out_gate = OutGate::fused_in_q},
    kQwen35Moe,
    named("qwen3_5_moe_text", kQwen35Moe),
    {.model_type = "gemma", .gguf_arch = "gemma", .tied = true},
    {.model_type = "gemma2", .gguf_arch = "gemma2", .norms_per_layer = 4, .tied = true, .window_period = 2},
    kGemma3,
    named("gemma3_text", kGemma3),
    kGemma3n,
    named("gemma3n_text", kGemma3n),
    kGemma4,
    named("gemma4_text", kGemma4),
    named("gemma4_unified", kGemma4),
    named("gemma4_unified_text", kGemma4),
    {.model_type = "recurrent_gemma", .gguf_arch = "", .tied = true, .biases = kOut | kMlp, .ssm = MixerKind::rglru},
    {.model_type = "phi",
     .gguf_arch = "phi2",
     .norm = NormKind::layer,
     .norms_per_layer = 1,
     .gated = false,
     .biases = bias::kAll | kHead,
     .optional_qk_norm = QkNorm::head_ln},
    {.model_type = "phi3", .gguf_arch = "phi3"},
    {.model_type = "phimoe", .gguf_arch = "phimoe", .norm = NormKind::layer, .biases = kHead},
    {.model_type = "deepseek", .gguf_arch = "deepseek"},
    {.model_type = "deepseek_v2", .gguf_arch = "deepseek2"},
    {.model_type = "deepseek_v3", .gguf_arch = "deepseek2", .router_bias = true},
    {.model_type = "deepseek_v32", .gguf_arch = "deepseek32", .router_bias = true},
    {.model_type = "deepseek_v4", .gguf_arch = "deepseek4", .special = Special::deepseek_v4, .router_bias = true},
    {.model_type = "kimi_k2", .gguf_arch = "deepseek2", .router_bias = true},
    {.model_type = "kimi_linear", .gguf_arch = "kimi-linear", .router_bias = true, .linear = MixerKind::kda},
    {.model_type = "glm4", .gguf_arch = "glm4", .norms_per_layer = 4, .attention_bias = kQkv},
    {.model_type = "glm4v_text", .gguf_arch = "glm4", .norms_per_layer = 4, .attention_bias = kQkv},
    {.model_type = "glm", .gguf_arch = "glm4", .attention_bias = kQkv},
    kGlm4Moe,
    named("glm4v_moe_text", kGlm4Moe),
    {.model_type = "glm4_moe_lite", .gguf_arch = "deepseek2", .router_bias = true},
    {.model_type = "glm_moe_dsa", .gguf_arch = "glm-dsa", .router_bias = true},
    {.model_type = "chatglm", .gguf_arch = "chatglm"},
    {.model_type = "gpt_oss", .gguf_arch = "gpt-oss", .window_period = 2, .router_bias = true},
    {.model_type = "cohere",
     .gguf_arch = "command-r",
     .norm = NormKind::layer_no_bias,
     .norms_per_layer = 1,
     .tied = true,
     .optional_qk_norm = QkNorm::full},
    {.model_type = "cohere2",
     .gguf_arch = "cohere2",
     .norm = NormKind::layer_no_bias,
     .norms_per_layer = 1,
     .tied = true,
     .window_period = 4},
    kFalcon,
    {.model_type = "RefinedWeb", .gguf_arch = "falcon", .norm = NormKind::layer, .gated = false, .tied = true},
    named("RefinedWebModel", kFalcon),
    {.model_type = "falcon_h1", .gguf_arch = "falcon-h1", .ssm = MixerKind::attention_mamba2},
    {.model_type = "falcon_mamba",
     .gguf_arch = "mamba",
     .norms_per_layer = 1,
     .ssm = MixerKind::mamba1,
     .no_ffn = true},
    {.model_type = "mamba",
     .gguf_arch = "mamba",
     .norms_per_layer = 1,
     .tied = true,
     .ssm = MixerKind::mamba1,
     .no_ffn = true},
    {.model_type = "mamba2",
     .gguf_arch = "mamba2",
     .norms_per_layer = 1,
     .tied = true,
     .ssm = MixerKind::mamba2,
     .no_ffn = true},
    {.model_type = "jamba", .gguf_arch = "jamba", .ssm = MixerKind::mamba1},
    {.model_type = "bamba", .gguf_arch = "bamba", .ssm = MixerKind::mamba2},
    {.model_type = "nemotron", .gguf_arch = "nemotron", .norm = NormKind::layer, .gated = false},
    {.model_type = "nemotron_h",
     .gguf_arch = "nemotron_h",
     .norms_per_layer = 1,
     .gated = false,
     .router_bias = true,
     .ssm = MixerKind::mamba2},
    {.model_type = "granite", .gguf_arch = "granite"},
    {.model_type = "granitemoe", .gguf_arch = "granitemoe"},
    {.model_type = "granitemoeshared", .gguf_arch = "granitemoe"},
    {.model_type = "granitemoehybrid", .gguf_arch = "granitehybrid", .ssm = MixerKind::mamba2},
    {.model_type = "lfm2", .gguf_arch = "lfm2", .tied = true, .qk_norm = QkNorm::head},
    {.model_type = "lfm2_moe", .gguf_arch = "lfm2moe", .tied = true, .qk_norm = QkNorm::head, .router_bias = true},
    {.model_type = "minimax", .gguf_arch = "", .linear = MixerKind::lightning},
    {.model_type = "minimax_text_01", .gguf_arch = "", .linear = MixerKind::lightning},
    {.model_type = "minimax_m1", .gguf_arch = "", .linear = MixerKind::lightning},
    {.model_type = "minimax_m2", .gguf_arch = "minimax-m2", .qk_norm = QkNorm::full, .router_bias = true},
    {.model_type = "minimax_m3", .gguf_arch = "minimax-m3", .qk_norm = QkNorm::head, .router_bias = true},
    {.model_type = "minimax_m3_vl", .gguf_arch = "minimax-m3", .qk_norm = QkNorm::head, .router_bias = true},
    {.model_type = "mimo_v2", .gguf_arch = "mimo2", .router_bias = true},
    {.model_type = "mimo", .gguf_arch = "qwen2", .biases = kQkv},
    {.model_type = "mimo_v2_flash", .gguf_arch = "mimo2", .router_bias = true},
    {.model_type = "olmo", .gguf_arch = "olmo", .norm = NormKind::none},
    {.model_type = "olmo2", .gguf_arch = "olmo2", .qk_norm = QkNorm::full},
    {.model_type = "olmo3", .gguf_arch = "olmo2", .qk_norm = QkNorm::full, .window_period = 4},
    {.model_type = "olmoe", .gguf_arch = "olmoe", .qk_norm = QkNorm::full},
    {.model_type = "starcoder2",
     .gguf_arch = "starcoder2",
     .norm = NormKind::layer,
     .gated = false,
     .tied = true,
     .biases = bias::kAll},
    {.model_type = "gpt_bigcode",
     .gguf_arch = "starcoder",
     .norm = NormKind::layer,
     .gated = false,
     .tied = true,
     .biases = bias::kAll},
    {.model_type = "stablelm", .gguf_arch = "stablelm", .norm = NormKind::layer, .optional_qk_norm = QkNorm::full},
    {.model_type = "internlm", .gguf_arch = "llama", .biases = kQkv | kOut},
    {.model_type = "internlm2", .gguf_arch = "internlm2"},
    {.model_type = "internlm3", .gguf_arch = "llama"},
    {.model_type = "baichuan", .gguf_arch = "baichuan"},
    {.model_type = "orion", .gguf_arch = "orion", .norm = NormKind::layer},
    {.model_type = "bloom",
     .gguf_arch = "bloom",
     .norm = NormKind::layer,
     .gated = false,
     .tied = true,
     .biases = bias::kAll,
     .embedding_norm = NormKind::layer},
    {.model_type = "gpt_neox", .gguf_arch = "gptneox", .norm = NormKind::layer, .gated = false, .biases = bias::kAll},
    {.model_type = "gpt2",
     .gguf_arch = "gpt2",
     .norm = NormKind::layer,
     .gated = false,
     .tied = true,
     .biases = bias::kAll},
    {.model_type = "gptj",
     .gguf_arch = "gptj",
     .norm = NormKind::layer,
     .norms_per_layer = 1,
     .gated = false,
     .biases = kMlp | kHead},
    {.model_type = "gpt_neo",
     .gguf_arch = "",
     .norm = NormKind::layer,
     .gated = false,
     .tied = true,
     .biases = kOut | kMlp},
    {.model_type = "codegen",
     .gguf_arch = "codegen",
     .norm = NormKind::layer,
     .norms_per_layer = 1,
     .gated = false,
     .biases = kMlp | kHead},
    {.model_type = "mpt", .gguf_arch = "mpt", .norm = NormKind::layer_no_bias, .gated = false, .tied = true},
    {.model_type = "opt", .gguf_arch = "", .norm = NormKind::layer, .gated = false, .tied = true, .biases = bias::kAll},
    {.model_type = "persimmon",
     .gguf_arch = "persimmon",
     .norm = NormKind::layer,
     .gated = false,
     .biases = bias::kAll,
     .optional_qk_norm = QkNorm::head_ln},
    {.model_type = "exaone", .gguf_arch = "exaone"},
    {.model_type = "exaone4", .gguf_arch = "exaone4", .qk_norm = QkNorm::head, .window_period = 4},
    {.model_type = "exaone_moe",
     .gguf_arch = "exaone-moe",
     .qk_norm = QkNorm::head,
     .window_period = 4,
     .router_bias = true},
    {.model_type = "afmoe",
     .gguf_arch = "afmoe",
     .norms_per_layer = 4,
     .qk_norm = QkNorm::head,
     .window_period = 4,
     .out_gate = OutGate::full,
     .router_bias = true},
    {.model_type = "step3p5",
     .gguf_arch = "step35",
     .qk_norm = QkNorm::head,
     .out_gate = OutGate::per_head,
     .router_bias = true},
    {.model_type = "solar_open", .gguf_arch = "glm4moe", .router_bias = true},
    {.model_type = "ernie4_5", .gguf_arch = "ernie4_5"},
    {.model_type = "ernie4_5_moe", .gguf_arch = "ernie4_5-moe", .router_bias = true},
    {.model_type = "hunyuan_v1_dense", .gguf_arch = "hunyuan-dense", .optional_qk_norm = QkNorm::head},
    {.model_type = "hunyuan_v1_moe", .gguf_arch = "hunyuan-moe", .optional_qk_norm = QkNorm::head},
    {.model_type = "seed_oss", .gguf_arch = "seed_oss", .attention_bias = kQkv},
    {.model_type = "apertus", .gguf_arch = "apertus", .gated = false, .qk_norm = QkNorm::head},
    {.model_type = "arcee", .gguf_arch = "arcee", .gated = false},
    {.model_type = "smollm3", .gguf_arch = "smollm3"},
    {.model_type = "dots1", .gguf_arch = "dots1", .qk_norm = QkNorm::head, .router_bias = true},
    {.model_type = "bailing_moe", .gguf_arch = "bailingmoe"},
    {.model_type = "bailing_moe_v2", .gguf_arch = "bailingmoe2", .optional_qk_norm = QkNorm::head, .router_bias = true},
    {.model_type = "dbrx", .gguf_arch = "dbrx", .norm = NormKind::layer_no_bias},
    {.model_type = "minicpm", .gguf_arch = "minicpm", .tied = true},
    {.model_type = "minicpm3", .gguf_arch = "minicpm3", .tied = true},
    {.model_type = "mllama_text_model", .gguf_arch = "mllama"},
    {.model_type = "nemotron-nas", .gguf_arch = "deci"},
    {.model_type = "grok1", .gguf_arch = "grok", .norms_per_layer = 4},
    {.model_type = "arctic", .gguf_arch = "arctic", .norms_per_layer = 3},
    {.model_type = "bitnet", .gguf_arch = "bitnet-b1.58", .tied = true},
    {.model_type = "llada", .gguf_arch = "llada"},
    {.model_type = "Dream", .gguf_arch = "dream", .biases = kQkv},
    {.model_type = "longcat_flash",
     .gguf_arch = "",
     .special = Special::longcat,
     .norms_per_layer = 4,
     .router_bias = true},
    {.model_type = "t5", .gguf_arch = "t5", .special = Special::t5, .gated = false, .tied = true},
    {.model_type = "mt5", .gguf_arch = "t5", .special = Special::t5, .gated = true, .tied = false},
    bart("bart", NormKind::layer),
    bart("mbart", NormKind::layer),
    bart("m2m_100", NormKind::none),
    bart("marian", NormKind::none),
    bart("pegasus", NormKind::none),
    {.model_type = "whisper",
     .gguf_arch = "",
     .special = Special::whisper,
     .norm = NormKind::layer,
     .gated = false,
     .tied = true,
     .biases = bias::kAll},
    bert("bert", part::kPositions | part::kPooler),
    bert("roberta", part::kPositions | part::kPooler | part::kFirstPositions),
    bert("xlm-roberta", part::kPositions | part::kPooler | part::kFirstPositions),
    bert("camembert", part::kPositions | part::kPooler | part::kFirstPositions),
    bert("mpnet", part::kPositions | part::kPooler | part::kFirstPositions),
    bert("distilbert", part::kPositions),
    {.model_type = "deberta-v2",
     .gguf_arch = "",
     .special = Special::encoder,
     .norm = NormKind::layer,
     .gated = false,
     .tied = true,
     .biases = bias::kAll,
     .embedding_norm = NormKind::layer,
     .parts = part::kNone},
    {.model_type = "new",
     .gguf_arch = "",
     .special = Special::encoder,
     .norm = NormKind::layer,
     .gated = true,
     .tied = true,
     .biases = kQkv | kOut | kMlp,
     .embedding_norm = NormKind::layer,
     .parts = part::kNone},
    {.model_type = "modernbert",
     .gguf_arch = "modern-bert",
     .special = Special::encoder,
     .norm = NormKind::layer_no_bias,
     .tied = true,
     .window_period = 3,
     .full_first = true,
     .embedding_norm = NormKind::layer_no_bias},
    {.model_type = "nomic_bert",
     .gguf_arch = "nomic-bert",
     .special = Special::encoder,
     .norm = NormKind::layer,
     .tied = true,
     .embedding_norm = NormKind::layer},
    {.model_type = "rwkv7",
     .gguf_arch = "rwkv7",
     .special = Special::rwkv,
     .norm = NormKind::layer,
     .embedding_norm = NormKind::layer},
});

constexpr bool names_are_unique() {
  for (std::size_t i = 0; i < kFamilies.size(); ++i) {
    for (std::size_t j = i + 1; j < kFamilies.size(); ++j) {
      if (kFamilies[i].model_type == kFamilies[j].model_type) return false;
    }
  }
  return true;
}
static_assert(names_are_unique());

}  // namespace

const Family* find_family(std::string_view model_type) {
  const auto it = std::find_if(kFamilies.begin(), kFamilies.end(),
                               [&](const Family& family) { return family.model_type == model_type; });
  return it == kFamilies.end() ? nullptr : &*it;
}

const Family* find_family_of_class(std::string_view architecture) {
  constexpr std::array<std::string_view, 5> kEnds{"ForCausalLM", "LMHeadModel", "ForConditionalGeneration",
                                                  "ForMaskedLM", "Model"};
  for (const std::string_view end : kEnds) {
    if (!architecture.ends_with(end)) continue;
    architecture.remove_suffix(end.size());
    break;
  }
  // "Qwen3Moe" and "qwen3_moe" are compared without case and separators.
  const auto same = [architecture](const Family& family) {
    std::size_t at = 0;
    for (const char c : family.model_type) {
      if (c == '_' || c == '-') continue;
      if (at == architecture.size()) return false;
      const char given = architecture[at++];
      if (c != given && !(given >= 'A' && given <= 'Z' && c == given - 'A' + 'a')) return false;
    }
    return at == architecture.size();
  };
  const auto it = std::find_if(kFamilies.begin(), kFamilies.end(), same);
  return it == kFamilies.end() ? nullptr : &*it;
}

const Family& generic_family() {
  static constexpr Family kGeneric{.model_type = "", .gguf_arch = ""};
  return kGeneric;
}

}  // namespace headroom::hf
