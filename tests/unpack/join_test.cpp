// What puts a module's code together, against pieces made by hand and damaged ones; tests/unpack/split.test.mjs has it
// do so with whole modules. The buffers are as large as need be and not larger, for the sanitizers.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <vector>

#include "wasm/unpack/streams.h"

extern "C" bool join_code(const std::uint8_t* parts, std::uint32_t size, std::uint8_t* out, std::uint32_t out_size);

namespace headroom {
namespace {

using Code = std::vector<std::uint8_t>;
using Streams = std::array<Code, kStreams>;

void append(Code& to, const Code& more) { to.insert(to.end(), more.begin(), more.end()); }

Code leb(std::size_t value) {
  Code bytes;
  for (; value >= 0x80; value >>= 7U) bytes.push_back(static_cast<std::uint8_t>(value | 0x80U));
  bytes.push_back(static_cast<std::uint8_t>(value));
  return bytes;
}

Code piece_of(const Streams& streams) {
  Code piece;
  for (const Code& stream : streams) append(piece, leb(stream.size()));
  for (const Code& stream : streams) append(piece, stream);
  return piece;
}

bool joins(const Code& piece, Code& out) {
  return join_code(piece.data(), static_cast<std::uint32_t>(piece.size()), out.data(),
                   static_cast<std::uint32_t>(out.size()));
}

// A function with an instruction of every form, and an empty one.
struct Sample {
  Streams streams;
  Code code;
};

Sample sample() {
  Sample made;
  Code body;
  const auto add = [&](Code operation, Stream stream, const Code& immediate, const Code& fixed = {}) {
    append(made.streams[kOperations], operation);
    append(made.streams[stream], immediate);
    if (operation[0] == 0xFF) operation.erase(operation.begin());
    append(body, operation);
    append(body, fixed);
    append(body, immediate);
  };
  made.streams[kDeclarations] = {2, 0x81, 0, 0x7F, 3, 0x7C, 0};
  body = {2, 0x81, 0, 0x7F, 3, 0x7C};
  add({0x02}, kBlocks, {0x40});
  add({0x20}, kLocals, {0x85, 0x80, 0x00});  // longer than need be
  add({0x28}, kOffsets, {0x90, 0x01}, {2});  // at its natural alignment
  append(made.streams[kAlignments], {0});
  add({0xFF, 0x37}, kOffsets, {8}, {0});
  add({0x41}, kAddedConstants, {1});
  add({0x6A}, kRest, {});
  add({0x41}, kStoredConstants, {2});
  add({0x36}, kOffsets, {3}, {2});
  add({0x41}, kPassedConstants, {0x7F});
  add({0x10}, kCalls, {0x83, 0x01});
  add({0x41}, kConstantsBeforeLocals, {4});
  add({0x22}, kLocals, {1});
  add({0x41}, kConstantsBeforeConstants, {5});
  add({0x41}, kOtherConstants, {0x80, 0x80, 0x80, 0x80, 0x78});
  add({0x42}, kLongConstants, {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7F});
  add({0x43}, kReals, {1, 2, 3, 4});
  add({0x44}, kReals, {1, 2, 3, 4, 5, 6, 7, 8});
  add({0x23}, kGlobals, {0});
  add({0x0D}, kLabels, {0});
  add({0x0E}, kRest, {2, 0, 1, 0});
  add({0x11}, kRest, {7, 0});
  add({0x3F}, kRest, {0});
  add({0xFC}, kRest, {10, 0, 0});
  add({0xFC}, kRest, {11, 0});
  add({0xFC}, kRest, {3});
  add({0x0B}, kRest, {});
  add({0x0B}, kRest, {});
  append(made.streams[kOperations], {0x0B});
  made.code = leb(body.size());
  append(made.code, body);
  append(made.code, {2, 0, 0x0B});
  return made;
}

TEST_CASE("an instruction of every form comes back") {
  const Sample made = sample();
  Code out(made.code.size());
  CHECK(joins(piece_of(made.streams), out));
  CHECK(out == made.code);
}

TEST_CASE("functions of any length get their size") {
  for (const std::size_t size : {0x7FU, 0x80U, 0x3FFFU, 0x4000U}) {
    constexpr std::uint8_t kNop = 1, kEnd = 0x0B;
    Streams streams;
    streams[kOperations] = Code(size - 1, kNop);
    streams[kOperations].back() = kEnd;
    streams[kDeclarations] = {0};
    Code code = leb(size);
    code.push_back(0);
    append(code, streams[kOperations]);
    Code out(code.size());
    CHECK_MESSAGE(joins(piece_of(streams), out), size);
    CHECK_MESSAGE(out == code, size);
  }
}

TEST_CASE("another size than the code's is refused") {
  const Sample made = sample();
  const Code piece = piece_of(made.streams);
  for (std::size_t size = 0; size < 2 * made.code.size(); ++size) {
    Code out(size);
    CHECK_MESSAGE(joins(piece, out) == (size == made.code.size()), size);
  }
}

TEST_CASE("a truncated piece is refused, and so are one with something behind it and a stream that is not used up") {
  const Sample made = sample();
  const Code piece = piece_of(made.streams);
  Code out(made.code.size());
  for (std::size_t size = 0; size < piece.size(); ++size) {
    CHECK_FALSE_MESSAGE(joins(Code(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(size)), out), size);
  }
  Code longer = piece;
  longer.push_back(0);
  CHECK_FALSE(joins(longer, out));
  for (std::size_t stream = 0; stream < kStreams; ++stream) {
    Streams more = made.streams;
    more[stream].push_back(0);
    CHECK_FALSE_MESSAGE(joins(piece_of(more), out), stream);
  }
}

TEST_CASE("unknown instructions are refused") {
  Streams streams;
  streams[kDeclarations] = {0};
  Code out{0, 0, 0, 0, 0};
  streams[kOperations] = {0xFC, 0x0B};
  streams[kRest] = {12};
  CHECK_FALSE(joins(piece_of(streams), out));
  streams[kOperations] = {0xFF, 0x20, 0x0B};  // unaligned, and no access to memory
  streams[kRest] = {};
  streams[kAlignments] = {0};
  streams[kOffsets] = {0};
  CHECK_FALSE(joins(piece_of(streams), out));
}

TEST_CASE("any damage ends in an answer") {
  constexpr int kRounds = 20000;
  std::mt19937 random(20260);
  const Sample made = sample();
  const Code piece = piece_of(made.streams);
  for (int round = 0; round < kRounds; ++round) {
    Code damaged = piece;
    for (auto changes = 1 + random() % 4; changes > 0; --changes) {
      damaged[random() % damaged.size()] = static_cast<std::uint8_t>(random());
    }
    Code out(round % 2 == 0 ? made.code.size() : random() % 200);
    joins(damaged, out);

    Code noise(random() % 100);
    std::generate(noise.begin(), noise.end(), [&] { return static_cast<std::uint8_t>(random() % 16); });
    joins(noise, out);
  }
  CHECK(piece == piece_of(made.streams));
}

}  // namespace
}  // namespace headroom
