#include <algorithm>
#include <array>
#include <utility>

#include "core/catalog/engine_choice.h"
#include "core/catalog/front.h"
#include "core/catalog/near_measurements.h"
#include "core/stable_sort.h"

namespace headroom {
namespace {

// A format asked for by name gets a row also where the engine has no kernels for it: one that does not run.
void forbid_without_kernels(const Catalog& catalog, const RankTable::Query& query, std::vector<RankedModel>& rows) {
  if (query.only_format == nullptr) return;
  bool any = false;
  for (RankedModel& row : rows) {
    const ModelTraits traits = catalog.models()[row.model].traits();
    if (row.format == nullptr || !forbidding(*query.engine, query.system, *query.only_format, traits)) continue;
    RankedModel forbidden;
    forbidden.model = row.model;
    forbidden.engine = row.engine;
    forbidden.format = row.format;
    forbidden.weights = row.weights;
    forbidden.total = row.total;
    forbidden.devices_needed = 0;
    row = forbidden;
    any = true;
  }
  if (any) rows = RankTable::in_order(rows);
}

}  // namespace

Result<std::vector<ScalingRow>> Front::scaling(const ScenarioSpec& spec, const std::vector<std::uint32_t>& counts) {
  std::vector<ScalingRow> rows;
  std::optional<Error> first_error;
  prepare_ranking(kAllModels);
  for (const std::uint32_t count : counts) {
    ScenarioSpec scaled = spec;
    scaled.hardware.device.count = count;
    Result<Question> question = ask(scaled, Precision::simulated);
    if (!question) {
      // A layout that was asked for by number wants so many devices.
      if (!first_error) first_error = question.error();
      continue;
    }
    ScalingRow row;
    row.count = count;
    row.estimate = headroom::estimate(question->prepared, question->scenario.settings);
    RankTable::Query query = rank_query(question->scenario);
    query.settings.workload = {};
    row.models_fit = rank_table_.count_fitting(query);
    row.models_total = static_cast<std::uint32_t>(rank_table_.model_count());
    rows.push_back(row);
  }
  if (rows.empty() && first_error) return *first_error;
  return rows;
}

RankTable::Query Front::rank_query(const ResolvedScenario& scenario) const {
  RankTable::Query query;
  query.engine = scenario.engine;
  query.system = scenario.system;
  query.settings = scenario.settings;
  query.workload = workload_index(scenario);
  return query;
}

Result<RankTable::Query> Front::rank_query(const ScenarioSpec& spec, const Engine& engine) const {
  Result<System> system = resolve_system(catalog_, spec, engine);
  if (!system) return system.error();
  Result<Settings> settings = resolve_settings(catalog_, spec, engine, *system);
  if (!settings) return settings.error();
  RankTable::Query query;
  query.engine = &engine;
  query.system = std::move(system).value();
  query.settings = *settings;
  query.personal = personal_of(spec, engine, query.system);
  if (spec.workload && !spec.workload->id.empty()) {
    const WorkloadEntry* workload = catalog_.find_workload(spec.workload->id);
    if (workload != nullptr) query.workload = static_cast<std::size_t>(workload - catalog_.workloads().data());
  }
  if (spec.quantization) {
    const Result<const Format*> format = find_known_format(catalog_, engine, *spec.quantization);
    if (!format) return format.error();
    query.only_format = *format;
  }
  return query;
}

void Front::rank_by_own_engines(const ScenarioSpec& spec, const Engine& first, std::vector<RankedModel>& rows) {
  std::vector<const Engine*> own(catalog_.models().size());
  std::vector<const Engine*> engines;
  ScenarioSpec one = spec;
  for (const std::size_t model : without_gguf_.models()) {
    one.model = catalog_.models()[model].id;
    const Result<const Engine*> engine = resolve_engine(catalog_, one);
    if (!engine || *engine == &first) continue;
    own[model] = *engine;
    if (std::find(engines.begin(), engines.end(), *engine) == engines.end()) engines.push_back(*engine);
  }
  if (engines.empty()) return;
  without_gguf_.extend(kAllModels);
  std::vector<const RankedModel*> better(own.size());
  std::vector<std::vector<RankedModel>> ranked;
  ranked.reserve(engines.size());
  for (const Engine* engine : engines) {
    const Result<RankTable::Query> query = rank_query(spec, *engine);
    if (!query) continue;
    ranked.push_back(without_gguf_.rank(*query));
    for (const RankedModel& row : ranked.back()) {
      if (own[row.model] == engine) better[row.model] = &row;
    }
  }
  for (RankedModel& row : rows) {
    if (better[row.model] != nullptr) row = *better[row.model];
  }
  rows = RankTable::in_order(rows);
}

Result<std::vector<RankedModel>> Front::rank_models(const ScenarioSpec& spec) {
  const Result<const Engine*> engine = resolve_engine(catalog_, spec);
  if (!engine) return engine.error();
  const Result<RankTable::Query> query = rank_query(spec, **engine);
  if (!query) return query.error();
  prepare_ranking(kAllModels);
  std::vector<RankedModel> rows = rank_table_.rank(*query);
  forbid_without_kernels(catalog_, *query, rows);
  if (!spec.engine) rank_by_own_engines(spec, **engine, rows);
  return rows;
}

Result<std::vector<RankedDevice>> Front::rank_hardware(const ScenarioSpec& spec) {
  constexpr std::array<std::uint32_t, 4> kCounts = {1, 2, 4, 8};
  std::vector<RankedDevice> rows;
  std::optional<Error> first_error;
  SharedDynamic shared;
  const std::span<const DeviceEntry> devices = catalog_.devices();
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const DeviceClass cls = devices[i].device.cls;
    const bool bought_whole = cls == DeviceClass::phone || cls == DeviceClass::laptop;
    for (const std::uint32_t count : kCounts) {
      if (count > 1 && bought_whole) break;
      if (count < spec.ranks()) continue;
      ScenarioSpec candidate = spec;
      candidate.hardware = {};
      candidate.personal.reset();  // it is of one machine, not of each
      candidate.hardware.host = spec.hardware.host;
      candidate.hardware.device.id = devices[i].device.id;
      candidate.hardware.device.count = count;
      Result<Question> question = ask(candidate, Precision::simulated, &shared);
      if (!question) {
        // A device that this engine cannot use is not a row; a mistake in the rest of the scenario is an error.
        if (question.error().code != ErrorCode::unsupported && question.error().code != ErrorCode::bad_value) {
          return question.error();
        }
        if (!first_error) first_error = question.error();
        break;
      }
      RankedDevice row;
      row.device = i;
      row.count = count;
      row.estimate = headroom::estimate(question->prepared, question->scenario.settings);
      (catalog_.has_price_of_today(devices[i]) ? row.price_usd : row.launch_usd) = price_of(devices[i], count);
      row.engine_made = engine_is_made(question->scenario);
      row.confidence =
          confidence_with(row.estimate, question->scenario,
                          near_measurements(measurements(), question->scenario, catalog_, kMeasurementsOfPair));
      rows.push_back(row);
    }
  }
  if (rows.empty() && first_error) return *first_error;
  stable_sort(rows, [](const RankedDevice& a, const RankedDevice& b) {
    const bool a_runs = a.estimate.placement.status != FitStatus::does_not_fit;
    const bool b_runs = b.estimate.placement.status != FitStatus::does_not_fit;
    if (a_runs != b_runs) return a_runs;
    if (a.engine_made != b.engine_made) return a.engine_made;
    // A speed that only a data sheet promises comes after those that something like it was measured for.
    const bool a_promised = a.confidence == Confidence::theoretical;
    const bool b_promised = b.confidence == Confidence::theoretical;
    if (a_promised != b_promised) return b_promised;
    return a.estimate.verdict.exact_score > b.estimate.verdict.exact_score;
  });
  return rows;
}

}  // namespace headroom
