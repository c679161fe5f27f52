#include <algorithm>

#include "core/engine/gguf_rules.h"
#include "core/memory/cache_rules.h"
#include "core/memory/element_sizes.h"
#include "core/memory/memory.h"

namespace headroom {
namespace {

constexpr std::uint64_t product(std::uint64_t a, std::uint64_t b) { return (Bytes(a) * b).value(); }
constexpr std::uint64_t pad(std::uint64_t value, std::uint64_t step) {
  return step > 1 ? round_up(value, step) : value;
}

bool keeps_own_heads(MixerKind kind) { return kind == MixerKind::gqa || kind == MixerKind::attention_mamba2; }

std::uint64_t kept_rows(std::uint32_t ratio) { return ratio == kOverlappingRatio ? product(2, ratio) : ratio; }

// Elements of one compressor's state row: an overlapping compressor keeps two halves side by side.
std::uint64_t kept_width(std::uint32_t ratio, std::uint32_t width) {
  return ratio == kOverlappingRatio ? product(2, width) : width;
}

void set_extent(CacheShape& shape, const Engine& engine, const CacheSettings& cache) {
  shape.cells = pad(product(cache.context, cache.sequences_of_stream()), engine.cache_pad);
  shape.streams = cache.streams();
}

}  // namespace

CacheShape cache_shape(const ModelProfile& model, const Engine& engine, const CacheSettings& cache) {
  CacheShape shape;
  set_extent(shape, engine, cache);
  if (engine.cache != CachePolicy::cells) return shape;
  shape.windowed = gguf_uses_window(model.arch.gguf_arch, model.layer_count());
  shape.indexer_values = gguf_indexer_keeps_values(model.arch.gguf_arch);
  // Without flash attention V is stored transposed, each layer as wide as the widest.
  shape.transposed_v = !cache.flash_attention;
  if (shape.transposed_v) {
    for (const LayerGroup& group : model.groups) {
      if (!keeps_own_heads(group.mixer.kind) && group.mixer.kind != MixerKind::gqa_shared_kv) continue;
      shape.widest_v = std::max(shape.widest_v, product(group.mixer.head_dim_v, group.mixer.kv_heads));
    }
  }
  return shape;
}

std::uint64_t window_cells(std::uint32_t window, const CacheShape& shape, const Engine& engine,
                           const CacheSettings& cache) {
  if (window == 0 || !shape.windowed || cache.swa_full) return shape.cells;
  switch (engine.cache) {
    case CachePolicy::cells: {
      // The window of every sequence of the stream, and the micro-batch being added.
      const std::uint64_t cells = product(window, cache.sequences_of_stream()) + cache.ubatch;
      return pad(std::min(shape.cells, cells), engine.cache_pad);
    }
    case CachePolicy::blocks: {
      // vLLM's SlidingWindowSpec: the window before a chunk of the prompt and the chunk, one more block for alignment.
      const std::uint64_t step = std::max<std::uint32_t>(engine.block_tokens, 1);
      const std::uint64_t tokens = std::min<std::uint64_t>(std::uint64_t{window} - 1 + cache.batch, shape.cells);
      return std::min(pad(tokens, step) + step, pad(shape.cells, step));
    }
    case CachePolicy::pages:
    case CachePolicy::growing_array: break;
  }
  return std::min<std::uint64_t>(shape.cells, pad(window, engine.cache_pad));
}

std::uint64_t compressed_cells(std::uint32_t ratio, const CacheShape& shape, const Engine& engine) {
  return pad(shape.cells / ratio, engine.cache_pad);
}

namespace {

std::uint8_t extent_index(CacheLayout& layout, const CacheLayout::Extent& extent) {
  std::size_t index = 0;
  while (index < layout.extents.size() && !(layout.extents[index] == extent)) ++index;
  if (index == layout.extents.size()) layout.extents.push_back(extent);
  return static_cast<std::uint8_t>(index);
}

void add_parts(CacheLayout& layout, CacheLayout::Layer& layer, const LayerGroup& group, const Architecture& arch,
               const CacheShape& shape, const CacheSettings& cache) {
  const Mixer& mixer = group.mixer;
  if (group.shares_kv || arch.topology == Topology::encoder) return;
  const auto add = [&](CacheSpan span, std::uint32_t length, std::uint64_t k_elements, std::uint64_t v_elements) {
    layer.parts.push_back(
        {extent_index(layout, {span, length}), row_bytes(cache.k, k_elements), row_bytes(cache.v, v_elements)});
  };
  const CacheSpan reach = mixer.window != 0 ? CacheSpan::window : CacheSpan::context;
  const std::uint64_t own_k = product(mixer.head_dim_k, mixer.kv_heads);
  const std::uint64_t own_v = product(mixer.head_dim_v, mixer.kv_heads);
  switch (mixer.kind) {
    case MixerKind::gqa:
    case MixerKind::attention_mamba2:
      add(reach, mixer.window, own_k, shape.transposed_v ? shape.widest_v : own_v);
      if (mixer.indexer.heads != 0) {
        add(reach, mixer.window, mixer.indexer.dim, shape.indexer_values ? mixer.indexer.dim : 0);
      }
      break;
    case MixerKind::mla:
      add(CacheSpan::context, 0, std::uint64_t{mixer.kv_lora_rank} + mixer.rope_dim, 0);
      if (mixer.indexer.heads != 0) add(CacheSpan::context, 0, mixer.indexer.dim, 0);
      break;
    case MixerKind::compressed_csa:
      add(reach, mixer.window, mixer.latent_kv_dim, 0);
      if (mixer.compress_ratio == 0) break;
      add(CacheSpan::compressed, mixer.compress_ratio, mixer.latent_kv_dim, 0);
      if (mixer.indexer.heads != 0) add(CacheSpan::compressed, mixer.compress_ratio, mixer.indexer.dim, 0);
      break;
    case MixerKind::cross:
      // Keys and values of an encoder's output, whose length the architecture fixes.
      add(arch.encoder_positions != 0 ? CacheSpan::encoder : CacheSpan::context, arch.encoder_positions, own_k, own_v);
      break;
    case MixerKind::custom: add(CacheSpan::context, 0, mixer.custom_kv_per_token, 0); break;
    case MixerKind::none:
    case MixerKind::gqa_shared_kv:
    case MixerKind::gated_delta:
    case MixerKind::kda:
    case MixerKind::mamba1:
    case MixerKind::mamba2:
    case MixerKind::short_conv:
    case MixerKind::lightning:
    case MixerKind::rglru:
    case MixerKind::rwkv: break;
  }
}

std::uint64_t stream_cells(const CacheLayout::Extent& extent, const CacheShape& shape, const Engine& engine,
                           const CacheSettings& cache) {
  switch (extent.span) {
    case CacheSpan::context: break;
    case CacheSpan::window: return window_cells(extent.length, shape, engine, cache);
    case CacheSpan::compressed: return compressed_cells(extent.length, shape, engine);
    case CacheSpan::encoder: return extent.length;
  }
  return shape.cells;
}

}  // namespace

StateElements state_elements(const LayerGroup& group, std::uint32_t hidden) {
  const Mixer& m = group.mixer;
  const std::uint64_t taps = m.conv > 0 ? m.conv - 1 : 0;
  const std::uint64_t inner = m.d_inner != 0 ? m.d_inner : product(m.ssm_heads, m.ssm_head_dim);
  const std::uint64_t keys = product(m.key_heads, m.key_head_dim);
  const std::uint64_t values = product(m.value_heads, m.value_head_dim);
  switch (m.kind) {
    case MixerKind::mamba1: return {product(taps, inner), product(m.d_state, inner)};
    case MixerKind::mamba2:
    case MixerKind::attention_mamba2:
      return {product(taps, inner + product(2, product(m.n_groups, m.d_state))), product(m.d_state, inner)};
    case MixerKind::gated_delta: return {product(taps, values + product(2, keys)), product(m.key_head_dim, values)};
    case MixerKind::kda: return {product(taps, values + product(2, keys)), product(m.key_head_dim, values)};
    case MixerKind::lightning: return {0, product(m.key_head_dim, values)};
    case MixerKind::short_conv: return {product(taps, hidden), 0};
    case MixerKind::rglru: return {product(taps, m.lru_width), m.lru_width};
    case MixerKind::rwkv:
      if (m.custom_state_elements != 0) return {0, m.custom_state_elements};
      return {product(2, hidden), product(m.key_head_dim, hidden)};
    case MixerKind::compressed_csa: {
      if (m.compress_ratio == 0) return {};
      std::uint64_t elements = product(kept_rows(m.compress_ratio), kept_width(m.compress_ratio, m.latent_kv_dim));
      if (m.indexer.heads != 0) {
        elements += product(kept_rows(m.compress_ratio), kept_width(m.compress_ratio, m.indexer.dim));
      }
      return {product(2, elements), 0};  // values and their scores
    }
    case MixerKind::custom: return {0, m.custom_state_elements};
    case MixerKind::none:
    case MixerKind::gqa:
    case MixerKind::gqa_shared_kv:
    case MixerKind::mla:
    case MixerKind::cross: break;
  }
  return {};
}

Bytes state_bytes(const LayerGroup& group, std::uint32_t hidden, const Engine& engine) {
  const StateElements elements = state_elements(group, hidden);
  return Bytes(elements.conv) * engine.conv_state_bytes + Bytes(elements.state) * engine.state_bytes;
}

CacheLayout cache_layout(const ModelProfile& model, const Engine& engine, const CacheSettings& cache) {
  CacheLayout layout;
  const CacheShape shape = cache_shape(model, engine, cache);
  layout.windowed = shape.windowed;
  for (const LayerGroup& group : model.groups) {
    CacheLayout::Layer layer;
    layer.count = group.count;
    layer.state = state_bytes(group, model.arch.hidden, engine);
    add_parts(layout, layer, group, model.arch, shape, cache);
    layout.layers.push_back(layer);
  }
  return layout;
}

CacheCells cache_cells(const CacheLayout& layout, const Engine& engine, const CacheSettings& cache) {
  CacheShape shape;
  set_extent(shape, engine, cache);
  shape.windowed = layout.windowed;
  CacheCells cells;
  for (const CacheLayout::Extent& extent : layout.extents) {
    cells.push_back(product(stream_cells(extent, shape, engine, cache), shape.streams));
  }
  return cells;
}

CacheFootprint cache_footprint(const CacheLayout& layout, const Engine& engine, const CacheSettings& cache) {
  CacheFootprint footprint;
  const CacheCells cells = cache_cells(layout, engine, cache);
  const std::uint64_t sequences = cache.sequences();
  for (const CacheLayout::Layer& layer : layout.layers) {
    Bytes kv;
    for (const CacheLayout::Part& part : layer.parts) {
      kv += (part.k_row + part.v_row) * cells[part.extent];
    }
    const Bytes state = layer.state * sequences;
    footprint.kv_per_layer.push_back(kv);
    footprint.state_per_layer.push_back(state);
    footprint.kv += kv * layer.count;
    footprint.state += state * layer.count;
  }
  return footprint;
}

CacheFootprint cache_footprint(const ModelProfile& model, const Engine& engine, const CacheSettings& cache) {
  return cache_footprint(cache_layout(model, engine, cache), engine, cache);
}

Bytes output_buffer(const ModelProfile& model, const Engine& engine, const CacheSettings& cache) {
  if (engine.cache != CachePolicy::cells) return Bytes(0);
  return Bytes(model.arch.vocab) * kFloat * cache.sequences();
}

}  // namespace headroom
