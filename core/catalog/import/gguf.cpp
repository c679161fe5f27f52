#include "core/catalog/import/gguf.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "core/as_text.h"
#include "core/catalog/import/gguf_types.h"
#include "core/catalog/import/limits.h"
#include "core/catalog/import/message_text.h"
#include "core/units.h"

namespace headroom {
namespace {

// What a real header stays far below; beyond, the file is refused rather than believed.
constexpr std::uint64_t kMaxHeaderBytes = 256ULL << 20U;
constexpr std::uint64_t kMaxKeptBytes = 16ULL << 20U;
constexpr std::uint64_t kMaxKeyBytes = 65535;  // of the format
constexpr std::uint64_t kMaxNameBytes = 63;    // GGML_MAX_NAME with its final zero is 64
constexpr std::uint64_t kMaxGgufDims = 4;      // GGML_MAX_DIMS
constexpr std::uint64_t kMaxAlignment = 1 << 20U;
constexpr std::uint64_t kKeptString = 4096;
constexpr std::uint64_t kKeptArray = 4096;       // per-layer arrays have a few hundred elements
constexpr std::uint64_t kSliceBytes = 1 << 20U;  // larger than any single item that is kept

// Bytes of a value of fixed size; 0 for strings and arrays.
std::uint64_t value_bytes(GgufType type) {
  switch (type) {
    case GgufType::u8:
    case GgufType::i8:
    case GgufType::boolean: return 1;
    case GgufType::u16:
    case GgufType::i16: return 2;
    case GgufType::u32:
    case GgufType::i32:
    case GgufType::f32: return 4;
    case GgufType::u64:
    case GgufType::i64:
    case GgufType::f64: return 8;
    case GgufType::string:
    case GgufType::array: return 0;
  }
  return 0;
}

std::uint64_t little_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = (value << 8U) | bytes[i];
  return value;
}

bool is_real(GgufType type) { return type == GgufType::f32 || type == GgufType::f64; }

double real_value(GgufType type, std::span<const std::uint8_t> bytes) {
  if (type == GgufType::f32) {
    const auto bits = static_cast<std::uint32_t>(little_endian(bytes));
    float value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return static_cast<double>(value);
  }
  const std::uint64_t bits = little_endian(bytes);
  double value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

std::int64_t integer_value(GgufType type, std::span<const std::uint8_t> bytes) {
  const std::uint64_t raw = little_endian(bytes);
  switch (type) {
    case GgufType::i8: return static_cast<std::int8_t>(raw);
    case GgufType::i16: return static_cast<std::int16_t>(raw);
    case GgufType::i32: return static_cast<std::int32_t>(raw);
    case GgufType::i64: return static_cast<std::int64_t>(raw);
    case GgufType::boolean: return raw != 0 ? 1 : 0;
    default: return static_cast<std::int64_t>(std::min<std::uint64_t>(raw, INT64_MAX));
  }
}

GgufValue decode(GgufType type, std::uint64_t count, std::span<const std::uint8_t> bytes) {
  GgufValue value;
  value.type = type;
  value.count = count;
  const auto width = static_cast<std::size_t>(value_bytes(type));
  if (is_real(type)) {
    std::vector<double> reals;
    for (std::size_t i = 0; i < bytes.size(); i += width) reals.push_back(real_value(type, bytes.subspan(i, width)));
    value.data = std::move(reals);
  } else {
    std::vector<std::int64_t> integers;
    for (std::size_t i = 0; i < bytes.size(); i += width) {
      integers.push_back(integer_value(type, bytes.subspan(i, width)));
    }
    value.data = std::move(integers);
  }
  return value;
}

std::string at_byte(std::uint64_t position) { return " (byte " + std::to_string(position) + ")"; }

}  // namespace

const char* gguf_type_name(GgufType type) {
  constexpr std::array<const char*, 13> kNames{"u8",   "i8",     "u16",   "i16", "u32", "i32", "f32",
                                               "bool", "string", "array", "u64", "i64", "f64"};
  return kNames[static_cast<std::size_t>(type)];
}

const GgufValue* GgufHeader::find(std::string_view key) const {
  const auto it = metadata.find(key);
  return it == metadata.end() ? nullptr : &it->second;
}

std::optional<std::uint64_t> GgufHeader::unsigned_value(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr || value->is_array) return std::nullopt;
  const auto* integers = std::get_if<std::vector<std::int64_t>>(&value->data);
  if (integers == nullptr || integers->front() < 0) return std::nullopt;
  return static_cast<std::uint64_t>(integers->front());
}

