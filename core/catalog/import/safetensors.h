// The header of a safetensors file: 8 bytes with its length (little endian), then JSON:
//   {"name": {"dtype": "BF16", "shape": [rows, row length], "data_offsets": [begin, end]}, "__metadata__": {...}}
// Source: README.md of huggingface/safetensors.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/import/byte_range.h"
#include "core/result.h"

namespace headroom {

struct SafetensorsTensor {
  std::string name;
  std::string dtype;                 // known to safetensors_bits()
  std::vector<std::uint64_t> shape;  // outermost first; empty for a scalar
  std::uint64_t begin = 0, end = 0;  // in the data
  [[nodiscard]] std::uint64_t bytes() const { return end - begin; }
};

struct SafetensorsHeader {
  std::vector<SafetensorsTensor> tensors;
  std::uint64_t header_bytes = 0;  // where the data starts
  std::uint64_t data_bytes = 0;
};

// Bits of one element; 0 for a dtype that is not known.
[[nodiscard]] std::uint32_t safetensors_bits(std::string_view dtype);

// Reads wanted(), gives it to feed(), until done(). Headers up to 32 MiB are read (real ones have at most a few MB).
class SafetensorsReader {
 public:
  explicit SafetensorsReader(std::optional<std::uint64_t> file_bytes) : file_bytes_(file_bytes) {}
  [[nodiscard]] ByteRange wanted() const;
  // Error: bad_file, naming the tensor, what was found and what is allowed. Final.
  [[nodiscard]] Status feed(std::span<const std::uint8_t> bytes);
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] SafetensorsHeader take() { return std::move(header_); }

 private:
  Status read_length(std::span<const std::uint8_t> bytes);
  [[nodiscard]] Status check_layout();

  std::optional<std::uint64_t> file_bytes_;
  std::uint64_t json_bytes_ = 0;
  bool done_ = false;
  SafetensorsHeader header_;
};

}  // namespace headroom
