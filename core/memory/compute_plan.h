// The two ways to a llama.cpp compute buffer: the allocator over a skeleton graph, and a closed form over layer groups.
#pragma once

#include <cstdint>
#include <vector>

#include "core/memory/graph/allocator.h"
#include "core/memory/graph/skeleton.h"
#include "core/memory/memory.h"

namespace headroom {

// The layers that must be simulated: every pair of neighbouring layer groups twice, and both ends of the stack. All
// others repeat the same peak.
[[nodiscard]] std::vector<std::uint32_t> representative_layers(const ModelProfile& model);

// Simulates configurations of one model; keeps what does not depend on the configuration.
class ComputePlanner {
 public:
  explicit ComputePlanner(const ModelProfile& model);
  // Bytes of the buffer of one device. `max_chunk` 0: no limit.
  [[nodiscard]] Bytes plan(const StepShape& step, std::uint64_t max_chunk) const;

 private:
  const ModelProfile& model_;
  std::vector<std::uint32_t> layers_;
  std::vector<LayerTensors> tensors_;
};

// The same in one pass over the groups: inputs, embeddings and the widest stage. Allocates nothing.
[[nodiscard]] Bytes closed_form_buffer(const ModelProfile& model, const StepShape& step);

// The stage of a layer whose routed experts come from the host tensor by tensor, without the tensor. 0 where none does.
[[nodiscard]] Bytes streaming_stage(const ModelProfile& model, const StepShape& step);

// What stays on the host when the layers run on a device: masks and embedding rows.
[[nodiscard]] Bytes host_inputs(const ModelProfile& model, const StepShape& step);

// Masks of all caches, which each device holds a copy of.
[[nodiscard]] Bytes attention_masks(const StepShape& step);

}  // namespace headroom
