// The working parts of place(): one planner per question, on the stack.
#pragma once

#include <cstdint>

#include "core/memory/encoder_step.h"
#include "core/memory/memory.h"
#include "core/memory/paged.h"
#include "core/memory/token_pools.h"
#include "core/placement/placement.h"
#include "core/placement/told_weights.h"

namespace headroom {

struct PlaceInputs {
  const ModelProfile& model;
  const WeightProfile& weights;
  const System& system;
  const Engine& engine;
  const Settings& settings;
  const DynamicMemory& dynamic;  // made for these settings and this engine
  const DraftModel& draft;
  Sought sought;
  MemoryLimit limit = MemoryLimit::platform;
};

// Bytes that do not depend on who holds which layer.
struct FixedParts {
  Bytes head;      // output head, final norm and what else stands outside the layers
  Bytes input;     // embeddings, looked up once per token
  Bytes adapters;  // all of them
  // Of those in one layer of each group: all, and of them the routed experts'; empty without adapters
  InlineVector<Bytes, kMaxGroups> layer_adapters, expert_adapters;
  Bytes projector, projector_on_host;  // its buffers included
  bool input_on_host = false;
};

class Planner {
 public:
  // Plans into `out`, a new placement: it is large, and a copy would cost as much as a search.
  Planner(const PlaceInputs& inputs, Placement& out);
  void run(Trace* trace);

 private:
  // What a cache setting needs, whole model.
  struct Need {
    CacheFootprint cache;
    ComputeBuffers compute;
    Bytes draft_cache, draft_buffer;  // of a draft model, or of the MTP layers
    Bytes output;
    Bytes widest_kv;  // of one layer
    Bytes scores;     // of attention that is not fused
    std::uint64_t state_copies = 1;
  };
  [[nodiscard]] Need need(const CacheSettings& cache) const;
  [[nodiscard]] CacheSettings draft_cache(CacheSettings cache) const;
  // Of the drafter on a device that holds the output: its weights, and cache and buffer as `need` tells.
  [[nodiscard]] Bytes draft_weights() const;
  [[nodiscard]] Bytes draft_dynamic(const Need& need) const;
  [[nodiscard]] std::uint64_t draft_ranks() const;               // among which its cache is divided
  [[nodiscard]] double draft_of_pool(std::size_t device) const;  // share of the pool that is its cache
  [[nodiscard]] ComputeBuffers buffers_at(const CacheSettings& cache) const;

  // layers.cpp: whole layers on devices, the rest on the host
  void place_layers();
  void start_division();
  bool divide();
  void choose_split_layers(std::uint32_t first, std::size_t devices);
  void assign_layers(std::uint32_t first, std::uint32_t host_experts);
  void give_everything(bool experts_on_host);
  [[nodiscard]] std::size_t deal_layers(std::uint32_t first, std::uint32_t host_experts);
  void place_rest(std::uint32_t first, std::size_t output_device);
  void balance_layers(std::uint32_t first, std::uint32_t host_experts);
  class LayerNeeds;
  void give_layers(std::size_t device, std::uint32_t begin, std::uint32_t end, std::uint32_t host_experts);
  void leave_on_host(std::uint32_t end);
  [[nodiscard]] std::uint32_t experts_to_move(std::uint32_t first);
  [[nodiscard]] std::uint32_t layers_to_move(std::uint32_t host_experts);
  [[nodiscard]] bool fits_with(std::uint32_t first, std::uint32_t host_experts);
  void offload();
  void reset_shares();

  // shards.cpp: slices of every layer
  void place_shards();
  [[nodiscard]] bool choose_ranks();
  [[nodiscard]] std::uint32_t first_of_stage(std::uint32_t stage) const;
  [[nodiscard]] Bytes adapters_of(const DeviceShare& share) const;  // on one rank
  [[nodiscard]] Adapter as_kept(Adapter adapter) const;
  void measure_adapters();
  void add_tower_buffers();
  // Of one layer: its adapters, and what leaves a device with its routed experts.
  [[nodiscard]] Bytes adapters_of_layer(std::uint32_t layer) const;
  [[nodiscard]] Bytes expert_adapters_of_layer(std::uint32_t layer) const;
  [[nodiscard]] Bytes experts_of_layer(std::uint32_t layer) const;
  // What the planner moved to the host by itself.
  [[nodiscard]] bool moved_experts() const { return in_.settings.cpu_moe_layers == kAuto && out_.cpu_moe_layers > 0; }
  [[nodiscard]] bool moved_layers() const { return in_.settings.gpu_layers == kAuto && first_device_layer_ > 0; }
  [[nodiscard]] const ExpertLayout* expert_layout(std::size_t device) const;
  [[nodiscard]] double expert_growth(const ExpertLayout& layout, std::uint32_t layer) const;
  [[nodiscard]] EncoderStep encoding() const;  // of one rank, where a pool is filled
  [[nodiscard]] Bytes pool_of(std::size_t device) const;
  void add_what_stands_beside(std::size_t device);
  void fill_pools();
  void fill_token_pools(Bytes available);
  void fill_page_pools(Bytes available);
  [[nodiscard]] Bytes mtp_experts() const;
  [[nodiscard]] Bytes held_by_rank(const DeviceShare& share, Bytes all, Bytes routed) const;
  [[nodiscard]] std::uint64_t sequences_per_copy() const;
  void keep_capacity(const PageCapacity& capacity, Bytes asked);
  void keep_unlimited();

