// Malformed GGUF files, each with a part of the message it must give. The same bytes seed the fuzzer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/import/gguf_writer.h"

namespace headroom::testing {

struct GgufCase {
  std::string name;
  ByteString bytes;
  std::string message;                           // part of the error; empty: the file is fine
  std::optional<std::uint64_t> file_bytes = {};  // told to the reader
};

[[nodiscard]] std::vector<GgufCase> gguf_cases();

// A small well-formed model: two llama layers, Q8_0.
[[nodiscard]] ByteString tiny_gguf();

}  // namespace headroom::testing
