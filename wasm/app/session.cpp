#include "wasm/app/session.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/as_text.h"
#include "core/catalog/choices.h"
#include "core/catalog/draft_models.h"
#include "core/catalog/engine_choice.h"
#include "core/catalog/estimate_json.h"
#include "core/catalog/near_measurements.h"
#include "core/catalog/scenario_json.h"
#include "core/stable_sort.h"

namespace headroom {
namespace {

template <class T>
std::vector<T> rows_or_none(Result<std::vector<T>> rows) {
  return rows.ok() ? std::move(rows).value() : std::vector<T>();
}

// What a model is found by.
SearchKey key_of(const ModelEntry& model) {
  return {model.name, model.id, {model.hf_id, model.ollama}, {model.developer, model.family}};
}

}  // namespace

Session::Session(Front& front, Language language)
    : catalog_(front.catalog()), front_(front), command_templates_(catalog_.section("commands")) {
  set_language(language);
  spec_ = first_scenario(front_, {}).spec;
}

void Session::open_on(const MachineHints& hints) {
  FirstScenario first = first_scenario(front_, hints);
  recognized_ = first.recognized;
  if (recognized_) replace(std::move(first.spec));
}

std::optional<RecognizedDevice> Session::recognized() const {
  const bool same = recognized_ && device_index() == recognized_->device;
  return same ? recognized_ : std::nullopt;
}

void Session::change(const Edit& edit) {
  edit(spec_);
  ++revision_;
}

void Session::replace(ScenarioSpec spec) {
  spec_ = std::move(spec);
  ++revision_;
}

void Session::reset_choices() {
  change([](ScenarioSpec& spec) {
    ScenarioSpec fresh;
    fresh.model = spec.model;
    fresh.hardware.device.id = spec.hardware.device.id;
    spec = std::move(fresh);
  });
  if (!answer().ok()) replace(first_scenario(front_, {}).spec);
}

void Session::choose_model(std::size_t model) { replace(headroom::choose_model(front_, spec_, model)); }

void Session::use_custom_model(std::shared_ptr<const CustomModel> model) {
  replace(headroom::choose_model(front_, spec_, std::move(model)));
}

void Session::choose_device(std::size_t device) { replace(headroom::choose_device(front_, spec_, device)); }

void Session::add_device(std::size_t device) {
  const std::string_view id = catalog_.devices()[device].device.id;
  change([&](ScenarioSpec& spec) {
    std::vector<DeviceSpec>& others = spec.hardware.others;
    const auto same = [&](const DeviceSpec& other) { return other.id == id; };
    const auto known = std::find_if(others.begin(), others.end(), same);
    if (same(spec.hardware.device)) {
      ++spec.hardware.device.count;
    } else if (known != others.end()) {
      ++known->count;
    } else {
      others.push_back({std::string(id), nullptr, 1});
    }
    spec.hardware.interconnect = {};
    spec.forget_layers();
    spec.personal.reset();
  });
  // Cards of two makers need a backend that both have, which the one chosen for the first card may not be.
  if (spec_.backend && !answer().ok()) change([](ScenarioSpec& spec) { spec.backend.reset(); });
}

void Session::choose_engine(std::string_view id) { replace(headroom::choose_engine(front_, spec_, id)); }

void Session::choose_format(std::string_view id) {
  change([&](ScenarioSpec& spec) { spec = with_format(catalog_, spec, id); });
}

template <class T, class Make>
const T& Session::keep(Kept<T>& kept, const Make& make) {
  if (kept.revision != revision_) {
    kept.value = answer().ok() ? make() : T();
    kept.revision = revision_;
  }
  return kept.value;
}

const Result<Answer>& Session::answer() {
  if (answered_ != revision_) {
    answer_ = front_.estimate(spec_);
    answered_ = revision_;
  }
  return *answer_;
}

const std::vector<FormatRow>& Session::formats() {
  return keep(formats_, [&] { return rows_or_none(front_.quantizations(spec_)); });
}

const std::vector<WorkloadRow>& Session::workloads() {
  return keep(workloads_, [&] { return rows_or_none(front_.workloads(spec_)); });
}

const std::vector<Upgrade>& Session::upgrades(bool fresh) {
  if (!fresh && upgrades_.revision != 0) return upgrades_.value;
  return keep(upgrades_, [&] {
    ScenarioSpec asked = spec_;
    asked.language = language_code(texts_.language());  // a hint of what can be bought
    return rows_or_none(front_.upgrades(asked));
  });
}

const std::vector<ScaledAnswer>& Session::scaling(bool fresh) {
  if (!fresh && scaling_.revision != 0) return scaling_.value;
  return keep(scaling_, [&] {
    std::vector<ScaledAnswer> rows;
    const std::uint32_t now = spec_.hardware.device.count;
    const Device& device = *answer()->scenario.system.devices[0];
    if ((!device.is_card() && !device.module) || !spec_.hardware.others.empty()) return rows;
    std::vector<std::uint32_t> counts{1, 2, 4, 8};
    if (std::find(counts.begin(), counts.end(), now) == counts.end()) counts.push_back(now);
    std::sort(counts.begin(), counts.end());
    for (const std::uint32_t count : counts) {
      ScenarioSpec scaled = spec_;
      if (count != now) {
        scaled.hardware.device.count = count;
        scaled.forget_layers();
        scaled.forget_ranks();
      }
      const Result<Answer> found = count == now ? answer() : front_.estimate(scaled);
      if (found.ok()) rows.push_back({count, std::move(scaled), found->estimate});
    }
    return rows;
  });
}

const std::vector<CurvePoint>& Session::decode_curve() {
  return keep(decode_curve_, [&] { return rows_or_none(front_.decode_curve(spec_)); });
}

const std::vector<CurvePoint>& Session::ttft_curve() {
  return keep(ttft_curve_, [&] { return rows_or_none(front_.ttft_curve(spec_)); });
}

const MachineRoofline& Session::roofline() {
  return keep(roofline_, [&] {
    const Result<MachineRoofline> made = front_.roofline(spec_);
    return made.ok() ? *made : MachineRoofline();
  });
}

const std::vector<QuestionAnswer>& Session::questions(bool fresh) {
  if (!fresh && questions_.revision != 0) return questions_.value;
  return keep(questions_, [&] {
    const QuestionFacts facts{spec_, *answer(), formats(), upgrades(true), measurements()};
    return questions_and_answers(front_, facts, texts_);
  });
}

std::string Session::report_as(ReportFormat format, std::string_view link) {
  if (!answer().ok()) return {};
  return report(format, {*answer(), formats(), workloads(), link}, front_, texts_);
}

const std::vector<Command>& Session::commands() {
  return keep(commands_, [&] { return command_templates_.of(*answer(), catalog_); });
}

const Session::Drafts& Session::drafts() {
  return keep(drafts_, [&] {
    Drafts drafts;
    drafts.models = draft_models(catalog_, answer()->scenario, *answer()->model);
    for (const std::size_t index : drafts.models) {
      const ModelEntry& model = catalog_.models()[index];
      drafts.list.items.push_back({model.name, size_of(model), {}});
      drafts.list.keys.push_back(key_of(model));
    }
    return drafts;
  });
}

const std::vector<NearMeasurement>& Session::measurements() {
  return keep(measurements_, [&] {
    return near_measurements(front_.measurements(), answer()->scenario, catalog_, kMeasurementsOfPair);
  });
}

std::unique_ptr<Trace> Session::derivation_of(const ScenarioSpec& spec) {
  auto made = std::make_unique<Trace>();
  const Result<Answer> ignored = front_.estimate(spec, made.get());
  (void)ignored;
  return made;
}

const TraceNode& Session::derivation() {
  static const TraceNode kNothing;
  const std::unique_ptr<Trace>& trace = keep(derivation_, [&] { return derivation_of(spec_); });
  return trace ? trace->root() : kNothing;
}

ScenarioSpec Session::ranked() const {
  ScenarioSpec spec = spec_;
  spec.model.clear();
  spec.custom_model.reset();
  spec.quantization.reset();
  spec.forget_drafts();
  return with_engine_of(catalog_, spec_, std::move(spec));
}

bool Session::prepare_ranking() {
  constexpr std::size_t kModelsPerSlice = 32;  // some tens of milliseconds
  if (!ranking_prepared_) ranking_prepared_ = front_.prepare_ranking(kModelsPerSlice);
  return !ranking_prepared_;
}

const std::vector<RankedModel>* Session::ranking() {
  if (!ranking_prepared_) return nullptr;
  if (ranking_checked_ != revision_) {
    ranking_checked_ = revision_;
    const ScenarioSpec asked = ranked();
    if (std::string key = to_json(asked).dump(); key != ranked_key_) {
      ranked_key_ = std::move(key);
      ranking_ = rows_or_none(front_.rank_models(asked));
    }
  }
  return &ranking_;
}

void Session::set_language(Language language) {
  const std::string section = std::string("texts/") + language_code(language);
  Result<Texts> texts = Texts::parse(language, as_text(catalog_.section(section)));
  if (!texts) return;
  texts_ = std::move(texts).value();
  questions_ = {};  // made of words
  drafts_ = {};
  upgrades_ = {};
  models_ = {};
  devices_ = {};
  hosts_ = {};
  links_ = {};
}

std::string Session::size_of(const ModelEntry& model) const {
  std::string size = format_params(static_cast<double>(model.total_params), texts_.language());
  if (model.active_params >= model.total_params * 9 / 10) return size;
  return texts_.fill(
      "model.active_of",
      {{"active", format_params(static_cast<double>(model.active_params), texts_.language())}, {"total", size}});
}

const PickerList& Session::model_list() {
  if (!models_.items.empty()) return models_;
  const std::span<const ModelEntry> all = catalog_.models();
  model_rows_.clear();
  rows_of_models_.assign(all.size(), -1);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].is_text()) model_rows_.push_back(i);
  }
  // Newest families first: what people look for stands on top.
  stable_sort(model_rows_, [&](std::size_t a, std::size_t b) { return all[a].release > all[b].release; });
  for (std::size_t row = 0; row < model_rows_.size(); ++row) {
    const ModelEntry& model = all[model_rows_[row]];
    rows_of_models_[model_rows_[row]] = static_cast<std::int32_t>(row);
    models_.items.push_back({model.name, size_of(model), model.release.substr(0, 4)});
    models_.keys.push_back(key_of(model));
  }
  return models_;
}

