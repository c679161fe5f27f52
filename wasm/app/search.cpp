#include "wasm/app/search.h"
#include "core/stable_sort.h"

#include <algorithm>
#include <compare>
#include <cstddef>
#include <utility>

namespace headroom {
namespace {

constexpr int kWholeWord = 12, kWordStart = 8, kInside = 4, kLetters = 1;
// A word that is not in the name is worth half.
constexpr int kContextShare = 2;
constexpr std::size_t kOwnNames = 2;  // name and id; then come tags

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether a word may end before `at`: at a space, the end, or where a number follows letters ("qwen" in "qwen3").
bool ends_word(std::string_view text, std::size_t at) {
  return at == text.size() || text[at] == ' ' || (at > 0 && is_letter(text[at - 1]) && is_digit(text[at]));
}

bool starts_word(std::string_view text, std::size_t at) { return at == 0 || text[at - 1] == ' '; }

// Takes the first word off `text`, which is not empty.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

// Whether the letters of `word` occur in `text` in this order, within one word of it.
bool letters_in_order(std::string_view text, std::string_view word) {
  std::size_t matched = 0;
  for (const char c : text) {
    if (c == ' ') {
      matched = 0;
    } else if (c == word[matched] && ++matched == word.size()) {
      return true;
    }
  }
  return false;
}

// Where `query`, which begins at `at` of `text`, ends there, whatever spaces either has; npos when it does not.
std::size_t end_of_run(std::string_view text, std::size_t at, std::string_view query) {
  for (const char c : query) {
    if (c == ' ') continue;
    while (at < text.size() && text[at] == ' ') ++at;
    if (at == text.size() || text[at] != c) return std::string_view::npos;
    ++at;
  }
  return at;
}

enum class Run { none, part, whole };

// Whether `query` is whole words of `text` one after another, or all of it: "rtx4090" of "geforce rtx 4090".
Run run_of(std::string_view text, std::string_view query) {
  Run best = Run::none;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!starts_word(text, at)) continue;
    const std::size_t end = end_of_run(text, at, query);
    if (end == std::string_view::npos || !ends_word(text, end)) continue;
    if (at == 0 && end == text.size()) return Run::whole;
    best = Run::part;
  }
  return best;
}

int score_of_word(std::string_view text, std::string_view word) {
  int best = -1;
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool ends = ends_word(text, at + word.size());
    best = std::max(best, starts_word(text, at) ? (ends ? kWholeWord : kWordStart) : kInside);
  }
  if (best < 0 && run_of(text, word) != Run::none) best = kWholeWord;
  constexpr std::size_t kFuzzyFrom = 3;
  if (best < 0 && word.size() >= kFuzzyFrom && letters_in_order(text, word)) best = kLetters;
  return best;
}

// Whether a word of `text` begins with `word` if one typing mistake is forgiven: a letter wrong, missing or too many,
// or two swapped.
bool begins_but_for_slip(std::string_view text, std::string_view word) {
  constexpr std::size_t kLeast = 4;  // shorter words would begin anything
  if (word.size() < kLeast) return false;
  while (!text.empty()) {
    const std::string_view there = take_word(text);
    std::size_t at = 0;
    while (at < std::min(there.size(), word.size()) && there[at] == word[at]) ++at;
    const auto begins = [&](std::size_t from, std::size_t with) {
      return with <= word.size() && from <= there.size() && there.substr(from).starts_with(word.substr(with));
    };
    const bool swapped = at + 1 < std::min(there.size(), word.size()) && there[at] == word[at + 1] &&
                         there[at + 1] == word[at] && begins(at + 2, at + 2);
    if (swapped || begins(at + 1, at + 1) || begins(at + 1, at) || begins(at, at + 1)) return true;
  }
  return false;
}

// Words of `text` that the query does not mention.
int words_left(std::string_view text, std::string_view query) {
  int left = 0;
  while (!text.empty()) {
    const std::string_view word = take_word(text);
    bool named = false;
    for (std::string_view rest = query; !rest.empty() && !named;) {
      const std::string_view asked = take_word(rest);
      named = word.find(asked) != std::string_view::npos || asked.find(word) != std::string_view::npos;
    }
    left += named ? 0 : 1;
  }
  return left;
}

