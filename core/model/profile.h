// A model as the rest of the estimator reads it: layer groups, cache widths, and bytes of each part.
// Built once per (model) and (model, format); everything above works on these and allocates nothing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/inline_vector.h"
#include "core/model/architecture.h"
#include "core/model/format.h"
#include "core/model/gguf_mix.h"
#include "core/model/tensor.h"
#include "core/units.h"

namespace headroom {

inline constexpr std::size_t kMaxGroups = 12;  // distinct (mixer, FFN kind) pairs; more are merged

// Layers that cost the same: one mixer, one kind of feed-forward. Widths that vary inside a group are averaged.
struct LayerGroup {
  std::uint32_t count = 0;
  Mixer mixer;
  Ffn ffn;
  bool shares_kv = false;
  // Parameters per layer
  double mixer_params = 0;
  double ffn_params = 0;     // dense part
  double expert_params = 0;  // ONE routed expert
  double shared_params = 0;  // all shared experts
  double router_params = 0;
  double norm_params = 0;
};

// Which sum of the WeightProfile a tensor counts in.
enum class WeightPart : std::uint8_t {
  token_embedding,
  output_head,
  per_layer_embedding,
  position_embedding,
  mtp,
  other,
  mixer,  // from here on: inside a layer group
  ffn,
  routed_experts,
  shared_experts,
  block_other,
};

// Tensors that every format stores alike: same shape, same role for the quantizer, same sum they count in.
struct WeightKind {
  WeightPart part = WeightPart::other;
  TensorClass cls = TensorClass::other;
  bool recurrent = false;  // of a layer without softmax attention
  MixSlot slot;
  GgmlType source = GgmlType::bf16;
  std::uint64_t row = 0;    // elements of a row
  std::uint64_t rows = 0;   // of one matrix
  std::uint64_t depth = 1;  // matrices stacked in one tensor (experts)
  std::uint32_t first = 0;  // the layers of its tensors are ModelProfile::kind_layers[first, first + count)
  std::uint32_t count = 0;
};

// So begin the ids of what is not in the catalog.
inline constexpr std::string_view kCustomId = "custom:";

struct ModelProfile {
  std::string id;
  std::string custom_id;  // of a model that is not in the catalog: equal ones share it, whatever they are called
  // By which a person's own measurement names it.
  [[nodiscard]] const std::string& measured_id() const { return custom_id.empty() ? id : custom_id; }
  Architecture arch;
  Inventory inventory;
  std::vector<LayerGroup> groups;
  std::vector<std::uint8_t> group_of_layer;  // layer -> group
  // head_params: weights of the output projection, also where it is the token embedding itself (tied); 0 = no head
  std::uint64_t embedding_params = 0, head_params = 0;
  std::uint64_t total_params = 0, active_params = 0;
  bool has_experts = false;
  std::string released_in;        // native precision of its checkpoint; empty where none is known
  bool samples = true;            // false: it embeds or ranks, and no logits are computed
  bool copies_tied_head = false;  // llama.cpp keeps the tied embedding twice: as input and as head
  std::string stored_mix;         // of an imported GGUF file: in this mix the tensors keep the types they have
  std::vector<WeightKind> kinds;  // what make_weight_profile() reads instead of the tensors
  std::vector<std::int16_t> kind_layers;
  static constexpr std::uint32_t kNoKind = ~0U;
  std::vector<std::uint32_t> kind_of_tensor;  // parallel to inventory.tensors; kNoKind: of a tower, in another file
  MixFacts mix_facts;
  // Frees what only make_weight_profile() reads. Call it once all formats of interest are computed.
  void forget_tensors() {
    // Assigning {} would keep the memory.
    std::vector<Tensor>().swap(inventory.tensors);
    std::vector<WeightKind>().swap(kinds);
    std::vector<std::uint32_t>().swap(kind_of_tensor);
    std::vector<std::int16_t>().swap(kind_layers);
  }
  [[nodiscard]] std::uint32_t layer_count() const { return static_cast<std::uint32_t>(arch.layers.size()); }
  // The layer group most like the multi-token-prediction (MTP) layers: same mixer and, where possible, same
  // feed-forward network.
  [[nodiscard]] std::size_t mtp_group() const {
    std::size_t found = group_of_layer.empty() ? 0 : group_of_layer.back();
    bool alike = false;
    for (std::size_t i = 0; i < arch.layers.size() && !alike; ++i) {
      if (arch.layers[i].mixer != arch.mtp.mixer) continue;
      found = group_of_layer[i];
      alike = arch.layers[i].ffn == arch.mtp.ffn;
    }
    return found;
  }
  // Query heads of the layer that has the most.
  [[nodiscard]] std::uint64_t most_heads() const {
    std::uint64_t heads = 0;
    for (const LayerGroup& group : groups) heads = std::max<std::uint64_t>(heads, group.mixer.heads);
    return heads;
  }
};

// Bytes of one layer group in a format, summed over the layers of the group.
struct GroupWeights {
  Bytes mixer, ffn, routed_experts, shared_experts, other;  // other: router, norms
  [[nodiscard]] Bytes total() const { return mixer + ffn + routed_experts + shared_experts + other; }
};

// A model in a format. `file_bytes` is what the text model's tensors take in the file, MTP blocks included unless they
// are in another (`mtp_apart`):
// file_bytes = token_embedding + output_head + per_layer_embedding + position_embedding + mtp + other + groups.
// Not part of it are `tied_head_copy`, the second copy of a tied embedding that llama.cpp puts on the device, and
// `vision`, the towers at 16 bit (another file for GGUF engines, loaded with the model by all others).
struct WeightProfile {
  const Format* format = nullptr;
  bool available = true;  // false: the quantizer refuses (`reason` says why)
  std::string reason;
  bool exact = true;  // to the byte; else modelled, with `relative_error` as its half width
  double relative_error = 0;
  Bytes file_bytes;
  Bytes token_embedding, output_head, tied_head_copy, per_layer_embedding, mtp, vision, other;
  Bytes position_embedding;               // learned positions and token types: with the input, on the host
  bool mtp_apart = false;                 // `mtp` stands beside file_bytes
  bool mtp_not_in_gguf = false;           // a checkpoint has `mtp`, a GGUF file in the same format does not
  bool block_scaled = false;              // FP8 with a scale per block
  bool needs_imatrix = false;             // GGUF: the quantizer asks for an importance matrix
  std::vector<GroupWeights> groups;       // parallel to ModelProfile::groups
  std::vector<Bytes> layer_bytes;         // per layer, experts included
  std::vector<Bytes> layer_expert_bytes;  // routed experts of that layer
  Bytes largest_expert_tensor;            // one projection of all routed experts of a layer
  Bytes largest_layer_tensor;             // of the other tensors of a layer
  std::uint32_t blocks_after_layers = 0;  // MTP blocks in a GGUF file, which llama.cpp places as it places layers
  double bits_per_weight = 16;            // file bits / parameters in it
  // What llama.cpp places after the layers as if each were one: MTP blocks, then the output.
  [[nodiscard]] std::uint32_t slots_after_layers() const { return blocks_after_layers + 1; }
  [[nodiscard]] bool has_mtp(bool in_gguf) const { return mtp > Bytes(0) && !(in_gguf && mtp_not_in_gguf); }
};

// How a format stores one tensor of a kind. `type` is set for GGUF only; else a weight takes `bits`, and scales stand
// beside them.
struct StoredTensor {
  Bytes bytes;
  GgmlType type = GgmlType::count;
  double bits = 0;
};
// nullopt: the quantizer refuses.
[[nodiscard]] std::optional<StoredTensor> stored_tensor(const ModelProfile& model, const WeightKind& kind,
                                                        const Format& format);

// Builds the profile. Cost: linear in tensors.
[[nodiscard]] ModelProfile make_model_profile(std::string id, Architecture arch);
// For a file whose tensors are known (GGUF, safetensors): `inventory` replaces the one computed from the architecture.
[[nodiscard]] ModelProfile make_model_profile(std::string id, Architecture arch, Inventory inventory);
// Cost: a few microseconds; about 30 kinds of tensors and one addition per tensor.
[[nodiscard]] WeightProfile make_weight_profile(const ModelProfile& model, const Format& format);

}  // namespace headroom
