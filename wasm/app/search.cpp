#include "wasm/app/search.h"

#include <algorithm>
#include <utility>

namespace headroom {
namespace {

constexpr int kWholeWord = 12, kWordStart = 8, kInside = 4, kLetters = 1;

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

// Whether the letters of `word` occur in `key` in this order, within one word of it.
bool letters_in_order(std::string_view key, std::string_view word) {
  std::size_t matched = 0;
  for (const char c : key) {
    if (c == ' ') {
      matched = 0;
    } else if (c == word[matched] && ++matched == word.size()) {
      return true;
    }
  }
  return false;
}

int score_of_word(std::string_view key, std::string_view word) {
  int best = -1;
  for (std::size_t at = key.find(word); at != std::string_view::npos; at = key.find(word, at + 1)) {
    const bool starts = at == 0 || key[at - 1] == ' ';
    const std::size_t end = at + word.size();
    const bool ends = end == key.size() || key[end] == ' ';
    best = std::max(best, starts && ends ? kWholeWord : starts ? kWordStart : kInside);
  }
  constexpr std::size_t kFuzzyFrom = 3;
  if (best < 0 && word.size() >= kFuzzyFrom && letters_in_order(key, word)) best = kLetters;
  return best;
}

}  // namespace

std::string search_key(std::string_view text) {
  std::string key;
  key.reserve(text.size());
  for (const char raw : text) {
    const char c = raw >= 'A' && raw <= 'Z' ? static_cast<char>(raw - 'A' + 'a') : raw;
    if (is_word_character(c)) {
      key += c;
    } else if (!key.empty() && key.back() != ' ') {
      key += ' ';
    }
  }
  if (!key.empty() && key.back() == ' ') key.pop_back();
  return key;
}

int search_score(std::string_view key, std::string_view query) {
  int total = 0;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find(' '), query.size());
    const int score = score_of_word(key, query.substr(0, end));
    if (score < 0) return -1;
    total += score;
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return total;
}

std::vector<std::uint32_t> search(std::span<const std::string> keys, std::string_view query) {
  std::vector<std::pair<int, std::uint32_t>> found;
  found.reserve(keys.size());
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    const int score = query.empty() ? 0 : search_score(keys[i], query);
    if (score >= 0) found.emplace_back(-score, i);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::uint32_t> out;
  out.reserve(found.size());
  for (const auto& [score, index] : found) out.push_back(index);
  return out;
}

}  // namespace headroom