const PickerList& Session::device_list() {
  if (!devices_.items.empty()) return devices_;
  for (const DeviceEntry& entry : catalog_.devices()) {
    const Device& device = entry.device;
    devices_.items.push_back(
        {device.name, join(format_bytes(device.memory.as_double(), texts_.language())), device.vendor});
    devices_.keys.push_back({device.name, device.id, {entry.also_called}, {device.vendor, device.architecture}});
  }
  return devices_;
}

const PickerList& Session::host_list() {
  if (!hosts_.items.empty()) return hosts_;
  for (const Host& host : catalog_.hosts()) {
    hosts_.items.push_back({host.name, join(format_bandwidth(host.bandwidth, texts_.language())), {}});
    hosts_.keys.push_back({host.name, host.id, {}, {}});
  }
  return hosts_;
}

const std::vector<KernelPackage>& Session::kernels() {
  if (!kernels_) kernels_ = rows_or_none(read_kernels(as_text(catalog_.section("kernels"))));
  return *kernels_;
}

const ModelFilters& Session::model_filters() {
  if (!model_filters_) {
    Result<ModelFilters> read = read_model_filters(as_text(catalog_.section("model_filters")));
    model_filters_ = read ? std::move(read).value() : ModelFilters();
  }
  return *model_filters_;
}

