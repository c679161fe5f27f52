// What the printed name of a model says of it: "llama 8B Q4_K - Medium", "Qwen3-30B-A3B-Q4_K_M.gguf", "LLaMA 7B mostly
// Q4_0".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace headroom::paste {

// Billions of parameters; 0: it does not say. "8x7B" and "A3B" are no counts of all.
[[nodiscard]] double billions_in(std::string_view name);

// The mix of a GGUF file, as "Q4_K_M"; empty where none is named.
[[nodiscard]] std::string mix_in(std::string_view name);
// Whether a file whose name says `printed` may be of the mix `id`: "Q4_K" is any of its sizes. llama.cpp has no names
// for mixes that others made ("UD-Q4_K_XL", "Q4_K_L"); where a file has the size of one (`same_size`) its name says
// nothing.
[[nodiscard]] bool may_be_mix(std::string_view printed, std::string_view id, bool same_size);

// Runs of letters in lower case: "llama" and "b" of "Llama 3.1 8B".
[[nodiscard]] std::vector<std::string> letters_in(std::string_view name);

}  // namespace headroom::paste
