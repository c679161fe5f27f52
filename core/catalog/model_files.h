// Where the weights of a model in a format come from: the developer's repository, a repository of GGUF files, Ollama's
// library, or a file or folder that somebody makes first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/catalog/resolve.h"

namespace headroom {

// What of Ollama's library is known: the format of its tags, of models released on or after a day ("2024-09").
struct TagRule {
  std::string format, since;
};

struct ModelFiles {
  std::string repository;  // of the developer; of a model not in the catalog, its name
  std::string base;        // the repository's own name, without its owner
  // The format that the repository holds; nullptr where none of the known ones is it
  const Format* own = nullptr;
  bool unquantized = false;  // it holds 16 or 32 bit
  bool remote_code = false;  // and code of its own, which is run only if that is asked for
  bool catalogued = false;
  std::vector<std::string> gguf_repositories;
  std::string ollama_tag;  // in Ollama's library, to be run on one's own machine; may be empty
  std::string release;
  std::string published;  // "owner/repository:tag" of a GGUF file in the format asked for; empty when none is known
  // What a file or folder in this format is called.
  [[nodiscard]] std::string name_in(const Format& format) const;
};

// `published` is not looked for: see files_in().
[[nodiscard]] ModelFiles files_of(const Catalog& catalog, const ResolvedModel& model);
[[nodiscard]] ModelFiles files_in(const Catalog& catalog, const ResolvedModel& model, const Format& format);
// What `ollama run` fetches by itself, and it is this format; empty when nothing is known that would. `file` is the
// size of the weights.
[[nodiscard]] std::string ollama_reference(const ModelFiles& files, const Format& format, Bytes file,
                                           const TagRule& library);

}  // namespace headroom
