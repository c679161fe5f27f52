#include "core/catalog/rank_table.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/catalog/engine_choice.h"
#include "core/catalog/profile_store.h"
#include "core/catalog/question.h"
#include "core/catalog/resolve.h"
#include "core/placement/device_limits.h"
#include "core/stable_sort.h"

namespace headroom {
namespace {

Bytes device_capacity(const RankTable::Query& query) {
  Bytes sum;
  for (const Device* device : query.system.devices) sum += usable_bytes(*device, *query.engine, query.system);
  return sum;
}

// The most bytes that weights may take, `devices` of them on devices. More cannot be placed, which saves an estimate.
Bytes weight_capacity(const RankTable::Query& query, Bytes devices) {
  const bool spills = query.engine->host_offload && !query.system.devices.empty();
  return spills ? devices + usable_host_bytes(query.system) : devices;
}

void fill(RankedModel& row, const WeightProfile& weights, const Placement& placement, const Speed& speed,
          const Mark& mark) {
  row.format = weights.format;
  row.fit = placement.status;
  row.grade = mark.grade;
  row.score = mark.score;
  row.exact_score = mark.exact_score;
  row.parts = mark.parts;
  row.speed_known = speed.known && placement.status != FitStatus::does_not_fit;
  row.decode_tok_s = speed.decode_tok_s;
  row.ttft_s = speed.ttft_s;
  row.safe_context = placement.safe_context;
  row.weights = weights.file_bytes;
  row.total = placement.total();
}

bool runs(FitStatus fit) { return fit != FitStatus::does_not_fit; }

}  // namespace

// Rows are large: only their sort keys are sorted, then each row is moved once.
std::vector<RankedModel> RankTable::in_order(const std::vector<RankedModel>& rows) {
  struct Place {
    bool runs = false;
    double score = 0;
    double weights = 0;  // falling: the smaller comes first
    std::size_t row = 0;
  };
  std::vector<Place> places;
  places.reserve(rows.size());
  for (const RankedModel& row : rows) {
    const double bytes = row.weights.as_double();
    places.push_back({runs(row.fit), row.exact_score, runs(row.fit) ? -bytes : bytes, places.size()});
  }
  std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) {
    if (a.runs != b.runs) return a.runs;
    if (a.score != b.score) return a.score > b.score;
    return a.weights != b.weights ? a.weights < b.weights : a.row < b.row;
  });
  std::vector<RankedModel> ordered;
  ordered.reserve(rows.size());
  for (const Place& place : places) ordered.push_back(rows[place.row]);
  return ordered;
}

RankTable::RankTable(const Catalog& catalog, const FormatQualities& qualities, const ModelQualities& model_qualities,
                     Wanted wanted)
    : catalog_(catalog), qualities_(qualities), qualities_of_models_(model_qualities) {
  for (const Format& format : catalog.formats()) {
    if (format.short_listed) short_list_.push_back(&format);
  }
  const auto models = catalog.models();
  for (std::size_t i = 0; i < models.size(); ++i) {
    // A model that writes all tokens at once has no speed that could be compared with the others'.
    const bool ranked = models[i].is_text() && !models[i].denoises();
    if (ranked && (wanted == nullptr || wanted(models[i]))) text_models_.push_back(i);
  }
}

bool RankTable::extend(std::size_t models) {
  const std::size_t end = std::min(text_models_.size(), rows_.size() + std::min(models, text_models_.size()));
  while (rows_.size() < end) {
    const std::size_t model = text_models_[rows_.size()];
    const ModelEntry& entry = catalog_.models()[model];
    std::shared_ptr<Shape>& known =
        shapes_[{catalog_.architecture_index(model), entry.generates(), entry.native_precision}];
    if (!known) {
      known = make_shape(model);
      known->number = shapes_.size() - 1;
    }
    for (std::size_t workload = 0; workload < catalog_.workloads().size(); ++workload) {
      model_qualities_.push_back(qualities_of_models_.of(entry, workload));
    }
    rows_.push_back({known, model, 0, kUnknown});
    offers_ = {};
  }
  return rows_.size() == text_models_.size();
}

bool RankTable::any_released_in(const Format& format, std::size_t architecture) const {
  return std::any_of(text_models_.begin(), text_models_.end(), [&](std::size_t model) {
    return catalog_.architecture_index(model) == architecture &&
           format.is_released_in(catalog_.models()[model].native_precision);
  });
}

