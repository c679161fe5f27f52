// What must be resident besides the weights. Sources: llama.cpp's own planner (tests/truth/llama-cpp) and users' load
// logs; each rule names its own.
#pragma once

#include <array>
#include <cstdint>

#include "core/engine/engine.h"
#include "core/inline_vector.h"
#include "core/model/profile.h"
#include "core/scenario.h"
#include "core/trace.h"
#include "core/units.h"

namespace headroom {

inline constexpr std::uint32_t kMostSequences = 256;  // llama.cpp's LLAMA_MAX_SEQ

// What the cells of one kind of cache follow.
enum class CacheSpan : std::uint8_t { context, window, compressed, encoder };

// The caches of a model under an engine with everything but context and sequences applied, so that the hot path asks
// for many of those at little cost. Parallel to ModelProfile::groups; a layer of compressed attention has up to three
// parts.
struct CacheLayout {
  static constexpr std::size_t kMaxParts = 3;
  struct Extent {  // caches that always hold equally many cells
    CacheSpan span = CacheSpan::context;
    std::uint32_t length = 0;  // window in tokens, tokens per compressed entry, or positions of the encoder
    friend bool operator==(const Extent&, const Extent&) = default;
  };
  struct Part {
    std::uint8_t extent = 0;  // index in `extents`
    Bytes k_row, v_row;       // of one cell
  };
  struct Layer {
    InlineVector<Part, kMaxParts> parts;
    Bytes state;  // of one sequence
    std::uint32_t count = 0;
  };
  InlineVector<Layer, kMaxGroups> layers;
  InlineVector<Extent, kMaxParts * kMaxGroups> extents;
  bool windowed = true;  // windows shorten the cache
};
[[nodiscard]] CacheLayout cache_layout(const ModelProfile& model, const Engine& engine, const CacheSettings& cache);

// Cells of all streams together, parallel to CacheLayout::extents.
using CacheCells = InlineVector<std::uint64_t, CacheLayout::kMaxParts * kMaxGroups>;
[[nodiscard]] CacheCells cache_cells(const CacheLayout& layout, const Engine& engine, const CacheSettings& cache);

// KV cache and recurrent state of ONE layer of each group, and their sums over the model; whole model, all sequences,
// before any split over devices. Indexer caches count as KV.
struct CacheFootprint {
  InlineVector<Bytes, kMaxGroups> kv_per_layer;  // parallel to ModelProfile::groups
  InlineVector<Bytes, kMaxGroups> state_per_layer;
  Bytes kv, state;
};
[[nodiscard]] CacheFootprint cache_footprint(const ModelProfile& model, const Engine& engine,
                                             const CacheSettings& cache);
// The same from a layout made for the same engine and the same settings but context and sequences.
[[nodiscard]] CacheFootprint cache_footprint(const CacheLayout& layout, const Engine& engine,
                                             const CacheSettings& cache);
// How these figures come about, down to heads, widths and blocks.
void explain_cache(const ModelProfile& model, const Engine& engine, const CacheSettings& cache, Trace& trace);

// Host buffer for logits and embeddings of the sampled tokens.
[[nodiscard]] Bytes output_buffer(const ModelProfile& model, const Engine& engine, const CacheSettings& cache);

struct ComputeBuffers {
  Bytes device;  // on the device that holds the output head (the largest)
  Bytes middle;  // on a device that holds inner layers only
  Bytes host;    // the host's share when layers are offloaded to a device
  // What the stage of a layer takes whose routed experts are on the host, beside a copy of the largest of their
  // tensors: each is copied to the device for its product. The device's buffer is the larger of this and of the above.
  Bytes streaming;
  // Beside the above on every device and on the host, where several micro-batches are under way at once.
  Bytes pipeline, host_pipeline;
  // Beside the above on every device: copies in 16 bit of a cache of another type, made by fused attention. llama.cpp's
  // planner does not know them; they are told as the engine's.
  Bytes converted;
};
// What a device works on while it computes layers whose weights and cache are on the host (ggml's scheduler runs the
// products of a large batch on the device, ggml_backend_sched_split_graph): beside masks and embedding rows, and beside
// the copy of what is read. All 0 where the batch is too small for that.
struct FetchedStages {
  Bytes attention;     // beside the cache of the layer, and its scores where there is no flash attention
  Bytes feed_forward;  // beside one of the layer's matrices
  Bytes output;        // logits and one hidden row; beside the output head, and beside no mask
};
[[nodiscard]] FetchedStages fetched_stages(const ModelProfile& model, const CacheSettings& cache);
// Attention scores of every head over `context` tokens of a micro-batch; 0 with flash attention.
[[nodiscard]] Bytes attention_scores(const ModelProfile& model, const CacheSettings& cache);
// What an engine that profiles a worst case step holds while it samples `sequences`: the sampler's copies of the logits
// and the hidden states of the batch, whose other activations are free by then (vLLM's profile_run). So the peak of a
// step is the larger of this and of the layers. A model that embeds or ranks has no logits. How near that comes to
// logged peaks: tests/estimate/pool_test.cpp.
[[nodiscard]] Bytes sampler_peak(const ModelProfile& model, const Engine& engine, const CacheSettings& cache,
                                 std::uint32_t sequences);
// A step of engines that keep no plan of it.
struct StepParts {
  std::uint64_t tokens = 0;
  std::uint64_t values = 0;  // in 16 bit, of a token in the widest layer
  Bytes layer;               // the one of the other
  // Of engines that free activations as they go
  Bytes in_flight;  // command buffers handed over ahead
  Bytes scores;     // of every head in the layer that keeps most, where the engine has no fused kernel for it
  Bytes logits;
};
[[nodiscard]] StepParts step_parts(const ModelProfile& model, const Engine& engine, const CacheSettings& cache);
// The engine's scratch memory for one step. Exact for llama.cpp where an allocator simulation covers the architecture,
// else a closed form. Cost: up to milliseconds; see ComputeCurve for the hot path.
[[nodiscard]] ComputeBuffers compute_buffers(const ModelProfile& model, const Engine& engine,
                                             const CacheSettings& cache, Backend backend, std::uint32_t devices);

// Compute buffers as a function of the context, everything else fixed: knots in rising context, linear between them.
// Built once per configuration; reading it allocates nothing.
struct ComputeCurve {
  struct Knot {
    std::uint32_t context = 0;
    ComputeBuffers buffers;
    bool jumps = false;  // between the knot before and this one is a step: all of it counts as this knot
  };
  static constexpr std::size_t kMaxKnots = 12;
  InlineVector<Knot, kMaxKnots> knots;
  std::uint32_t sequences = 1;  // that the knots were computed for
  // What the buffer of the device with the output, of one without, and copies of the cache grow by with each further
  // one
  Bytes per_sequence, middle_per_sequence, converted_per_sequence;
  [[nodiscard]] ComputeBuffers at(std::uint32_t context) const;
};
enum class Precision : std::uint8_t { simulated, closed_form };
[[nodiscard]] ComputeCurve make_compute_curve(const ModelProfile& model, const Engine& engine,
                                              const CacheSettings& cache, Backend backend, std::uint32_t devices,
                                              Precision precision);

// What a model needs beside its weights, everything but context and sequences fixed: made once per configuration.
struct DynamicMemory {
  CacheLayout caches;
  ComputeCurve compute;
};
// Cost: that of make_compute_curve().
[[nodiscard]] DynamicMemory make_dynamic_memory(const ModelProfile& model, const Engine& engine,
                                                const CacheSettings& cache, Backend backend, std::uint32_t devices,
                                                Precision precision);

// The buffer of a draft model beside the main one, by the closed form: cheap enough for the hot path.
[[nodiscard]] Bytes draft_buffer(const ModelProfile& model, const Engine& engine, const CacheSettings& cache,
                                 Backend backend);

// Of the tower that sees: what llama.cpp reserves to encode a picture, on the tower's device and on the host beside it.
// The host's part is a copy of the picture; a tower on the host has none.
struct TowerBuffers {
  Bytes device, host;
};
[[nodiscard]] TowerBuffers tower_buffers(const VisionStep& step, bool flash_attention);

// Extras. LoRA adapters: rank x (in + out) weights at 16 bit for every projection they target.
[[nodiscard]] Bytes adapter_bytes(const ModelProfile& model, const Adapter& adapter);
// What one rank holds of them in a layer: as the projection itself is divided, and its other side whole (half of what
// vLLM, SGLang and TensorRT-LLM shard unless told otherwise; vLLM: fully_sharded_loras).
struct AdapterRanks {
  std::uint32_t of_copy = 1;   // that divide all but the routed experts
  std::uint32_t experts = 1;   // that divide these
  bool whole_experts = false;  // experts are dealt out, not cut
};
[[nodiscard]] Bytes adapter_layer_bytes(const LayerGroup& group, std::uint64_t hidden, const Adapter& adapter,
                                        const AdapterRanks& ranks);

}  // namespace headroom