std::string_view GgufHeader::text_value(std::string_view key) const {
  const GgufValue* value = find(key);
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(&value->data);
  return text == nullptr ? std::string_view{} : std::string_view(*text);
}

// Reads from a slice that starts at `base` in the file. A read that does not fit sets short_of().
class GgufReader::Cursor {
 public:
  Cursor(std::span<const std::uint8_t> bytes, std::uint64_t base) : bytes_(bytes), base_(base) {}
  [[nodiscard]] std::uint64_t position() const { return base_ + at_ + jumped_; }
  [[nodiscard]] bool has(std::uint64_t n) const { return jumped_ == 0 && n <= bytes_.size() - at_; }
  std::span<const std::uint8_t> take(std::uint64_t n) {
    const auto part = bytes_.subspan(at_, static_cast<std::size_t>(n));
    at_ += static_cast<std::size_t>(n);
    return part;
  }
  bool read(std::size_t width, std::uint64_t& value) {
    if (!has(width)) return false;
    value = little_endian(take(width));
    return true;
  }
  // Moves on without looking, beyond the slice if need be.
  void jump(std::uint64_t n) {
    const std::uint64_t inside = std::min<std::uint64_t>(n, bytes_.size() - at_);
    at_ += static_cast<std::size_t>(inside);
    jumped_ += n - inside;
  }
  void rewind(std::uint64_t position) {
    at_ = static_cast<std::size_t>(position - base_);
    jumped_ = 0;
  }
  [[nodiscard]] bool beyond() const { return jumped_ != 0; }

 private:
  std::span<const std::uint8_t> bytes_;
  std::uint64_t base_;
  std::size_t at_ = 0;
  std::uint64_t jumped_ = 0;  // bytes past the end of the slice
};

ByteRange GgufReader::wanted() const {
  if (done() || error_) return {position_, 0};
  const std::uint64_t end = file_bytes_.value_or(position_ + kSliceBytes);
  return {position_, end <= position_ ? 0 : std::min(kSliceBytes, end - position_)};
}

std::uint64_t GgufReader::limit() const { return std::min(kMaxHeaderBytes, file_bytes_.value_or(kMaxHeaderBytes)); }

std::string GgufReader::limit_text() const {
  return file_bytes_ && *file_bytes_ <= kMaxHeaderBytes ? "the file has " + std::to_string(*file_bytes_) + " bytes"
                                                        : "headers up to 256 MiB are read";
}

GgufReader::Step GgufReader::fail(std::string message) {
  error_ = bad_file("GGUF: " + std::move(message));
  return Step::failed;
}

Status GgufReader::feed(std::span<const std::uint8_t> bytes) {
  if (error_ || done()) return error_;
  const ByteRange asked = wanted();
  Cursor in(bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), asked.length))), position_);
  while (state_ != State::done && !in.beyond()) {
    const Step step = parse_one(in);
    if (step == Step::failed) return error_;
    if (step == Step::incomplete) {
      in.rewind(position_);
      break;
    }
    position_ = in.position();
    advance_state();
  }
  if (state_ == State::done) return finish();
  // A full slice holds any single item, so without progress what is missing lies beyond the end of the file.
  if (position_ == asked.offset) {
    const std::uint64_t end = asked.offset + bytes.size();
    static_cast<void>(fail("the file ends inside the header, at byte " + std::to_string(end) + " (" +
                           std::to_string(metadata_left_) + " metadata entries and " + std::to_string(tensors_left_) +
                           " tensors still to come)" +
                           (state_ == State::preamble ? "; a GGUF header has at least 24 bytes" : "")));
  }
  return error_;
}