std::shared_ptr<RankTable::Shape> RankTable::make_shape(std::size_t model) const {
  auto shape = std::make_shared<Shape>();
  const std::size_t architecture = catalog_.architecture_index(model);
  shape->profile = make_model_profile(catalog_, model);
  shape->weights.reserve(short_list_.size());
  for (const Format* format : short_list_) {
    const bool as_released = format->family == FormatFamily::native || format->family == FormatFamily::ternary;
    if (as_released && !any_released_in(*format, architecture)) continue;
    WeightProfile weights = make_weight_profile(shape->profile, *format);
    if (weights.available) shape->weights.push_back(std::move(weights));
  }
  stable_sort(shape->weights,
              [](const WeightProfile& a, const WeightProfile& b) { return a.file_bytes > b.file_bytes; });
  for (const WeightProfile& weights : shape->weights) {
    const auto format = std::find(short_list_.begin(), short_list_.end(), weights.format) - short_list_.begin();
    shape->variants.push_back({format_cost(shape->profile, weights),
                               static_cast<std::size_t>(format),
                               qualities_.of(*weights.format, {}).kept,
                               {}});
  }
  shape->profile.forget_tensors();
  return shape;
}

void RankTable::use_curves_of(const Query& query) {
  CurveKey key{query.engine, query.system.backend, query.system.devices.size(), query.settings.cache};
  key.cache.context = 0;  // a curve is over all of them
  if (key == curves_) return;
  curves_ = key;
  for (const Row& row : rows_) row.shape->computed = false;
}

void RankTable::use_longest_of(const Query& query) {
  if (longest_.is_of(query)) return;
  longest_ = {query.engine, query.system, query.settings};
  for (const Row& row : rows_) {
    for (Variant& variant : row.shape->variants) variant.longest = {};
  }
}

void RankTable::use_offers_of(const Query& query) {
  const OfferKey key{query.engine, query.only_format, query.system.backend, query.system.devices};
  if (key == offers_) return;
  offers_ = key;
  // A format asked for by name gets an answer even without kernels.
  std::vector<bool> kernels;
  for (const Format* format : short_list_) {
    kernels.push_back(query.only_format != nullptr || query.engine->has_kernels(query.system, format));
  }
  const bool of_models = query.only_format == nullptr && query.engine->tells_models_apart();
  for (Row& row : rows_) {
    const ModelEntry& entry = catalog_.models()[row.model];
    const std::vector<WeightProfile>& weights = row.shape->weights;
    row.offers = 0;
    row.released = kUnknown;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const Format& format = *weights[i].format;
      if (!kernels[row.shape->variants[i].format] || !offers(query, entry, format)) continue;
      if (of_models && !query.engine->has_kernels(query.system, &format, entry.traits())) continue;
      // A file larger than the released one holds no more information.
      const bool released = format.is_released_in(entry.native_precision);
      if (released) row.offers = 0;
      row.offers |= std::uint32_t{1} << i;
      if (released) row.released = i;
    }
  }
}

RankTable::Work RankTable::begin(const Query& query) {
  use_curves_of(query);
  use_longest_of(query);
  use_offers_of(query);
  const Bytes devices = device_capacity(query);
  return {query, machine_of(query), devices, weight_capacity(query, devices), query.settings, -1, nullptr};
}

RankTable::Machine& RankTable::machine_of(const Query& query) {
  if (machine_ && machine_->is_of(query)) return *machine_;
  machine_ = std::make_unique<Machine>(catalog_.calibration(), query);
  SystemSpeed& speeds = machine_->speeds;
  const auto tells_blocks = [&](std::size_t format) { return short_list_[format]->kernel == KernelClass::fp8; };
  std::vector<std::size_t> runnable;
  for (std::size_t i = 0; i < short_list_.size(); ++i) {
    if (!query.engine->runs(short_list_[i]->family)) continue;
    runnable.push_back(i);
    (void)speeds.profile(*short_list_[i], false);
    if (tells_blocks(i)) (void)speeds.profile(*short_list_[i], true);
  }
  const auto pace = [&](std::size_t from, std::size_t to, bool blocks) {
    return pace_ratio(speeds.profile(*short_list_[from], blocks && tells_blocks(from)),
                      speeds.profile(*short_list_[to], blocks && tells_blocks(to)));
  };
  machine_->paces.resize(short_list_.size() * short_list_.size());
  for (const std::size_t from : runnable) {
    for (const std::size_t to : runnable) {
      PaceRatio& least = machine_->paces[from * short_list_.size() + to];
      least = pace(from, to, false);
      if (tells_blocks(from) || tells_blocks(to)) least = least_of(least, pace(from, to, true));
    }
  }
  return *machine_;
}

