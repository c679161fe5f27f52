// The questions a person asks, answered over the catalog. Every screen, view and API function calls these; none of
// them computes a number of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/catalog/measurements.h"
#include "core/catalog/profile_store.h"
#include "core/catalog/quality.h"
#include "core/catalog/question.h"
#include "core/catalog/rank_table.h"
#include "core/catalog/resolve.h"
#include "core/catalog/scenario_spec.h"
#include "core/catalog/shared_dynamic.h"
#include "core/estimate.h"
#include "core/memory/finetune.h"
#include "core/message.h"
#include "core/result.h"
#include "core/speed/intensity.h"

namespace headroom {

// Memory of training the model further, when a scenario asks for it.
struct Tuning {
  TuneSettings settings;
  const Format* base = nullptr;  // the format the frozen model is loaded in; null: 16 bit
  TuneFootprint footprint;       // on all devices together, the activations of one of them
  TuneFootprint share;           // what each device holds
  Bytes usable;                  // what it has for a training process
  [[nodiscard]] bool fits() const { return share.total() <= usable; }
};

// An estimate and what the scenario was resolved to.
struct Answer {
  ResolvedScenario scenario;
  std::shared_ptr<const ModelProfile> model;
  std::shared_ptr<const WeightProfile> weights;
  Estimate estimate;
  std::optional<Tuning> tuning;
  // Size of published GGUF files of this model, where they keep the experts as released and the mix would take more
  std::optional<Bytes> as_released;
};

// How many layers there are to place on devices; of llama.cpp with the MTP blocks and the output, which count as
// layers.
[[nodiscard]] std::uint32_t layers_to_place(const Answer& answer);

struct FormatRow {
  const Format* format = nullptr;
  const FormatQuality* quality = nullptr;
  double bits_per_weight = 0;
  Bytes weights, total;
  bool exact = true;  // weights to the byte
  FitStatus fit = FitStatus::does_not_fit;
  bool speed_known = false;
  Range decode_tok_s;
  std::uint32_t safe_context = 0;
  Bytes needed;            // of total, what the sequences asked for need: an engine may fill the rest with cache
  double exact_score = 0;  // 0..100
};

struct WorkloadRow {
  const WorkloadEntry* workload = nullptr;
  std::uint32_t context = 0;
  Estimate estimate;
};

struct ScalingRow {
  std::uint32_t count = 1;
  Estimate estimate;
  std::uint32_t models_fit = 0, models_total = 0;  // text models whose best format fits on that many
};

struct RankedDevice {
  std::size_t device = 0;  // index in Catalog::devices()
  std::uint32_t count = 1;
  Estimate estimate;
  double price_usd = -1;    // of all of them today; < 0 unknown
  double launch_usd = -1;   // of all of them where only a price of years ago is known; < 0 otherwise
  bool engine_made = true;  // there is a version of the engine for it
  Confidence confidence = Confidence::theoretical;  // measurements of the pair counted
};

enum class UpgradeKind : std::uint8_t {
  placement,
  sequences,
  format,
  kv_cache,
  backend,
  engine,
  host_memory,
  fewer_devices,
  more_devices,
  other_device
};

// One change that helps, with what it gains. Ratios are after / before; 0 = undefined before or after.
struct Upgrade {
  UpgradeKind kind = UpgradeKind::format;
  Message text;
  std::string name;       // backs the message's text argument
  ScenarioSpec scenario;  // with the change made
  FitStatus fit = FitStatus::does_not_fit;
  double decode_ratio = 0, prefill_ratio = 0;
  double decode_tok_s = 0;
  std::uint32_t safe_context = 0;
  double price_usd = -1;   // of what must be bought; 0 = free, < 0 unknown
  std::string price_date;  // empty when nothing is bought or the price unknown
};

// Decode against context and TTFT against prompt, for the curves.
struct CurvePoint {
  std::uint32_t tokens = 0;
  bool fits = false;
  Range value;
  double sequences = 1;  // that run at a time, which may be fewer than were asked for
};

// Of the formats on the short list that run, the one that scores best; with `entirely` of those that fit without help
// from system memory. Null where there is none.
[[nodiscard]] const FormatRow* best_format(std::span<const FormatRow> rows, bool entirely);
// Key of the text for a scenario that no upgrade helps.
[[nodiscard]] std::string_view no_upgrades_key(const Estimate& estimate);
// Price of `count` devices in US dollars, in whole boards; < 0 unknown.
[[nodiscard]] double price_of(const DeviceEntry& device, std::uint32_t count);
// What all devices of a machine cost, without what stands around them; < 0 where that of one is not known.
struct MachinePrice {
  double usd = -1;            // to buy
  double rent_usd_hour = -1;  // to rent
};
[[nodiscard]] MachinePrice price_of(const Catalog& catalog, const HardwareSpec& hardware);
// The person's own measurement, where it is of this engine, backend and device.
[[nodiscard]] std::optional<PersonalFactors> personal_of(const ScenarioSpec& spec, const Engine& engine,
                                                         const System& system);
// The scenario behind a row: estimate() of it gives the row's figures.
[[nodiscard]] ScenarioSpec scenario_of(const Catalog& catalog, const ScenarioSpec& spec, const FormatRow& row);
[[nodiscard]] ScenarioSpec scenario_of(const ScenarioSpec& spec, const WorkloadRow& row);

class Front {
 public:
  explicit Front(const Catalog& catalog);

