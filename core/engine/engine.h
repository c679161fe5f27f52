// An inference engine as a value: what it runs, how it lays out the cache, what it reserves, how it splits.
// Read from data/engines/*.json. An engine's rounding rule lives here, not in the middle of the physics.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/hardware/device.h"
#include "core/model/format.h"
#include "core/units.h"

namespace headroom {

enum class CachePolicy : std::uint8_t {
  cells,          // llama.cpp: contiguous cells, padded, per slot or unified
  blocks,         // vLLM, TensorRT-LLM: pages of `block_tokens`
  pages,          // SGLang: token pool
  growing_array,  // MLX, Transformers: grows in steps with the sequence
};

enum class ReservePolicy : std::uint8_t {
  needed,           // allocates what the scenario needs (llama.cpp, MLX, ExLlama, Transformers)
  fraction_total,   // fills a fraction of total memory with cache (vLLM)
  fraction_static,  // weights and cache fill a fraction of what is free before either; buffers take the rest (SGLang)
  fraction_free,    // fills a fraction of what is free after weights (TensorRT-LLM)
};

// Types of a cache element, with bytes per block of elements.
struct KvType {
  std::string id;  // "f16", "q8_0", "fp8"
  BlockType block{1, 2};
  bool fused = true;  // CUDA's and HIP's fused attention reads it
};

// How the kernels of an engine keep routed experts: rows and columns rounded up to what one of them reads at a time,
// and how often the block scales are held. The first that matches model, format, backend and compute capability counts.
struct ExpertLayout {
  std::string model;   // gguf_arch of those it is about
  std::string format;  // id of the format
  Backend backend = Backend::cuda;
  double capability_from = 0, capability_below = 1e9;  // CUDA compute capability; others have none
  std::uint32_t hidden = 1, width = 1;                 // multiples of the hidden width and of a rank's share of the FFN
  std::uint32_t scale_copies = 1;
};

// What is encoded in the worst case step of engines that run one: an image or a video of the largest size.
struct EncodedItem {
  std::string tower;  // VisionStep::type
  std::uint32_t tokens = 0, patches = 0;
  bool fills_context = false;  // a video of as many frames as the context has room for, up to this
};

// The facts of a model that decide whether there are kernels for it; empty where unknown or not asked.
struct ModelTraits {
  std::string_view architecture;  // gguf_arch
  std::string_view released_in;   // native precision of its checkpoint
};

// What an engine, or one of its formats, requires of a device beyond its backend.
struct DeviceNeed {
  Backend backend = Backend::cuda;
  std::string format;      // id of the only format it is about
  bool of_family = false;  // it is about all formats of `family`; neither this nor `format`: about any
  FormatFamily family = FormatFamily::plain;
  double capability = 0;                   // CUDA compute capability, at least
  std::vector<double> outdated;            // compute capabilities of boards whose last drivers are too old for it
  std::vector<std::string> architectures;  // what Device::architecture may begin with; empty: anything
  std::vector<std::string> models;         // architectures (gguf_arch) of the only models it is about; empty: all
  std::string released_in;                 // precision of the only checkpoints it is about; empty: all
  [[nodiscard]] bool is_of_models() const { return !models.empty() || !released_in.empty(); }
  [[nodiscard]] bool is_about(const ModelTraits& model) const {
    const bool named = models.empty() || std::find(models.begin(), models.end(), model.architecture) != models.end();
    return named && (released_in.empty() || released_in == model.released_in);
  }
  [[nodiscard]] bool met_by(const Device& device) const {
    const double has = device.capability();
    if (has > 0 && has < capability) return false;
    for (const double board : outdated) {
      if (has == board) return false;
    }
    bool found = architectures.empty() || device.architecture.empty();
    for (const std::string& known : architectures) found = found || device.architecture.starts_with(known);
    return found;
  }
};

// A version of the engine for accelerators with software of their own.
struct Port {
  std::string vendor;
  std::vector<std::string> architectures;  // what Device::architecture may begin with; empty: anything
  std::vector<FormatFamily> families;      // all that it runs, these and `formats`; both empty: what the engine runs
  std::vector<std::string> formats;        // ids
  [[nodiscard]] bool is_for(const Device& device) const {
    if (vendor != device.vendor) return false;
    bool found = architectures.empty();
    for (const std::string& known : architectures) found = found || device.architecture.starts_with(known);
    return found;
  }
  [[nodiscard]] bool runs(const Format& format) const {
    bool found = families.empty() && formats.empty();
    for (const FormatFamily family : families) found = found || family == format.family;
    for (const std::string& id : formats) found = found || id == format.id;
    return found;
  }
};

// The stages of a pipeline that have one layer more where the layers do not divide evenly; before_last: the last of
// those before the last stage, which holds the output head.
enum class ExtraLayers : std::uint8_t { last, before_last, first };

// What each copy holds for itself where copies work on sequences of their own (data parallelism). Routed experts are
// shared by the devices of all copies; a model that has none is held whole.
enum class CopyHolds : std::uint8_t { nothing, attention, all };  // nothing: the engine makes no copies

struct Engine {
  std::string id;
  std::string name;
  CachePolicy cache = CachePolicy::cells;
  ReservePolicy reserve = ReservePolicy::needed;
  std::uint32_t cache_pad = 256;  // cells per sequence are rounded up to this
  std::uint32_t block_tokens = 16;
  double memory_fraction = 1.0;  // gpu_memory_utilization and its kin
  std::uint32_t default_batch = 2048, default_ubatch = 512;
  std::uint32_t default_batch_small = 0;  // on devices that are not large (see takes_as_large); 0: the same
  std::uint32_t default_parallel = 1;
  bool default_unified_kv = false;
  bool default_flash_attention = true;
  // Head sizes that its fused attention has kernels for in a prompt; empty: any. Others keep the scores of a layer.
  std::vector<std::uint32_t> fused_heads;
  std::uint32_t latent_scores = 0;  // copies of the scores that latent attention (MLA) keeps however it is computed
  bool embedding_on_host = true;    // llama.cpp keeps token_embd in host memory under full offload
  bool layer_split = false, tensor_parallel = false, pipeline_parallel = false, expert_parallel = false;
  bool host_offload = false, expert_offload = false;
  bool draft_models = false, mtp = false;  // speculates with a separate model, or with layers of the model itself
  bool adapters = false;                   // LoRA beside the model
  bool adapts_all = false;                 // keeps room for adapters in every layer, unless told which they target
  CopyHolds copy_holds = CopyHolds::nothing;
  bool context_parallel = false;  // ranks can share the tokens of a cache while generating
  bool copy_per_device = false;   // a copy cannot be shared by several
  bool shards_towers = false;     // ranks share the vision tower, too
  ExtraLayers extra_layers = ExtraLayers::last;
  Bytes fit_margin;  // what it leaves free per device when it fits itself
  // Driver and library context per device, CUDA graphs, communicator: fixed parts by backend
  std::array<Bytes, static_cast<std::size_t>(Backend::count)> context_bytes{};
  std::array<Bytes, static_cast<std::size_t>(Backend::count)> context_per_unit{};  // and per compute unit (SM, CU)
  // Memory that the driver reports but the runtime does not: an engine takes its share of the runtime's total
  std::array<Bytes, static_cast<std::size_t>(Backend::count)> driver_reserve{};
  Bytes graph_bytes;         // CUDA graphs and the like
  Bytes in_flight;           // of command buffers that are not done, whose arrays stay (MLX)
  Bytes communicator_bytes;  // per device once there is more than one
  // Bytes of one element of the recurrent state: convolution window and the state itself
  std::uint32_t conv_state_bytes = 4, state_bytes = 4;
  // Pools of their own (SGLang): bytes of recurrent states over those of the cache, with the states kept for a sequence
  // that runs; tokens of sliding layers over those of the others, for the architectures (gguf_arch) named
  double state_share = 0, sliding_share = 0;
  std::uint32_t state_slots = 1;
  std::vector<std::string> sliding_architectures;
  // Pages of a group that the state of one sequence takes; with prefix caching the state of the block before is kept,
  // too
  std::uint32_t state_pages = 1;
  // Prints the tokens of the pool divided by its groups rather than max_concurrency x context (vLLM before 0.21)
  bool prints_pooled_tokens = false;
  // Engines that profile a worst case step: sequences sampled together, on devices below and from `large_device`
  std::uint32_t profile_sequences = 256, profile_sequences_large = 256;
  Bytes large_device = gibibytes(70);
  std::vector<std::string> small_by_name;  // parts of device names that are never large, whatever their memory
  std::vector<Port> ports;
  std::vector<ExpertLayout> expert_layouts;
  std::vector<EncodedItem> encoded_items;
  std::vector<DeviceNeed> needs;
  double sampler_bytes_per_logit = 0;  // per profiled sequence and vocabulary entry
  std::array<bool, static_cast<std::size_t>(Backend::count)> backends{};
  std::vector<FormatFamily> formats;
  std::vector<KvType> kv_types;
  std::string default_kv;
  std::string compressed_kv;   // the usual type for a cache of compressed entries (DeepSeek V4); empty: default_kv
  std::string default_format;  // id of the format it loads when none is named; empty: the model's own precision
  std::string source;
  // Whether the defaults for large devices hold. vLLM asks NVML for the memory, which knows none of a GPU that shares
  // the host's, and takes that for none (EngineArgs.get_batch_defaults).
  [[nodiscard]] bool takes_as_large(const Device& device, Backend backend) const {
    if (device.memory < large_device || (device.unified_memory && backend == Backend::cuda)) return false;
    for (const std::string& part : small_by_name) {
      if (device.name.find(part) != std::string::npos) return false;
    }
    return true;
  }
  // Whether it takes a share of the device's memory for itself, and with it of the driver's own reserve.
  [[nodiscard]] bool takes_a_share() const {
    return reserve == ReservePolicy::fraction_total || reserve == ReservePolicy::fraction_static;
  }
  [[nodiscard]] const EncodedItem* encoded_item(std::string_view tower) const {
    for (const EncodedItem& item : encoded_items) {
      if (item.tower == tower) return &item;
    }
    return nullptr;
  }
  [[nodiscard]] bool slides(std::string_view architecture) const {
    return std::find(sliding_architectures.begin(), sliding_architectures.end(), architecture) !=
           sliding_architectures.end();
  }
  // llama.cpp and engines built on it count the output head as one more layer, the first to leave the host (-ngl 1).
  [[nodiscard]] bool counts_output() const { return cache == CachePolicy::cells && host_offload; }
  [[nodiscard]] const ExpertLayout* expert_layout(std::string_view model, std::string_view format, const Device& device,
                                                  Backend backend) const {
    const double capability = std::floor(device.capability());
    for (const ExpertLayout& layout : expert_layouts) {
      if (layout.model != model || layout.format != format || layout.backend != backend) continue;
      if (capability >= layout.capability_from && capability < layout.capability_below) return &layout;
    }
    return nullptr;
  }
  [[nodiscard]] bool fuses(std::uint32_t head_dim_k, std::uint32_t head_dim_v) const {
    if (fused_heads.empty()) return true;
    return head_dim_k == head_dim_v &&
           std::find(fused_heads.begin(), fused_heads.end(), head_dim_k) != fused_heads.end();
  }
  [[nodiscard]] bool runs(FormatFamily family) const {
    for (const FormatFamily f : formats) {
      if (f == family) return true;
    }
    return false;
  }
  // Null where the engine has no version for this device's own software.
  [[nodiscard]] const Port* port_for(const Device& device) const {
    for (const Port& port : ports) {
      if (port.is_for(device)) return &port;
    }
    return nullptr;
  }
  // Whether it has kernels for this device, for the format unless that is null, and for the model. A need stated for a
  // format by name overrides one stated for its family.
  [[nodiscard]] bool has_kernels(const Device& device, Backend backend, const Format* format,
                                 const ModelTraits& model = {}) const {
    if (backend == Backend::other) {
      const Port* port = port_for(device);
      return port == nullptr || format == nullptr || port->runs(*format);
    }
    bool family_met = true, named = false;
    for (const DeviceNeed& need : needs) {
      if (need.backend != backend || !need.is_about(model)) continue;
      const bool any = need.format.empty() && !need.of_family;
      const bool by_name = format != nullptr && need.format == format->id;
      if ((any || by_name) && !need.met_by(device)) return false;
      named = named || (by_name && !need.is_of_models());
      if (need.of_family && format != nullptr && need.family == format->family) family_met = need.met_by(device);
    }
    return named || family_met;
  }
  // The same for every device of a machine.
  [[nodiscard]] bool has_kernels(const System& system, const Format* format, const ModelTraits& model = {}) const {
    for (const Device* device : system.devices) {
      if (!has_kernels(*device, system.backend, format, model)) return false;
    }
    return true;
  }
  // Whether the answer depends on the model.
  [[nodiscard]] bool tells_models_apart() const {
    return std::any_of(needs.begin(), needs.end(), [](const DeviceNeed& need) { return need.is_of_models(); });
  }
  [[nodiscard]] bool runs_on(Backend backend) const { return backends[static_cast<std::size_t>(backend)]; }
};

}  // namespace headroom
