// Shared by the fuzz targets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace headroom::fuzz {

// Stops the fuzzer when something that must hold does not.
inline void require(bool condition) {
  if (!condition) std::abort();
}

// The targets, each in the file of its name.
int fuzz_config(const std::uint8_t* data, std::size_t size);
int fuzz_gguf(const std::uint8_t* data, std::size_t size);
int fuzz_link(const std::uint8_t* data, std::size_t size);
int fuzz_pack(const std::uint8_t* data, std::size_t size);
int fuzz_paste(const std::uint8_t* data, std::size_t size);
int fuzz_safetensors(const std::uint8_t* data, std::size_t size);
int fuzz_scenario(const std::uint8_t* data, std::size_t size);

}  // namespace headroom::fuzz
