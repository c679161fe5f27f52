// Every model of the truth, written as a GGUF file, read back, and turned into an Architecture.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "core/catalog/import/gguf_architecture.h"
#include "core/catalog/import/import_session.h"
#include "core/memory/memory.h"
#include "core/model/parameters.h"
#include "tests/import/gguf_read.h"
#include "tests/import/gguf_writer.h"
#include "tests/truth/gguf_truth.h"
#include "tests/truth/llama_memory.h"

namespace headroom {
namespace {

std::uint64_t truth_elements(const truth::Model& model) {
  std::uint64_t sum = 0;
  for (const Tensor& t : model.inventory.tensors) sum += t.elements();
  return sum;
}

TEST_CASE("every truth model survives writing and reading a GGUF header") {
  REQUIRE(truth::models().size() >= 100);
  for (const truth::Model& model : truth::models()) {
    CAPTURE(model.name);
    const GgufHeader given = truth::gguf_header(model);
    const auto read = testing::read_gguf(testing::write_gguf(given), std::nullopt, 4096);
    REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.error().message));
    REQUIRE(read->tensors.size() == given.tensors.size());
    CHECK(read->tensor_bytes == given.tensor_bytes);
    for (std::size_t i = 0; i < given.tensors.size(); ++i) {
      CHECK(read->tensors[i].name == given.tensors[i].name);
      CHECK(read->tensors[i].ne == given.tensors[i].ne);
      CHECK(read->tensors[i].bytes == given.tensors[i].bytes);
    }
    const auto imported = architecture_from_gguf(*read);
    REQUIRE_MESSAGE(imported.ok(), (imported.ok() ? "" : imported.error().message));
    const Architecture& a = imported->architecture;
    CHECK(a.text_params + a.mtp.params == truth_elements(model));
    CHECK(imported->stored->total_bytes == given.tensor_bytes);
    CHECK(imported->cache_known);
    CHECK(imported->notes.empty());
    CHECK(count_parameters(a).text() == a.text_params);
  }
}

// What a person sees who drops a file that the catalog does not hold: nothing but its header is known.
TEST_CASE("the cache of a dropped header is the one that llama.cpp planned for the file") {
  constexpr double kPrinted = 0.045;  // MiB
  std::map<std::string, ModelProfile> profiles;
  for (const truth::Model& model : truth::models()) {
    const auto imported = import_model(testing::write_gguf(truth::gguf_header(model)), "dropped.gguf");
    REQUIRE_MESSAGE(imported.ok(), (imported.ok() ? "" : imported.error().message));
    profiles.emplace(model.name, make_model_profile("dropped", imported->architecture, *imported->inventory));
  }
  const Engine engine = truth::llama_engine();
  std::size_t rows = 0;
  for (const truth::MemoryRow& row : truth::memory_rows()) {
    const CacheFootprint footprint = cache_footprint(profiles.at(row.model), engine, row.settings());
    const double got = (footprint.kv + footprint.state).as_double() / truth::kMib;
    const double want = row.kv_mib() + row.recurrent_mib;
    INFO(row.describe());
    CHECK(std::abs(got - want) <= std::max(kPrinted, want * 0.0005));
    ++rows;
  }
  CHECK(rows > 4500);
}

}  // namespace
}  // namespace headroom
