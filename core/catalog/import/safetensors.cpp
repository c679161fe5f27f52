#include "core/catalog/import/safetensors.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "core/catalog/import/limits.h"
#include "core/catalog/import/message_text.h"

namespace headroom {
namespace {

constexpr std::uint64_t kPrefixBytes = 8;
constexpr std::uint64_t kMaxJsonBytes = 32ULL << 20U;
constexpr std::size_t kMaxShape = 8;

struct Dtype {
  std::string_view name;
  std::uint32_t bits;
};
constexpr std::array<Dtype, 20> kDtypes{{
    {"BOOL", 8}, {"U8", 8},   {"I8", 8},    {"F8_E4M3", 8}, {"F8_E5M2", 8}, {"F8_E8M0", 8}, {"I16", 16},
    {"U16", 16}, {"F16", 16}, {"BF16", 16}, {"I32", 32},    {"U32", 32},    {"F32", 32},    {"I64", 64},
    {"U64", 64}, {"F64", 64}, {"C64", 64},  {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6},
}};

Error problem(const std::string& text) { return bad_file("safetensors: " + text); }

// Takes the tensors from the JSON as it is read, so that no tree of it is ever built.
class HeaderSax : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderSax(std::vector<SafetensorsTensor>& tensors) : tensors_(tensors) {}
  [[nodiscard]] const Status& error() const { return error_; }

  bool null() override { return scalar(); }
  bool boolean(bool) override { return scalar(); }
  bool number_integer(number_integer_t) override { return fail_number("a negative number"); }
  bool number_unsigned(number_unsigned_t value) override { return number(value); }
  bool number_float(number_float_t, const string_t&) override { return fail_number("a fraction"); }
  bool binary(binary_t&) override { return scalar(); }
  bool string(string_t& value) override {
    if (depth_ == 0) return refuse("the header is not an object");
    if (!metadata_ && depth_ == 2 && field_ == "dtype") current_.dtype = value;
    return true;
  }
  bool start_object(std::size_t) override {
    if (++depth_ > (metadata_ ? kMetadataDepth : 2)) return refuse("objects are nested too deep");
    if (depth_ == 2 && !metadata_) current_ = SafetensorsTensor{name_, "", {}, 0, 0};
    if (depth_ == 2) offsets_.clear();
    return true;
  }
  bool end_object() override {
    if (depth_-- != 2) return true;
    const bool was_metadata = std::exchange(metadata_, false);
    return was_metadata || finish_tensor();
  }
  bool key(string_t& value) override {
    if (depth_ == 1) {
      name_ = value;
      metadata_ = name_ == "__metadata__";
      if (!names_.insert(name_).second) return refuse("tensor " + quote(name_) + " appears twice");
      if (names_.size() > kMaxTensors) return refuse("more than " + std::to_string(kMaxTensors) + " tensors");
    } else if (depth_ == 2) {
      field_ = value;
    }
    return true;
  }
  bool start_array(std::size_t) override {
    if (metadata_) return true;
    if (depth_ != 2 || in_array_) return refuse("a list where none belongs, in " + quote(name_));
    in_array_ = true;
    return true;
  }
  bool end_array() override {
    in_array_ = false;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return refuse("the header is not valid JSON at its byte " + std::to_string(position));
  }

 private:
  static constexpr int kMetadataDepth = 8;

  bool refuse(const std::string& text) {
    if (!error_) error_ = problem(text);
    return false;
  }
  bool scalar() { return depth_ > 0 || refuse("the header is not an object"); }
  bool fail_number(const char* what) {
    if (metadata_) return true;
    return refuse("tensor " + quote(name_) + ": " + quote(field_) + " holds " + what +
                  "; allowed are whole numbers from 0");
  }
  bool number(std::uint64_t value) {
    if (metadata_ || !in_array_) return scalar();
    if (field_ == "shape") {
      if (current_.shape.size() == kMaxShape) return refuse("tensor " + quote(name_) + " has more than 8 dimensions");
      current_.shape.push_back(value);
    } else if (field_ == "data_offsets") {
      if (offsets_.size() == 2) return refuse("tensor " + quote(name_) + " has more than two data_offsets");
      offsets_.push_back(value);
    }
    return true;
  }
  bool finish_tensor() {
    const std::string label = "tensor " + quote(name_);
    const std::uint32_t bits = safetensors_bits(current_.dtype);
    if (bits == 0) return refuse(label + " has dtype " + quote(current_.dtype) + ", which is not known");
    if (offsets_.size() != 2 || offsets_[0] > offsets_[1]) {
      return refuse(label + ": data_offsets must be two rising numbers");
    }
    std::uint64_t total_bits = bits;
    for (const std::uint64_t n : current_.shape) {
      if (__builtin_mul_overflow(total_bits, n, &total_bits)) return refuse(label + ": its shape overflows 64 bits");
    }
    current_.begin = offsets_[0];
    current_.end = offsets_[1];
    if ((total_bits + 7) / 8 != current_.bytes()) {
      return refuse(label + " spans " + std::to_string(current_.bytes()) + " bytes, but its shape takes " +
                    std::to_string((total_bits + 7) / 8));
    }
    tensors_.push_back(std::move(current_));
    return true;
  }

