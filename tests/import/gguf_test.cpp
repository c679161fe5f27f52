// Malformed headers: a clear message, never a crash, a hang or a wrong total.
#include <doctest/doctest.h>

#include "core/catalog/import/gguf_types.h"
#include "tests/import/gguf_cases.h"
#include "tests/import/gguf_read.h"

namespace headroom {
namespace {

TEST_CASE("malformed GGUF headers are refused with a message that names the problem") {
  for (const testing::GgufCase& c : testing::gguf_cases()) {
    CAPTURE(c.name);
    const auto result = testing::read_gguf(c.bytes, c.file_bytes);
    if (c.message.empty()) {
      CHECK_MESSAGE(result.ok(), (result.ok() ? "" : result.error().message));
      continue;
    }
    if (result.ok()) {
      FAIL_CHECK("accepted");
      continue;
    }
    CHECK(result.error().code == ErrorCode::bad_file);
    CHECK_MESSAGE(result.error().message.find(c.message) != std::string::npos, result.error().message);
  }
}

TEST_CASE("a GGUF header cut at any byte is refused, and reads the same in slices of any size") {
  const testing::ByteString whole = testing::tiny_gguf();
  const auto reference = testing::read_gguf(whole);
  REQUIRE(reference.ok());
  CHECK(reference->tensors.size() == 8);
  CHECK(reference->find("tokenizer.ggml.tokens")->count == 3);
  CHECK_FALSE(reference->find("tokenizer.ggml.tokens")->kept());
  std::size_t end = whole.size();
  while (end > 0 && whole[end - 1] == 0) --end;  // padding, and the zero high bytes of the last offset
  for (std::size_t length = 0; length < end; ++length) {
    const std::span<const std::uint8_t> part(whole.data(), length);
    CHECK_FALSE(testing::read_gguf(part).ok());
    CHECK_FALSE(testing::read_gguf(part, length).ok());
  }
  for (const std::uint64_t slice : {100U, 101U, 128U, 1000U}) {
    const auto sliced = testing::read_gguf(whole, std::nullopt, slice);
    REQUIRE(sliced.ok());
    CHECK(sliced->tensor_bytes == reference->tensor_bytes);
    CHECK(sliced->header_bytes == reference->header_bytes);
  }
}

TEST_CASE("a tokenizer and long values are passed over without being kept, however large") {
  testing::GgufWriter w;
  w.preamble(0, 4).key("tokenizer.ggml.scores", GgufType::array).u32(6).u64(2000000);
  w.zeros(8000000).key("tokenizer.chat_template", GgufType::string).u64(3000000).zeros(3000000);
  w.key("tokenizer.ggml.merges", GgufType::array).u32(8).u64(100000);
  for (int i = 0; i < 100000; ++i) w.text("ab cd");
  w.key_u32("last", 7);
  const auto header = testing::read_gguf(w.bytes());
  REQUIRE(header.ok());
  CHECK(header->find("tokenizer.ggml.scores")->count == 2000000);
  CHECK_FALSE(header->find("tokenizer.ggml.scores")->kept());
  CHECK(header->find("tokenizer.chat_template")->count == 3000000);
  CHECK(header->find("tokenizer.ggml.merges")->count == 100000);
  CHECK(header->unsigned_value("last") == 7);
}

TEST_CASE("a file of any size is sized from its header alone") {
  testing::GgufWriter w;
  const std::uint64_t rows = 1ULL << 24U;
  w.preamble(2, 0).tensor("a", {4096, rows}, 12, 0).tensor("b", {4096, rows}, 8, rows * 4096 / 256 * 144);
  const std::uint64_t bytes = rows * 4096 / 256 * 144 + rows * 4096 / 32 * 34;  // 112 GB
  w.pad();
  const auto fits = testing::read_gguf(w.bytes(), w.bytes().size() + bytes);
  REQUIRE(fits.ok());
  CHECK(fits->tensor_bytes == bytes);
  CHECK_FALSE(testing::read_gguf(w.bytes(), w.bytes().size() + bytes - 1).ok());
}

TEST_CASE("every quantizer type has its number in the file, and numbers are unique") {
  for (std::size_t i = 0; i < static_cast<std::size_t>(GgmlType::count); ++i) {
    const auto type = static_cast<GgmlType>(i);
    const GgufTensorType* found = gguf_tensor_type(gguf_type_id(type));
    REQUIRE(found != nullptr);
    CHECK(found->ggml == type);
  }
}

}  // namespace
}  // namespace headroom