void GgufReader::advance_state() {
  if (state_ == State::string_array && strings_left_ == 0) state_ = State::metadata;
  if (state_ == State::metadata && metadata_left_ == 0) state_ = State::tensors;
  if (state_ == State::tensors && tensors_left_ == 0) state_ = State::done;
}

GgufReader::Step GgufReader::parse_one(Cursor& in) {
  switch (state_) {
    case State::preamble: return preamble(in);
    case State::metadata: return metadata(in);
    case State::string_array: return string_array(in);
    case State::tensors: return tensor(in);
    case State::done: break;
  }
  return Step::parsed;
}

GgufReader::Step GgufReader::preamble(Cursor& in) {
  if (!in.has(4)) return Step::incomplete;
  const std::string_view text = as_text(in.take(4));
  if (text == "FUGG") return fail("the magic number is byte-swapped; big-endian files are not read");
  if (text != "GGUF") return fail("the file starts with " + quote(text) + " instead of \"GGUF\"");
  std::uint64_t version = 0;
  std::uint64_t tensors = 0;
  std::uint64_t entries = 0;
  if (!in.read(4, version)) return Step::incomplete;
  if (version == 1) return fail("version 1 (of 2023) is not read; convert the file to version 3");
  if ((version & 0xffffU) == 0 && version != 0) {
    return fail("the version is byte-swapped: a big-endian file; only little-endian files are read");
  }
  if (version != 2 && version != 3) {
    return fail("version " + std::to_string(version) + " is not known; versions 2 and 3 are read");
  }
  if (!in.read(8, tensors) || !in.read(8, entries)) return Step::incomplete;
  if (tensors > kMaxTensors) {
    return fail("tensor count " + std::to_string(tensors) + at_byte(8) + " is not credible; at most " +
                std::to_string(kMaxTensors) + " are accepted");
  }
  if (entries > kMaxMetadata) {
    return fail("metadata count " + std::to_string(entries) + at_byte(16) + " is not credible; at most " +
                std::to_string(kMaxMetadata) + " are accepted");
  }
  header_.version = static_cast<std::uint32_t>(version);
  tensors_left_ = tensors;
  metadata_left_ = entries;
  state_ = State::metadata;
  return Step::parsed;
}

GgufReader::Step GgufReader::skip(Cursor& in, std::uint64_t bytes, std::string_view what) {
  if (bytes > limit() || in.position() > limit() - bytes) {
    return fail(std::string(what) + at_byte(in.position()) + " would take " + std::to_string(bytes) + " bytes, but " +
                limit_text());
  }
  in.jump(bytes);
  return Step::parsed;
}

GgufReader::Step GgufReader::metadata(Cursor& in) {
  const std::uint64_t start = in.position();
  std::uint64_t length = 0;
  if (!in.read(8, length)) return Step::incomplete;
  if (length == 0) return fail("metadata entry" + at_byte(start) + " has an empty key");
  if (length > kMaxKeyBytes) {
    return fail("metadata key length " + std::to_string(length) + at_byte(start) + " is over the allowed 65535");
  }
  if (!in.has(length)) return Step::incomplete;
  const auto raw = in.take(length);
  std::string key(raw.begin(), raw.end());
  if (key.find('\0') != std::string::npos) return fail("metadata key " + quote(key) + " contains a zero byte");
  if (header_.find(key) != nullptr) return fail("metadata key " + quote(key) + at_byte(start) + " appears twice");
  std::uint64_t type = 0;
  if (!in.read(4, type)) return Step::incomplete;
  if (type > static_cast<std::uint64_t>(GgufType::f64)) {
    return fail("metadata " + quote(key) + " has value type " + std::to_string(type) + "; known are 0 to 12");
  }
  return value(in, std::move(key), static_cast<GgufType>(type));
}

