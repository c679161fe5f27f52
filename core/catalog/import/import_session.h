// Reads what a person dropped or picked: one file, the parts of a split GGUF, shards of a checkpoint with their
// config.json. Asks for slices, so that a file of any size costs a few MB.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/catalog/import/byte_range.h"
#include "core/catalog/import/gguf.h"
#include "core/catalog/import/imported_model.h"
#include "core/catalog/import/safetensors.h"
#include "core/result.h"

namespace headroom {

struct ImportFile {
  std::string name;
  std::optional<std::uint64_t> bytes;  // empty: only the beginning may be at hand
};

class ImportSession {
 public:
  explicit ImportSession(std::vector<ImportFile> files);

  struct Wanted {
    std::size_t file = 0;  // index into the files given
    ByteRange range;
  };
  // What to read next; nothing when every file has been read or one was refused.
  [[nodiscard]] std::optional<Wanted> wanted() const;
  // The bytes of wanted(); fewer when the file ends there. The error names the file and is final.
  [[nodiscard]] Status feed(std::span<const std::uint8_t> bytes);
  // Once nothing is wanted any more.
  // Errors: bad_file (also for missing or foreign parts), bad_json, bad_value.
  [[nodiscard]] Result<ImportedModel> finish();

 private:
  using Text = std::string;  // a JSON file, read whole
  struct Entry {
    ImportFile file;
    std::variant<std::monostate, GgufReader, SafetensorsReader, Text> reader;
    bool done = false;
  };
  Status start(Entry& entry, std::span<const std::uint8_t> bytes);
  Status feed_entry(Entry& entry, std::span<const std::uint8_t> bytes);

  std::vector<Entry> entries_;
  std::size_t current_ = 0;
  Status error_;
};

// One file at hand in memory, whole or its beginning. Same errors.
[[nodiscard]] Result<ImportedModel> import_model(std::span<const std::uint8_t> content, std::string_view file_name);

}  // namespace headroom
