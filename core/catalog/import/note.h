// What an import had to assume, or what a file leaves out: a key of data/texts and what it is about, so that it can be
// told in the language of whoever reads the answer.
#pragma once

#include <string>
#include <string_view>

namespace headroom {

struct ImportNote {
  std::string_view key;    // without its prefix; empty: nothing to say. Of a literal
  std::string what, more;  // the placeholders of the text
  [[nodiscard]] bool empty() const { return key.empty(); }
};
inline constexpr std::string_view kImportNotes = "import.";  // prefix of the keys

}  // namespace headroom
