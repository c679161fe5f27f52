#include "core/catalog/rank_table.h"

#include <algorithm>
#include <map>

#include "core/catalog/question.h"

namespace headroom {
namespace {

Bytes device_capacity(const RankTable::Query& query) {
  Bytes sum;
  for (const Device* device : query.system.devices) sum += usable_bytes(*device, *query.engine, query.system);
  return sum;
}

// What weights may take at all: more cannot be placed, so that the estimate need not be asked.
Bytes weight_capacity(const RankTable::Query& query) {
  const Bytes devices = device_capacity(query);
  const bool spills = query.engine->host_offload && !query.system.devices.empty();
  return spills ? devices + (query.system.host.memory - query.system.host.reserved) : devices;
}

void fill(RankedModel& row, const Format& format, const WeightProfile& weights, const Estimate& estimate) {
  row.format = &format;
  row.fit = estimate.placement.status;
  row.grade = estimate.verdict.grade;
  row.score = estimate.verdict.score;
  row.exact_score = estimate.verdict.exact_score;
  row.parts = estimate.verdict.parts;
  row.speed_known = estimate.speed.known;
  row.decode_tok_s = estimate.speed.decode_tok_s;
  row.ttft_s = estimate.speed.ttft_s;
  row.safe_context = estimate.placement.safe_context;
  row.weights = weights.file_bytes;
  row.total = estimate.placement.total();
}

bool better(const Estimate& a, const RankedModel& b) {
  const bool a_runs = a.placement.status != FitStatus::does_not_fit;
  const bool b_runs = b.fit != FitStatus::does_not_fit;
  if (a_runs != b_runs) return a_runs;
  return a.verdict.exact_score > b.exact_score;
}

}  // namespace

RankTable::RankTable(const Catalog& catalog, const FormatQualities& qualities, const ModelQualities& model_qualities)
    : catalog_(catalog), qualities_(qualities), model_qualities_(model_qualities) {
  for (const Format& format : catalog.formats()) {
    if (format.short_listed) short_list_.push_back(&format);
  }
  std::stable_sort(short_list_.begin(), short_list_.end(),
                   [](const Format* a, const Format* b) { return a->nominal_bits > b->nominal_bits; });
  const auto models = catalog.models();
  for (std::size_t i = 0; i < models.size(); ++i) {
    if (models[i].is_text()) text_models_.push_back(i);
  }
}

bool RankTable::extend(std::size_t models) {
  const std::size_t end = std::min(text_models_.size(), shapes_.size() + std::min(models, text_models_.size()));
  while (shapes_.size() < end) {
    const std::size_t model = text_models_[shapes_.size()];
    const std::size_t twin = catalog_.architecture_index(model);
    std::shared_ptr<Shape>& known = shape_of_architecture_[twin];
    if (!known) {
      auto shape = std::make_shared<Shape>();
      shape->profile = make_model_profile(std::string(catalog_.models()[model].id), catalog_.architecture(model));
      shape->weights.reserve(short_list_.size());
      for (const Format* format : short_list_) shape->weights.push_back(make_weight_profile(shape->profile, *format));
      shape->profile.forget_tensors();
      shape->number = shape_of_architecture_.size() - 1;
      known = std::move(shape);
    }
    shapes_.push_back(known);
  }
  return shapes_.size() == text_models_.size();
}

void RankTable::use_curves_of(const Query& query) {
  CurveKey key{query.engine, query.system.backend, query.system.devices.size(), query.settings.cache};
  key.cache.context = 0;  // a curve is over all of them
  if (key == curves_) return;
  curves_ = key;
  for (const std::shared_ptr<Shape>& shape : shapes_) shape->computed = false;
}

RankTable::Work RankTable::begin(const Query& query) {
  use_curves_of(query);
  Work work{query, weight_capacity(query), SystemSpeed(catalog_.calibration(), query.system, *query.engine),
            {},    query.settings,         -1};
  work.prepared.engine = query.engine;
  work.prepared.system = query.system;
  work.prepared.sought.parallel = false;
  return work;
}

bool RankTable::runs(const Query& query, const ModelEntry& entry, const Shape& shape, std::size_t format) const {
  const Format& wanted = *short_list_[format];
  if (query.only_format != nullptr && query.only_format != &wanted) return false;
  if (wanted.family == FormatFamily::gguf && !entry.gguf_supported) return false;
  return query.engine->runs(wanted.family) && shape.weights[format].available;
}

const WeightProfile* RankTable::smallest(const Query& query, const ModelEntry& entry, const Shape& shape) const {
  const WeightProfile* found = nullptr;
  for (std::size_t i = 0; i < short_list_.size(); ++i) {
    const WeightProfile& weights = shape.weights[i];
    if (!runs(query, entry, shape, i)) continue;
    if (found == nullptr || weights.file_bytes < found->file_bytes) found = &weights;
  }
  return found;
}

void RankTable::compute_memory(const Work& work, Shape& shape, const WeightProfile& weights) const {
  if (shape.computed) return;
  const System& system = work.query.system;
  CacheSettings longest = work.settings.cache;
  longest.context = shape.profile.arch.max_context;
  shape.dynamic = make_dynamic_memory(shape.profile, weights, *work.query.engine, longest, system.backend,
                                      static_cast<std::uint32_t>(system.devices.size()), Precision::closed_form);
  shape.computed = true;
}

RankedModel RankTable::rank_one(Work& work, Shape& shape, const ModelEntry& entry) const {
  const Query& query = work.query;
  RankedModel best;
  Prepared& prepared = work.prepared;
  prepared.model = &shape.profile;
  prepared.model_quality = work.quality;

  for (std::size_t i = 0; i < short_list_.size(); ++i) {
    if (!runs(query, entry, shape, i)) continue;
    const Format& format = *short_list_[i];
    const WeightProfile& weights = shape.weights[i];
    if (weights.file_bytes > work.capacity) continue;
    if (best.format == nullptr) {
      compute_memory(work, shape, weights);
      prepared.dynamic = shape.dynamic;
    }
    prepared.weights = &weights;
    prepared.format_quality = qualities_.of(format).kept;
    prepared.speed = work.speeds.profile(shape.profile, weights);
    apply_personal(prepared.speed, query.personal);
    const Estimate estimate = headroom::estimate(prepared, work.settings);
    const bool improves = best.format == nullptr || better(estimate, best);
    if (improves) fill(best, format, weights, estimate);
    // Fewer bits run faster but know less: once a format that fits scores below the best, the rest does too.
    if (!improves && best.fit <= FitStatus::tight) break;
  }
  if (best.format == nullptr) {
    if (const WeightProfile* weights = smallest(query, entry, shape)) {
      best.format = weights->format;
      best.weights = weights->file_bytes;
      best.total = weights->file_bytes;
    }
  }
  if (best.format != nullptr && best.fit == FitStatus::does_not_fit && work.capacity.value() > 0) {
    const Bytes one = Bytes(device_capacity(query).value() / std::max<std::size_t>(query.system.devices.size(), 1));
    if (one.value() > 0) best.devices_needed = static_cast<std::uint32_t>(divide_up(best.total.value(), one.value()));
  }
  return best;
}

std::vector<RankedModel> RankTable::rank(const Query& query) {
  std::vector<RankedModel> rows;
  rows.reserve(shapes_.size());
  Work work = begin(query);
  // Models of one shape that are asked the same end at the same format: the last such row of each shape.
  struct Twin {
    std::size_t row = 0;
    std::uint32_t context = 0;
    double quality = 0;
    bool gguf = false, known = false;
  };
  std::vector<Twin> twins(shape_of_architecture_.size());
  for (std::size_t row = 0; row < shapes_.size(); ++row) {
    Shape& shape = *shapes_[row];
    const ModelEntry& entry = catalog_.models()[text_models_[row]];
    const std::uint32_t context = work.ask_of(entry);
    work.quality = model_qualities_.of(entry, query.workload);
    Twin& twin = twins[shape.number];
    const bool same =
        twin.known && twin.context == context && twin.quality == work.quality && twin.gguf == entry.gguf_supported;
    rows.push_back(same ? rows[twin.row] : rank_one(work, shape, entry));
    rows.back().model = text_models_[row];
    twin = {row, context, work.quality, entry.gguf_supported, true};
  }
  return rows;
}

std::uint32_t RankTable::count_fitting(const Query& query) {
  Work work = begin(query);
  std::uint32_t count = 0;
  for (std::size_t row = 0; row < shapes_.size(); ++row) {
    Shape& shape = *shapes_[row];
    const ModelEntry& entry = catalog_.models()[text_models_[row]];
    // Where the smallest format does not fit, none does.
    const WeightProfile* weights = smallest(query, entry, shape);
    if (weights == nullptr || weights->file_bytes > work.capacity) continue;
    work.ask_of(entry);
    compute_memory(work, shape, *weights);
    constexpr Sought kNothing{false, false};
    const Placement placement =
        place(shape.profile, *weights, query.system, *query.engine, work.settings, shape.dynamic, {}, kNothing);
    count += placement.status <= FitStatus::tight ? 1 : 0;
  }
  return count;
}

}  // namespace headroom
