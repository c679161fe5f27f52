#include "core/catalog/quality.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/advice/advice.h"
#include "core/as_text.h"
#include "core/catalog/json_text.h"

namespace headroom {
namespace {

// A word for a loss of quality, by what is kept. The steps follow the gaps between the usual formats: 8 bit, 5 to 6
// bit, 4 bit, 3 bit, 2 bit.
struct LabelStep {
  double at_least;
  std::string_view label;
};
constexpr LabelStep kLabels[] = {{0.995, "quality.very_high"}, {0.98, "quality.high"}, {0.95, "quality.good"},
                                 {0.88, "quality.fair"},       {0.70, "quality.low"},  {0, "quality.very_low"}};
constexpr double kSixteenBits = 16;
constexpr std::size_t kNeighbours = 24;  // ranked models of about the same size: enough for a steady quartile

std::string_view label_of(double kept) {
  for (const LabelStep& step : kLabels) {
    if (kept >= step.at_least) return step.label;
  }
  return "quality.very_low";
}

const nlohmann::json* find(const nlohmann::json& object, const char* key) {
  const auto it = object.find(key);
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

std::string text(const nlohmann::json& object, const char* key) {
  const nlohmann::json* value = find(object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

void read_row(const nlohmann::json& row, FormatQuality& quality) {
  const nlohmann::json* increase = find(row, "ppl_increase");
  const nlohmann::json* kept = find(row, "kept");
  if (increase != nullptr && increase->is_number()) {
    quality.ppl_increase = increase->get<double>();
    quality.kept = 1 / (1 + *quality.ppl_increase);
  } else if (kept != nullptr && kept->is_number()) {
    quality.kept = kept->get<double>();
  } else {
    return;
  }
  quality.label = label_of(quality.kept);
  quality.measured_on = text(row, "model");
  quality.source = text(row, "source");
  quality.date = text(row, "date");
}

// A format nobody measured counts, for the score only, as the measured one with the nearest bits per weight.
double kept_by_neighbour(const Format& format, std::span<const Format> formats,
                         const std::vector<FormatQuality>& rows) {
  double nearest = 1e9;
  double kept = 1;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    if (rows[i].label.empty()) continue;
    const double distance = std::abs(formats[i].nominal_bits - format.nominal_bits);
    if (distance < nearest) {
      nearest = distance;
      kept = rows[i].kept;
    }
  }
  return kept;
}

}  // namespace

double model_quality(const ModelEntry& model, std::size_t workload) {
  for (const QualityRank& rank : model.quality) {
    if (rank.workload == workload) return rank.rank;
  }
  return -1;
}

ModelQualities::ModelQualities(const Catalog& catalog) : by_size_(catalog.workloads().size()) {
  for (const WorkloadEntry& entry : catalog.workloads()) context_needed_.push_back(entry.workload.context_needed());
  for (const ModelEntry& model : catalog.models()) {
    for (const QualityRank& rank : model.quality) {
      if (rank.workload >= by_size_.size() || model.total_params == 0) continue;
      by_size_[rank.workload].push_back({static_cast<double>(model.total_params), rank.rank});
    }
  }
  for (std::vector<Ranked>& models : by_size_) {
    std::sort(models.begin(), models.end(), [](const Ranked& a, const Ranked& b) { return a.params < b.params; });
  }
}

double ModelQualities::of(const ModelEntry& model, std::size_t workload) const {
  if (!model.converses()) return kNotItsTask;
  const bool limited = model.max_context > 0 && workload < context_needed_.size();
  if (limited && model.max_context < context_needed_[workload]) return 0;
  const double rank = model_quality(model, workload);
  return rank >= 0 ? rank : expected(model.total_params, workload);
}

double ModelQualities::expected(std::uint64_t total_params, std::size_t workload) const {
  if (workload >= by_size_.size() || by_size_[workload].empty()) return -1;
  const std::vector<Ranked>& models = by_size_[workload];
  const auto at = std::lower_bound(models.begin(), models.end(), static_cast<double>(total_params),
                                   [](const Ranked& a, double params) { return a.params < params; });
  const std::size_t middle = static_cast<std::size_t>(at - models.begin());
  const std::size_t count = std::min(kNeighbours, models.size());
  const std::size_t first = std::min(middle - std::min(middle, count / 2), models.size() - count);
  std::array<double, kNeighbours> ranks{};
  for (std::size_t i = 0; i < count; ++i) ranks[i] = models[first + i].rank;
  std::sort(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(count));
  return ranks[count / 4];
}

FormatQualities::FormatQualities(const Catalog& catalog) {
  const std::span<const Format> formats = catalog.formats();
  constexpr std::string_view kReference = "quality.reference";
  as_released_.label = kReference;
  first_ = formats.data();
  rows_.resize(formats.size());
  const nlohmann::json facts = parse_or_discard(as_text(catalog.section("format_quality")));
  const nlohmann::json* list = facts.is_object() ? find(facts, "rows") : nullptr;
  if (list != nullptr && list->is_array()) {
    for (const nlohmann::json& row : *list) {
      const Format* format = row.is_object() ? catalog.find_format(text(row, "format")) : nullptr;
      if (format != nullptr) read_row(row, rows_[index_of(*format)]);
    }
  }
  for (std::size_t i = 0; i < formats.size(); ++i) {
    if (rows_[i].label.empty() && formats[i].nominal_bits >= kSixteenBits) rows_[i].label = kReference;
  }
  std::vector<double> borrowed(rows_.size(), 1);
  for (std::size_t i = 0; i < formats.size(); ++i) borrowed[i] = kept_by_neighbour(formats[i], formats, rows_);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (!rows_[i].label.empty()) continue;
    rows_[i].label = "quality.unknown";
    rows_[i].kept = borrowed[i];
  }
}

const FormatQuality& FormatQualities::of(const Format& format, std::string_view native_precision) const {
  return format.is_released_in(native_precision) ? as_released_ : rows_[index_of(format)];
}

}  // namespace headroom
