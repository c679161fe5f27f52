// A sentence for a person, as a key and its figures; the words stand in data/texts/<language>/ and are filled in by
// core/catalog/texts.h. Core code never holds a sentence.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/inline_vector.h"

namespace headroom {

struct MessageArg {
  enum class Kind : std::uint8_t { text, counted, bytes, tokens, count, rate, percent, seconds, dollars };
  std::string_view name;  // the placeholder in the text: "{free}"
  Kind kind = Kind::count;
  double number = 0;
  std::string_view text;  // for text and counted ("2 × text"); must outlive the message (names in the catalog do)
};

struct Message {
  std::string_view key;              // "fit.fits", empty = nothing to say
  InlineVector<MessageArg, 8> args;  // several of one name stand joined in its place
  [[nodiscard]] bool empty() const { return key.empty(); }
};

}  // namespace headroom
