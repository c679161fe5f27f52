// DeepSeek-V4: every layer attends to a window of latents and, by its ratio, to compressed ones of the rest.
// Shapes: the tensors of the converted model (tests/truth/llama-cpp, DeepSeek-V4-Flash).
#include "core/catalog/import/hf/parts.h"

namespace headroom::hf {
namespace {

constexpr std::uint32_t kOverlappingRatio = 4;  // these compressors keep two halves side by side

struct Widths {
  std::uint64_t hidden, heads, head, q_rank, o_rank, groups;
};

std::uint64_t compressor(std::uint64_t hidden, std::uint64_t width, std::uint32_t ratio) {
  const std::uint64_t rows = ratio == kOverlappingRatio ? 2 * width : width;
  return 2 * hidden * rows + rows * ratio + width;  // values, gates, positions, norm
}

}  // namespace

Mixer make_compressed(Context& c, std::uint32_t layer) {
  Fields& config = c.config;
  Mixer m;
  m.kind = MixerKind::compressed_csa;
  m.heads = c.heads[layer];
  m.kv_heads = 1;
  m.head_dim_k = m.head_dim_v = m.latent_kv_dim = config.get({"head_dim"}, 512, kMostWidth);
  m.window = c.window;
  m.q_lora_rank = config.get({"q_lora_rank"}, 0, kMostWidth);
  m.compress_ratio = config.per_layer({"compress_ratios"}, c.layers, 0, kMostTokens)[layer];
  m.name = m.compress_ratio == 0 ? "window" : "compressed-" + std::to_string(m.compress_ratio);
  m.sinks = true;
  const Widths w{c.hidden,
                 m.heads,
                 m.head_dim_k,
                 m.q_lora_rank,
                 config.get({"o_lora_rank"}, 0, kMostWidth),
                 config.get({"o_groups"}, 1, kMostHeads)};
  const std::uint64_t query = w.hidden * w.q_rank + w.q_rank + w.q_rank * w.heads * w.head;
  const std::uint64_t latent = w.hidden * w.head + w.head;
  const std::uint64_t out = w.heads * w.head * w.o_rank + w.groups * w.o_rank * w.hidden;
  m.custom_params = query + latent + out + w.heads;
  if (m.compress_ratio == 0) return m;
  m.custom_params += compressor(w.hidden, w.head, m.compress_ratio);
  if (m.compress_ratio != kOverlappingRatio) return m;
  m.indexer.heads = config.get({"index_n_heads"}, 0, kMostHeads);
  m.indexer.dim = config.get({"index_head_dim"}, 0, kMostWidth);
  m.indexer.topk = config.get({"index_topk"}, 0, kMostTokens);
  const std::uint64_t keys = std::uint64_t{m.indexer.heads} * m.indexer.dim;
  m.custom_params += w.q_rank * keys + w.hidden * m.indexer.heads;
  m.custom_params += compressor(w.hidden, m.indexer.dim, m.compress_ratio);
  return m;
}

std::uint64_t hyper_connection_params(Context& c) {
  const std::uint64_t streams = c.config.get({"hc_mult"}, 0, kMostHeads);
  if (streams == 0) return 0;
  const std::uint64_t mixes = streams * (streams + 2);  // read, write and stream-to-stream weights
  const std::uint64_t per_part = streams * c.hidden * mixes + mixes + 3;
  return std::uint64_t{2} * c.layers * per_part + streams * streams * c.hidden + streams + 1;
}

}  // namespace headroom::hf
