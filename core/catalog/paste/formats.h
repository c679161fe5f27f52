// One reader per kind of text. Each takes one line, adds what it reads to `paste` and says whether the line was its
// own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/measurement_paste.h"

namespace headroom::paste {

enum class Reading : std::uint8_t {
  not_mine,
  read,
  idle,    // understood, but nothing to compare an estimate with
  unused,  // likewise, and of a measurement, so that it is missed
  mixed,   // likewise: prompts and answers in one average
  broken,  // part of a measurement that cannot be read
};

// A row of llama-bench in any form, by the names of its columns.
Reading read_bench_row(const std::vector<std::string>& header, const std::vector<std::string>& row,
                       std::uint32_t number, Paste& paste);

// Tables whose head names the columns of the rows below it: llama-bench -o md and -o csv, llama-batched-bench, and the
// CSV of nvidia-smi and rocm-smi.
class TableReader {
 public:
  Reading read(std::string_view line, std::uint32_t number, Paste& paste);

 private:
  Reading read_row(const std::vector<std::string>& row, std::uint32_t number, Paste& paste) const;
  std::vector<std::string> header_;
  char separator_ = '|';
};

// llama-bench -o sql: INSERT INTO llama_bench (a, b) VALUES ('x', 'y'); a dump of its table names no columns, which are
// those the table was made with.
class SqlReader {
 public:
  // As JsonReader's. A statement without an end is broken, and the lines behind its first are read for themselves.
  Reading read(std::string_view line, std::string_view rest, std::uint32_t number, Paste& paste, std::size_t& length);

 private:
  std::vector<std::string> columns_;  // of the table that was made
};

enum class RunSlot : std::uint8_t;

// Programs that print a figure a line, counts and rates apart: Ollama, LM Studio, KoboldCpp's benchmark,
// mlx_lm.benchmark and the benchmarks of vLLM, SGLang and TensorRT-LLM.
class RunReader {
 public:
  Reading read(std::string_view line, std::uint32_t number, Paste& paste);

 private:
  Reading read_trial(std::string_view text, std::uint32_t number, Paste& paste);
  Reading take(RunSlot slot, double value, std::uint32_t number, Paste& paste);
  struct Run {
    double prompt = 0, output = 0, sequences = 0, requests = 0, context = 0;
  };
  Run run_;
  std::uint32_t first_trial_ = 0;  // line
};

// "ollama ps": the columns of a row stand under those of the head.
class OllamaTable {
 public:
  Reading read(std::string_view line, std::uint32_t number, Paste& paste);

 private:
  std::size_t size_ = 0, processor_ = 0;  // columns; 0: no head yet
};

// JSON that begins a line and may go on for many: an object with the rates of llama-bench, of llama-server's or
// Ollama's answer, of LM Studio or of a serving benchmark, or a list of such objects.
class JsonReader {
 public:
  // `rest` is the text from `line` on; `length` becomes how much of it was read.
  Reading read(std::string_view line, std::string_view rest, std::uint32_t number, Paste& paste, std::size_t& length);

 private:
  bool short_objects_ = false, short_lists_ = false;  // they end on their line
};

// "prompt eval time = ...", "... model buffer size = 4403.49 MiB", "Device 0: NVIDIA ..."
Reading read_llama_log(std::string_view line, std::uint32_t number, Paste& paste);
// What nvidia-smi, rocm-smi and amd-smi print.
Reading read_smi(std::string_view line, std::uint32_t number, Paste& paste);
// vLLM and SGLang: "Avg generation throughput: 45.6 tokens/s", "GPU KV cache size: 123,456 tokens"
Reading read_server_log(std::string_view line, std::uint32_t number, Paste& paste);
// Rates and counts in one line: MLX, ExLlama, KoboldCpp, LM Studio, llama-cli, text-generation-webui.
Reading read_rates(std::string_view line, std::uint32_t number, Paste& paste);

}  // namespace headroom::paste
