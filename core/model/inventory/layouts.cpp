#include "core/model/inventory/layouts.h"

#include <algorithm>
#include <array>

namespace headroom::gguf {
namespace {

using enum BlockNorms;  // NOLINT(misc-unused-using-decls)

constexpr std::array kLayouts{
    // Plain decoders
    Layout{.arch = "llama"},
    Layout{.arch = "llama4"},
    Layout{.arch = "mistral3"},
    Layout{.arch = "granite"},
    Layout{.arch = "granitemoe"},
    Layout{.arch = "qwen2"},
    Layout{.arch = "qwen2vl"},
    Layout{.arch = "qwen2moe"},
    Layout{.arch = "qwen3"},
    Layout{.arch = "qwen3moe"},
    Layout{.arch = "qwen3vl"},
    Layout{.arch = "qwen3vlmoe"},
    Layout{.arch = "gemma"},
    Layout{.arch = "baichuan"},
    Layout{.arch = "internlm2"},
    Layout{.arch = "xverse"},
    Layout{.arch = "orion"},
    Layout{.arch = "exaone"},
    Layout{.arch = "minicpm"},
    Layout{.arch = "arcee"},
    Layout{.arch = "apertus"},
    Layout{.arch = "smollm3"},
    Layout{.arch = "ernie4_5"},
    Layout{.arch = "ernie4_5-moe"},
    Layout{.arch = "hunyuan-dense"},
    Layout{.arch = "hunyuan-moe"},
    Layout{.arch = "nemotron"},
    Layout{.arch = "starcoder2"},
    Layout{.arch = "olmoe"},
    Layout{.arch = "olmo"},
    Layout{.arch = "dots1"},
    Layout{.arch = "deepseek"},
    Layout{.arch = "deepseek2-ocr"},
    Layout{.arch = "bailingmoe"},
    Layout{.arch = "minimax-m2"},
    Layout{.arch = "minimax-m3"},
    Layout{.arch = "mimo2"},
    Layout{.arch = "phimoe"},
    Layout{.arch = "bitnet"},
    Layout{.arch = "bitnet-25"},
    Layout{.arch = "laguna", .partial = true},
    Layout{.arch = "step35", .partial = true},
    Layout{.arch = "hy_v3", .mtp_blocks = true, .partial = true},
    Layout{.arch = "exaone-moe", .mtp_blocks = true, .partial = true},
    Layout{.arch = "deci", .kv_heads_per_block = true, .bare_mixerless = true},
    Layout{.arch = "stablelm", .norm_per_head = true, .norm_bias = true},
    Layout{.arch = "command-r", .norm_per_head = true},
    Layout{.arch = "cohere2"},
    Layout{.arch = "phi2"},
    // Fused projections
    Layout{.arch = "gpt2", .fused_qkv = true},
    Layout{.arch = "gptneox", .fused_qkv = true},
    Layout{.arch = "bloom", .fused_qkv = true},
    Layout{.arch = "mpt", .fused_qkv = true},
    Layout{.arch = "starcoder", .fused_qkv = true},
    Layout{.arch = "qwen", .fused_qkv = true},
    Layout{.arch = "falcon", .norms = second, .fused_qkv = true, .own_head = true},
    Layout{.arch = "chatglm", .fused_qkv = true, .packed_gate_up = true},
    Layout{.arch = "phi3", .fused_qkv = true, .packed_gate_up = true},
    Layout{.arch = "dbrx", .norms = attention_pair, .fused_qkv = true},
    Layout{.arch = "bailingmoe2", .fused_qkv = true, .mtp_blocks = true},
    Layout{
        .arch = "modern-bert", .fused_qkv = true, .packed_gate_up = true, .first_norm_missing = true, .headless = true},
    // Other norms
    Layout{.arch = "seed_oss", .norms = pre_post_named},
    Layout{.arch = "gpt-oss", .norms = pre_post_named, .router_bias_as_bias = true},
    Layout{.arch = "glm4moe", .norms = pre_post_named, .mtp_blocks = true, .mtp_embeddings = true},
    Layout{.arch = "glm4", .norms = sandwich, .packed_gate_up = true, .mtp_blocks = true, .mtp_embeddings = true},
    Layout{.arch = "gemma2", .norms = sandwich},
    Layout{.arch = "gemma3", .norms = sandwich},
    Layout{.arch = "gemma3n", .norms = sandwich},
    Layout{.arch = "gemma4", .norms = sandwich},
    Layout{.arch = "gemma-embedding", .norms = sandwich},
    Layout{.arch = "afmoe", .norms = sandwich},
    Layout{.arch = "muse-glimmer", .norms = sandwich, .partial = true},
    Layout{.arch = "olmo2", .norms = post},
    Layout{.arch = "exaone4", .norms = post},
    Layout{.arch = "grok", .norms = output_named},
    Layout{.arch = "arctic", .norms = with_experts},
    // Latent attention
    Layout{.arch = "deepseek2"},
    Layout{.arch = "deepseek32", .mtp_blocks = true},
    Layout{.arch = "glm-dsa", .mtp_blocks = true},
    Layout{.arch = "mistral4"},
    Layout{.arch = "minicpm3", .joint_kv_b = true},
    Layout{.arch = "kimi-linear", .kv_heads_per_block = true},
    Layout{.arch = "kimi-k3", .kv_heads_per_block = true},
    Layout{.arch = "deepseek4", .builder = Builder::deepseek4},
    // Recurrent and hybrid
    Layout{.arch = "mamba", .norms = single},
    Layout{.arch = "mamba2", .norms = single},
    Layout{.arch = "nemotron_h", .norms = single, .kv_heads_per_block = true},
    Layout{.arch = "nemotron_h_moe", .norms = single, .kv_heads_per_block = true},
    Layout{.arch = "jamba", .kv_heads_per_block = true},
    Layout{.arch = "granitehybrid", .kv_heads_per_block = true},
    Layout{.arch = "lfm2", .kv_heads_per_block = true},
    Layout{.arch = "lfm2moe", .kv_heads_per_block = true},
    Layout{.arch = "falcon-h1", .bare_ffn_norm = true},
    Layout{.arch = "qwen3next", .norms = pre_post_named, .beta_alpha_joint = true},
    Layout{.arch = "qwen35", .norms = pre_post_named, .mtp_blocks = true},
    Layout{.arch = "qwen35moe", .norms = pre_post_named, .mtp_blocks = true},
    Layout{.arch = "rwkv6", .builder = Builder::rwkv6},
    Layout{.arch = "rwkv7", .builder = Builder::rwkv7},
    // Encoders
    Layout{.arch = "bert", .norms = encoder, .builder = Builder::bert, .headless = true},
    Layout{.arch = "nomic-bert", .norms = encoder, .builder = Builder::bert, .fused_qkv = true, .headless = true},
    Layout{.arch = "nomic-bert-moe", .norms = encoder, .builder = Builder::bert, .fused_qkv = true, .headless = true},
    Layout{.arch = "jina-bert-v3", .norms = encoder, .builder = Builder::bert, .fused_qkv = true, .headless = true},
    Layout{.arch = "t5", .builder = Builder::t5},
};

constexpr Layout kGeneric{.arch = "", .partial = true};

}  // namespace

const Layout& layout_of(std::string_view gguf_arch) {
  const auto* found =
      std::find_if(kLayouts.begin(), kLayouts.end(), [gguf_arch](const Layout& l) { return l.arch == gguf_arch; });
  return found == kLayouts.end() ? kGeneric : *found;
}

}  // namespace headroom::gguf
