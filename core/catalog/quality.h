// How good a model is for a workload, and what a format costs: looked up, never guessed. Unknown stays unknown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/catalog.h"

namespace headroom {

// Rank within the workload's benchmark source, 0..1; negative when the model has none.
[[nodiscard]] double model_quality(const ModelEntry& model, std::size_t workload);

// What a model counts as in a score: its rank or, where nobody ranked it, the lower quartile of the ranked models
// nearest to it in size; nothing where the workload is longer than its context. For the score only; as a fact its
// quality stays unknown.
class ModelQualities {
 public:
  explicit ModelQualities(const Catalog& catalog);
  [[nodiscard]] double of(const ModelEntry& model, std::size_t workload) const;
  // Of a model that is not in the catalog. Negative when nothing is ranked.
  [[nodiscard]] double expected(std::uint64_t total_params, std::size_t workload) const;

 private:
  struct Ranked {
    double params = 0, rank = 0;
  };
  std::vector<std::vector<Ranked>> by_size_;   // by workload, rising parameters
  std::vector<std::uint32_t> context_needed_;  // by workload
};

struct FormatQuality {
  std::string_view label;              // text key: "quality.reference" ... "quality.very_low", "quality.unknown"
  std::optional<double> ppl_increase;  // relative rise of perplexity against 16 bit, 0.02 = 2 %
  double kept = 1;                     // 0..1, for the score; from the nearest format with a figure when unknown
  std::string measured_on;             // the model it was measured on
  std::string source, date;
};

// One row per format of the catalog, from data/format_quality.json.
class FormatQualities {
 public:
  explicit FormatQualities(const Catalog& catalog);
  // Of a model released in `native_precision`: as it was released it has lost nothing, in however few bits.
  [[nodiscard]] const FormatQuality& of(const Format& format, std::string_view native_precision) const;

 private:
  [[nodiscard]] std::size_t index_of(const Format& format) const { return static_cast<std::size_t>(&format - first_); }
  const Format* first_ = nullptr;
  std::vector<FormatQuality> rows_;  // parallel to Catalog::formats()
  FormatQuality as_released_;
};

}  // namespace headroom
