// Public measurements as rows: data/measurements/*.csv.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"

namespace headroom {

enum class MeasuredKind : std::uint8_t { decode, prefill, served, first_token };

struct MeasuredRow {
  MeasuredKind kind = MeasuredKind::decode;
  std::string device, backend, engine, model, format, kv;
  std::string date, source;  // the source's number in sources.csv
  std::uint32_t count = 1, data_parallel = 1, expert_parallel = 1;
  std::uint32_t prompt = 0, output = 0, depth = 0, concurrency = 1;
  std::uint32_t ubatch = 0;  // 0: the engine's default
  bool flash_attention_off = false;
  bool wall = false;          // served: output over the whole time of a request, its prompt included
  double tok_s = 0;           // decode: per sequence; prefill: of the prompt; first token: its time's reciprocal
  std::uint32_t repeats = 1;  // near-identical rows behind it (their median is here)
};

// Reads both files of `folder`. A served row whose time to first token is of a prompt alone also yields a prefill row,
// one of several sequences a row of that time. Errors (bad_file): a file is missing or a column is.
[[nodiscard]] Result<std::vector<MeasuredRow>> read_measured(const std::string& folder);

}  // namespace headroom
