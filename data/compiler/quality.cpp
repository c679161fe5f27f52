// Ranks of the models per workload. Scores are compared within one benchmark of one source only. Where the first source
// does not list a model, a score of the next one and the model's size are placed by the models that both sources list.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/catalog/json_fields.h"
#include "data/compiler/readers.h"

namespace headroom::facts {
namespace {

using nlohmann::json;

// Fewer models in common say too little about how two sources relate.
constexpr std::size_t kLeastCommon = 10;

struct Score {
  double value = 0;
  std::string_view date;
};
using Scores = std::map<std::string_view, Score>;  // by model id
using Ranks = std::map<std::string_view, double>;

struct Source {
  std::string benchmark, reported_by, setting, date;
};

// The best score of a model in that source: its strongest mode.
Scores scores_of(const Source& source, const std::vector<CsvRow>& rows) {
  Scores scores;
  for (const CsvRow& row : rows) {
    if (row.get("benchmark") != source.benchmark || row.get("reported_by") != source.reported_by) continue;
    if (row.get("setting").find(source.setting) == std::string_view::npos) continue;
    if (!source.date.empty() && row.get("date") != source.date) continue;
    const double value = std::atof(std::string(row.get("score")).c_str());
    const auto [it, is_new] = scores.try_emplace(row.get("model_id"), Score{value, row.get("date")});
    if (!is_new && value > it->second.value) it->second = {value, row.get("date")};
  }
  return scores;
}

// Share of the other models that score lower, equal ones counting half.
Ranks ranks_within(const Scores& scores) {
  std::vector<double> sorted;
  for (const auto& [id, score] : scores) sorted.push_back(score.value);
  std::sort(sorted.begin(), sorted.end());
  Ranks ranks;
  for (const auto& [id, score] : scores) {
    const auto [low, high] = std::equal_range(sorted.begin(), sorted.end(), score.value);
    const double below = static_cast<double>(low - sorted.begin());
    const double ties = static_cast<double>(high - low) - 1;
    ranks[id] = sorted.size() > 1 ? (below + ties / 2) / static_cast<double>(sorted.size() - 1) : 0.5;
  }
  return ranks;
}

// What is known of a model besides the ranks of the first source: its rank within another, and its size.
struct Hint {
  double rank = 0, size = 0;  // size: decimal logarithm of the parameters
};

// The plane through the ranks that models have in the first source, by least squares. A score alone would let a small
// model that was trained for one benchmark stand among the large ones that share its score there.
class Plane {
 public:
  void add(const Hint& hint, double rank) {
    const std::array<double, kTerms> x = {1, hint.rank, hint.size};
    for (std::size_t i = 0; i < kTerms; ++i) {
      for (std::size_t j = 0; j < kTerms; ++j) sums_[i][j] += x[i] * x[j];
      sums_[i][kTerms] += x[i] * rank;
    }
    ++count_;
  }
  [[nodiscard]] std::size_t count() const { return count_; }

  // Of 1, rank and size; none where the models do not span a plane (all of one size, all of one score).
  using Coefficients = std::array<double, 3>;
  [[nodiscard]] std::optional<Coefficients> solve() const {
    auto m = sums_;
    for (std::size_t i = 0; i < kTerms; ++i) {
      std::size_t pivot = i;
      for (std::size_t r = i; r < kTerms; ++r) {
        if (std::abs(m[r][i]) > std::abs(m[pivot][i])) pivot = r;
      }
      constexpr double kFlat = 1e-9;
      if (std::abs(m[pivot][i]) < kFlat) return std::nullopt;
      std::swap(m[i], m[pivot]);
      for (std::size_t r = 0; r < kTerms; ++r) {
        if (r == i) continue;
        const double factor = m[r][i] / m[i][i];
        for (std::size_t c = i; c <= kTerms; ++c) m[r][c] -= factor * m[i][c];
      }
    }
    return Coefficients{m[0][kTerms] / m[0][0], m[1][kTerms] / m[1][1], m[2][kTerms] / m[2][2]};
  }

 private:
  static constexpr std::size_t kTerms = 3;
  std::array<std::array<double, kTerms + 1>, kTerms> sums_{};
  std::size_t count_ = 0;
};

// Ranks of the models of `scores` in terms of those that are `ranked`; none where the two have too little in common.
Ranks placed_among(const Ranks& ranked, const Scores& scores, const std::map<std::string_view, ModelEntry*>& models) {
  const Ranks own = ranks_within(scores);
  std::map<std::string_view, Hint> hints;
  Plane plane;
  for (const auto& [id, rank] : own) {
    const auto model = models.find(id);
    if (model == models.end() || model->second->total_params == 0) continue;
    const Hint hint{rank, std::log10(static_cast<double>(model->second->total_params))};
    hints[id] = hint;
    const auto known = ranked.find(id);
    if (known != ranked.end()) plane.add(hint, known->second);
  }
  Ranks placed;
  const auto by = plane.solve();
  if (plane.count() < kLeastCommon || !by) return placed;
  for (const auto& [id, hint] : hints) {
    placed[id] = std::clamp((*by)[0] + (*by)[1] * hint.rank + (*by)[2] * hint.size, 0.0, 1.0);
  }
  return placed;
}

std::vector<Source> sources_of(const Row& workload, Problems& problems) {
  std::vector<Source> sources;
  JsonFields fields(workload.json, workload.where);
  const json* list = fields.array("quality", 16);
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    JsonFields source((*list)[i], fields.path_of("quality"));
    sources.push_back({source.text("benchmark").value_or(""), source.text("reported_by").value_or(""),
                       source.text("setting").value_or(""), source.text("date").value_or("")});
    if (source.failed()) problems.add("data", source.error()->message);
  }
  return sources;
}

}  // namespace

void add_quality(std::vector<ModelEntry>& models, const std::vector<Row>& workloads, const std::vector<CsvRow>& scores,
                 TextStore& texts, Problems& problems) {
  const auto kept = [&](std::string_view text) { return texts.keep(text); };
  std::map<std::string_view, ModelEntry*> by_id;
  for (ModelEntry& model : models) by_id[model.id] = &model;
  for (std::size_t w = 0; w < workloads.size(); ++w) {
    Ranks ranked;
    const std::vector<Source> sources = sources_of(workloads[w], problems);
    for (std::size_t s = 0; s < sources.size(); ++s) {
      const Source& source = sources[s];
      const Scores of_source = scores_of(source, scores);
      if (of_source.empty())
        problems.add(workloads[w].where, "no score of " + source.benchmark + " by " + source.reported_by);
      const Ranks ranks = s == 0 ? ranks_within(of_source) : placed_among(ranked, of_source, by_id);
      for (const auto& [id, rank] : ranks) {
        const auto model = by_id.find(id);
        if (model == by_id.end() || !ranked.try_emplace(id, rank).second) continue;
        const Score& score = of_source.at(id);
        QualityRank entry;
        entry.workload = static_cast<std::uint8_t>(w);
        entry.rank = static_cast<float>(std::round(rank * 1000) / 1000);
        entry.score = static_cast<float>(score.value);
        entry.benchmark = kept(source.benchmark);
        entry.source = kept(source.reported_by);
        entry.date = kept(score.date);
        model->second->quality.push_back(entry);
      }
    }
  }
}

}  // namespace headroom::facts
