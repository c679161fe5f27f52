// The graph of one prompt micro-batch of a llama.cpp model, reduced to its tensors' sizes and order. Shapes come from
// the model; the order of nodes is that of llama.cpp's graphs. The buffer it needs is the allocator's high-water mark
// over it.
#pragma once

#include <cstdint>
#include <vector>

#include "core/engine/gguf_rules.h"
#include "core/memory/cache_rules.h"
#include "core/memory/element_sizes.h"
#include "core/memory/graph/graph.h"
#include "core/memory/graph/layer_tensors.h"

namespace headroom {

// One planned step.
struct StepShape {
  std::uint64_t tokens = 512;  // of the micro-batch
  std::uint64_t logits = 512;  // rows of them: the last layer goes on with that many tokens
  std::uint64_t sequences = 1;
  std::uint64_t full_cells = 0;                     // of one stream
  std::uint64_t window_cells = 0;                   // 0: no layer has a short cache
  std::uint64_t widest_v = 0;                       // V elements per cell of the widest layer
  std::uint64_t rotation = 0, window_rotation = 0;  // floats of the matrices that turn quantized rows of each cache
  bool flash_attention = true;
  bool transposed_v = false;
  bool indexer = false;         // a cache of indexer keys beside the main one, with a mask of its own
  std::uint32_t index_dim = 0;  // of its keys
  bool block_indexer = false;   // one that chooses blocks of cells and needs no mask
  std::uint64_t compressed_cells = 0, widest_compressed = 0;  // of compressed caches, and of the longest of them
  std::uint64_t compressed_index_cells = 0;
  bool host = false;   // everything runs on the host: token ids are looked up in the same buffer
  bool output = true;  // the part that holds the output head

  [[nodiscard]] std::uint64_t mask_element() const { return flash_attention ? kHalf : kFloat; }  // bytes
};

// The step that a configuration plans for: a full micro-batch.
[[nodiscard]] StepShape step_shape(const ModelProfile& model, const Engine& engine, const CacheSettings& cache,
                                   bool host, bool output);

// Whether the skeleton knows the architecture's layers; if not, use the closed form.
[[nodiscard]] bool has_skeleton(const ModelProfile& model);

class Skeleton {
 public:
  Skeleton(const ModelProfile& model, const StepShape& step);
  // Builds the graph over `layers` of the model (rising indices; the last one produces the output), whose tensors are
  // `tensors`.
  void build(const std::vector<std::uint32_t>& layers, const std::vector<LayerTensors>& tensors);
  [[nodiscard]] const Graph& graph() const { return g_; }

 private:
  using Id = Graph::Id;
  struct Cache {  // inputs of one attention cache
    Id mask = Graph::kNone, k_index = Graph::kNone, v_index = Graph::kNone, rotation = Graph::kNone;
    std::uint64_t cells = 0;
  };
  // Bytes of `count` x `each` floats per token.
  [[nodiscard]] std::uint64_t floats(std::uint64_t count, std::uint64_t each = 1) const;
  void go_on_with(std::uint64_t rows);  // sizes from here on are those of so many tokens

  // skeleton.cpp: inputs, the order of a layer, output
  void inputs(const std::vector<std::uint32_t>& layers);
  void device_inputs();
  void leaves(const std::vector<std::uint32_t>& layers);
  [[nodiscard]] Cache cache_inputs(std::uint64_t cells, std::uint64_t rotation);
  [[nodiscard]] Cache index_inputs();
  [[nodiscard]] Cache self_attention_inputs();
  [[nodiscard]] Id layer(const LayerTensors& t, bool last, Id current);
  [[nodiscard]] Id parallel_layer(const LayerTensors& t, BlockOrder order, bool last, Id current);
  [[nodiscard]] Id encoder_layer(const LayerTensors& t, Id current);
  [[nodiscard]] Id pick_rows(Id x, bool last);
  [[nodiscard]] Id norm(Id x, bool bias, std::uint64_t size);
  [[nodiscard]] Id norm_in_place(Id x, std::uint64_t size);
  void output(Id current);

  // skeleton_gemma.cpp
  void per_layer_inputs(Id embedding);
  [[nodiscard]] Id add_per_layer_input(Id x);
  [[nodiscard]] Id per_layer_product(Id x);
  void first_stream_inputs();
  void later_stream_inputs();
  [[nodiscard]] Id magnitude(Id x, std::uint64_t rows);
  [[nodiscard]] Id other_streams(Id projected, Id length);
  [[nodiscard]] Id router(Id x);
  [[nodiscard]] Id open_streams(Id x);
  [[nodiscard]] Id stream_layer(const LayerTensors& t, Id streams);
  [[nodiscard]] Id merge_streams(Id streams);

  // skeleton_attention.cpp: what a layer computes before its output projection, and that projection
  [[nodiscard]] Id mix(const LayerTensors& t, Id x);
  [[nodiscard]] Id project(const LayerTensors& t, Id mixed);
  [[nodiscard]] Id queries(const LayerTensors& t, Id x);
  [[nodiscard]] Id separate_queries(const LayerTensors& t, Id x);
  [[nodiscard]] Id fused_queries(const LayerTensors& t, Id x);
  [[nodiscard]] Id turned(Id x, std::uint64_t size, const Cache& cache);
  [[nodiscard]] Id self_attention(const LayerTensors& t, Id x);
  void store_index_keys(Id x);
  [[nodiscard]] Id select_tokens(Id x, Id compressed);
  void select_blocks(Id x);
  [[nodiscard]] Id mla(const LayerTensors& t, Id x);
  [[nodiscard]] Id attend(Id q, const Cache& cache, std::uint64_t heads, std::uint64_t head_v, bool contiguous);
  [[nodiscard]] const Cache& layer_cache_inputs() const;

  // skeleton_recurrent.cpp
  [[nodiscard]] Id mamba1(const LayerTensors& t, Id x);
  [[nodiscard]] Id mamba2(const LayerTensors& t, Id x);
  [[nodiscard]] Id gated_delta(const LayerTensors& t, Id x);
  [[nodiscard]] Id kda(const LayerTensors& t, Id x);
  [[nodiscard]] Id short_conv(Id x);
  [[nodiscard]] Id convolve(Id x, std::uint64_t width, std::uint64_t taps);

  // skeleton_ffn.cpp
  [[nodiscard]] Id feed_forward(const LayerTensors& t, Id x);
  [[nodiscard]] Id dense(const LayerTensors& t, Id x, bool shared);
  [[nodiscard]] Id dense_activation(const LayerTensors& t, Id x, bool shared);
  [[nodiscard]] Id dense_down(const LayerTensors& t, Id activation, bool shared);
  [[nodiscard]] Id experts(const LayerTensors& t, Id x);

  const ModelProfile& model_;
  StepShape step_;
  GraphTraits traits_;
  Graph g_;
  const LayerGroup* group_ = nullptr;  // of the layer being built
  std::uint64_t rows_ = 0;             // tokens that what is built now has rows for
  std::uint64_t e_ = 0;                // bytes of one hidden row for each of them
  Cache full_, window_, index_;
  Id out_ids_ = Graph::kNone, embedding_ = Graph::kNone;
  Id mixed_ = Graph::kNone, given_ = Graph::kNone;          // rows of embeddings as the step takes them in
  Id looked_up_ = Graph::kNone, per_layer_ = Graph::kNone;  // embeddings of every layer, as they are and projected
  std::vector<Id> layer_zeros_;                             // of each layer that is built: see leaves()
  Id zeros_ = Graph::kNone;                                 // of the layer being built
};

}  // namespace headroom
