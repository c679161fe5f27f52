// How right the weights are: bytes of GGUF tensors per model and mix against llama.cpp's quantizer.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/catalog/catalog.h"

namespace headroom::accuracy {

struct AccuracyRow {
  std::string what;
  std::size_t rows = 0;
  std::size_t exact = 0;
  double median_error = 0;  // relative
  double worst_error = 0;
};

// From catalog fields alone: architecture -> inventory -> mix -> bytes. Rows: all models, all whose file is complete,
// and the two halves into which a hash of the name splits them. The rules were read off all of these models, so the
// halves show evenness, not an independent test; tests/model/file_size_test.cpp compares files the rules were not made
// from.
[[nodiscard]] std::vector<AccuracyRow> weights_accuracy(const Catalog& catalog);

}  // namespace headroom::accuracy
