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

// Facts of the computation graph that neither shapes nor tensor names tell.
struct GraphTraits {
  bool rope = true;  // rotates queries and keys
  bool scales_embedding = false;
  bool post_norms = false;  // norms after attention and feed-forward, before the residual
  bool score_softcap = false;
  bool logit_softcap = false;
};
[[nodiscard]] GraphTraits gguf_graph_traits(std::string_view gguf_arch);

}  // namespace headroom
