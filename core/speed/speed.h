// How long a step takes. A step is a sum over layer groups of the slower of bytes / effective bandwidth and
// flops / effective throughput, plus launch overheads, communication and what the host does.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/engine.h"
#include "core/hardware/device.h"
#include "core/inline_vector.h"
#include "core/model/profile.h"
#include "core/placement/placement.h"
#include "core/scenario.h"
#include "core/speed/calibration.h"
#include "core/speed/cost.h"
#include "core/speed/own_run.h"
#include "core/speed/rates.h"
#include "core/trace.h"
#include "core/units.h"

namespace headroom {

struct Range {
  double p10 = 0, p50 = 0, p90 = 0;
};

enum class Bound : std::uint8_t { memory, compute, interconnect, host, overhead };
// measured: this model ran on this device; calibrated: the device was measured with other models; extrapolated: only
// its family or backend was; theoretical: nothing like it was.
enum class Confidence : std::uint8_t { measured, calibrated, extrapolated, theoretical };

// Seconds of one decode step by cause.
struct StepTime {
  Seconds weights, kv, compute, communication, host, overhead;
  [[nodiscard]] Seconds total() const { return weights + kv + compute + communication + host + overhead; }
  void add(const StepTime& part, double times = 1) {
    weights += part.weights * times;
    kv += part.kv * times;
    compute += part.compute * times;
    communication += part.communication * times;
    host += part.host * times;
    overhead += part.overhead * times;
  }
  void scale(double factor) {
    for (Seconds* part : {&weights, &kv, &compute, &communication, &host, &overhead}) *part = *part * factor;
  }
};

struct LinkRates {
  SecondsPerByte byte;
  Seconds latency;             // of one message
  Seconds reduce_latency;      // of a step of an all-reduce
  Seconds hop;                 // to hand a step to the next device
  bool switched = false;       // every pair at full rate
  SecondsPerByte reduce_byte;  // of an all-reduce: small and medium messages do not reach the link's rate
  SecondsPerByte prompt_byte;  // of a prompt's all-reduce
  Seconds exchange;            // latency of an all-to-all
};

// A personal measurement divided by the estimate; multiplies tokens per second.
struct SpeedFactors {
  double decode = 1, prefill = 1;
  double decode_spread = 0, prefill_spread = 0;  // four of five repetitions are that near, as a share; 0: not told
  OwnRun run;
  friend bool operator==(const SpeedFactors&, const SpeedFactors&) = default;
};
// With what was measured, by id; empty where it is not told.
struct PersonalFactors : SpeedFactors {
  std::string engine, backend, device, model, format;
  friend bool operator==(const PersonalFactors&, const PersonalFactors&) = default;
};
// By which they name a device; of one that is not in the catalog "custom:" and its name.
[[nodiscard]] std::string measured_id(const Device& device);
// Whether they hold for what this engine does on this machine.
[[nodiscard]] bool applies(const PersonalFactors& personal, const Engine& engine, const System& system);

// What drafts tokens for the model to verify; without layers where nothing does.
struct Drafter {
  ModelCost cost;  // of one pass, which drafts a token of every sequence
  Rates rates;     // of the device that runs it, in its own format
};

// Everything speed() needs of (device, backend, engine, format, model), looked up once. Plain data, no allocation.
struct SpeedProfile {
  static constexpr std::size_t kKinds = 4;  // distinct devices; further kinds use the last one's rates
  ModelCost cost;
  Drafter drafter;
  InlineVector<Rates, kKinds> rates;
  std::array<std::uint8_t, kMaxDevices> kind_of_device{};
  bool homogeneous = true;
  Rates host;
  LinkRates link, network, host_link;  // between devices of a host, between hosts, to the host
  std::size_t devices_per_host = kMaxDevices;
  double chunk_tokens = 0;           // tokens of a prefill step; 0 = the scenario's micro-batch
  bool continuous_batching = false;  // prompts of others run between the steps of a sequence
  std::array<ResidualRange, kSpeedClasses> ranges;
  Confidence confidence = Confidence::theoretical;
  std::uint32_t rows = 0;
  bool bandwidth_known = false;
  BytesPerSecond peak_bandwidth;  // of the first device
  SpeedFactors personal;
  bool personal_of_model = false;  // measured with this very model and format
  [[nodiscard]] const Rates& rates_of(std::size_t device) const {
    return rates[device < kind_of_device.size() ? kind_of_device[device] : 0];
  }
  // What `ranks` devices in a row exchange by, the first of them being the first of a host.
  [[nodiscard]] const LinkRates& link_among(double ranks) const {
    return ranks > static_cast<double>(devices_per_host) ? network : link;
  }
  // Between the device before `device` and it.
  [[nodiscard]] const LinkRates& link_before(std::size_t device) const {
    return device % devices_per_host == 0 ? network : link;
  }
};

struct Speed {
  bool known = false;  // false: a needed figure is unknown; `unknown_reason` is a text key
  const char* unknown_reason = "";
  bool has_decode = false, has_prefill = false;  // false: nothing to say (no output or no prompt, unknown throughput)
  double sequences = 1;                          // that run together: a pool that is full lets others wait
  StepTime decode_step;                          // one step of all sequences together, at p50
  double tokens_per_step = 1;                    // of a sequence; more than one where drafted tokens are accepted
  Seconds drafting;                              // of decode_step, what drafting takes
  Range decode_tok_s;                            // per sequence
  Range decode_total_tok_s;                      // all sequences together
  Range throughput_tok_s;  // tokens written for all users, each of whom asks again once answered; 0 = unknown
  Bound decode_bound = Bound::memory;
  Range prefill_tok_s;  // of one sequence's prompt
  Bound prefill_bound = Bound::compute;
  Seconds others_prompts;  // of decode_step's compute: prompts of other sequences between two tokens of one
  Seconds queue;           // of ttft_s, until one of the sequences that run has ended
  Range ttft_s;            // of a sequence like all others: each is followed by the next of its user
  Confidence confidence = Confidence::theoretical;
  double own_decode = 0, own_prefill = 0;  // how much of the ranges an own measurement settled, as own_share()
  std::uint32_t calibration_rows = 0;      // measurements of this device and backend behind the fit
};

// In the terms of OwnRun.
[[nodiscard]] double bits_of_cache(const CacheSettings& cache);
[[nodiscard]] double share_of_host(const Placement& placement, const Settings& settings);

// Sets the rates of a profile whose devices are all of one kind, and its links; the rest stays. For the calibration.
void set_rates(SpeedProfile& profile, const System& system, const Engine& engine, std::string_view kernel,
               const Efficiencies& efficiencies);

// Puts in the factors of a person's own measurement, if there are any. It is of this device, which therefore counts as
// measured, with another model or with this.
void apply_personal(SpeedProfile& profile, const std::optional<PersonalFactors>& personal, const ModelProfile& model,
                    const Format& format);

// What does not depend on the model: resolve once per machine and engine when many models are asked about.
class SystemSpeed {
 public:
  SystemSpeed(const Calibration& calibration, const System& system, const Engine& engine,
              const std::optional<PersonalFactors>& personal = {});
  // Valid until the next call. Only the model's cost is computed anew once a format has been seen. What drafts is
  // `draft`, or the layers of the model itself where that is none.
  [[nodiscard]] const SpeedProfile& profile(const ModelProfile& model, const WeightProfile& weights,
                                            SpeculationKind speculation = SpeculationKind::none,
                                            const DraftModel& draft = {});
  // The same without a model: its cost is of none, or of the last one.
  [[nodiscard]] const SpeedProfile& profile(const Format& format, bool block_scaled) {
    return resolved(format, block_scaled);
  }

 private:
  struct Resolved {
    const Format* format = nullptr;
    bool block_scaled = false;
    SpeedProfile profile;
  };
  SpeedProfile& resolved(const Format& format, bool block_scaled);
  [[nodiscard]] Drafter drafter(const ModelProfile& model, const WeightProfile& weights, const DraftModel& draft);
  const Calibration& calibration_;
  const System& system_;
  const Engine& engine_;
  std::optional<PersonalFactors> personal_;
  std::vector<Resolved> resolved_;
};

[[nodiscard]] SpeedProfile make_speed_profile(const Calibration& calibration, const ModelProfile& model,
                                              const WeightProfile& weights, const System& system, const Engine& engine);

// Allocates nothing. Decode is the speed of the mean output token, at a depth of cached_prefix + prompt + output / 2.
[[nodiscard]] Speed speed(const Placement& placement, const Settings& settings, const SpeedProfile& profile,
                          Trace* trace = nullptr);

}  // namespace headroom