// One bit for each letter, digit and the dot; one for all else.
std::uint64_t letters_of(std::string_view text) {
  std::uint64_t letters = 0;
  for (const char c : text) {
    const int bit = c >= 'a' && c <= 'z' ? c - 'a' : is_digit(c) ? 26 + (c - '0') : c == '.' ? 36 : c == ' ' ? -1 : 37;
    if (bit >= 0) letters |= std::uint64_t{1} << bit;
  }
  return letters;
}

}  // namespace

std::string search_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char raw : text) {
    const char c = raw >= 'A' && raw <= 'Z' ? static_cast<char>(raw - 'A' + 'a') : raw;
    if (is_letter(c) || is_digit(c) || c == '.') {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

SearchKey::SearchKey(std::string_view name, std::string_view id, std::initializer_list<std::string_view> tags,
                     std::initializer_list<std::string_view> context)
    : names_{search_text(name), search_text(id)} {
  for (const std::string_view tag : tags) names_.push_back(search_text(tag));
  for (const std::string_view text : context) context_ += search_text(text) + ' ';
  if (!context_.empty()) context_.pop_back();
  letters_ = letters_of(context_);
  for (const std::string& own : names_) letters_ |= letters_of(own);
}

Search::Search(std::string_view typed) : query_(search_text(typed)), letters_(letters_of(query_)) {}

// In the order of importance; more is nearer.
struct Search::Nearness {
  int exact = 0;  // 2: it is the name or the id; 1: a tag
  int run = 0;    // 1: whole words of a name one after another
  int words = 0;
  int left = 0;  // words of the name that were not asked for, negative
  auto operator<=>(const Nearness&) const = default;
};

int Search::words_of(const SearchKey& key, bool slips) const {
  if (!slips && (letters_ & ~key.letters_) != 0) return -1;  // most keys, at once
  int total = 0;
  for (std::string_view rest = query_; !rest.empty();) {
    const std::string_view word = take_word(rest);
    int best = -1;
    for (const std::string& name : key.names_) best = std::max(best, score_of_word(name, word));
    if (best < kWordStart) {
      const int around = score_of_word(key.context_, word);
      if (around >= 0) best = std::max(best, around / kContextShare);
    }
    if (best < 0 && slips) {
      const auto slipped = [word](const std::string& text) { return begins_but_for_slip(text, word); };
      if (slipped(key.context_) || std::any_of(key.names_.begin(), key.names_.end(), slipped)) best = kLetters;
    }
    if (best < 0) return -1;
    total += best;
  }
  return total;
}

Search::Nearness Search::nearness(const SearchKey& key, bool slips) const {
  Nearness near{.words = words_of(key, slips)};
  if (near.words < 0) return near;
  int left = -1;
  for (std::size_t i = 0; i < key.names_.size(); ++i) {
    const std::string& name = key.names_[i];
    if (name.empty()) continue;
    const Run run = run_of(name, query_);
    if (run == Run::whole) near.exact = std::max(near.exact, i < kOwnNames ? 2 : 1);
    if (run != Run::none) near.run = 1;
    if (i >= kOwnNames) continue;
    const int here = words_left(name, query_);
    left = left < 0 ? here : std::min(left, here);
  }
  near.left = -left;
  return near;
}

std::vector<std::uint32_t> Search::among(std::span<const SearchKey> keys) const {
  std::vector<std::pair<Nearness, std::uint32_t>> found;
  found.reserve(keys.size());
  const auto look = [&](bool slips) {
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
      const Nearness near = empty() ? Nearness() : nearness(keys[i], slips);
      if (near.words >= 0) found.emplace_back(near, i);
    }
  };
  look(false);
  if (found.empty()) look(true);
  stable_sort(found, [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::uint32_t> out;
  out.reserve(found.size());
  for (const auto& entry : found) out.push_back(entry.second);
  return out;
}

}  // namespace headroom
