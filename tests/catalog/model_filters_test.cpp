#include "core/catalog/model_filters.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "core/as_text.h"
#include "core/catalog/json_text.h"
#include "tests/catalog/shared.h"

namespace headroom {
namespace {

TEST_CASE("the filters of the facts are read, and their licences are those of models") {
  const auto filters = read_model_filters(as_text(shared_catalog().section("model_filters")));
  REQUIRE(filters.ok());
  CHECK(filters->fast == 20);
  CHECK(filters->long_context == 32768);
  CHECK(filters->good_grade == 'B');
  CHECK(filters->is_open("apache-2.0"));
  CHECK(filters->is_open("mit"));
  CHECK_FALSE(filters->is_open("llama3.1"));
  CHECK_FALSE(filters->is_open("cc-by-nc-4.0"));
  CHECK_FALSE(filters->is_open(""));
  std::set<std::string, std::less<>> used;
  for (const ModelEntry& model : shared_catalog().models()) used.emplace(model.license);
  CHECK(used.contains("apache-2.0"));
}

TEST_CASE("filters without a threshold, a grade or a licence are refused") {
  constexpr std::string_view kGood =
      R"({"fast_tok_s": 5, "long_context": 9, "good_grade": "C", "open_licenses": ["x"]})";
  CHECK(read_model_filters(kGood).ok());
  for (const char* missing : {"fast_tok_s", "long_context", "good_grade", "open_licenses"}) {
    nlohmann::json record = parse_or_discard(kGood);
    record.erase(missing);
    CHECK_FALSE(read_model_filters(record.dump()).ok());
  }
  CHECK_FALSE(read_model_filters("[]").ok());
  CHECK_FALSE(
      read_model_filters(R"({"fast_tok_s": 5, "long_context": 1e30, "good_grade": "C", "open_licenses": ["x"]})").ok());
  CHECK_FALSE(
      read_model_filters(R"({"fast_tok_s": 5, "long_context": 9, "good_grade": "Z", "open_licenses": ["x"]})").ok());
}

}  // namespace
}  // namespace headroom
