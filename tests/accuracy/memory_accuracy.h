// How right the memory figures are, by the table of what is promised: error of each part on the shipped truth.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/catalog/catalog.h"

namespace headroom::accuracy {

struct MemoryAccuracyRow {
  std::string what, truth;
  std::size_t rows = 0;
  double median_error = 0, p95 = 0;  // relative
  double within = 0;                 // share of rows inside the row's own bound
  std::string goal;
  bool met = false;
};

// Everything from catalog facts: architecture -> caches, buffers, pages. Rows that share a file of truth are split by a
// hash of the model's name into those the rules were written on and those that judge them.
[[nodiscard]] std::vector<MemoryAccuracyRow> memory_accuracy(const Catalog& catalog);

// The table as text, one row a line.
[[nodiscard]] std::string print(const std::vector<MemoryAccuracyRow>& rows);

}  // namespace headroom::accuracy
