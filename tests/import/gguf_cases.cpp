#include "tests/import/gguf_cases.h"

#include <utility>

namespace headroom::testing {
namespace {

constexpr std::uint64_t kHuge = 1ULL << 63U;
constexpr std::uint64_t kMax = ~0ULL;
constexpr std::uint64_t kF32 = 0;
constexpr std::uint64_t kQ8 = 8;
constexpr std::uint64_t kQ4K = 12;

GgufWriter one_key() { return std::move(GgufWriter().preamble(0, 1)); }
GgufWriter one_tensor() { return std::move(GgufWriter().preamble(1, 0)); }
GgufWriter array_key(std::uint64_t element, std::uint64_t count) {
  return std::move(one_key().key("list", GgufType::array).u32(element).u64(count));
}

void preambles(std::vector<GgufCase>& out) {
  out.push_back({"empty file", {}, "at least 24 bytes"});
  out.push_back({"magic only", GgufWriter().raw("GGUF").bytes(), "at least 24 bytes"});
  out.push_back({"another format", GgufWriter().raw("PK\3\4").zeros(40).bytes(), "starts with \"PK\\x03\\x04\""});
  out.push_back({"byte-swapped magic", GgufWriter().raw("FUGG").zeros(40).bytes(), "byte-swapped"});
  out.push_back({"byte-swapped version", GgufWriter().preamble(0, 0, 0x03000000).bytes(), "big-endian"});
  out.push_back({"version 0", GgufWriter().preamble(0, 0, 0).bytes(), "version 0"});
  out.push_back({"version 1", GgufWriter().preamble(0, 0, 1).bytes(), "version 1"});
  out.push_back({"version 4", GgufWriter().preamble(0, 0, 4).bytes(), "version 4"});
  out.push_back({"huge tensor count", GgufWriter().preamble(kMax, 0).bytes(), "tensor count 18446744073709551615"});
  out.push_back({"negative tensor count", GgufWriter().preamble(kHuge, 0).bytes(), "tensor count"});
  out.push_back({"huge metadata count", GgufWriter().preamble(0, kMax).bytes(), "metadata count"});
  // 2^64 / 16 + 1: times the size of an entry wraps to a small number
  out.push_back({"wrapping metadata count", GgufWriter().preamble(0, (1ULL << 60U) + 1).bytes(), "metadata count"});
  out.push_back({"counts without content", GgufWriter().preamble(5, 5).bytes(), "ends inside the header"});
}

void keys(std::vector<GgufCase>& out) {
  out.push_back({"empty key", one_key().key("", GgufType::u32).u32(1).bytes(), "empty key"});
  out.push_back(
      {"key with a zero byte", one_key().key(std::string_view("a\0b", 3), GgufType::u32).u32(1).bytes(), "zero byte"});
  out.push_back({"key length 2^63", one_key().u64(kHuge).raw("abc").bytes(), "key length"});
  out.push_back({"key length 2^64-1", one_key().u64(kMax).raw("abc").bytes(), "key length"});
  out.push_back({"key longer than the file", one_key().u64(1000).raw("abc").bytes(), "ends inside the header"});
  out.push_back({"duplicate key", GgufWriter().preamble(0, 2).key_u32("same", 1).key_u32("same", 2).bytes(),
                 "\"same\" (byte 44) appears twice"});
  out.push_back({"unknown value type", one_key().text("k").u32(13).u64(0).bytes(), "value type 13"});
  out.push_back({"huge value type", one_key().text("k").u32(0xffffffff).u64(0).bytes(), "value type"});
  out.push_back({"string length 2^63", one_key().key("k", GgufType::string).u64(kHuge).raw("x").bytes(),
                 "would take 9223372036854775808"});
  out.push_back(
      {"string length 2^64-1", one_key().key("k", GgufType::string).u64(kMax).raw("x").bytes(), "would take"});
  out.push_back({"string beyond the file", one_key().key("k", GgufType::string).u64(100000).raw("x").bytes(),
                 "the file has", 64});
}

void arrays(std::vector<GgufCase>& out) {
  constexpr auto kU8 = static_cast<std::uint64_t>(GgufType::u8);
  constexpr auto kString = static_cast<std::uint64_t>(GgufType::string);
  constexpr auto kArray = static_cast<std::uint64_t>(GgufType::array);
  constexpr auto kU64 = static_cast<std::uint64_t>(GgufType::u64);
  out.push_back({"array of 2^63 bytes", array_key(kU8, kHuge).bytes(), "claims 9223372036854775808 elements"});
  out.push_back({"array of 2^63 strings", array_key(kString, kHuge).bytes(), "claims"});
  out.push_back({"array whose size wraps", array_key(kU64, (1ULL << 61U) + 1).bytes(), "claims"});
  out.push_back({"array of arrays", array_key(kArray, 1).u32(kU8).u64(1).zeros(1).bytes(), "arrays of arrays"});
  out.push_back({"array of an unknown type", array_key(99, 1).zeros(8).bytes(), "array of type 99"});
  out.push_back({"array longer than the file", array_key(kU8, 5000).zeros(10).bytes(), "claims", 100});
  out.push_back({"array cut off", array_key(kU8, 100).zeros(10).bytes(), "ends inside the header"});
  out.push_back(
      {"string array with a huge element", array_key(kString, 2).text("ab").u64(kMax).bytes(), "a string of an array"});
  out.push_back(
      {"string array cut off", array_key(kString, 3).text("ab").text("cd").bytes(), "ends inside the header"});
}

void tensors(std::vector<GgufCase>& out) {
  const auto shape = [&](std::string name, const std::vector<std::uint64_t>& ne, std::uint64_t type,
                         std::string message) {
    out.push_back({std::move(name), one_tensor().tensor("t", ne, type, 0).pad().zeros(64).bytes(), std::move(message)});
  };
  shape("five dimensions", {1, 1, 1, 1, 1}, kF32, "5 dimensions");
  shape("zero dimension", {32, 0}, kF32, "dimension 1 is 0");
  shape("negative dimension", {kMax}, kF32, "dimension 0 is 18446744073709551615");
  shape("dimension 2^63", {kHuge, 2}, kF32, "dimension 0");
  shape("element count overflows", {1ULL << 32U, 1ULL << 32U, 2}, kF32, "dimension 1");
  shape("byte count overflows", {1ULL << 31U, 1ULL << 31U}, 28, "does not fit 64 bits");
  shape("row not a multiple of the block", {33}, kQ8, "not a multiple of the 32");
  shape("row smaller than the block", {128}, kQ4K, "not a multiple of the 256");
  shape("removed type", {32}, 4, "removed from GGUF");
  shape("unknown type", {32}, 1000, "not a known tensor type");
  shape("type 2^32-1", {32}, 0xffffffff, "not a known tensor type");
  out.push_back({"dimension count 2^32-1", one_tensor().text("t").u32(0xffffffff).zeros(64).bytes(), "dimensions"});
  out.push_back({"empty tensor name", one_tensor().tensor("", {32}, kF32, 0).bytes(), "name length 0"});
  out.push_back(
      {"tensor name of 64", one_tensor().tensor(std::string(64, 'n'), {32}, kF32, 0).bytes(), "name length 64"});
  out.push_back({"tensor name length 2^63", one_tensor().u64(kHuge).bytes(), "name length"});
  out.push_back({"tensor name with a zero byte",
                 one_tensor().tensor(std::string_view("a\0b", 3), {32}, kF32, 0).bytes(), "zero byte"});
  out.push_back({"duplicate tensor",
                 GgufWriter().preamble(2, 0).tensor("t", {8}, kF32, 0).tensor("t", {8}, kF32, 32).bytes(),
                 "appears twice"});
}

void layout(std::vector<GgufCase>& out) {
  const auto two = [](std::uint64_t first, std::uint64_t second, const std::vector<std::uint64_t>& ne = {8}) {
    return GgufWriter().preamble(2, 0).tensor("a", ne, kF32, first).tensor("b", ne, kF32, second).pad().bytes();
  };
  out.push_back({"overlapping tensors", two(0, 0), "\"b\" starts at data offset 0 where 32 is due"});
  out.push_back({"tensors out of order", two(32, 0), "\"a\" starts at data offset 32 where 0 is due"});
  out.push_back({"gap between tensors", two(0, 4096), "where 32 is due"});
  out.push_back({"unaligned offset", two(0, 33), "where 32 is due"});
  out.push_back({"offset 2^64-1", two(0, kMax), "where 32 is due"});
  // each just below 2^64: their padded sum wraps
  out.push_back({"sum of sizes overflows", two(0, 1ULL << 63U, {1ULL << 61U}), "does not fit 64 bits"});
  GgufWriter wrap = GgufWriter().preamble(1, 0);
  out.push_back({"padded size wraps to zero", wrap.tensor("a", {(1ULL << 62U) - 1}, kF32, 0).pad().bytes(),
                 "does not fit 64 bits"});
  out.push_back({"one tensor beyond belief", one_tensor().tensor("a", {(1ULL << 62U) - 1024}, kF32, 0).pad().bytes(),
                 "up to 1 PiB is credible"});
  const ByteString whole = GgufWriter().preamble(1, 0).tensor("a", {64}, kF32, 0).pad().zeros(255).bytes();
  out.push_back({"data cut off by one byte", whole, "incomplete or damaged", whole.size()});
}

void alignments(std::vector<GgufCase>& out) {
  const auto aligned = [&](std::string name, std::uint64_t value, std::string message) {
    const GgufWriter w = GgufWriter().preamble(1, 1).key_u32("general.alignment", value).tensor("t", {8}, kF32, 0);
    out.push_back({std::move(name), w.bytes(), std::move(message)});
  };
  aligned("alignment 0", 0, "general.alignment must be");
  aligned("alignment 24", 24, "found 24");
  aligned("alignment 2^31", 1ULL << 31U, "found 2147483648");
  aligned("alignment 2^32-1", 0xffffffff, "general.alignment");
  aligned("alignment 64", 64, "");
  out.push_back(
      {"alignment as text", GgufWriter().preamble(0, 1).key_text("general.alignment", "32").bytes(), "another type"});
  out.push_back({"alignment as a list",
                 GgufWriter().preamble(0, 1).key("general.alignment", GgufType::array).u32(4).u64(1).u32(32).bytes(),
                 "another type"});
}

}  // namespace

ByteString tiny_gguf() {
  GgufWriter w;
  w.preamble(8, 8);
  w.key_text("general.architecture", "llama").key_text("general.name", "Tiny").key_u32("general.file_type", 7);
  w.key_u32("llama.block_count", 2).key_u32("llama.embedding_length", 64).key_u32("llama.context_length", 128);
  w.key_u32("llama.attention.head_count", 4);
  w.key("tokenizer.ggml.tokens", GgufType::array).u32(8).u64(3).text("a").text("b").text("c");
  std::uint64_t offset = 0;
  const auto matrix = [&](const std::string& name, std::uint64_t rows) {
    w.tensor(name, {64, rows}, kQ8, offset);
    offset += 64ULL / 32 * 34 * rows;
    offset = (offset + 31) / 32 * 32;
  };
  matrix("token_embd.weight", 96);
  matrix("output.weight", 96);
  for (const char* block : {"blk.0.", "blk.1."}) {
    matrix(std::string(block) + "attn_q.weight", 64);
    matrix(std::string(block) + "attn_k.weight", 64);
    matrix(std::string(block) + "attn_output.weight", 64);
  }
  return w.pad().bytes();
}

std::vector<GgufCase> gguf_cases() {
  std::vector<GgufCase> out;
  out.push_back({"tiny model", tiny_gguf(), ""});
  out.push_back({"version 2", GgufWriter().preamble(0, 0, 2).bytes(), ""});
  preambles(out);
  keys(out);
  arrays(out);
  tensors(out);
  layout(out);
  alignments(out);
  return out;
}

}  // namespace headroom::testing
