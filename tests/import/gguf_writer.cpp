#include "tests/import/gguf_writer.h"

#include <cstring>

namespace headroom::testing {

GgufWriter& GgufWriter::raw(std::string_view bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return *this;
}

GgufWriter& GgufWriter::number(std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) {
    bytes_.push_back(static_cast<std::uint8_t>(value & 0xffU));
    value >>= 8U;
  }
  return *this;
}

GgufWriter& GgufWriter::preamble(std::uint64_t tensors, std::uint64_t metadata, std::uint64_t version) {
  return raw("GGUF").u32(version).u64(tensors).u64(metadata);
}

GgufWriter& GgufWriter::key(std::string_view name, GgufType type) {
  return text(name).u32(static_cast<std::uint32_t>(type));
}

GgufWriter& GgufWriter::key_u32(std::string_view name, std::uint64_t value) {
  return key(name, GgufType::u32).u32(value);
}

GgufWriter& GgufWriter::key_text(std::string_view name, std::string_view value) {
  return key(name, GgufType::string).text(value);
}

GgufWriter& GgufWriter::tensor(std::string_view name, const std::vector<std::uint64_t>& ne, std::uint64_t type,
                               std::uint64_t offset) {
  text(name).u32(ne.size());
  for (const std::uint64_t n : ne) u64(n);
  return u32(type).u64(offset);
}

GgufWriter& GgufWriter::pad(std::size_t alignment) {
  while (bytes_.size() % alignment != 0) bytes_.push_back(0);
  return *this;
}

GgufWriter& GgufWriter::zeros(std::size_t count) {
  bytes_.resize(bytes_.size() + count);
  return *this;
}

namespace {

void write_value(GgufWriter& out, const GgufValue& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) {
    out.text(*text);
  } else if (const auto* reals = std::get_if<std::vector<double>>(&value.data)) {
    for (const double real : *reals) {
      std::uint64_t bits = 0;
      std::memcpy(&bits, &real, sizeof bits);
      out.u64(bits);
    }
  } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&value.data)) {
    const bool byte = value.type == GgufType::boolean || value.type == GgufType::u8;
    const std::size_t width = byte ? 1 : 4;
    for (const std::int64_t integer : *integers) out.number(static_cast<std::uint64_t>(integer), width);
  }
}

}  // namespace

ByteString write_gguf(const GgufHeader& header) {
  GgufWriter out;
  out.preamble(header.tensors.size(), header.metadata.size(), header.version);
  for (const auto& [name, value] : header.metadata) {
    out.key(name, value.is_array ? GgufType::array : value.type);
    if (value.is_array) out.u32(static_cast<std::uint32_t>(value.type)).u64(value.count);
    write_value(out, value);
  }
  for (const GgufTensor& t : header.tensors) {
    out.tensor(t.name, {t.ne.begin(), t.ne.begin() + t.dims}, t.type, t.offset);
  }
  return out.pad(static_cast<std::size_t>(header.alignment)).bytes();
}

}  // namespace headroom::testing
