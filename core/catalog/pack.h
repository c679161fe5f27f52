// The container of the compiled facts: named sections of bytes.
//
//   "HRPK", version (1 byte), checksum of all that follows (8 bytes, little endian),
//   number of sections, then per section: length of its name, its name, its size; then the sections themselves.
// Numbers are LEB128 (archive.h). Nothing is compressed here: the page as a whole is.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/catalog/archive.h"
#include "core/result.h"

namespace headroom {

class PackWriter {
 public:
  void add(std::string name, ByteBuffer bytes) { sections_.emplace_back(std::move(name), std::move(bytes)); }
  [[nodiscard]] ByteBuffer finish() const;
  [[nodiscard]] const std::vector<std::pair<std::string, ByteBuffer>>& sections() const { return sections_; }

 private:
  std::vector<std::pair<std::string, ByteBuffer>> sections_;
};

// Writes the checksum of what follows the header; nothing where there is no whole header.
void seal_pack(std::span<std::uint8_t> pack);

class PackReader {
 public:
  // Errors (bad_file): not a pack, another version, truncated or damaged. The bytes must outlive the reader.
  static Result<PackReader> open(std::span<const std::uint8_t> pack);
  // Empty when there is none of that name.
  [[nodiscard]] std::span<const std::uint8_t> section(std::string_view name) const;
  [[nodiscard]] std::string_view text(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> names() const;

 private:
  std::vector<std::pair<std::string_view, std::span<const std::uint8_t>>> sections_;
};

// The section of all texts that archives refer to: their number, then each with a line feed behind it, which none
// holds.
[[nodiscard]] ByteBuffer write_strings(const StringPool& strings);
// False when the bytes are not such a section.
[[nodiscard]] bool read_strings(std::span<const std::uint8_t> bytes, std::vector<std::string_view>& strings);

}  // namespace headroom
