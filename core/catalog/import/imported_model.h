// A model that came from a file instead of the catalog.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/catalog/import/note.h"
#include "core/model/architecture.h"
#include "core/model/tensor.h"

namespace headroom {

enum class ImportSource : std::uint8_t { gguf, safetensors, safetensors_index, config };

// The weights exactly as the file stores them.
struct StoredWeights {
  std::vector<std::uint64_t> tensor_bytes;  // parallel to Inventory::tensors, without padding
  std::uint64_t total_bytes = 0;            // also where the single tensors are not known (an index)
  std::string dominant_type;                // the type with the most bytes, as the file names it ("q4_K", "BF16")
};

struct ImportedModel {
  ImportSource source = ImportSource::config;
  std::string name;
  Architecture architecture;
  std::optional<Inventory> inventory;   // the file's tensors; empty: computed from the architecture
  std::optional<StoredWeights> stored;  // empty for a config.json
  std::string format;                   // id of the format the file says it is in ("Q4_K_M", "FP8"); empty: none said
  std::uint64_t file_bytes = 0;         // header and padding included, all parts; 0 for a config.json
  bool cache_known = true;              // false: the layers' attention is not understood, so KV cannot be computed
  std::string record;                   // JSON text usable as a scenario's model; see import_record.h
  std::vector<ImportNote> notes;        // what had to be assumed, and what is missing
};

}  // namespace headroom
