// An import's note as a test expects it: "layer_type "dreaming"".
#pragma once

#include <string>

#include "core/catalog/import/note.h"

namespace headroom::testing {

inline std::string in_short(const ImportNote& note) {
  std::string out(note.key);
  for (const std::string& part : {note.what, note.more}) out += part.empty() ? "" : " " + part;
  return out;
}

}  // namespace headroom::testing
