// Ranks of the models per workload. Scores are compared within one benchmark of one source only. Where the first source
// does not list a model, a score of the next one is placed by the models that both sources list.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/catalog/json_fields.h"
#include "data/compiler/readers.h"

namespace headroom::facts {
namespace {

using nlohmann::json;

// Fewer models in common say too little about how two sources relate.
constexpr std::size_t kLeastCommon = 10;
// A score takes the mean rank of this many common models nearest to it.
constexpr std::size_t kNeighbours = 5;

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

struct Anchor {
  double score, rank;
};

// Models of `scores` that are ranked already, by rising score; ranks made to rise with it.
std::vector<Anchor> anchors_of(const Scores& scores, const Ranks& ranked) {
  std::vector<Anchor> anchors;
  for (const auto& [id, score] : scores) {
    const auto known = ranked.find(id);
    if (known != ranked.end()) anchors.push_back({score.value, known->second});
  }
  std::sort(anchors.begin(), anchors.end(), [](const Anchor& a, const Anchor& b) { return a.score < b.score; });
  return anchors;
}

double placed_among(const std::vector<Anchor>& anchors, double score) {
  std::vector<Anchor> nearest = anchors;
  std::sort(nearest.begin(), nearest.end(),
            [&](const Anchor& a, const Anchor& b) { return std::abs(a.score - score) < std::abs(b.score - score); });
  nearest.resize(std::min(nearest.size(), kNeighbours));
  double sum = 0;
  for (const Anchor& anchor : nearest) sum += anchor.rank;
  return sum / static_cast<double>(nearest.size());
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
      Ranks ranks;
      if (s == 0) {
        ranks = ranks_within(of_source);
      } else {
        const std::vector<Anchor> anchors = anchors_of(of_source, ranked);
        if (anchors.size() < kLeastCommon) continue;
        for (const auto& [id, score] : of_source) ranks[id] = placed_among(anchors, score.value);
      }
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
