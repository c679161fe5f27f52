#include "core/catalog/nearest.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace headroom {
namespace {

// Longer input than any id cannot be a misspelling; comparing its beginning is enough and bounds the work.
constexpr std::size_t kLongestId = 96;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Levenshtein distance, one row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b, std::vector<std::size_t>& row) {
  row.resize(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::vector<std::string_view> nearest_ids(std::string_view given, std::span<const std::string_view> candidates,
                                          std::size_t count) {
  given = given.substr(0, kLongestId);
  std::vector<std::pair<std::size_t, std::string_view>> ranked;
  ranked.reserve(candidates.size());
  std::vector<std::size_t> row;
  for (const std::string_view candidate : candidates) {
    // Often only the beginning of an id is given: then the rest of the id counts as no distance.
    const std::size_t whole = edit_distance(given, candidate, row);
    const std::size_t beginning = edit_distance(given, candidate.substr(0, given.size()), row) + 1;
    ranked.emplace_back(std::min(whole, beginning), candidate);
  }
  const std::size_t kept = std::min(count, ranked.size());
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(kept), ranked.end());
  std::vector<std::string_view> names;
  names.reserve(kept);
  for (std::size_t i = 0; i < kept; ++i) names.push_back(ranked[i].second);
  return names;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string joined(std::span<const std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) {
    if (!text.empty()) text += ", ";
    text += part;
  }
  return text;
}

}  // namespace headroom
