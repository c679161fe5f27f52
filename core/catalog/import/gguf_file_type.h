// general.file_type of a GGUF file: which of the quantizer's mixes made it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace headroom {

// Id of the format ("Q4_K_M"); empty for numbers that are not known.
[[nodiscard]] std::string gguf_file_type_name(std::uint64_t number);

// For a file that does not say: the mix whose usual dominant tensor type is this one ("q4_K" -> "Q4_K_M").
[[nodiscard]] std::string gguf_mix_of_type(std::string_view ggml_type);

}  // namespace headroom