bool RankTable::offers(const Query& query, const ModelEntry& entry, const Format& format) {
  if (query.only_format == nullptr) return is_offered(*query.engine, entry, format);
  // A format asked for by name gets an answer wherever the engine runs it.
  return query.only_format == &format && query.engine->runs(format.family) && knows(*query.engine, entry, &format);
}

const WeightProfile* RankTable::smallest(const Row& row) {
  for (std::size_t i = row.shape->weights.size(); i-- > 0;) {
    if (row.offers_variant(i)) return &row.shape->weights[i];
  }
  return nullptr;
}

void RankTable::compute_memory(const Work& work, Shape& shape) const {
  if (shape.computed) return;
  const System& system = work.query.system;
  CacheSettings longest = work.settings.cache;
  longest.context = shape.profile.arch.longest_context();
  shape.dynamic = make_dynamic_memory(shape.profile, *work.query.engine, longest, system.backend,
                                      static_cast<std::uint32_t>(system.devices.size()), Precision::closed_form);
  shape.computed = true;
}

// Finds the best format of a model (branch and bound): estimates one, drops all that cannot be better, and goes on with
// the one that could be best.
class RankTable::FormatSearch {
 public:
  FormatSearch(const RankTable& table, Work& work, const Row& row) : table_(table), work_(work), shape_(*row.shape) {
    std::uint32_t left = row.offers;
    for (std::size_t i = 0; left != 0; ++i, left >>= 1U) {
      const Variant& variant = shape_.variants[i];
      if ((left & 1U) == 0 || variant.cost.file > work.capacity) continue;
      candidates_.push_back({i, i == row.released ? 1 : variant.kept});
    }
  }

  static constexpr double kIndistinct = 0.5;  // scores are told as whole numbers

  // Without a format where there is none to try.
  RankedModel run() {
    if (candidates_.empty()) return best_;
    table_.compute_memory(work_, shape_);
    for (Candidate* next = first(); next != nullptr; next = this->next()) estimate(*next);
    work_.best_before = best_.format;
    return best_;
  }

 private:
  struct Candidate {
    std::size_t variant = 0;
    double kept = 1;                                    // QualityInputs::format
    double bound = std::numeric_limits<double>::max();  // of the score; kSettled once tried
  };

  // Among those whose weights fit into the devices: the format that was best for the model before, else the largest.
  [[nodiscard]] Candidate* first() {
    Candidate* largest = nullptr;
    for (Candidate& candidate : candidates_) {
      const Variant& variant = shape_.variants[candidate.variant];
      if (variant.cost.file > work_.on_devices) continue;
      if (shape_.weights[candidate.variant].format == work_.best_before) return &candidate;
      if (largest == nullptr) largest = &candidate;
    }
    return largest != nullptr ? largest : &candidates_.back();
  }

  [[nodiscard]] Candidate* next() {
    Candidate* const smallest = &candidates_.back();
    // Where the smallest does not fit, none does.
    if (!runs(best_.fit)) return smallest->bound > kSettled ? smallest : nullptr;
    Candidate* most = &candidates_[0];
    for (Candidate& candidate : candidates_) {
      if (candidate.bound > most->bound) most = &candidate;
    }
    return most->bound > best_.exact_score + kIndistinct ? most : nullptr;
  }

