// Fitted efficiencies. The calibration program (tests/calibration) writes them to data/calibration.json; here they are
// looked up. A quantity (Slot) is the product of factors, one per level of a hierarchy: global, backend, engine,
// device family, device, format. A level without a fitted factor contributes 1, so an unseen device falls back on its
// family, an unseen family on its backend.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/engine.h"
#include "core/hardware/device.h"
#include "core/model/format.h"

namespace headroom {

// What is fitted. Shares of a peak are dimensionless; times are seconds of one layer, token or message.
enum class Slot : std::uint8_t {
  // Decode
  weight_bandwidth,  // share of the peak bandwidth that reading weights reaches
  weight_power,      // that share grows with power over bandwidth to this exponent, within a family
  dequantization,    // operations per weight spent on unpacking, at the peak vector rate (CPU: of integers)
  layer,             // s per layer and step: launches, synchronisation
  graph_layer,       // the same where the engine replays a captured graph
  expert_layer,      // s more for a layer with routed experts
  beside_experts,    // s more where a network of all tokens stands beside the routed experts
  recurrent_layer,   // s more for a layer with a recurrent mixer
  compressed_layer,  // s more for a layer with compressed attention and several residual streams (DeepSeek-V4)
  indexed_layer,     // s more for a layer with an indexer of its own
  token,             // s per step: sampling, graph launch
  graph_step,        // the same where the engine replays a captured graph
  expert_bandwidth,  // routed experts against other weights
  kv_bandwidth,      // the cache against the weights
  attention,         // share of the peak flops that decode attention reaches
  layer_plain,       // factor on `layer` without flash attention
  kv_plain,          // factor on `kv_bandwidth` without flash attention
  kv_quantized,      // factor on `kv_bandwidth` with a cache below 16 bit
  kv_wide,           // factor on `kv_bandwidth` for heads beyond what fused kernels take
  hop,               // s to hand a step to the next device of a layer split
  // Many sequences
  batch_compute,  // share of the peak flops that a decode batch reaches
  vector_batch,   // share of the peak vector flops that a few tokens reach where products of matrix and vector do them
  reduce,         // s of latency of one all-reduce step
  reduce_bytes,   // time of an all-reduce's bytes against the link's rate
  exchange,       // s of latency of one all-to-all
  served_token,   // s per step and sequence: scheduling, detokenisation
  interference,   // share of other requests' prefill time that decode waits for
  together,       // share of the wait of requests that all start together, in a first token's
  // Prefill
  prefill_compute,       // share of the peak flops
  prefill_energy,        // J per flop of 16 bit, which a part's power has to give
  prefill_experts,       // routed experts against other weights
  prefill_attention,     // share of the peak flops that attention reaches
  prefill_wide,          // factor on `prefill_attention` for such heads
  prefill_scores,        // bytes moved per attention score without flash attention
  prefill_layer,         // s per layer and micro-batch
  prefill_expert_layer,  // s more for a layer with routed experts: sorting tokens by expert, a launch per product
  prefill_recurrent,     // time of a recurrence's operations against the peak vector rate
  prefill_activation,    // bytes moved per activation a prompt token reads or writes
  expert_tokens,         // tokens per expert at which an expert reaches half its throughput
  prompt,                // s per prompt
  prefill_plain,         // factor on `prefill_compute` without flash attention
  prefill_overlap,       // share of the ideal gain of micro-batches overlapping over a layer split
  prefill_reduce,        // time of a prompt's all-reduces against the link's rate
  count
};
inline constexpr std::size_t kSlots = static_cast<std::size_t>(Slot::count);
[[nodiscard]] const char* slot_name(Slot slot);  // the spelling in data/calibration.json

// What a factor depends on.
enum class Level : std::uint8_t {
  global,
  backend,
  engine_family,  // llama.cpp and the programs built on it share one
  engine,
  engine_backend,
  family,  // device architecture and backend
  cores,   // architecture of a processor's cores; nothing for others, whose family tells it
  device,  // device (without its memory size) and backend
  device_engine,
  kernel_kin,  // format classes that are unpacked alike
  kernel,      // format class
  kernel_backend,
  kernel_family,
  link,  // kind of the interconnect
  count
};

// The hierarchy of a slot: its levels with the width (in natural logarithm) of the prior that pulls each factor to 1.
struct SlotLevel {
  Level level;
  double prior_width;
};
[[nodiscard]] std::span<const SlotLevel> slot_levels(Slot slot);
// The value a slot is pulled to where nothing was measured.
[[nodiscard]] double slot_prior(Slot slot);

// What efficiencies are asked for, as the names of the levels.
struct Subject {
  std::array<std::string, static_cast<std::size_t>(Level::count)> names;
};
[[nodiscard]] std::string kernel_label(const Format& format, bool block_scaled = false);
// Processors' memory from here on is of many channels, of which cores reach a smaller share: eight of DDR5.
inline constexpr BytesPerSecond kManyChannels{250e9};
[[nodiscard]] std::string family_label(const Device& device);
[[nodiscard]] std::string device_label(const Device& device);
[[nodiscard]] std::string engine_family(const Engine& engine);
// Engines that batch continuously: kernels of their own, decode steps captured as graphs and replayed, prompts of
// others between the steps of a sequence.
[[nodiscard]] bool is_serving(const Engine& engine);
// Measurements whose errors are alike: those of a backend, serving engines apart, and of Vulkan those of a vendor.
[[nodiscard]] std::string range_group(const Device& device, Backend backend, const Engine& engine);
[[nodiscard]] std::string link_label(const Link& link);
[[nodiscard]] Subject make_subject(const Device& device, Backend backend, const Engine& engine, std::string_view kernel,
                                   const Link& link);
[[nodiscard]] const char* backend_name(Backend backend);

// One value per slot, resolved.
struct Efficiencies {
  std::array<double, kSlots> value{};
  [[nodiscard]] double operator[](Slot slot) const { return value[static_cast<std::size_t>(slot)]; }
};

// The kinds of figures whose errors are followed apart.
enum class SpeedClass : std::uint8_t { decode_dense, decode_experts, decode_deep, prefill, served, count };
inline constexpr std::size_t kSpeedClasses = static_cast<std::size_t>(SpeedClass::count);
[[nodiscard]] const char* speed_class_name(SpeedClass cls);

// How well the device is known, which decides the width of a range.
enum class Acquaintance : std::uint8_t { device, family, none, count };
[[nodiscard]] const char* acquaintance_name(Acquaintance acquaintance);

// Measured / estimated at the 10th and 90th percentile of rows that the fit had not seen.
struct ResidualRange {
  double p10 = 0.6, p90 = 1.5;
  std::uint32_t rows = 0;
};

class Calibration {
 public:
  // `name` as in Subject; `log_factor` is the natural logarithm; `rows` measurements took part.
  void add_factor(Slot slot, Level level, std::string_view name, double log_factor, std::uint32_t rows);
  // `group` as range_group() names it, or empty for all of them.
  void set_range(SpeedClass cls, std::string_view group, Acquaintance acquaintance, const ResidualRange& range);
  // Call once after the last add_factor(); lookups are undefined before.
  void seal();

  [[nodiscard]] Efficiencies resolve(const Subject& subject) const;
  // Rows behind a level of a slot; 0 when it was never measured.
  [[nodiscard]] std::uint32_t rows(Slot slot, Level level, std::string_view name) const;
  // The range of the most specific group that has one.
  [[nodiscard]] ResidualRange range(SpeedClass cls, std::string_view group, Acquaintance acquaintance) const;

  struct Factor {
    std::uint64_t key = 0;
    float log_factor = 0;
    std::uint32_t rows = 0;
  };

 private:
  struct Group {
    SpeedClass cls;
    Acquaintance acquaintance;
    std::string name;
    ResidualRange range;
  };
  [[nodiscard]] const Factor* find(std::uint64_t key) const;
  std::vector<Factor> factors_;  // sorted by key once sealed
  std::vector<Group> groups_;
};

// Rows of one device from which its own factors are trusted.
inline constexpr std::uint32_t kRowsToKnowADevice = 4;

}  // namespace headroom