GgufReader::Step GgufReader::keep(std::string key, GgufValue value) {
  constexpr std::uint64_t kEntryBytes = 160;  // map node with its strings, roughly
  kept_bytes_ += kEntryBytes + key.size() + (value.kept() ? value.count * 8 : 0);
  if (kept_bytes_ > kMaxKeptBytes) return fail("more than 16 MiB of metadata besides the tokenizer");
  header_.metadata.emplace(std::move(key), std::move(value));
  --metadata_left_;
  return Step::parsed;
}

GgufReader::Step GgufReader::value(Cursor& in, std::string key, GgufType type) {
  if (type == GgufType::array) return array(in, std::move(key));
  if (type != GgufType::string) {
    const std::uint64_t width = value_bytes(type);
    if (!in.has(width)) return Step::incomplete;
    return keep(std::move(key), decode(type, 1, in.take(width)));
  }
  std::uint64_t length = 0;
  if (!in.read(8, length)) return Step::incomplete;
  GgufValue text;
  text.type = GgufType::string;
  text.count = length;
  if (length <= kKeptString) {
    if (!in.has(length)) return Step::incomplete;
    const auto raw = in.take(length);
    text.data = std::string(raw.begin(), raw.end());
  } else if (skip(in, length, "the string of " + quote(key)) == Step::failed) {
    return Step::failed;
  }
  return keep(std::move(key), std::move(text));
}

GgufReader::Step GgufReader::array(Cursor& in, std::string key) {
  std::uint64_t type = 0;
  std::uint64_t count = 0;
  if (!in.read(4, type) || !in.read(8, count)) return Step::incomplete;
  if (type > static_cast<std::uint64_t>(GgufType::f64) || type == static_cast<std::uint64_t>(GgufType::array)) {
    return fail("metadata " + quote(key) + " is an array of type " + std::to_string(type) +
                "; arrays of arrays and unknown types are not allowed");
  }
  const auto element = static_cast<GgufType>(type);
  const std::uint64_t width =
      element == GgufType::string ? 8 : value_bytes(element);  // a string has at least its length
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(count, width, &bytes) || bytes > limit() || in.position() > limit() - bytes) {
    return fail("the array " + quote(key) + at_byte(in.position()) + " claims " + std::to_string(count) +
                " elements, more than fit: " + limit_text());
  }
  GgufValue list;
  list.type = element;
  list.count = count;
  if (element == GgufType::string) {
    strings_left_ = count;
    state_ = State::string_array;
  } else if (count <= kKeptArray) {
    if (!in.has(bytes)) return Step::incomplete;
    list = decode(element, count, in.take(bytes));
  } else {
    in.jump(bytes);
  }
  list.is_array = true;
  return keep(std::move(key), std::move(list));
}

GgufReader::Step GgufReader::string_array(Cursor& in) {
  if (strings_left_ == 0) return Step::parsed;
  std::uint64_t length = 0;
  if (!in.read(8, length)) return Step::incomplete;
  if (skip(in, length, "a string of an array") == Step::failed) return Step::failed;
  --strings_left_;
  return Step::parsed;
}

