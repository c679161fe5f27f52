#include "core/catalog/model_filters.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/catalog/json_text.h"
#include "core/catalog/limits.h"

namespace headroom {
namespace {

Error bad_filters(const char* what) { return {ErrorCode::bad_file, std::string("model_filters: ") + what}; }

}  // namespace

bool ModelFilters::is_open(std::string_view license) const {
  return std::find(open_licenses.begin(), open_licenses.end(), license) != open_licenses.end();
}

Result<ModelFilters> read_model_filters(std::string_view json_text) {
  const nlohmann::json record = parse_or_discard(json_text);
  if (!record.is_object()) return bad_filters("not a JSON object");
  ModelFilters filters;
  filters.fast = number_member(record, "fast_tok_s").value_or(0);
  const double context = number_member(record, "long_context").value_or(0);
  if (filters.fast <= 0 || context < 1 || context > limits::kMostTokens) {
    return bad_filters("fast_tok_s or long_context is not a positive number");
  }
  filters.long_context = static_cast<std::uint32_t>(context);
  const std::string_view grade = text_member(record, "good_grade");
  if (grade.size() != 1 || grade[0] < 'A' || grade[0] > 'F') return bad_filters("good_grade is not A to F");
  filters.good_grade = grade[0];
  const auto licenses = record.find("open_licenses");
  if (licenses != record.end() && licenses->is_array()) {
    for (const nlohmann::json& license : *licenses) {
      if (const auto* id = license.get_ptr<const std::string*>()) filters.open_licenses.push_back(*id);
    }
  }
  if (filters.open_licenses.empty()) return bad_filters("open_licenses are missing");
  return filters;
}

}  // namespace headroom
