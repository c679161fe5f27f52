#include <doctest/doctest.h>

#include <cmath>

#include "core/memory/memory.h"
#include "tests/truth/llama_memory.h"

using namespace headroom;

namespace {
// llama.cpp prints two decimals; a row sums up to eight printed figures.
constexpr double kRounding = 0.045;
}  // namespace

TEST_CASE("KV cache, recurrent state and output buffer are llama.cpp's, row by row") {
  const auto models = truth::model_profiles();
  const auto rows = truth::memory_rows();
  const Engine engine = truth::llama_engine();
  REQUIRE(models.size() == 102);
  REQUIRE(rows.size() == 4725);
  for (const truth::MemoryRow& row : rows) {
    const auto it = models.find(row.model);
    REQUIRE(it != models.end());
    const CacheSettings cache = row.settings();
    const CacheFootprint footprint = cache_footprint(it->second, engine, cache);
    INFO(row.describe());
    CHECK(std::abs(footprint.kv.as_double() / truth::kMib - row.kv_mib()) <= kRounding);
    CHECK(std::abs(footprint.state.as_double() / truth::kMib - row.recurrent_mib) <= kRounding);
    CHECK(std::abs(output_buffer(it->second, engine, cache).as_double() / truth::kMib - row.output_mib) <= kRounding);
  }
}
