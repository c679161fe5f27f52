#include "core/catalog/quoted.h"

#include <doctest/doctest.h>

using namespace headroom;

TEST_CASE("what was given is quoted up to sixty bytes, and no character is cut in two") {
  const std::string sixty(60, 'x'), fifty_nine(59, 'x');
  struct Row {
    std::string given, expected;
  };
  const Row rows[] = {{"", "\"\""},
                      {"Q9_Z", "\"Q9_Z\""},
                      {sixty, "\"" + sixty + "\""},
                      {sixty + "x", "\"" + sixty + "...\""},
                      {fifty_nine + "\u00E9", "\"" + fifty_nine + "...\""},
                      {fifty_nine + "\u6A21", "\"" + fifty_nine + "...\""},
                      {std::string(58, 'x') + "\u00E9y", "\"" + std::string(58, 'x') + "\u00E9...\""}};
  for (const Row& row : rows) CHECK(in_quotes(row.given) == row.expected);
  CHECK(beginning("\u6A21\u578B", 2).empty());
  CHECK(beginning("\u6A21\u578B", 5) == "\u6A21");
}
