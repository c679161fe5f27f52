#include "core/units.h"

#include <doctest/doctest.h>

using namespace headroom;

TEST_CASE("rounding up and dividing up stay ordered up to the largest value") {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  struct Row {
    std::uint64_t value, step, rounded, divided;
  };
  constexpr Row kRows[] = {
      {0, 8, 0, 0},
      {1, 8, 8, 1},
      {16, 8, 16, 2},
      {17, 8, 24, 3},
      {17, 6, 18, 3},
      {18, 6, 18, 3},
      {kMost, 1, kMost, kMost},
      {kMost, 256, kMost, std::uint64_t{1} << 56U},
      {kMost - 1, 6, kMost, kMost / 6 + 1},
      {kMost - 255, 256, kMost - 255, (std::uint64_t{1} << 56U) - 1},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.value);
    CAPTURE(row.step);
    CHECK(round_up(row.value, row.step) == row.rounded);
    CHECK(divide_up(row.value, row.step) == row.divided);
  }
}
