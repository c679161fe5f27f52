#include "core/catalog/front.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/catalog/engine_choice.h"
#include "core/catalog/near_measurements.h"
#include "core/model/gguf_mix_table.h"
#include "core/placement/device_limits.h"
#include "core/placement/placement.h"
#include "core/stable_sort.h"

namespace headroom {
namespace {

// The curves' horizontal axis: powers of two from here to the model's longest context.
constexpr std::uint32_t kFirstCurvePoint = 1024;
constexpr std::uint32_t kLastCurvePoint = 1U << 20U;

std::uint32_t curve_end(const ModelProfile& model) {
  return std::clamp(model.arch.longest_context(), kFirstCurvePoint, kLastCurvePoint);
}

// `shown`: tokens of the scenario, which shall be in sight.
std::vector<std::uint32_t> curve_points(const ModelProfile& model, std::uint32_t shown) {
  constexpr std::uint32_t kDecade = 4;  // from one label of the axis to the next
  constexpr std::uint32_t kLeast = kFirstCurvePoint / kDecade / kDecade;
  std::vector<std::uint32_t> points;
  const std::uint32_t end = curve_end(model);
  std::uint32_t first = kFirstCurvePoint;
  while (shown > 0 && first > shown && first > kLeast) first /= kDecade;
  for (std::uint32_t tokens = first; tokens < end; tokens *= 2) points.push_back(tokens);
  points.push_back(end);
  return points;
}

// The depth of the mean output token.
std::uint32_t depth_of(const Workload& workload) {
  return workload.cached_prefix + workload.prompt + workload.output / 2;
}

// The workload whose mean token lies at `depth`: what is already in the cache gives way, and then the rest in
// proportion, so that the curve runs through the scenario itself.
Workload at_depth(Workload workload, std::uint32_t depth, std::uint32_t longest) {
  const std::uint32_t own = workload.prompt + workload.output / 2;
  if (workload.output == 0 || own == 0 || workload.context_needed() > longest) return {{}, 0, 1, depth - 1};
  if (depth < own) {
    const double share = static_cast<double>(depth) / own;
    workload.prompt = static_cast<std::uint32_t>(workload.prompt * share);
    workload.output = std::max(static_cast<std::uint32_t>(workload.output * share), 1U);
    workload.cached_prefix = 0;
    return workload;
  }
  workload.cached_prefix = std::min(depth - own, longest - workload.prompt - workload.output);
  return workload;
}

// The workload with a prompt of so many tokens, and of the rest what the model's context leaves room for.
Workload with_prompt(Workload workload, std::uint32_t prompt, std::uint32_t longest) {
  workload.prompt = std::min(prompt, longest - 1);
  workload.output = std::clamp(workload.output, 1U, longest - workload.prompt);
  workload.cached_prefix = std::min(workload.cached_prefix, longest - workload.prompt - workload.output);
  return workload;
}

// Memory decides nothing where an engine would not start.
void judge_kernels(const ResolvedScenario& scenario, const Format& format, Verdict& verdict) {
  const auto lack = lacking(*scenario.engine, scenario.system, &format, scenario.traits);
  if (!lack || words_of(lack->what).verdict.empty()) return;
  static_cast<Mark&>(verdict) = Mark{.parts = verdict.parts};
  verdict.text = {words_of(lack->what).verdict, {}};
  verdict.text.args.push_back({"engine", MessageArg::Kind::text, 0, scenario.engine->name});
  verdict.text.args.push_back({"format", MessageArg::Kind::text, 0, format.name});
  verdict.text.args.push_back({"device", MessageArg::Kind::text, 0, lack->device->name});
  verdict.bottleneck = BottleneckKind::none;
  verdict.bottleneck_text = {"bottleneck.no_kernels", {}};
  verdict.remedy = {};
}

Estimate judged(const Question& question, const Settings& settings, Trace* trace = nullptr) {
  Estimate estimate = headroom::estimate(question.prepared, settings, trace);
  const ResolvedScenario& scenario = question.scenario;
  judge_kernels(scenario, *scenario.format, estimate.verdict);
  return estimate;
}

}  // namespace

const FormatRow* best_format(std::span<const FormatRow> rows, bool entirely) {
  const FormatRow* best = nullptr;
  for (const FormatRow& row : rows) {
    const bool runs = entirely ? row.fit <= FitStatus::tight : row.fit != FitStatus::does_not_fit;
    if (!runs || !row.format->short_listed) continue;
    if (best == nullptr || row.exact_score > best->exact_score) best = &row;
  }
  return best;
}

std::string_view no_upgrades_key(const Estimate& estimate) {
  return estimate.verdict.grade == 'F' ? "upgrades.none_runs" : "upgrades.none";
}

double price_of(const DeviceEntry& device, std::uint32_t count) {
  return device.price_usd < 0 ? -1 : device.price_usd * static_cast<double>(divide_up(count, device.per_board));
}

ScenarioSpec scenario_of(const Catalog& catalog, const ScenarioSpec& spec, const FormatRow& row) {
  return with_format(catalog, spec, row.format->id);
}

ScenarioSpec scenario_of(const ScenarioSpec& spec, const WorkloadRow& row) {
  ScenarioSpec scenario = spec;
  scenario.workload = WorkloadSpec{row.workload->workload.id, 0, 0, 0};
  scenario.context = row.context;
  return scenario;
}

Front::Front(const Catalog& catalog)
    : catalog_(catalog),
      qualities_(catalog),
      model_qualities_(catalog),
      profiles_(catalog),
      rank_table_(catalog, qualities_, model_qualities_),
      without_gguf_(catalog, qualities_, model_qualities_,
                    [](const ModelEntry& model) { return !model.gguf_supported; }) {}

const Measurements& Front::measurements() {
  if (!measurements_) {
    // The facts' compiler has checked them.
    Result<Measurements> read =
        Measurements::read(catalog_.section("measurements"), catalog_.section("measurement_texts"));
    measurements_ = read ? std::move(read).value() : Measurements();
  }
  return *measurements_;
}

Result<Question> Front::ask(const ScenarioSpec& spec, Precision precision) {
  Result<ResolvedScenario> resolved = resolve(catalog_, spec);
  if (!resolved) return resolved.error();
  Question question;
  question.scenario = std::move(resolved).value();
  const ResolvedScenario& scenario = question.scenario;
  question.model = profiles_.model(scenario.model);
  question.weights = profiles_.weights(scenario.model, *scenario.format);
  if (!question.weights->available) {
    return Error{ErrorCode::unsupported, "quantization: " + scenario.format->id + " cannot be made of this model (" +
                                             question.weights->reason + ")"};
  }
  if (scenario.settings.speculation.kind == SpeculationKind::mtp && question.weights->mtp == Bytes(0)) {
    return Error{ErrorCode::unsupported, "speculation: mtp was given, and files of this model in " +
                                             scenario.format->id + " come without its multi-token-prediction layers"};
  }
  DraftModel draft;
  if (scenario.draft) {
    const Format& format = scenario.draft_format != nullptr ? *scenario.draft_format : *scenario.format;
    question.draft_model = profiles_.model(*scenario.draft);
    question.draft_weights = profiles_.weights(*scenario.draft, format);
    if (!question.draft_weights->available) {
      return Error{ErrorCode::unsupported, "draft.quantization: " + format.id + " cannot be made of this model (" +
                                               question.draft_weights->reason + ")"};
    }
    draft = {question.draft_model.get(), question.draft_weights.get()};
  }
  question.prepared = prepare(*question.model, *question.weights, *scenario.engine, scenario.system, scenario.settings,
                              catalog_.calibration(), draft, precision);
  apply_personal(question.prepared.speed, spec.personal);
  question.prepared.model_quality = model_quality_of(scenario.model, workload_index(scenario));
  question.prepared.format_quality = quality(scenario.model, *scenario.format).kept;
  return question;
}

double Front::model_quality_of(const ResolvedModel& model, std::size_t workload) const {
  if (!model.index || !catalog_.models()[*model.index].generates()) return -1;
  return model_qualities_.of(catalog_.models()[*model.index], workload);
}

const FormatQuality& Front::quality(const ResolvedModel& model, const Format& format) const {
  return qualities_.of(format, model.index ? catalog_.models()[*model.index].native_precision : std::string_view());
}

std::size_t Front::workload_index(const ResolvedScenario& scenario) const {
  return scenario.workload == nullptr ? 0 : static_cast<std::size_t>(scenario.workload - catalog_.workloads().data());
}

Result<Answer> Front::estimate(const ScenarioSpec& spec, Trace* trace) {
  return answer(spec, Precision::simulated, trace);
}

Result<Answer> Front::estimate_quickly(const ScenarioSpec& spec) {
  return answer(spec, Precision::closed_form, nullptr);
}

Result<Answer> Front::answer(const ScenarioSpec& spec, Precision precision, Trace* trace) {
  Result<Question> question = ask(spec, precision);
  if (!question) return question.error();
  Answer answer;
  answer.estimate = judged(*question, question->scenario.settings, trace);
  answer.scenario = std::move(question->scenario);
  answer.model = std::move(question->model);
  answer.weights = std::move(question->weights);
  if (spec.finetune) answer.tuning = tuning_of(answer, *spec.finetune, trace);
  answer.as_released = size_as_released(answer);
  return answer;
}

Tuning Front::tuning_of(const Answer& answer, const TuneSettings& settings, Trace* trace) {
  Tuning tuning;
  tuning.settings = settings;
  const WeightProfile* base = answer.weights.get();
  std::shared_ptr<const WeightProfile> small;
  if (settings.method == TuneMethod::qlora) {
    tuning.base = answer.scenario.format;
    // Adapters train on top of what PEFT can load: checkpoints of grouped or 8-bit integers, else NF4, which QLoRA was
    // published with.
    const FormatFamily family = tuning.base->family;
    const bool trains = family == FormatFamily::int4_group || family == FormatFamily::int8;
    if (const Format* nf4 = catalog_.find_format("BNB-NF4"); nf4 != nullptr && !trains) {
      small = profiles_.weights(answer.scenario.model, *nf4);
      base = small.get();
      tuning.base = nf4;
    }
  }
  tuning.footprint = tune_footprint(*answer.model, *base, settings, trace);
  const System& system = answer.scenario.system;
  tuning.device = tune_share(tuning.footprint, static_cast<std::uint32_t>(system.devices.size()));
  const Engine* trainer = answer.scenario.engine;
  for (const Engine& engine : catalog_.engines()) {
    if (engine.id == "transformers") trainer = &engine;
  }
  tuning.usable = Bytes::max();
  for (const Device* device : system.devices) {
    const Bytes reserve = engine_reserve(*device, *trainer, system, system.devices.size());
    tuning.usable = std::min(tuning.usable, usable_bytes(*device, *trainer, system) - reserve);
  }
  return tuning;
}

std::optional<Bytes> Front::size_as_released(const Answer& answer) {
  const Format& format = *answer.scenario.format;
  if (!answer.scenario.model.index || format.family != FormatFamily::gguf || format.mix == kMxfp4Moe) return {};
  const Format* released = catalog_.find_format("MXFP4");
  const auto& entry = catalog_.models()[*answer.scenario.model.index];
  if (entry.native_precision != "mxfp4" || released == nullptr) return {};
  const std::shared_ptr<const WeightProfile> native = profiles_.weights(answer.scenario.model, *released);
  Bytes bytes = answer.weights->file_bytes;
  for (const GroupWeights& group : answer.weights->groups) bytes -= group.routed_experts;
  for (const GroupWeights& group : native->groups) bytes += group.routed_experts;
  return bytes;
}

Result<std::vector<FormatRow>> Front::quantizations(const ScenarioSpec& spec) {
  Result<Question> question = ask(spec, Precision::simulated);
  if (!question) return question.error();
  const ResolvedScenario& scenario = question->scenario;
  const Prepared& prepared = question->prepared;
  SystemSpeed speeds(catalog_.calibration(), scenario.system, *scenario.engine, spec.personal);
  std::vector<FormatRow> rows;
  for (const Format& format : catalog_.formats()) {
    if (!offers(scenario, format) || is_second_name(scenario, format)) continue;
    const std::shared_ptr<const WeightProfile> weights = profiles_.weights(scenario.model, format);
    if (!weights->available) continue;
    FormatRow row;
    row.format = &format;
    row.quality = &quality(scenario.model, format);
    EstimateInputs inputs{
        *question->model,
        *weights,
        *scenario.engine,
        prepared.system,
        prepared.dynamic,
        speeds.profile(*question->model, *weights, scenario.settings.speculation.kind, prepared.draft),
        prepared.draft,
        {prepared.model_quality, row.quality->kept},
        {}};
    Estimate estimate = headroom::estimate(inputs, scenario.settings);
    judge_kernels(scenario, format, estimate.verdict);
    row.bits_per_weight = weights->bits_per_weight;
    row.weights = weights->file_bytes;
    row.exact = weights->exact;
    row.total = estimate.placement.total();
    row.needed = estimate.placement.needed();
    row.fit = estimate.placement.status;
    row.speed_known = estimate.speed.known && row.fit != FitStatus::does_not_fit;
    row.decode_tok_s = estimate.speed.decode_tok_s;
    row.safe_context = estimate.placement.safe_context;
    row.exact_score = estimate.verdict.exact_score;
    rows.push_back(row);
  }
  stable_sort(rows, [](const FormatRow& a, const FormatRow& b) { return a.weights > b.weights; });
  return rows;
}

bool Front::offers(const ResolvedScenario& scenario, const Format& format) const {
  return &format == scenario.format || (offers(*scenario.engine, scenario.model, format) &&
                                        scenario.engine->has_kernels(scenario.system, &format, scenario.traits));
}

bool Front::offers(const Engine& engine, const ResolvedModel& model, const Format& format) const {
  if (model.index) return is_offered(engine, catalog_.models()[*model.index], format);
  return engine.runs(format.family) && !exists_as_released_only(engine, format);
}

bool Front::is_second_name(const ResolvedScenario& scenario, const Format& format) const {
  const auto follows_mix = [](const Format& one) {
    return !one.mix.empty() && (one.family == FormatFamily::plain || one.family == FormatFamily::gguf);
  };
  if (&format == scenario.format || !follows_mix(format)) return false;
  return std::any_of(catalog_.formats().begin(), catalog_.formats().end(), [&](const Format& other) {
    if (&other == &format || !follows_mix(other) || other.mix != format.mix || !offers(scenario, other)) return false;
    return &other == scenario.format || other.family == FormatFamily::gguf;
  });
}

Result<std::vector<WorkloadRow>> Front::workloads(const ScenarioSpec& spec) {
  Result<Question> question = ask(spec, Precision::simulated);
  if (!question) return question.error();
  std::vector<WorkloadRow> rows;
  std::size_t index = 0;
  for (const WorkloadEntry& workload : catalog_.workloads()) {
    Settings settings = question->scenario.settings;
    apply_workload(settings, workload);
    const bool writes = generates(catalog_, question->scenario.model);
    if (!writes) settings.workload.output = 0;
    settings.cache.context = std::max(settings.workload.context_needed(), 1U);
    question->prepared.model_quality = model_quality_of(question->scenario.model, index);
    WorkloadRow row;
    row.workload = &workload;
    row.context = settings.cache.context;
    if (writes) {
      row.estimate = judged(*question, settings);
    } else {
      // What such a model reads at once is the prompt, which is prepared for.
      const Result<Question> own = ask(scenario_of(spec, row), Precision::simulated);
      if (!own) return own.error();
      row.estimate = judged(*own, own->scenario.settings);
    }
    rows.push_back(row);
    ++index;
  }
  return rows;
}

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
    row.estimate = judged(*question, question->scenario.settings);
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
  query.personal = spec.personal;
  if (spec.workload && !spec.workload->id.empty()) {
    const WorkloadEntry* workload = catalog_.find_workload(spec.workload->id);
    if (workload != nullptr) query.workload = static_cast<std::size_t>(workload - catalog_.workloads().data());
  }
  if (spec.quantization) {
    query.only_format = catalog_.find_format(*spec.quantization);
    if (query.only_format == nullptr) {
      return Error{ErrorCode::unknown_quantization, "quantization: '" + *spec.quantization + "' is not known"};
    }
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
  if (!spec.engine) rank_by_own_engines(spec, **engine, rows);
  return rows;
}

Result<std::vector<RankedDevice>> Front::rank_hardware(const ScenarioSpec& spec) {
  constexpr std::array<std::uint32_t, 4> kCounts = {1, 2, 4, 8};
  std::vector<RankedDevice> rows;
  std::optional<Error> first_error;
  const std::span<const DeviceEntry> devices = catalog_.devices();
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const DeviceClass cls = devices[i].device.cls;
    const bool bought_whole = cls == DeviceClass::phone || cls == DeviceClass::laptop;
    for (const std::uint32_t count : kCounts) {
      if (count > 1 && bought_whole) break;
      ScenarioSpec candidate = spec;
      candidate.hardware = {};
      candidate.personal.reset();  // it is of one machine, not of each
      candidate.hardware.host = spec.hardware.host;
      candidate.hardware.device.id = devices[i].device.id;
      candidate.hardware.device.count = count;
      Result<Question> question = ask(candidate, Precision::closed_form);
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
      row.estimate = judged(*question, question->scenario.settings);
      (catalog_.has_price_of_today(devices[i]) ? row.price_usd : row.launch_usd) = price_of(devices[i], count);
      row.engine_made = engine_is_made(question->scenario);
      row.confidence =
          confidence_with(row.estimate.speed, near_measurements(measurements(), question->scenario, catalog_, 1));
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

Result<std::vector<CurvePoint>> Front::decode_curve(const ScenarioSpec& spec) {
  Result<Question> question = ask(spec, Precision::simulated);
  if (!question) return question.error();
  const bool writes = generates(catalog_, question->scenario.model);
  const Workload& workload = question->scenario.settings.workload;
  const std::uint32_t longest = curve_end(*question->model);
  std::vector<CurvePoint> points;
  for (const std::uint32_t tokens : curve_points(*question->model, depth_of(workload))) {
    Settings settings = question->scenario.settings;
    settings.workload = at_depth(workload, tokens, longest);
    settings.cache.context = settings.workload.context_needed();
    const Estimate estimate = headroom::estimate(question->prepared, settings);
    points.push_back({tokens, writes && has_speed(estimate), estimate.speed.decode_tok_s});
  }
  return points;
}

Result<std::vector<CurvePoint>> Front::ttft_curve(const ScenarioSpec& spec) {
  Result<Question> question = ask(spec, Precision::simulated);
  if (!question) return question.error();
  const Workload& workload = question->scenario.settings.workload;
  const std::uint32_t longest = curve_end(*question->model);
  std::vector<CurvePoint> points;
  for (const std::uint32_t tokens : curve_points(*question->model, workload.prompt)) {
    Settings settings = question->scenario.settings;
    settings.workload = with_prompt(workload, tokens, longest);
    settings.cache.context = settings.workload.context_needed();
    const Estimate estimate = headroom::estimate(question->prepared, settings);
    points.push_back({tokens, has_speed(estimate), estimate.speed.ttft_s});
  }
  return points;
}

Result<MachineRoofline> Front::roofline(const ScenarioSpec& spec) {
  Result<Question> question = ask(spec, Precision::simulated);
  if (!question) return question.error();
  const ResolvedScenario& scenario = question->scenario;
  Estimate estimate = headroom::estimate(question->prepared, scenario.settings);
  if (estimate.placement.status == FitStatus::does_not_fit) estimate.speed.known = false;
  return machine_roofline(*question->model, scenario.system, *scenario.engine, kernel_label(*scenario.format),
                          scenario.settings, question->prepared.speed, estimate.speed);
}

}  // namespace headroom
