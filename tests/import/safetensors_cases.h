// Well-formed and malformed safetensors headers; also fuzz seeds.
#pragma once

#include <string>
#include <vector>

#include "tests/import/gguf_writer.h"

namespace headroom::testing {

struct SafetensorsCase {
  std::string name;
  ByteString bytes;
  std::string message;  // part of the error; empty: the file is fine
};
[[nodiscard]] std::vector<SafetensorsCase> safetensors_cases();

// 8 bytes of length, then the text.
[[nodiscard]] ByteString safetensors(const std::string& json);
// A checkpoint of two Llama layers, BF16, in one file.
[[nodiscard]] std::string tiny_checkpoint_json();
// The configuration that belongs to it.
[[nodiscard]] std::string tiny_config_json();

}  // namespace headroom::testing
