// Writes GGUF headers, well-formed and malformed ones, for tests and fuzz seeds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/import/gguf.h"

namespace headroom::testing {

using ByteString = std::vector<std::uint8_t>;

// Appends the pieces of the format in the order they are called; checks nothing.
class GgufWriter {
 public:
  GgufWriter& raw(std::string_view bytes);
  GgufWriter& number(std::uint64_t value, std::size_t bytes);
  GgufWriter& u32(std::uint64_t value) { return number(value, 4); }
  GgufWriter& u64(std::uint64_t value) { return number(value, 8); }
  GgufWriter& text(std::string_view value) { return u64(value.size()).raw(value); }
  GgufWriter& preamble(std::uint64_t tensors, std::uint64_t metadata, std::uint64_t version = 3);
  GgufWriter& key(std::string_view name, GgufType type);
  GgufWriter& key_u32(std::string_view name, std::uint64_t value);
  GgufWriter& key_text(std::string_view name, std::string_view value);
  GgufWriter& tensor(std::string_view name, const std::vector<std::uint64_t>& ne, std::uint64_t type,
                     std::uint64_t offset);
  GgufWriter& pad(std::size_t alignment = 32);
  GgufWriter& zeros(std::size_t count);
  [[nodiscard]] const ByteString& bytes() const { return bytes_; }

 private:
  ByteString bytes_;
};

// The bytes of a whole header; the data is left out.
[[nodiscard]] ByteString write_gguf(const GgufHeader& header);

}  // namespace headroom::testing
