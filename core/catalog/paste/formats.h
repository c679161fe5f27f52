// One reader per kind of text. Each takes one line, adds what it reads to `paste` and says whether the line was its
// own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/measurement_paste.h"

namespace headroom::paste {

enum class Reading : std::uint8_t { not_mine, read, broken };

// llama-bench -o md and -o csv: a header names the columns of the rows below it.
class TableReader {
 public:
  Reading read(std::string_view line, std::uint32_t number, Paste& paste);

 private:
  Reading read_row(const std::vector<std::string>& row, std::uint32_t number, Paste& paste) const;
  std::vector<std::string> header_;
  char separator_ = '|';
};

// llama-bench -o jsonl, or one object of -o json.
Reading read_json_line(std::string_view line, std::uint32_t number, Paste& paste);
// Objects of a whole JSON array; false when the text is no such array.
bool read_json_array(std::string_view text, Paste& paste);
// "prompt eval time = ...", "... model buffer size = 4403.49 MiB", "Device 0: NVIDIA ..."
Reading read_llama_log(std::string_view line, std::uint32_t number, Paste& paste);
// "|  0  NVIDIA GeForce RTX 4090 ... |", "... 5123MiB / 24564MiB ..."
Reading read_nvidia_smi(std::string_view line, std::uint32_t number, Paste& paste);
// "Avg generation throughput: 45.6 tokens/s", "GPU KV cache size: 123,456 tokens"
Reading read_vllm_log(std::string_view line, std::uint32_t number, Paste& paste);

}  // namespace headroom::paste
