// The words of the application: sentences by key for one language, from data/texts/<language>/*.json.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/catalog/number_format.h"
#include "core/hardware/device.h"
#include "core/message.h"
#include "core/result.h"

namespace headroom {

class Texts {
 public:
  Texts() = default;
  // `json` is one flat object {key: text}. Errors: bad_json, bad_value for a text that is not a string.
  static Result<Texts> parse(Language language, std::string_view text);

  [[nodiscard]] Language language() const { return language_; }
  [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }
  // The text; the key itself where there is none, so that a gap is seen and never a crash.
  [[nodiscard]] std::string_view get(std::string_view key) const;

  // A name out of the facts with words in it ("AWQ INT4, group 128") in this language; any other name as it is.
  [[nodiscard]] std::string_view term(std::string_view name) const;

  // Fills "{name}" placeholders. An unknown name stays as it is.
  using Fill = std::pair<std::string_view, std::string_view>;
  [[nodiscard]] std::string fill(std::string_view key, std::initializer_list<Fill> values) const;
  // A message of the core, its figures written with units in this language.
  [[nodiscard]] std::string render(const Message& message) const;
  // What kind of error it is, in this language; its message, which is English, announced; and both in one.
  [[nodiscard]] std::string_view kind_of(const Error& error) const;
  [[nodiscard]] std::string detail_of(const Error& error) const;
  [[nodiscard]] std::string explain(const Error& error) const;
  // One sentence after another, as this language separates them; either may be empty.
  [[nodiscard]] std::string sentences(std::string_view first, std::string_view second) const;

  // All keys, sorted.
  [[nodiscard]] std::vector<std::string_view> keys() const;

 private:
  using Entry = std::pair<std::string, std::string>;
  [[nodiscard]] const Entry* find(std::string_view key) const;

  Language language_ = Language::en;
  std::vector<Entry> entries_;  // sorted by key
};

// "2 × GeForce RTX 4090 + GeForce RTX 3090".
[[nodiscard]] std::string name_of_devices(const System& system, Language language);
// One figure of a message as running text.
[[nodiscard]] std::string format_argument(const MessageArg& argument, Language language);

}  // namespace headroom