GgufReader::Step GgufReader::tensor(Cursor& in) {
  const std::uint64_t start = in.position();
  std::uint64_t length = 0;
  if (!in.read(8, length)) return Step::incomplete;
  if (length == 0 || length > kMaxNameBytes) {
    return fail("tensor name length " + std::to_string(length) + at_byte(start) + "; allowed are 1 to 63");
  }
  if (!in.has(length)) return Step::incomplete;
  const auto raw = in.take(length);
  GgufTensor t;
  t.name.assign(raw.begin(), raw.end());
  const std::string label = "tensor " + quote(t.name);
  if (t.name.find('\0') != std::string::npos) return fail(label + " has a zero byte in its name");
  std::uint64_t dims = 0;
  if (!in.read(4, dims)) return Step::incomplete;
  if (dims > kMaxGgufDims) return fail(label + " has " + std::to_string(dims) + " dimensions; allowed are up to 4");
  t.dims = static_cast<std::uint8_t>(dims);
  std::uint64_t elements = 1;
  for (std::size_t d = 0; d < dims; ++d) {
    if (!in.read(8, t.ne[d])) return Step::incomplete;
    if (t.ne[d] == 0 || t.ne[d] > kMaxElements || __builtin_mul_overflow(elements, t.ne[d], &elements) ||
        elements > kMaxElements) {
      return fail(label + ": dimension " + std::to_string(d) + " is " + std::to_string(t.ne[d]) +
                  "; it must be at least 1 and the product below 2^62");
    }
  }
  std::uint64_t type = 0;
  if (!in.read(4, type) || !in.read(8, t.offset)) return Step::incomplete;
  const auto* known = type <= UINT32_MAX ? gguf_tensor_type(static_cast<std::uint32_t>(type)) : nullptr;
  if (known == nullptr) {
    return fail(label + " has type " + std::to_string(type) + ": " +
                gguf_type_problem(static_cast<std::uint32_t>(type)));
  }
  t.type = static_cast<std::uint32_t>(type);
  if (t.ne[0] % known->block.elements != 0) {
    return fail(label + ": its row of " + std::to_string(t.ne[0]) + " is not a multiple of the " +
                std::to_string(known->block.elements) + " elements of a " + known->name + " block");
  }
  if (__builtin_mul_overflow(elements / known->block.elements, std::uint64_t{known->block.bytes}, &t.bytes)) {
    return fail(label + ": its size in bytes does not fit 64 bits");
  }
  if (!tensor_names_.insert(t.name).second) return fail(label + " appears twice");
  header_.tensors.push_back(std::move(t));
  --tensors_left_;
  return Step::parsed;
}

Status GgufReader::finish() {
  tensor_names_.clear();
  if (const GgufValue* given = header_.find("general.alignment")) {
    const auto alignment = header_.unsigned_value("general.alignment");
    if (!alignment || given->type != GgufType::u32 || *alignment == 0 || *alignment > kMaxAlignment ||
        (*alignment & (*alignment - 1)) != 0) {
      static_cast<void>(
          fail("general.alignment must be a u32 power of two up to " + std::to_string(kMaxAlignment) +
               (alignment ? "; found " + std::to_string(*alignment) : std::string("; found another type"))));
      return error_;
    }
    header_.alignment = *alignment;
  }
  header_.header_bytes = round_up(position_, header_.alignment);
  std::uint64_t expected = 0;
  for (const GgufTensor& t : header_.tensors) {
    const std::string label = "tensor " + quote(t.name);
    if (t.offset != expected) {
      static_cast<void>(fail(label + " starts at data offset " + std::to_string(t.offset) + " where " +
                             std::to_string(expected) + " is due: tensors overlap, leave a gap or are out of order"));
      return error_;
    }
    std::uint64_t end = 0;     // in the data
    std::uint64_t padded = 0;  // likewise, where the next tensor may start
    std::uint64_t file_end = 0;
    if (__builtin_add_overflow(expected, t.bytes, &end) ||
        __builtin_add_overflow(end, header_.alignment - 1, &padded) ||
        __builtin_add_overflow(header_.header_bytes, end, &file_end)) {
      static_cast<void>(fail(label + ": the sum of the tensor sizes does not fit 64 bits"));
      return error_;
    }
    if (file_bytes_ && file_end > *file_bytes_) {
      static_cast<void>(fail(label + " ends at byte " + std::to_string(file_end) + ", but the file has " +
                             std::to_string(*file_bytes_) + " bytes: incomplete or damaged"));
      return error_;
    }
    header_.tensor_bytes += t.bytes;
    expected = padded / header_.alignment * header_.alignment;
  }
  if (expected > kMaxDataBytes) {
    static_cast<void>(fail("the tensors take " + std::to_string(expected) + " bytes; up to 1 PiB is credible"));
    return error_;
  }
  return std::nullopt;
}

}  // namespace headroom
