// A model that is not in the catalog: a pasted config.json, or the header of a file a person dropped.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/catalog/import/note.h"
#include "core/model/architecture.h"
#include "core/model/tensor.h"

namespace headroom {

struct CustomModel {
  std::string name;
  Architecture architecture;
  std::optional<Inventory> inventory;  // the file's own tensors; empty: computed from the architecture
  std::string quantization;            // id of the format the file is in ("Q4_K_M"); empty when it says none
  bool cache_known = true;             // false: its attention is not understood, so the cache is left out
  std::vector<ImportNote> notes;       // what had to be assumed
  std::string json;                    // as it stands in a scenario: {"config": {...}} or an import record
  std::uint64_t fingerprint = 0;       // of `json`: equal figures for equal fingerprints, so a cache key
};

}  // namespace headroom