  std::vector<SafetensorsTensor>& tensors_;
  std::set<std::string> names_;
  Status error_;
  SafetensorsTensor current_;
  std::string name_, field_;
  std::vector<std::uint64_t> offsets_;
  int depth_ = 0;
  bool metadata_ = false, in_array_ = false;
};

}  // namespace

std::uint32_t safetensors_bits(std::string_view dtype) {
  for (const Dtype& known : kDtypes) {
    if (known.name == dtype) return known.bits;
  }
  return 0;
}

ByteRange SafetensorsReader::wanted() const {
  if (done_) return {0, 0};
  return json_bytes_ == 0 ? ByteRange{0, kPrefixBytes} : ByteRange{kPrefixBytes, json_bytes_};
}

Status SafetensorsReader::read_length(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kPrefixBytes) return problem("the file has fewer than the 8 bytes of the header's length");
  for (std::size_t i = kPrefixBytes; i-- > 0;) json_bytes_ = (json_bytes_ << 8U) | bytes[i];
  if (json_bytes_ < 2 || json_bytes_ > kMaxJsonBytes) {
    return problem("header length " + std::to_string(json_bytes_) + "; allowed are 2 to " +
                   std::to_string(kMaxJsonBytes));
  }
  if (file_bytes_ && json_bytes_ > *file_bytes_ - std::min(*file_bytes_, kPrefixBytes)) {
    return problem("header length " + std::to_string(json_bytes_) + ", but the file has " +
                   std::to_string(*file_bytes_) + " bytes");
  }
  return std::nullopt;
}

Status SafetensorsReader::feed(std::span<const std::uint8_t> bytes) {
  if (done_) return std::nullopt;
  if (json_bytes_ == 0) return read_length(bytes);
  if (bytes.size() < json_bytes_) {
    return problem("the file ends inside the header, at byte " + std::to_string(kPrefixBytes + bytes.size()) + " of " +
                   std::to_string(kPrefixBytes + json_bytes_));
  }
  const auto json = bytes.first(static_cast<std::size_t>(json_bytes_));
  HeaderSax sax(header_.tensors);
  const bool parsed = nlohmann::json::sax_parse(json.begin(), json.end(), &sax);
  if (sax.error()) return sax.error();
  if (!parsed) return problem("the header is not valid JSON");
  header_.header_bytes = kPrefixBytes + json_bytes_;
  done_ = true;
  return check_layout();
}

Status SafetensorsReader::check_layout() {
  std::sort(header_.tensors.begin(), header_.tensors.end(), [](const SafetensorsTensor& a, const SafetensorsTensor& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  for (const SafetensorsTensor& t : header_.tensors) {
    if (t.begin != header_.data_bytes) {
      return problem("tensor " + quote(t.name) + " starts at " + std::to_string(t.begin) + " where " +
                     std::to_string(header_.data_bytes) + " is due: tensors overlap or leave a gap");
    }
    header_.data_bytes = t.end;
  }
  std::uint64_t end = 0;
  const bool overflow = __builtin_add_overflow(header_.header_bytes, header_.data_bytes, &end);
  if (overflow || (file_bytes_ && end > *file_bytes_)) {
    return problem("the tensors end at byte " + (overflow ? std::string("beyond 2^64") : std::to_string(end)) +
                   ", but the file has " + std::to_string(file_bytes_.value_or(0)) + " bytes: incomplete or damaged");
  }
  if (header_.data_bytes > kMaxDataBytes) {
    return problem("the tensors take " + std::to_string(header_.data_bytes) + " bytes; up to 1 PiB is credible");
  }
  return std::nullopt;
}

}  // namespace headroom
