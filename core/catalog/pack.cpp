#include "core/catalog/pack.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/as_text.h"
#include "core/hash.h"

namespace headroom {
namespace {

constexpr std::string_view kMagic = "HRPK";
constexpr std::uint8_t kPackVersion = 2;
constexpr std::size_t kChecksumSize = 8;
constexpr std::size_t kHeaderSize = kMagic.size() + 1 + kChecksumSize;
constexpr char kEndOfText = '\n';

// Over words of 8 bytes, the last one filled up with zeros.
std::uint64_t checksum(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  Fnv1a hash;
  const std::size_t whole = bytes.size() / kWord * kWord;
  for (std::size_t at = 0; at < whole; at += kWord) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, kWord);  // of a fixed size: one load
    hash.add(word);
  }
  if (whole < bytes.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + whole, bytes.size() - whole);
    hash.add(word);
  }
  return hash.value();
}

Error damaged_pack(std::string what) {
  return {ErrorCode::bad_file, "the compiled facts cannot be read: " + std::move(what)};
}

}  // namespace

ByteBuffer PackWriter::finish() const {
  ByteBuffer body;
  put_number(body, sections_.size());
  for (const auto& [name, bytes] : sections_) {
    put_number(body, name.size());
    body.insert(body.end(), name.begin(), name.end());
    put_number(body, bytes.size());
  }
  for (const auto& [name, bytes] : sections_) body.insert(body.end(), bytes.begin(), bytes.end());

  ByteBuffer pack;
  pack.reserve(kHeaderSize + body.size());
  pack.assign(kMagic.begin(), kMagic.end());
  pack.push_back(kPackVersion);
  pack.resize(kHeaderSize);
  pack.insert(pack.end(), body.begin(), body.end());
  seal_pack(pack);
  return pack;
}

void seal_pack(std::span<std::uint8_t> pack) {
  if (pack.size() < kHeaderSize) return;
  std::uint64_t sum = checksum(pack.subspan(kHeaderSize));
  for (std::size_t i = 0; i < kChecksumSize; ++i, sum >>= 8U) {
    pack[kMagic.size() + 1 + i] = static_cast<std::uint8_t>(sum & 0xFFU);
  }
}

Result<PackReader> PackReader::open(std::span<const std::uint8_t> pack) {
  if (pack.size() < kHeaderSize) return damaged_pack("the file is shorter than its header");
  if (!std::equal(kMagic.begin(), kMagic.end(), pack.begin())) return damaged_pack("it does not begin with HRPK");
  if (pack[kMagic.size()] != kPackVersion) {
    return damaged_pack("it has version " + std::to_string(pack[kMagic.size()]) + ", allowed is " +
                        std::to_string(kPackVersion));
  }
  std::uint64_t stored = 0;
  for (std::size_t i = 0; i < kChecksumSize; ++i) {
    stored |= static_cast<std::uint64_t>(pack[kMagic.size() + 1 + i]) << (8 * i);
  }
  const auto body = pack.subspan(kHeaderSize);
  if (checksum(body) != stored) return damaged_pack("its checksum does not match, so it is truncated or altered");

  ByteCursor cursor(body);
  const std::uint64_t count = cursor.number();
  if (count > cursor.remaining()) return damaged_pack("its number of sections is impossible");
  PackReader reader;
  std::vector<std::uint64_t> sizes;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t length = cursor.number();
    reader.sections_.emplace_back(cursor.text(length), std::span<const std::uint8_t>());
    sizes.push_back(cursor.number());
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) reader.sections_[i].second = cursor.bytes(sizes[i]);
  if (!cursor.ok() || cursor.remaining() != 0) return damaged_pack("its sections do not add up");
  return reader;
}

std::span<const std::uint8_t> PackReader::section(std::string_view name) const {
  for (const auto& [known, bytes] : sections_) {
    if (known == name) return bytes;
  }
  return {};
}

std::string_view PackReader::text(std::string_view name) const { return as_text(section(name)); }

std::vector<std::string_view> PackReader::names() const {
  std::vector<std::string_view> names;
  for (const auto& [name, bytes] : sections_) names.push_back(name);
  return names;
}

ByteBuffer write_strings(const StringPool& strings) {
  ByteBuffer bytes;
  put_number(bytes, strings.texts().size());
  for (const std::string_view text : strings.texts()) {
    bytes.insert(bytes.end(), text.begin(), text.end());
    bytes.push_back(static_cast<std::uint8_t>(kEndOfText));
  }
  return bytes;
}

bool read_strings(std::span<const std::uint8_t> bytes, std::vector<std::string_view>& strings) {
  ByteCursor cursor(bytes);
  const std::uint64_t count = cursor.number();
  if (count > cursor.remaining()) return false;
  strings.reserve(static_cast<std::size_t>(count));
  std::string_view rest = cursor.text(cursor.remaining());
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::size_t end = rest.find(kEndOfText);
    if (end == std::string_view::npos) return false;
    strings.push_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return cursor.ok() && rest.empty();
}

}  // namespace headroom
