#include "core/catalog/nearest.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <tuple>

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

bool is_number(char c) { return c >= '0' && c <= '9'; }

bool is_of_word(char c) { return (c >= 'a' && c <= 'z') || is_number(c); }

// Letters and digits: "rtx4090" is "rtx" and "4090", as "RTX 4090" is.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    const bool turns = !words.back().empty() && is_number(words.back().back()) != is_number(c);
    if (!words.back().empty() && (turns || !is_of_word(lower(c)))) words.emplace_back();
    if (is_of_word(lower(c))) words.back() += lower(c);
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

// Of each word that is asked for: whether it is there, as the beginning of one, within one, or not at all.
int difference(const std::vector<std::string>& wanted, const std::vector<std::string>& there) {
  enum { same, begins, within, missing = 4 };
  int sum = 0;
  for (const std::string& word : wanted) {
    int least = missing;
    for (const std::string& other : there) {
      const std::size_t at = other.find(word);
      if (at == std::string::npos) continue;
      least = std::min<int>(least, other == word ? same : at == 0 ? begins : within);
    }
    sum += least;
  }
  return sum;
}

}  // namespace

std::vector<std::string_view> nearest_ids(std::string_view given, std::span<const std::string_view> candidates,
                                          std::size_t count) {
  given = given.substr(0, kLongestId);
  const std::vector<std::string> words = words_of(given);
  // How much its words differ, how many it has besides, and the distance.
  std::vector<std::tuple<int, std::size_t, std::size_t, std::string_view>> ranked;
  ranked.reserve(candidates.size());
  std::vector<std::size_t> row;
  for (const std::string_view candidate : candidates) {
    // Often only the beginning of an id is given: then the rest of the id counts as no distance.
    const std::size_t whole = edit_distance(given, candidate, row);
    const std::size_t beginning = edit_distance(given, candidate.substr(0, given.size()), row) + 1;
    const std::vector<std::string> there = words_of(candidate);
    const auto besides = std::count_if(there.begin(), there.end(), [&words](const std::string& word) {
      return std::find(words.begin(), words.end(), word) == words.end();
    });
    ranked.emplace_back(difference(words, there), static_cast<std::size_t>(besides), std::min(whole, beginning),
                        candidate);
  }
  const std::size_t kept = std::min(count, ranked.size());
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(kept), ranked.end());
  std::vector<std::string_view> names;
  names.reserve(kept);
  for (std::size_t i = 0; i < kept; ++i) names.push_back(std::get<3>(ranked[i]));
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
