#include "core/catalog/rank_table.h"

#include <algorithm>
#include <map>

#include "core/catalog/engine_choice.h"
#include "core/catalog/question.h"
#include "core/catalog/resolve.h"

namespace headroom {
namespace {

Bytes device_capacity(const RankTable::Query& query) {
  Bytes sum;
  for (const Device* device : query.system.devices) sum += usable_bytes(*device, *query.engine, query.system);
  return sum;
}

// What weights may take at all, `devices` of it on devices: more cannot be placed, so that the estimate need not be
// asked.
Bytes weight_capacity(const RankTable::Query& query, Bytes devices) {
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
      for (const Format* format : short_list_) {
        WeightProfile weights = make_weight_profile(shape->profile, *format);
        if (weights.available) shape->weights.push_back(std::move(weights));
      }
      std::stable_sort(shape->weights.begin(), shape->weights.end(),
                       [](const WeightProfile& a, const WeightProfile& b) { return a.file_bytes > b.file_bytes; });
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
  const Bytes devices = device_capacity(query);
  return {query,
          devices,
          weight_capacity(query, devices),
          SystemSpeed(catalog_.calibration(), query.system, *query.engine, query.personal),
          query.settings,
          -1,
          {}};
}

bool RankTable::offers(const Query& query, const ModelEntry& entry, const Format& format) {
  if (query.only_format == nullptr) return is_offered(*query.engine, entry, format);
  // What is asked for by name is answered wherever the engine runs it.
  return query.only_format == &format && query.engine->runs(format.family) && knows(*query.engine, entry, &format);
}

const WeightProfile* RankTable::smallest(const Query& query, const ModelEntry& entry, const Shape& shape) {
  const auto found = std::find_if(shape.weights.rbegin(), shape.weights.rend(),
                                  [&](const WeightProfile& weights) { return offers(query, entry, *weights.format); });
  return found == shape.weights.rend() ? nullptr : &*found;
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

// Fewer bits run faster but know less, so that the score has one summit but for the bumps between kernels. Where some
// format's weights fit into the devices, the search goes down from the largest such file: what has to spill for more
// bits is hardly ever better. Where none does, what spills least mostly wins, and it goes up from the smallest.
RankedModel RankTable::best_format(Work& work, Shape& shape, const ModelEntry& entry) const {
  constexpr double kBump = 2;  // points a score may lie under the best, and
  constexpr int kBumps = 2;    // formats in a row that may not improve, before the rest is taken to be worse
  const Query& query = work.query;
  std::vector<const WeightProfile*>& formats = work.formats;
  formats.clear();
  for (const WeightProfile& weights : shape.weights) {
    if (weights.file_bytes > work.capacity || !offers(query, entry, *weights.format)) continue;
    // A larger file than the released one holds nothing that it does not.
    if (weights.format->is_released_in(entry.native_precision)) formats.clear();
    formats.push_back(&weights);
  }
  RankedModel best;
  if (formats.empty()) return best;
  compute_memory(work, shape, *formats[0]);
  const auto inside = std::find_if(formats.begin(), formats.end(), [&work](const WeightProfile* weights) {
    return weights->file_bytes <= work.on_devices;
  });
  const bool falling = inside != formats.end();
  if (!falling) std::reverse(formats.begin(), formats.end());
  int worse = 0;
  for (auto next = falling ? inside : formats.begin(); next != formats.end(); ++next) {
    const WeightProfile& weights = **next;
    const EstimateInputs inputs{shape.profile,
                                weights,
                                *query.engine,
                                query.system,
                                shape.dynamic,
                                work.speeds.profile(shape.profile, weights),
                                {},
                                {work.quality, qualities_.of(*weights.format, entry.native_precision).kept},
                                {true, false}};
    const Estimate estimate = headroom::estimate(inputs, work.settings);
    if (best.format == nullptr || better(estimate, best)) {
      fill(best, *weights.format, weights, estimate);
      worse = 0;
      continue;
    }
    const bool settled = falling ? best.fit == FitStatus::fits : best.fit != FitStatus::does_not_fit;
    if (settled && (++worse == kBumps || estimate.verdict.exact_score < best.exact_score - kBump)) break;
  }
  return best;
}

RankedModel RankTable::rank_one(Work& work, Shape& shape, const ModelEntry& entry) const {
  const Query& query = work.query;
  RankedModel best = best_format(work, shape, entry);
  if (best.format == nullptr) {
    if (const WeightProfile* weights = smallest(query, entry, shape)) {
      best.format = weights->format;
      best.weights = weights->file_bytes;
      best.total = weights->file_bytes;
    }
  }
  if (best.format != nullptr && best.fit == FitStatus::does_not_fit && work.capacity.value() > 0) {
    const Bytes one = Bytes(work.on_devices.value() / std::max<std::size_t>(query.system.devices.size(), 1));
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
    const ModelEntry* entry = nullptr;
  };
  const auto alike = [](const ModelEntry& a, const ModelEntry& b) {
    return a.gguf_supported == b.gguf_supported && a.native_precision == b.native_precision &&
           a.generates() == b.generates() && a.ollama.empty() == b.ollama.empty();
  };
  std::vector<Twin> twins(shape_of_architecture_.size());
  for (std::size_t row = 0; row < shapes_.size(); ++row) {
    Shape& shape = *shapes_[row];
    const ModelEntry& entry = catalog_.models()[text_models_[row]];
    const std::uint32_t context = work.ask_of(entry);
    work.quality = model_qualities_.of(entry, query.workload);
    Twin& twin = twins[shape.number];
    const bool same =
        twin.entry != nullptr && twin.context == context && twin.quality == work.quality && alike(*twin.entry, entry);
    rows.push_back(same ? rows[twin.row] : rank_one(work, shape, entry));
    rows.back().model = text_models_[row];
    twin = {row, context, work.quality, &entry};
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
