// Which models the ranking table lists, and in what order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/catalog/model_filters.h"
#include "core/catalog/rank_table.h"
#include "wasm/app/search.h"

namespace headroom::models {

enum class Show : std::uint8_t { fits, runs, all };
enum class Kind : std::uint8_t { text, vision, embedding, speech };
inline constexpr std::size_t kKinds = 4;

enum class Field : std::uint8_t {
  name,
  format,
  grade,
  score,
  decode,
  ttft,
  context,
  weights,
  params,
  release,
  license,
  good_for,
};
inline constexpr std::size_t kFields = 12;

struct Filter {
  std::string query;
  Show show = Show::fits;
  Kind kind = Kind::text;
  bool fast = false, long_context = false, good_grade = false;  // at least what ModelFilters says
  bool open_only = false;
  friend bool operator==(const Filter&, const Filter&) = default;
};

// A model can be of several: what also sees writes text.
[[nodiscard]] bool is_of(const ModelEntry& model, Kind kind);

using KeyOfModel = std::function<const SearchKey&(std::size_t model)>;
// Indices into `ranking` of what the filter lets through, sorted. `least`: what the filter's switches ask for.
[[nodiscard]] std::vector<std::uint32_t> select(const std::vector<RankedModel>& ranking, const Catalog& catalog,
                                                const KeyOfModel& key_of, const Filter& filter,
                                                const ModelFilters& least, Field sort_by, bool descending);

// What a filter lets through, counted.
struct Passing {
  std::size_t shown = 0, fit = 0;
};
[[nodiscard]] Passing count_passing(const std::vector<RankedModel>& ranking, const Catalog& catalog,
                                    const KeyOfModel& key_of, const Filter& filter, const ModelFilters& least);
// Filters that differ in one choice from one that lets nothing through, and what they find.
struct Elsewhere {
  Filter filter;
  std::size_t count = 0;
};
[[nodiscard]] std::vector<Elsewhere> elsewhere(const std::vector<RankedModel>& ranking, const Catalog& catalog,
                                               const KeyOfModel& key_of, const Filter& filter,
                                               const ModelFilters& least);

}  // namespace headroom::models