  // search.cpp: bytes left over at the settings asked for, and the largest that leave some
  void measure_slack();
  [[nodiscard]] bool fits_now() const { return slack_now_ >= 0; }
  [[nodiscard]] Bytes taken(std::size_t device) const;
  [[nodiscard]] Bytes missing_on_device() const;
  struct Largest {
    std::uint32_t context = 0, parallel = 0;
  };
  class Margin;
  [[nodiscard]] std::uint32_t largest_context(const Margin& margin) const;
  [[nodiscard]] std::uint32_t largest_parallel(const Margin& margin) const;
  [[nodiscard]] std::uint32_t context_step() const;
  [[nodiscard]] Largest largest_with(const Margin& margin) const;
  [[nodiscard]] Largest largest_without_experts();
  [[nodiscard]] Largest largest_divided_anew(Largest found);
  [[nodiscard]] Largest largest_balanced_anew(Largest found);
  [[nodiscard]] double left_together(const CacheSettings& cache) const;
  void find_largest();

  // What a setting needs on a device beside what the layers it holds take at any setting.
  struct Dynamic {
    Bytes kv, state, compute, draft;
    [[nodiscard]] Bytes total() const { return kv + state + compute + draft; }
  };
  [[nodiscard]] Dynamic cache_parts(std::size_t device, const Need& need) const;  // of them the caches
  // That are sampled in the worst case step: engines that profile one sample more of them on large devices.
  [[nodiscard]] std::uint32_t sampled_sequences(std::size_t device) const;
  [[nodiscard]] Dynamic dynamic_parts(std::size_t device) const;
  struct HostDynamic {
    Bytes kv, state, compute, output;
    [[nodiscard]] Bytes total() const { return kv + state + compute + output; }
  };
  [[nodiscard]] HostDynamic dynamic_host_parts() const;
  // The host's own buffers; `scores` as in Need.
  [[nodiscard]] Bytes host_compute(const ComputeBuffers& buffers, Bytes scores) const;
  // Whether a device computes nothing, neither what it holds nor layers of the host.
  [[nodiscard]] bool idle(std::size_t device) const;
  // What llama.cpp's scheduler does with layers whose weights are on the host, and where none are.
  [[nodiscard]] bool streams_experts(std::size_t device, bool own_layers) const;
  [[nodiscard]] bool fetches_layers(std::size_t device) const;
  // What computing the layers of the host takes of a device; `widest_kv` is the cache of one layer, `scores` those of
  // attention that is not fused.
  [[nodiscard]] Bytes fetched(std::size_t device, const ComputeBuffers& buffers, Bytes widest_kv, Bytes scores) const;
  [[nodiscard]] bool output_on_device(std::uint32_t first) const;
  [[nodiscard]] std::uint32_t slots_after_layers() const { return in_.weights.slots_after_layers(); }
  [[nodiscard]] bool pipelines() const;
  [[nodiscard]] Bytes compute_of(const ComputeBuffers& buffers, bool output, bool streams, Bytes fetched) const;
  [[nodiscard]] Bytes converted_on(std::size_t device) const;
  // Whether a device computes layers or the output of its own.
  [[nodiscard]] bool works(std::size_t device) const;
  // Ranks among which the KV cache of a layer with this mixer is divided.
  [[nodiscard]] std::uint64_t cache_ranks(const Mixer& mixer) const;
  // Whether a device repeats the one before it, share and memory: what is true of that one is true of it.
  [[nodiscard]] bool repeats(std::size_t device) const;
  void settle();
  void judge_fit();
  void explain(Trace& trace) const;
  void explain_loaded(const ToldWeights& told, Trace& trace) const;
  void explain_copied(Bytes copied, Trace& trace) const;
  void explain_buffers(Trace& trace) const;
  void explain_planned_step(Trace& trace) const;
  void explain_profiled_step(Trace& trace) const;
  void explain_eager_step(Trace& trace) const;
  void explain_engine(std::size_t device, Trace& trace) const;
  void explain_extras(Trace& trace) const;
  void explain_device(std::size_t d, Trace& trace) const;
  void explain_kept_back(std::size_t d, Bytes kept, Trace& trace) const;

  PlaceInputs in_;
  Need now_;  // at the settings asked for
  Placement& out_;
  FixedParts fixed_;
  FetchedStages fetched_;
  std::uint32_t first_device_layer_ = 0;
  bool dealt_ = false;        // the shares are those of first_device_layer_ and out_.cpu_moe_layers
  bool layers_move_ = false;  // known: not every layer has room on the devices
  bool fills_pool_ = false;
  double slack_now_ = 0;  // at the settings asked for, with the shares as they are
};

}  // namespace headroom
