// The cache of one layer, in cells and elements: the rules behind cache_footprint() and the attention masks.
#pragma once

#include <cstdint>

#include "core/engine/engine.h"
#include "core/inline_vector.h"
#include "core/model/profile.h"
#include "core/scenario.h"
#include "core/units.h"

namespace headroom {

// Whether a token's row in the cache has no heads to divide it by.
constexpr bool keeps_latent_rows(MixerKind kind) { return kind == MixerKind::mla || kind == MixerKind::compressed_csa; }

inline constexpr BlockType kHalfFloats{1, 2};  // a cache in 16 bit

// What every layer of a configuration shares.
struct CacheShape {
  std::uint64_t cells = 0;    // of one stream of a layer that sees the whole context
  std::uint64_t streams = 1;  // a stream is a run of cells; one per sequence unless unified
  std::uint64_t widest_v = 0;
  bool windowed = true;  // windows shorten the cache
  bool transposed_v = false;
  bool indexer_values = false;
};

[[nodiscard]] CacheShape cache_shape(const ModelProfile& model, const Engine& engine, const CacheSettings& cache);
// Cells of one stream of a sliding or chunked layer; those of the whole context when the window is not shorter.
[[nodiscard]] std::uint64_t window_cells(std::uint32_t window, const CacheShape& shape, const Engine& engine,
                                         const CacheSettings& cache);
// Entries of one stream of a compressed cache that holds one for `ratio` (> 0) tokens.
[[nodiscard]] std::uint64_t compressed_cells(std::uint32_t ratio, const CacheShape& shape, const Engine& engine);

// DeepSeek-V4's compressors look back over two groups where the ratio is small (overlapping), over one otherwise.
inline constexpr std::uint32_t kOverlappingRatio = 4;

// Bytes of `elements` consecutive values; a partial block counts whole.
[[nodiscard]] constexpr Bytes row_bytes(BlockType type, std::uint64_t elements) {
  return Bytes(divide_up(elements, type.elements)) * type.bytes;
}

[[nodiscard]] constexpr bool is_eight_bit(BlockType type) { return type.elements == 1 && type.bytes == 1; }

// Recurrent state of one layer and one sequence, in elements.
struct StateElements {
  std::uint64_t conv = 0;   // window of the short convolution and token shift
  std::uint64_t state = 0;  // what the recurrence carries
};
[[nodiscard]] StateElements state_elements(const LayerGroup& group, std::uint32_t hidden);
[[nodiscard]] Bytes state_bytes(const LayerGroup& group, std::uint32_t hidden, const Engine& engine);

}  // namespace headroom
