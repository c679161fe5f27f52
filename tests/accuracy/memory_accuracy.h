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
  double goal_value = 0;  // of the median
  const char* key = "";   // of the row's name in the texts, after "memory."; empty: not shown on the Accuracy screen
};

// Everything from catalog facts: architecture -> caches, buffers, pages. Compute buffers are shown for two halves of
// the models, split by a hash of the name. The rules were written with every row in view, so neither half is held out:
// the halves show how evenly the rules do, not how they do on models nobody looked at. Rows whose planning device moved
// weights or scores to the host are left out of the buffers: their caches, and the sum of their weights, are judged.
// Serving rows start from the logged cache size; the pools and the loads start from the scenario alone. Rows with a
// `reason` or `tuned` beside them in the truth are not judged.
[[nodiscard]] std::vector<MemoryAccuracyRow> memory_accuracy(const Catalog& catalog);

// The rows of users' logs, asked end to end (memory_logs.cpp).
void log_rows(std::vector<MemoryAccuracyRow>& rows);

// The rows that have a key, as data/accuracy_memory.json ships them.
[[nodiscard]] std::string shipped(const std::vector<MemoryAccuracyRow>& rows);

// The table as text, one row a line.
[[nodiscard]] std::string print(const std::vector<MemoryAccuracyRow>& rows);

}  // namespace headroom::accuracy
