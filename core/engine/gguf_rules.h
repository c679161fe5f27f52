// What llama.cpp decides by the name of an architecture rather than by the file's figures.
// Source: llama.cpp's loader, checked against its planned allocations (tests/truth/llama-cpp).
#pragma once

#include <cstdint>
#include <string_view>

namespace headroom {

// Whether sliding or chunked layers get a short cache. Where this is false the window may be in the file, but every
// layer's cache has full length.
[[nodiscard]] bool gguf_uses_window(std::string_view gguf_arch, std::uint32_t layers);

// MiniMax-M3 keeps keys and values of its indexer, the other sparse architectures keys only.
[[nodiscard]] bool gguf_indexer_keeps_values(std::string_view gguf_arch);

// How attention and feed-forward of a layer meet; the order of the sums decides what stays alive.
enum class BlockOrder : std::uint8_t {
  sequential,
  ffn_residual_attention,  // (ffn + residual) + attention: Command R, GPT-NeoX
  ffn_attention_residual,  // (ffn + attention) + residual: Falcon
  attention_ffn_residual,  // (attention + ffn) + residual: Phi-2
  ffn_block,               // ffn + (attention + residual): StableLM 2 12B
};

// Facts of the computation graph that neither shapes nor tensor names tell.
struct GraphTraits {
  bool rope = true;  // rotates queries and keys
  bool scales_embedding = false;
  bool post_norms = false;  // norms after attention and feed-forward, before the residual
  bool score_softcap = false;
  bool logit_softcap = false;
  BlockOrder order = BlockOrder::sequential;  // StableLM: where the layer has no norm before its feed-forward
  std::uint32_t embedding_rows = 1;    // width of an input row in hidden widths (Qwen3-VL: deepstack levels beside it)
  std::uint32_t residual_streams = 1;  // side by side, in hidden widths (Gemma 3n: AltUp)
};
[[nodiscard]] GraphTraits gguf_graph_traits(std::string_view gguf_arch);

}  // namespace headroom
