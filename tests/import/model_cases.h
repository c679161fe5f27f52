// Files that are well-formed and say something wrong about the model, each with a part of the message it must give. The
// same bytes seed the fuzzers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/catalog/import/gguf.h"
#include "tests/import/gguf_cases.h"

namespace headroom::testing {

// Values of metadata.
[[nodiscard]] GgufValue number(std::int64_t value, GgufType type = GgufType::u32);
[[nodiscard]] GgufValue list(std::vector<std::int64_t> values, GgufType type = GgufType::u32);
[[nodiscard]] GgufValue text(std::string value);

// GGUF headers whose metadata have the wrong type or are beyond belief.
[[nodiscard]] std::vector<GgufCase> metadata_cases();

struct ConfigCase {
  const char* name;
  std::string text;
  const char* message;  // part of the error
};
// Texts that are not the configuration they are taken for.
[[nodiscard]] std::vector<ConfigCase> config_cases();

// Part `number` (from 0) of `count` of a split GGUF: one tensor of that name, 512 bytes, without its data.
[[nodiscard]] ByteString split_part(std::int64_t number, std::int64_t count, const std::string& tensor);

}  // namespace headroom::testing
