// How llama.cpp's converter lays out each architecture, where it differs from the plain pre-norm decoder.
#pragma once

#include <cstdint>
#include <string_view>

namespace headroom::gguf {

// Norms of one block, in the names of GGUF.
enum class BlockNorms : std::uint8_t {
  pre,             // attn_norm, ffn_norm
  pre_post_named,  // attn_norm, and the norm before the FFN is called post_attention_norm
  sandwich,        // attn_norm, post_attention_norm, ffn_norm, post_ffw_norm
  post,            // post_attention_norm, post_ffw_norm
  output_named,    // attn_norm, attn_output_norm, ffn_norm, layer_output_norm (Grok)
  attention_pair,  // attn_norm, attn_output_norm (DBRX)
  second,          // attn_norm, attn_norm_2 (Falcon)
  with_experts,    // attn_norm, ffn_norm, ffn_norm_exps (Arctic)
  single,          // attn_norm
  encoder,         // attn_output_norm, layer_output_norm (BERT)
};

// Architectures whose blocks follow a builder of their own.
enum class Builder : std::uint8_t { decoder, bert, t5, rwkv6, rwkv7, deepseek4 };

struct Layout {
  std::string_view arch;
  BlockNorms norms = BlockNorms::pre;
  Builder builder = Builder::decoder;
  bool fused_qkv = false;            // attn_qkv
  bool packed_gate_up = false;       // ffn_up holds gate and up
  bool own_head = false;             // output.weight is written although the embedding is tied
  bool mtp_blocks = false;           // multi-token-prediction blocks follow the layers
  bool mtp_embeddings = false;       // and bring embeddings and a head of their own
  bool kv_heads_per_block = false;   // metadata lists K/V heads per block
  bool norm_per_head = false;        // q and k norms have one row per head
  bool norm_bias = false;            // LayerNorms carry a bias even where the reference has none
  bool joint_kv_b = false;           // MLA: attn_kv_b instead of attn_k_b and attn_v_b
  bool beta_alpha_joint = false;     // gated delta net: ssm_ba instead of ssm_beta and ssm_alpha
  bool router_bias_as_bias = false;  // ffn_gate_inp.bias instead of exp_probs_b.bias
  bool bare_mixerless = false;       // a block without token mixer has no attn_norm
  bool bare_ffn_norm = false;        // "ffn_norm" without ".weight" (Falcon-H1)
  bool first_norm_missing = false;   // block 0 has no attn_norm (ModernBERT)
  bool headless = false;             // encoders without an output projection
  bool partial = false;              // the list of tensors is not known for certain
};

// The layout of a GGUF architecture; the plain decoder when llama.cpp has none or the name is unknown.
[[nodiscard]] const Layout& layout_of(std::string_view gguf_arch);

}  // namespace headroom::gguf
