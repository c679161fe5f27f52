// Type-to-search over names: every word of what was typed must be found; the nearest names come first.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

// Lower case, with everything but letters, digits and dots as single spaces.
[[nodiscard]] std::string search_text(std::string_view text);

// The names by which an entry of a list is found.
class SearchKey {
 public:
  SearchKey() = default;
  // `tags`: other names that people use. `context`: not a name, but true of it, such as vendor and family.
  SearchKey(std::string_view name, std::string_view id, std::initializer_list<std::string_view> tags,
            std::initializer_list<std::string_view> context);
  explicit SearchKey(std::string_view name) : SearchKey(name, {}, {}, {}) {}

 private:
  friend class Search;
  std::vector<std::string> names_;  // all by search_text(): name, id, then tags
  std::string context_;
  std::uint64_t letters_ = 0;  // a bit for each letter that occurs
};

// What a person typed, prepared for searching.
class Search {
 public:
  explicit Search(std::string_view typed);
  [[nodiscard]] bool empty() const { return query_.empty(); }
  // Whether the key has every word; an empty search is in every key.
  [[nodiscard]] bool finds(const SearchKey& key) const { return empty() || words_of(key) >= 0; }
  // Indices of the keys that have every word, nearest first; of all keys, in order, for an empty search. Where no key
  // has, of those that have every word if one typing mistake each is forgiven.
  [[nodiscard]] std::vector<std::uint32_t> among(std::span<const SearchKey> keys) const;

 private:
  struct Nearness;
  // How well the words are found, summed; < 0 when one is missing.
  [[nodiscard]] int words_of(const SearchKey& key, bool slips = false) const;
  [[nodiscard]] Nearness nearness(const SearchKey& key, bool slips) const;

  std::string query_;
  std::uint64_t letters_;
};

}  // namespace headroom
