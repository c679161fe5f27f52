#include "core/catalog/front.h"

#include <algorithm>
#include <utility>

#include "core/catalog/engine_choice.h"
#include "core/catalog/trace_sources.h"
#include "core/model/gguf_mix_table.h"
#include "core/placement/device_limits.h"
#include "core/stable_sort.h"

namespace headroom {
namespace {

// Memory decides nothing where an engine would not start.
Hindrance hindrance_of(const ResolvedScenario& scenario, const Format& format) {
  const auto lack = forbidding(*scenario.engine, scenario.system, format, scenario.traits);
  if (!lack) return {};
  const LackingWords& words = words_of(lack->what);
  Hindrance hindrance{{words.verdict, {}}, {"bottleneck.no_kernels", {}}, words.derivation};
  hindrance.why.args.push_back({"engine", MessageArg::Kind::text, 0, scenario.engine->name});
  hindrance.why.args.push_back({"format", MessageArg::Kind::text, 0, format.name});
  hindrance.why.args.push_back({"device", MessageArg::Kind::text, 0, lack->device->name});
  return hindrance;
}

// Whether the model can speculate with MTP layers: that it has any, and that files in the format come with them.
Status check_mtp(const ResolvedScenario& scenario, const ModelProfile& model, const WeightProfile& weights) {
  if (scenario.settings.speculation.kind != SpeculationKind::mtp) return std::nullopt;
  if (weights.has_mtp(scenario.engine->counts_output())) return std::nullopt;
  if (model.arch.mtp.layers == 0) {
    return Error{ErrorCode::unsupported,
                 "speculation: mtp was given, and this model has no multi-token-prediction layers"};
  }
  return Error{ErrorCode::unsupported, "speculation: mtp was given, and files of this model in " + scenario.format->id +
                                           " come without its multi-token-prediction layers"};
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

MachinePrice price_of(const Catalog& catalog, const HardwareSpec& hardware) {
  MachinePrice sum{0, 0};
  const auto add = [](double& all, double one) { all = all < 0 || one < 0 ? -1 : all + one; };
  const auto add_devices = [&](const DeviceSpec& spec) {
    const std::optional<std::size_t> index = catalog.find_device(spec.id);
    const DeviceEntry* entry = index ? &catalog.devices()[*index] : nullptr;
    const double rent = entry != nullptr ? entry->rent_usd_hour : -1;
    add(sum.usd, entry != nullptr ? price_of(*entry, spec.count) : -1);
    add(sum.rent_usd_hour, rent < 0 ? -1 : rent * spec.count);  // one at a time, also of a board
  };
  add_devices(hardware.device);
  for (const DeviceSpec& other : hardware.others) add_devices(other);
  return sum;
}

std::uint32_t layers_to_place(const Answer& answer) {
  const auto layers = static_cast<std::uint32_t>(answer.model->layer_count());
  return layers + (answer.scenario.engine->counts_output() ? answer.weights->slots_after_layers() : 0);
}

std::optional<PersonalFactors> personal_of(const ScenarioSpec& spec, const Engine& engine, const System& system) {
  return spec.personal && applies(*spec.personal, engine, system) ? spec.personal : std::nullopt;
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

Result<Question> Front::ask(const ScenarioSpec& spec, Precision precision, SharedDynamic* shared) {
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
  if (Status error = check_mtp(scenario, *question.model, *question.weights)) return *std::move(error);
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
  const auto prepared_with = [&](const auto& memory) {
    return prepare(*question.model, *question.weights, *scenario.engine, scenario.system, scenario.settings,
                   catalog_.calibration(), draft, memory);
  };
  const auto devices = static_cast<std::uint32_t>(scenario.system.devices.size());
  question.prepared = shared == nullptr
                          ? prepared_with(precision)
                          : prepared_with(shared->of(*question.model, *scenario.engine, scenario.settings.cache,
                                                     scenario.system.backend, devices));
  apply_personal(question.prepared.speed, personal_of(spec, *scenario.engine, scenario.system), *question.model,
                 *scenario.format);
  question.prepared.model_quality = model_quality_of(scenario.model, workload_index(scenario));
  question.prepared.format_quality = quality(scenario.model, *scenario.format).kept;
  question.prepared.hindrance = hindrance_of(scenario, *scenario.format);
  return question;
}

double Front::model_quality_of(const ResolvedModel& model, std::size_t workload) const {
  if (!model.index) return kUnknownQuality;
  // By itself a model is asked for what it does; in a ranking all are asked for the same.
  return std::max(model_qualities_.of(catalog_.models()[*model.index], workload), kUnknownQuality);
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
  if (trace != nullptr) trace->cite(trace_sources(catalog_, question->scenario));
  answer.estimate = headroom::estimate(question->prepared, question->scenario.settings, trace);
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
  tuning.share = tune_share(tuning.footprint, static_cast<std::uint32_t>(system.devices.size()));
  const Engine* trainer = answer.scenario.engine;
  for (const Engine& engine : catalog_.engines()) {
    if (engine.id == "transformers") trainer = &engine;
  }
  tuning.usable = Bytes::max();
  for (const Device* device : system.devices) {
    tuning.usable = std::min(tuning.usable, usable_bytes(*device, *trainer, system));
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
  const auto experts = [](const WeightProfile& weights) {
    Bytes sum;
    for (const GroupWeights& group : weights.groups) sum += group.routed_experts;
    return sum;
  };
  const Bytes converted = experts(*answer.weights), kept = experts(*native);
  if (kept >= converted) return {};  // who wants fewer bits than that has them converted
  return answer.weights->file_bytes - converted + kept;
}

Result<std::vector<FormatRow>> Front::quantizations(const ScenarioSpec& spec) {
  Result<Question> question = ask(spec, Precision::simulated);
  if (!question) return question.error();
  const ResolvedScenario& scenario = question->scenario;
  const Prepared& prepared = question->prepared;
  SystemSpeed speeds(catalog_.calibration(), scenario.system, *scenario.engine,
                     personal_of(spec, *scenario.engine, scenario.system));
  std::vector<FormatRow> rows;
  for (const Format& format : catalog_.formats()) {
    if (!offers(scenario, format) || is_second_name(scenario, format)) continue;
    const std::shared_ptr<const WeightProfile> weights = profiles_.weights(scenario.model, format);
    if (!weights->available || check_mtp(scenario, *question->model, *weights)) continue;
    DraftModel draft = prepared.draft;
    std::shared_ptr<const WeightProfile> draft_weights;
    if (scenario.draft && !spec.draft->quantization) {  // a drafter comes in the model's format
      draft_weights = profiles_.weights(*scenario.draft, format);
      if (!draft_weights->available) continue;
      draft.weights = draft_weights.get();
    }
    FormatRow row;
    row.format = &format;
    row.quality = &quality(scenario.model, format);
    EstimateInputs inputs{*question->model,
                          *weights,
                          *scenario.engine,
                          prepared.system,
                          prepared.dynamic,
                          speeds.profile(*question->model, *weights, scenario.settings.speculation.kind, draft),
                          draft,
                          {prepared.model_quality, row.quality->kept},
                          {},
                          hindrance_of(scenario, format)};
    const Estimate estimate = headroom::estimate(inputs, scenario.settings);
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
    const ResolvedModel& model = question->scenario.model;
    if (hears(catalog_, model)) ask_in_pieces(settings, catalog_.models()[*model.index].max_context);
    settings.cache.context = std::max(settings.workload.context_needed(), 1U);
    question->prepared.model_quality = model_quality_of(question->scenario.model, index);
    WorkloadRow row;
    row.workload = &workload;
    row.context = settings.cache.context;
    if (writes) {
      row.estimate = headroom::estimate(question->prepared, settings);
    } else {
      // What such a model reads at once is the prompt, which is prepared for.
      const Result<Question> own = ask(scenario_of(spec, row), Precision::simulated);
      if (!own) return own.error();
      row.estimate = headroom::estimate(own->prepared, own->scenario.settings);
    }
    rows.push_back(row);
    ++index;
  }
  return rows;
}

}  // namespace headroom
