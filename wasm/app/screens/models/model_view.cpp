#include "wasm/app/screens/models/model_view.h"

#include <limits>

#include "core/stable_sort.h"

namespace headroom::models {
namespace {

bool shown(const RankedModel& row, const ModelEntry& model, const Filter& filter, const ModelFilters& least) {
  if (filter.show == Show::fits && row.fit > FitStatus::tight) return false;
  if (filter.show == Show::runs && row.fit == FitStatus::does_not_fit) return false;
  if (!is_of(model, filter.kind)) return false;
  if (filter.fast && !(row.speed_known && row.decode_tok_s.p50 >= least.fast)) return false;
  if (filter.long_context && row.safe_context < least.long_context) return false;
  if (filter.good_grade && row.grade > least.good_grade) return false;
  return !filter.open_only || least.is_open(model.license);
}

// What a column sorts by; text columns are compared apart.
double sort_value(const RankedModel& row, const ModelEntry& model, Field field) {
  switch (field) {
    case Field::grade: return -static_cast<double>(row.grade);
    case Field::decode: return row.speed_known ? row.decode_tok_s.p50 : -1;
    case Field::ttft: return row.speed_known ? row.ttft_s.p50 : std::numeric_limits<double>::infinity();
    case Field::context: return row.safe_context;
    case Field::weights: return row.weights.as_double();
    case Field::params: return static_cast<double>(model.total_params);
    default: return row.score;
  }
}

std::string_view sort_text(const RankedModel& row, const ModelEntry& model, Field field) {
  switch (field) {
    case Field::name: return model.name;
    case Field::format: return row.format != nullptr ? std::string_view(row.format->id) : std::string_view();
    case Field::release: return model.release;
    case Field::license: return model.license;
    default: return {};
  }
}

bool is_text_field(Field field) {
  return field == Field::name || field == Field::format || field == Field::release || field == Field::license;
}

}  // namespace

bool is_of(const ModelEntry& model, Kind kind) {
  switch (model.kind) {
    case ModelKind::vlm: return kind == Kind::vision || kind == Kind::text;
    case ModelKind::embedding:
    case ModelKind::reranker: return kind == Kind::embedding;
    case ModelKind::asr:
    case ModelKind::tts:
    case ModelKind::audio: return kind == Kind::speech;
    default: return kind == Kind::text;
  }
}

std::vector<std::uint32_t> select(const std::vector<RankedModel>& ranking, const Catalog& catalog,
                                  const KeyOfModel& key_of, const Filter& filter, const ModelFilters& least,
                                  Field sort_by, bool descending) {
  const Search search(filter.query);
  std::vector<std::uint32_t> rows;
  for (std::uint32_t i = 0; i < ranking.size(); ++i) {
    if (!shown(ranking[i], catalog.models()[ranking[i].model], filter, least)) continue;
    if (search.finds(key_of(ranking[i].model))) rows.push_back(i);
  }
  const auto less = [&](std::uint32_t a, std::uint32_t b) {
    const ModelEntry &model_a = catalog.models()[ranking[a].model], &model_b = catalog.models()[ranking[b].model];
    if (is_text_field(sort_by)) {
      return sort_text(ranking[a], model_a, sort_by) < sort_text(ranking[b], model_b, sort_by);
    }
    return sort_value(ranking[a], model_a, sort_by) < sort_value(ranking[b], model_b, sort_by);
  };
  stable_sort(rows, [&](std::uint32_t a, std::uint32_t b) { return descending ? less(b, a) : less(a, b); });
  return rows;
}

Passing count_passing(const std::vector<RankedModel>& ranking, const Catalog& catalog, const KeyOfModel& key_of,
                      const Filter& filter, const ModelFilters& least) {
  const Search search(filter.query);
  Passing passing;
  for (const RankedModel& row : ranking) {
    if (!shown(row, catalog.models()[row.model], filter, least) || !search.finds(key_of(row.model))) continue;
    ++passing.shown;
    if (row.fit <= FitStatus::tight) ++passing.fit;
  }
  return passing;
}

std::vector<Elsewhere> elsewhere(const std::vector<RankedModel>& ranking, const Catalog& catalog,
                                 const KeyOfModel& key_of, const Filter& filter, const ModelFilters& least) {
  std::vector<Elsewhere> found;
  const auto look = [&](const Filter& other) {
    if (other == filter) return;
    if (const std::size_t count = count_passing(ranking, catalog, key_of, other, least).shown; count > 0) {
      found.push_back({other, count});
    }
  };
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    Filter other = filter;
    other.kind = static_cast<Kind>(kind);
    look(other);
  }
  Filter all = filter;
  all.show = Show::all;
  look(all);
  return found;
}

}  // namespace headroom::models
