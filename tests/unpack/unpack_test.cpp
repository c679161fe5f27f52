// The decoder of the page's module against what xz makes of two files, and against damaged input. Under the sanitizers
// a byte read or written outside of the buffers, which are as large as need be and not larger, ends the run.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" bool unpack_begin(const std::uint8_t* packed, std::uint32_t packed_size, std::uint8_t* out,
                             std::uint32_t size);
extern "C" bool unpack_until(std::uint32_t until);

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t kPackedHeader = 13;

Bytes read(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  Bytes bytes{std::istreambuf_iterator<char>(file), {}};
  REQUIRE_MESSAGE(!bytes.empty(), name);
  return bytes;
}

Bytes text() { return read(HEADROOM_SOURCE_DIR "/LICENSE"); }
Bytes packed_text() { return read(HEADROOM_PACKED "/text.lzma"); }

// In pieces of that many bytes, or in one.
bool unpacks(const Bytes& packed, Bytes& out, std::size_t piece = 0) {
  const auto size = static_cast<std::uint32_t>(out.size());
  if (!unpack_begin(packed.data(), static_cast<std::uint32_t>(packed.size()), out.data(), size)) return false;
  for (std::size_t until = piece; piece > 0 && until < size; until += piece) {
    if (!unpack_until(static_cast<std::uint32_t>(until))) return false;
  }
  return unpack_until(size);
}

TEST_CASE("what xz packed comes back") {
  const auto round_trip = [](const Bytes& content, const std::string& packed) {
    Bytes out(content.size());
    CHECK_MESSAGE(unpacks(read(HEADROOM_PACKED "/" + packed), out), packed);
    CHECK_MESSAGE(out == content, packed);
  };
  round_trip(text(), "text.lzma");
  round_trip(read(HEADROOM_PACK), "facts.lzma");            // the parameters of the page
  round_trip(read(HEADROOM_PACK), "facts_positions.lzma");  // with literals and matches by position
}

TEST_CASE("pieces of any size make the same whole") {
  const Bytes content = text();
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, content.size() - 1}) {
    Bytes out(content.size());
    CHECK_MESSAGE(unpacks(packed_text(), out, piece), piece);
    CHECK_MESSAGE(out == content, piece);
  }
  Bytes out(content.size());
  const Bytes packed = packed_text();
  REQUIRE(unpack_begin(packed.data(), static_cast<std::uint32_t>(packed.size()), out.data(),
                       static_cast<std::uint32_t>(out.size())));
  CHECK_FALSE(unpack_until(static_cast<std::uint32_t>(out.size() + 1)));
}

TEST_CASE("another size than the content's is refused") {
  const Bytes content = text();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, content.size() - 1, content.size() + 1}) {
    Bytes out(size);
    CHECK_FALSE_MESSAGE(unpacks(packed_text(), out), size);
  }
}

TEST_CASE("a truncated file is refused, wherever it ends, and so is one with something behind it") {
  const Bytes whole = packed_text();
  Bytes out(text().size());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE_MESSAGE(unpacks(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)), out), size);
  }
  Bytes longer = whole;
  longer.push_back(0);
  CHECK_FALSE(unpacks(longer, out));
}

TEST_CASE("a changed bit is noticed, or changes nothing") {
  const Bytes content = text(), whole = packed_text();
  int changed = 0;
  for (std::size_t bit = 8 * kPackedHeader; bit < 8 * whole.size(); ++bit) {
    Bytes damaged = whole;
    damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    Bytes out(content.size());
    if (unpacks(damaged, out) && out != content) ++changed;
  }
  CHECK(changed == 0);
}

TEST_CASE("any properties and any bytes end in an answer") {
  std::mt19937 random(20260);
  const Bytes whole = packed_text();
  for (std::uint32_t properties = 0; properties <= 0xFF; ++properties) {
    Bytes other = whole;
    other[0] = static_cast<std::uint8_t>(properties);
    Bytes out(text().size());
    CHECK_MESSAGE(unpacks(other, out) == (properties == whole[0]), properties);

    Bytes noise(kPackedHeader + 1 + random() % 300);
    std::generate(noise.begin(), noise.end(), [&] { return static_cast<std::uint8_t>(random()); });
    noise[0] = static_cast<std::uint8_t>(properties);
    out.resize(1 + random() % 5000);
    CHECK_FALSE_MESSAGE(unpacks(noise, out), properties);
  }
}

}  // namespace
