// A question, resolved: everything a person chose, as types. core/catalog/scenario_json.h makes it from JSON and fills
// the engine's defaults.
#pragma once

#include <cstdint>
#include <string>

#include "core/hardware/device.h"
#include "core/inline_vector.h"
#include "core/model/architecture.h"
#include "core/model/format.h"

namespace headroom {

struct Workload {
  std::string id;                   // "chat", or empty for explicit figures
  std::uint32_t prompt = 2048;      // tokens processed anew
  std::uint32_t output = 512;       // tokens generated
  std::uint32_t cached_prefix = 0;  // tokens already in the cache
  [[nodiscard]] std::uint32_t context_needed() const { return cached_prefix + prompt + output; }
  // Tokens in the cache when the mean token of the output is written, whose speed decode is.
  [[nodiscard]] double mean_depth() const { return 1.0 * cached_prefix + prompt + output / 2.0; }
};

// What a good answer to the workload is; from data/workloads.json.
struct WorkloadTargets {
  double ttft_good_s = 1, ttft_poor_s = 10;
  double decode_good_tok_s = 40, decode_poor_tok_s = 5;
  std::uint32_t context_wanted = 8192;
};

// How much each part of the score counts; from data/modes.json. Changes ranking only, never the fit.
struct ScoreWeights {
  double fit = 0.25, speed = 0.35, quality = 0.25, context = 0.1, efficiency = 0.05;
};

enum class Mode : std::uint8_t { balanced, interactive, light_api, scale_out };
enum class Split : std::uint8_t { automatic, none, layer, tensor, expert };

// The projections that adapters have a pair for, as bits. `experts` are the routed ones, all their projections.
namespace adapter_target {
inline constexpr std::uint16_t q = 1, k = 2, v = 4, o = 8, gate = 16, up = 32, down = 64, experts = 128;
inline constexpr std::uint16_t attention = q | k | v | o;
inline constexpr std::uint16_t usual = attention | gate | up | down;
inline constexpr std::uint16_t all = usual | experts;
}  // namespace adapter_target

struct Adapter {
  std::uint32_t rank = 16;
  std::uint32_t count = 1;
  std::uint16_t targets = 0;  // 0: not told, the usual ones, or all where the engine keeps room in every layer
  friend bool operator==(const Adapter&, const Adapter&) = default;
};

enum class SpeculationKind : std::uint8_t { none, draft_model, mtp };
struct Speculation {
  SpeculationKind kind = SpeculationKind::none;
  std::uint32_t draft_tokens = 3;  // proposed per step
  double acceptance = 0.7;         // chance that a proposed token is accepted, given the ones before were
  friend bool operator==(const Speculation&, const Speculation&) = default;
};

// A kernel package with a published speed-up of prefill in the token mixers it concerns (data/kernels.json).
struct KernelSpeedup {
  MixerKind mixer = MixerKind::none;
  double prefill_low = 1, prefill_high = 1;  // published range, >= 1
};

// Whose logits a step computes: of every token of a prompt, or of the last one of each sequence, which is all that
// generating needs.
enum class LogitRows : std::uint8_t { all, last };

// Which caches, at which size: what the KV, state and compute rules read.
struct CacheSettings {
  std::uint32_t context = 8192;  // tokens per sequence
  std::uint32_t parallel = 1;    // sequences
  std::uint32_t batch = 2048;    // tokens of one submitted batch
  std::uint32_t ubatch = 512;    // tokens of one micro-batch
  bool flash_attention = true;
  bool swa_full = false;
  bool unified = false;  // one stream of cells shared by all sequences (llama.cpp -kvu)
  // Rows of logits computed at once for each sequence; 0: one for every token of a micro-batch.
  std::uint32_t logit_rows = 0;
  BlockType k{1, 2}, v{1, 2};
  // Sequences prepared for: one where none was asked for.
  [[nodiscard]] std::uint32_t sequences() const { return parallel > 0 ? parallel : 1; }
  // Rows of logits that a micro-batch of `tokens` makes room for.
  [[nodiscard]] std::uint64_t logits_of(std::uint64_t tokens) const {
    const std::uint64_t rows = std::uint64_t{logit_rows} * sequences();
    return logit_rows == 0 || rows > tokens ? tokens : rows;
  }
  // Streams of cells, and the sequences that share each.
  [[nodiscard]] std::uint32_t streams() const { return unified ? 1 : sequences(); }
  [[nodiscard]] std::uint32_t sequences_of_stream() const { return unified ? sequences() : 1; }
  friend bool operator==(const CacheSettings&, const CacheSettings&) = default;
};

inline constexpr std::int32_t kAuto = -1;
inline constexpr std::int32_t kAll = -2;

struct Settings {
  CacheSettings cache;
  std::int32_t gpu_layers = kAuto;      // kAuto, kAll or a count
  std::int32_t cpu_moe_layers = kAuto;  // layers whose routed experts stay on the host
  bool kv_on_host = false;
  Split split = Split::automatic;
  std::uint32_t tensor_parallel = 0;  // ranks of one copy; 0 = automatic
  std::uint32_t pipeline_parallel = 0;
  std::uint32_t context_parallel = 1;  // ranks of a copy that share the tokens of a cache while generating
  std::uint32_t data_parallel = 1;     // copies that work on sequences of their own, in each stage
  InlineVector<Adapter, 8> adapters;
  InlineVector<KernelSpeedup, 4> kernels;  // those that apply to this device; off unless asked for
  Speculation speculation;
  bool projector = false;  // load the vision projector
  bool projector_on_host = false;
  std::uint32_t max_sequences = 0;  // each copy is told to admit at most these; 0: the engine's own default
  Workload workload;
  WorkloadTargets targets;
  Mode mode = Mode::balanced;
  ScoreWeights score_weights;
};

// Whether a model is placed alike under both at any context.
[[nodiscard]] inline bool places_alike(const Settings& a, const Settings& b) {
  CacheSettings cache = a.cache;
  cache.context = b.cache.context;
  return cache == b.cache && a.gpu_layers == b.gpu_layers && a.cpu_moe_layers == b.cpu_moe_layers &&
         a.kv_on_host == b.kv_on_host && a.split == b.split && a.tensor_parallel == b.tensor_parallel &&
         a.pipeline_parallel == b.pipeline_parallel && a.data_parallel == b.data_parallel &&
         a.context_parallel == b.context_parallel && a.adapters == b.adapters && a.speculation == b.speculation &&
         a.projector == b.projector && a.projector_on_host == b.projector_on_host && a.max_sequences == b.max_sequences;
}

}  // namespace headroom