  [[nodiscard]] const Catalog& catalog() const { return catalog_; }
  // Read when first asked for; none where the facts hold none.
  [[nodiscard]] const Measurements& measurements();
  [[nodiscard]] Result<Answer> estimate(const ScenarioSpec& spec, Trace* trace = nullptr);
  // With compute buffers by the closed form: cheap enough for hundreds of candidates.
  [[nodiscard]] Result<Answer> estimate_quickly(const ScenarioSpec& spec);
  [[nodiscard]] Result<std::vector<FormatRow>> quantizations(const ScenarioSpec& spec);
  [[nodiscard]] Result<std::vector<WorkloadRow>> workloads(const ScenarioSpec& spec);
  // Only counts that go with the rest of the scenario; an error where there is none.
  [[nodiscard]] Result<std::vector<ScalingRow>> scaling(const ScenarioSpec& spec,
                                                        const std::vector<std::uint32_t>& counts);
  [[nodiscard]] Result<std::vector<Upgrade>> upgrades(const ScenarioSpec& spec);
  // Every text model at its best format for the hardware, best first. `spec.model` is not read; a format that is given
  // is the only one tried.
  [[nodiscard]] Result<std::vector<RankedModel>> rank_models(const ScenarioSpec& spec);
  // Every device, and 1, 2, 4, 8 of it, best first. `spec.hardware.device` is not read.
  [[nodiscard]] Result<std::vector<RankedDevice>> rank_hardware(const ScenarioSpec& spec);
  // tok/s of decode at rising depth, and seconds to the first token at rising prompt length.
  [[nodiscard]] Result<std::vector<CurvePoint>> decode_curve(const ScenarioSpec& spec);
  [[nodiscard]] Result<std::vector<CurvePoint>> ttft_curve(const ScenarioSpec& spec);
  // The machine's roofline and where this scenario's decode and prefill stand under it; points that are not known
  // where it does not fit.
  [[nodiscard]] Result<MachineRoofline> roofline(const ScenarioSpec& spec);

  // Ranking needs every model in every short-listed format. prepare_ranking() does up to `models` of what is missing
  // and tells whether all is there, so that a page can spread the work over frames; rank_models() does the rest itself.
  bool prepare_ranking(std::size_t models) { return rank_table_.extend(models); }
  [[nodiscard]] const FormatQuality& quality(const ResolvedModel& model, const Format& format) const;
  // is_offered(), also of a model that is not in the catalog.
  [[nodiscard]] bool offers(const Engine& engine, const ResolvedModel& model, const Format& format) const;

 private:
  [[nodiscard]] Result<Answer> answer(const ScenarioSpec& spec, Precision precision, Trace* trace);
  // `shared`: of questions about one model; null: made for this one alone.
  [[nodiscard]] Result<Question> ask(const ScenarioSpec& spec, Precision precision, SharedDynamic* shared = nullptr);
  [[nodiscard]] Tuning tuning_of(const Answer& answer, const TuneSettings& settings, Trace* trace);
  [[nodiscard]] std::optional<Bytes> size_as_released(const Answer& answer);
  // Negative where it is unknown: of a model that is not in the catalog, or for a workload without output.
  [[nodiscard]] double model_quality_of(const ResolvedModel& model, std::size_t workload) const;
  [[nodiscard]] std::size_t workload_index(const ResolvedScenario& scenario) const;
  [[nodiscard]] bool offers(const ResolvedScenario& scenario, const Format& format) const;
  // Whether the format is another one under a second name ("FP16" where a GGUF engine says "F16"): the same tensors, so
  // a list has the engine's name only, or the one the scenario was asked with.
  [[nodiscard]] bool is_second_name(const ResolvedScenario& scenario, const Format& format) const;
  [[nodiscard]] Result<RankTable::Query> rank_query(const ScenarioSpec& spec, const Engine& engine) const;
  // Where no engine is named, a model that the usual engine does not run is ranked with the engine it would get alone.
  void rank_by_own_engines(const ScenarioSpec& spec, const Engine& first, std::vector<RankedModel>& rows);
  [[nodiscard]] RankTable::Query rank_query(const ResolvedScenario& scenario) const;

  const Catalog& catalog_;
  FormatQualities qualities_;
  ModelQualities model_qualities_;
  ProfileStore profiles_;
  RankTable rank_table_;
  RankTable without_gguf_;  // of the models that llama.cpp does not know
  std::optional<Measurements> measurements_;
};

}  // namespace headroom
