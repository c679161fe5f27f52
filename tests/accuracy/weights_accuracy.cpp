#include "tests/accuracy/weights_accuracy.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "core/model/profile.h"
#include "tests/accuracy/halves.h"
#include "tests/estimate/scenarios.h"
#include "tests/truth/llama_cpp_truth.h"

namespace headroom::accuracy {
namespace {

struct WeightErrors {
  std::vector<double> all;
  std::size_t exact = 0;
  void add(double error) {
    all.push_back(std::abs(error));
    exact += error == 0 ? 1 : 0;
  }
  [[nodiscard]] AccuracyRow row(std::string what) const {
    AccuracyRow out{std::move(what), all.size(), exact, 0, 0};
    if (all.empty()) return out;
    std::vector<double> sorted = all;
    std::sort(sorted.begin(), sorted.end());
    out.median_error = sorted[sorted.size() / 2];
    out.worst_error = sorted.back();
    return out;
  }
};

Format gguf_format(const std::string& mix) {
  Format format;
  format.id = format.mix = mix;
  format.family = FormatFamily::gguf;
  return format;
}

// Relative error of one row; 1 where one side refuses and the other does not.
double error_of(const ModelProfile& model, const truth::QuantRow& row) {
  const Format format = gguf_format(row.mix);
  const WeightProfile weights = make_weight_profile(model, format);
  if (weights.available != row.ok) return 1;
  return row.ok ? weights.file_bytes.as_double() / static_cast<double>(row.tensor_bytes) - 1 : 0;
}

}  // namespace

std::vector<AccuracyRow> weights_accuracy(const Catalog& catalog) {
  std::map<std::string, ModelProfile> profiles;
  for (const truth::Model& model : truth::models()) {
    const std::optional<std::size_t> index = catalog.find_model(model.id);
    if (index) profiles.emplace(model.name, make_model_profile(model.id, catalog.architecture(*index)));
  }
  // The dry run's file of this model has no shared experts although its metadata counts two.
  constexpr const char* kIncompleteFile = "Kimi-K3";
  WeightErrors all, complete, first, second;
  for (const truth::QuantRow& row : truth::quant_rows()) {
    const auto model = profiles.find(row.model);
    const double error = model == profiles.end() ? 1 : error_of(model->second, row);
    all.add(error);
    if (row.model != kIncompleteFile) complete.add(error);
    (in_first_half(row.model) ? first : second).add(error);
  }
  const std::string what = "GGUF tensor bytes per model and mix";
  return {all.row(what), complete.row(what + ", without the file that lacks shared experts"),
          first.row(what + ", first half of the models"), second.row(what + ", second half")};
}

TEST_CASE("the published accuracy of GGUF weights holds") {
  const std::vector<AccuracyRow> rows = weights_accuracy(test::catalog());
  for (const AccuracyRow& row : rows) {
    MESSAGE(row.what << ": " << row.exact << " of " << row.rows << " exact, median " << row.median_error << ", worst "
                     << row.worst_error);
    CHECK(row.rows > 1000);
    CHECK(row.median_error == 0);
    CHECK(row.worst_error < 0.01);
  }
  CHECK(static_cast<double>(rows[0].exact) >= 0.99 * static_cast<double>(rows[0].rows));
  CHECK(rows[1].exact == rows[1].rows);
}

}  // namespace headroom::accuracy
