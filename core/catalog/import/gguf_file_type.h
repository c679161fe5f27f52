// general.file_type of a GGUF file: which of the quantizer's mixes made it.
#pragma once

#include <cstdint>
#include <string>

namespace headroom {

// Id of the format ("Q4_K_M"); empty for numbers that are not known.
[[nodiscard]] std::string gguf_file_type_name(std::uint64_t number);

}  // namespace headroom
