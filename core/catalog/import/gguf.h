// The header of a GGUF file: metadata and the list of tensors, without the weights.
//
// Layout (version 2 and 3, little endian):
//   "GGUF", u32 version, u64 tensor count, u64 metadata count,
//   metadata: string key, u32 type, value        (string: u64 length + bytes; array: u32 type, u64 count, elements)
//   tensors:  string name, u32 dimensions, u64 per dimension (row length first), u32 type, u64 offset
//   padding to general.alignment (32 when absent), then the data, each tensor padded likewise.
// Source: docs/gguf.md of ggml.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/catalog/import/byte_range.h"
#include "core/result.h"

namespace headroom {

// The value types of the format, by their number in the file.
enum class GgufType : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, string, array, u64, i64, f64 };
[[nodiscard]] const char* gguf_type_name(GgufType type);

struct GgufValue {
  GgufType type = GgufType::u32;  // of the elements when it is an array
  bool is_array = false;
  std::uint64_t count = 1;  // elements; string: bytes
  // Scalars are lists of one. Nothing is kept of long strings, arrays of strings and long arrays (tokenizers).
  std::variant<std::monostate, std::vector<std::int64_t>, std::vector<double>, std::string> data;
  [[nodiscard]] bool kept() const { return data.index() != 0; }
};

struct GgufTensor {
  std::string name;
  std::array<std::uint64_t, 4> ne{1, 1, 1, 1};
  std::uint8_t dims = 1;
  std::uint32_t type = 0;    // number in the file, known to gguf_tensor_type()
  std::uint64_t offset = 0;  // from the start of the data
  std::uint64_t bytes = 0;   // without padding
  [[nodiscard]] std::uint64_t elements() const { return ne[0] * ne[1] * ne[2] * ne[3]; }  // checked to fit
};

struct GgufHeader {
  std::uint32_t version = 3;
  std::map<std::string, GgufValue, std::less<>> metadata;
  std::vector<GgufTensor> tensors;
  std::uint64_t alignment = 32;
  std::uint64_t header_bytes = 0;  // where the data starts
  std::uint64_t tensor_bytes = 0;  // sum over the tensors, without padding

  [[nodiscard]] const GgufValue* find(std::string_view key) const;
  [[nodiscard]] std::optional<std::uint64_t> unsigned_value(std::string_view key) const;  // scalar >= 0 or nothing
  [[nodiscard]] std::string_view text_value(std::string_view key) const;                  // empty when absent
};

// Parses a header from slices: read wanted(), give it to feed(), until done(). Keeps at most a few MB, reads at most
// 256 MiB of a file (a real header has 2 to 20 MB, nearly all of it the tokenizer).
class GgufReader {
 public:
  // `file_bytes`: the size of the whole file, when it is known; then every tensor must lie inside it.
  explicit GgufReader(std::optional<std::uint64_t> file_bytes) : file_bytes_(file_bytes) {}

  [[nodiscard]] ByteRange wanted() const;
  // `bytes` start at wanted().offset. Fewer than wanted() are used as far as they go; when not even one more item can
  // be read from them, the file has ended.
  // Error: bad_file, naming the part, its byte offset, what was found and what is allowed. Final.
  [[nodiscard]] Status feed(std::span<const std::uint8_t> bytes);
  [[nodiscard]] bool done() const { return state_ == State::done && !error_; }
  [[nodiscard]] GgufHeader take() { return std::move(header_); }

 private:
  enum class State : std::uint8_t { preamble, metadata, string_array, tensors, done };
  enum class Step : std::uint8_t { parsed, incomplete, failed };
  class Cursor;

  Step parse_one(Cursor& in);
  Step preamble(Cursor& in);
  Step metadata(Cursor& in);
  Step value(Cursor& in, std::string key, GgufType type);
  Step array(Cursor& in, std::string key);
  Step string_array(Cursor& in);
  Step tensor(Cursor& in);
  Step fail(std::string message);
  Step skip(Cursor& in, std::uint64_t bytes, std::string_view what);
  Step keep(std::string key, GgufValue value);
  Status finish();
  [[nodiscard]] std::uint64_t limit() const;
  [[nodiscard]] std::string limit_text() const;
  void advance_state();

  std::optional<std::uint64_t> file_bytes_;
  State state_ = State::preamble;
  std::uint64_t position_ = 0;
  std::uint64_t metadata_left_ = 0;
  std::uint64_t strings_left_ = 0;
  std::uint64_t tensors_left_ = 0;
  std::uint64_t kept_bytes_ = 0;
  std::set<std::string, std::less<>> tensor_names_;
  std::optional<Error> error_;
  GgufHeader header_;
};

}  // namespace headroom
