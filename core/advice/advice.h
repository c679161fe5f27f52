// What to tell a person: verdict, grade, score, bottleneck. Functions of the figures below it, nothing measured here.
#pragma once

#include <cstdint>

#include "core/message.h"
#include "core/placement/placement.h"
#include "core/scenario.h"
#include "core/speed/speed.h"

namespace headroom {

enum class BottleneckKind : std::uint8_t { none, memory, bandwidth, compute, interconnect, host };

struct ScoreParts {
  double fit = 0, speed = 0, quality = 0, context = 0, efficiency = 0;  // each 0..100
};

// A verdict in figures.
struct Mark {
  char grade = 'F';         // A..F
  std::uint32_t score = 0;  // 0..100
  double exact_score = 0;   // before rounding: what rankings are ordered by
  ScoreParts parts;
  bool ranked = false;      // whether benchmarks rank the model for the workload, so that its quality is known
  double slower_phase = 0;  // points of the phase that a person waits for: what the grade follows
};

struct Verdict : Mark {
  Message text;  // one sentence
  BottleneckKind bottleneck = BottleneckKind::none;
  Message bottleneck_text;
  Message remedy;
};

// Qualities of models that no benchmark tells: one that may be good, and one that does not do what workloads ask, such
// as an embedding model.
inline constexpr double kUnknownQuality = -1, kNotItsTask = -2;

struct QualityInputs {
  double model = kUnknownQuality;  // 0..1 rank of the model for the workload, or what is expected of it; < 0: see above
  double format = 1;               // 0..1 what the format keeps
};

// Points of generation and first token; the slower, which decides what a person feels, counts twice. A phase that the
// workload lacks does not count. Tokens per second, seconds.
[[nodiscard]] double speed_points(double decode_tok_s, double ttft_s, const Settings& settings);
// Points of a model of whose weights the share `offloaded` is in system memory.
[[nodiscard]] double offload_points(double offloaded);
[[nodiscard]] double context_points(std::uint32_t safe_context, const Settings& settings);
// Points of a model of so many parameters on so much memory. The same in every format: none is better for filling more.
[[nodiscard]] double efficiency_points(std::uint64_t params, Bytes usable);
[[nodiscard]] double quality_points(const QualityInputs& quality);
// The weighted mean, less where the model is of little use for the workload. An unranked model is neither punished nor
// rewarded: its quality counts as the mean of the rest, less what the format loses of it. One that does not do what the
// workload asks is of the least use.
[[nodiscard]] double weighted_score(const ScoreParts& parts, const ScoreWeights& weights, const QualityInputs& quality);

// `params`: of the model.
[[nodiscard]] Mark mark(const Placement& placement, const Speed& speed, const Settings& settings,
                        const QualityInputs& quality, std::uint64_t params);
// The mark and what to say of it.
[[nodiscard]] Verdict judge(const System& system, const Placement& placement, const Speed& speed,
                            const Settings& settings, const QualityInputs& quality, std::uint64_t params);

}  // namespace headroom