  void estimate(Candidate& tried) {
    const RankTable::Query& query = work_.query;
    Variant& variant = shape_.variants[tried.variant];
    const WeightProfile& weights = shape_.weights[tried.variant];
    work_.speculate_with(weights);
    const SpeedProfile& profile =
        work_.machine.speeds.profile(shape_.profile, weights, work_.settings.speculation.kind);
    const Placement placement =
        place(shape_.profile, weights, query.system, *query.engine, work_.settings, shape_.dynamic, {},
              {.context = true, .parallel = false, .known = variant.longest});
    const bool alone = query.system.devices.size() == 1 && placement.limit == MemoryLimit::platform;
    if (alone) variant.longest.keep(placement.moved_to_fit, placement.safe_context);
    const Speed speed = headroom::speed(placement, work_.settings, profile);
    const Mark mark =
        headroom::mark(placement, speed, work_.settings, {work_.quality, tried.kept}, shape_.profile.total_params);
    if (is_best(placement, mark, weights)) fill(best_, weights, placement, speed, mark);
    tried.bound = kSettled;
    const FormatBound bound(shape_.profile, placement, speed, mark, work_.settings, variant.cost, work_.quality);
    const PaceRatio* const paces = &work_.machine.paces[variant.format * table_.short_list_.size()];
    for (Candidate& other : candidates_) {
      if (other.bound <= best_.exact_score + kIndistinct) continue;
      const Variant& it = shape_.variants[other.variant];
      other.bound = std::min(other.bound, bound.of(it.cost, paces[it.format], other.kept, best_.exact_score));
    }
  }

  // Of formats that do not run, the smallest is reported.
  [[nodiscard]] bool is_best(const Placement& placement, const Mark& mark, const WeightProfile& weights) const {
    if (best_.format == nullptr) return true;
    if (runs(placement.status)) return !runs(best_.fit) || mark.exact_score > best_.exact_score;
    return !runs(best_.fit) && weights.file_bytes < best_.weights;
  }

  const RankTable& table_;
  Work& work_;
  Shape& shape_;
  InlineVector<Candidate, kMostVariants> candidates_;  // the largest file first
  RankedModel best_;
};

RankedModel RankTable::rank_one(Work& work, const Row& row) const {
  const Query& query = work.query;
  RankedModel best = FormatSearch(*this, work, row).run();
  if (best.format == nullptr) {
    if (const WeightProfile* weights = smallest(row)) {
      best.format = weights->format;
      best.weights = weights->file_bytes;
      best.total = weights->file_bytes;
    }
  }
  if (best.format != nullptr && !runs(best.fit) && work.capacity.value() > 0) {
    const Bytes one = Bytes(work.on_devices.value() / std::max<std::size_t>(query.system.devices.size(), 1));
    if (one.value() > 0) best.devices_needed = static_cast<std::uint32_t>(divide_up(best.total.value(), one.value()));
  }
  return best;
}

std::vector<RankedModel> RankTable::rank(const Query& query) {
  std::vector<RankedModel> found;
  found.reserve(rows_.size());
  Work work = begin(query);
  // Models of one shape asked with the same settings get the same answer: the last such row of each shape.
  struct Twin {
    std::size_t row = 0;
    std::uint32_t context = 0;
    double quality = 0;
    const Row* asked = nullptr;
  };
  std::vector<Twin> twins(shapes_.size());
  const std::size_t workloads = catalog_.workloads().size();
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const Row& row = rows_[i];
    const ModelEntry& entry = catalog_.models()[row.model];
    const std::uint32_t context = work.ask_of(entry);
    work.quality = query.workload < workloads ? model_qualities_[i * workloads + query.workload] : kUnknownQuality;
    Twin& twin = twins[row.shape->number];
    const bool same = twin.asked != nullptr && twin.context == context && twin.quality == work.quality &&
                      twin.asked->offers == row.offers && twin.asked->released == row.released;
    found.push_back(same ? found[twin.row] : rank_one(work, row));
    found.back().model = row.model;
    found.back().engine = query.engine;
    twin = {i, context, work.quality, &row};
  }
  return in_order(found);
}

std::uint32_t RankTable::count_fitting(const Query& query) {
  Work work = begin(query);
  std::uint32_t count = 0;
  for (const Row& row : rows_) {
    // Where the smallest format does not fit, none does.
    const WeightProfile* weights = smallest(row);
    if (weights == nullptr || weights->file_bytes > work.capacity) continue;
    work.ask_of(catalog_.models()[row.model]);
    work.speculate_with(*weights);
    compute_memory(work, *row.shape);
    constexpr Sought kNothing{false, false};
    const Placement placement = place(row.shape->profile, *weights, query.system, *query.engine, work.settings,
                                      row.shape->dynamic, {}, kNothing);
    count += placement.status <= FitStatus::tight ? 1 : 0;
  }
  return count;
}

}  // namespace headroom