const PickerList& Session::link_list() {
  if (!links_.items.empty()) return links_;
  links_.items.push_back({texts_.get("plain.auto"), {}, {}});
  links_.keys.push_back({texts_.get("plain.auto"), {}, {}, {}});
  for (const Link& link : catalog_.links()) {
    links_.items.push_back({link.name, join(format_bandwidth(link.per_direction, texts_.language())), {}});
    links_.keys.push_back({link.name, link.id, {}, {}});
  }
  return links_;
}

std::optional<std::size_t> Session::model_of_row(std::size_t row) const {
  if (row >= model_rows_.size()) return std::nullopt;
  return model_rows_[row];
}

std::optional<std::size_t> Session::row_of_model(std::size_t model) const {
  if (model >= rows_of_models_.size() || rows_of_models_[model] < 0) return std::nullopt;
  return static_cast<std::size_t>(rows_of_models_[model]);
}

const SearchKey& Session::search_key_of(std::size_t model) {
  static const SearchKey kNothing;
  const PickerList& list = model_list();
  const std::optional<std::size_t> row = row_of_model(model);
  return row ? list.keys[*row] : kNothing;
}

std::string Session::answer_as_json() {
  if (!answer().ok()) return {};
  constexpr int kIndent = 2;
  return estimate_json(*answer(), spec_, {catalog_, front_.measurements(), texts()}).dump(kIndent);
}

}  // namespace headroom
