// Reader of tests/truth/llama-cpp: the metadata and tensor list of real GGUF files, and what llama.cpp's own quantizer
// made of them. Shared by the suites; for tests only.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/model/tensor.h"

namespace headroom::truth {

// One metadata value. A scalar number has one entry in `numbers`; booleans are 0 and 1.
struct MetaValue {
  std::vector<double> numbers;
  std::string text;
  bool is_array = false;
};

struct Model {
  std::string name;                       // the key of the csv files
  std::string id;                         // of the catalog
  std::string arch;                       // general.architecture
  std::map<std::string, MetaValue> meta;  // the architecture's prefix is cut off: "block_count", "attention.head_count"
  Inventory inventory;                    // every tensor with its real name, shape and type; `cls` is not filled
  // First number of a key, or `fallback` when the key is missing.
  [[nodiscard]] double number(const std::string& key, double fallback = 0) const;
};

struct QuantRow {
  std::string model, mix;
  bool ok = false;  // false: the quantizer refused
  std::uint64_t tensor_bytes = 0;
  bool needs_imatrix = false;
  std::map<std::string, std::uint64_t> count_by_type;  // ggml's type name -> tensors
};

// Both read the files below HEADROOM_SOURCE_DIR and stop the test program with a message when one is unreadable.
[[nodiscard]] const std::vector<Model>& models();
[[nodiscard]] const std::vector<QuantRow>& quant_rows();
// nullptr when no model has that name.
[[nodiscard]] const Model* find_model(const std::string& name);

// Fields of a csv line; no quoting (the truth files have none).
[[nodiscard]] std::vector<std::string> split_csv(const std::string& line, char separator = ',');

}  // namespace headroom::truth
