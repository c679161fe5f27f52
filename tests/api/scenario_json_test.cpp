#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "core/catalog/scenario_json.h"
#include "tests/api/scenarios.h"

namespace headroom {
namespace {

using nlohmann::json;

TEST_CASE("a scenario survives reading and writing") {
  const json full = test::full_scenario();
  const auto spec = parse_scenario(full);
  REQUIRE(spec.ok());
  CHECK(spec->unknown_fields.empty());
  CHECK(to_json(*spec) == full);

  const json small = test::small_scenario();
  const auto minimal = parse_scenario(small);
  REQUIRE(minimal.ok());
  CHECK(to_json(*minimal) == small);
}

TEST_CASE("shorthand and defaults mean the same as the long form") {
  const auto shorthand = parse_scenario({{"model", "llama-3.1-8b"},
                                         {"hardware", "nvidia-h20-96gb"},
                                         {"kv_cache", "q8_0"},
                                         {"engine", "auto"},
                                         {"gpu_layers", "auto"},
                                         {"split", "auto"},
                                         {"context", nullptr}});
  REQUIRE(shorthand.ok());
  CHECK(to_json(*shorthand) == json{{"model", "llama-3.1-8b"},
                                    {"hardware", {{"device", "nvidia-h20-96gb"}}},
                                    {"kv_cache", {{"k", "q8_0"}, {"v", "q8_0"}}}});
  const auto record = parse_scenario(
      {{"model", {{"id", "llama-3.1-8b"}, {"name", "Llama 3.1 8B"}}}, {"hardware", {{"device", "nvidia-h20-96gb"}}}});
  REQUIRE(record.ok());
  CHECK(record->model == "llama-3.1-8b");
}

TEST_CASE("fields that nobody reads are named and change nothing") {
  json scenario = test::small_scenario();
  scenario["contxt"] = 4096;
  scenario["hardware"]["cuont"] = 2;
  const auto spec = parse_scenario(scenario);
  REQUIRE(spec.ok());
  CHECK(spec->unknown_fields == std::vector<std::string>{"hardware.cuont", "contxt"});
  CHECK(to_json(*spec) == test::small_scenario());
}

struct Refused {
  const char* pointer;
  json value;
  const char* field;  // must stand in the message
};

TEST_CASE("a value out of range or of the wrong type is refused, naming the field and what is allowed") {
  const std::vector<Refused> rows{
      {"/context", -1, "context: -1"},
      {"/context", 0, "context: 0"},
      {"/context", 1.5, "context: 1.5"},
      {"/context", "8192", "context: \"8192\""},
      {"/context", 1e300, "context: 1e+300"},
      {"/context", json::array(), "context: a list"},
      {"/parallel", -3, "parallel: -3"},
      {"/parallel", 18446744073709551615ULL, "parallel: 18446744073709551615"},
      {"/hardware/count", 0, "hardware.count: 0"},
      {"/hardware/count", 17, "hardware.count: 17"},
      {"/hardware/device", 5, "hardware.device: 5"},
      {"/hardware/device", {{"name", "x"}}, "hardware.device.memory_bytes"},
      {"/hardware/device", {{"memory_bytes", -5}}, "hardware.device.memory_bytes: -5"},
      {"/hardware/usable_fraction", 1.5, "hardware.usable_fraction: 1.5"},
      {"/hardware/reserved_bytes", -1, "hardware.reserved_bytes: -1"},
      {"/hardware/interconnect", {{"latency_us", 1}}, "hardware.interconnect.gbs_per_direction"},
      {"/hardware/host/memory_bytes", "64 GB", "hardware.host.memory_bytes: \"64 GB\""},
      {"/hardware/others", {{{"count", 1}}}, "hardware.others[0].device"},
      {"/model", 7, "model: 7"},
      {"/flash_attention", "yes", "flash_attention: \"yes\""},
      {"/gpu_layers", "some", "gpu_layers: \"some\""},
      {"/gpu_layers", -4, "gpu_layers: -4"},
      {"/split", "diagonal", "split: \"diagonal\""},
      {"/tensor_parallel", 0, "tensor_parallel: 0"},
      {"/adapters", {{{"rank", 0}}}, "adapters[0].rank: 0"},
      {"/speculation", "telepathy", "speculation: \"telepathy\""},
      {"/speculation", {{"kind", "mtp"}, {"acceptance", 2}}, "speculation.acceptance: 2"},
      {"/kernels", {1, 2}, "kernels: a list"},
      {"/workload", {{"prompt", -1}}, "workload.prompt: -1"},
      {"/workload", 5, "workload: 5"},
      {"/language", "tlh", "language: \"tlh\""},
  };
  for (const Refused& row : rows) {
    json scenario = test::small_scenario();
    scenario[json::json_pointer(row.pointer)] = row.value;
    const auto spec = parse_scenario(scenario);
    CAPTURE(row.pointer);
    REQUIRE_FALSE(spec.ok());
    CHECK(spec.error().code == ErrorCode::bad_value);
    CAPTURE(spec.error().message);
    CHECK(spec.error().message.find(row.field) != std::string::npos);
    CHECK(spec.error().message.find("allowed") != std::string::npos);
  }
}

TEST_CASE("what has no default must be given") {
  CHECK(parse_scenario(json::object()).error().message.find("model") == 0);
  CHECK(parse_scenario({{"model", "x"}}).error().message.find("hardware") == 0);
  CHECK(parse_scenario({{"model", "x"}}, {.model = true, .hardware = false}).ok());
  CHECK(parse_scenario({{"hardware", "x"}}, {.model = false, .hardware = true}).ok());
  CHECK_FALSE(parse_scenario(json::array()).ok());
  CHECK_FALSE(parse_scenario(nullptr).ok());
}

TEST_CASE("sixteen devices in all, however they are listed") {
  json scenario = test::small_scenario();
  scenario["hardware"]["count"] = 9;
  scenario["hardware"]["others"] = {{{"device", "nvidia-h20-96gb"}, {"count", 7}}};
  CHECK(parse_scenario(scenario).ok());
  scenario["hardware"]["others"][0]["count"] = 8;
  CHECK(parse_scenario(scenario).error().message.find("17 devices") != std::string::npos);
}

TEST_CASE("zero lengths are legal") {
  json scenario = test::small_scenario();
  scenario["workload"] = {{"prompt", 0}, {"output", 0}, {"cached_prefix", 0}};
  CHECK(parse_scenario(scenario).ok());
}

TEST_CASE("no mutation of a scenario crashes, and what is accepted can be written and read again") {
  std::mt19937 random(20261121);
  std::size_t accepted = 0;
  for (int i = 0; i < 6000; ++i) {
    json scenario = i % 2 == 0 ? test::full_scenario() : test::small_scenario();
    for (auto changes = random() % 3 + 1; changes > 0; --changes) test::mutate(scenario, random);
    const auto spec = parse_scenario(scenario);
    if (!spec) {
      CHECK_FALSE(spec.error().message.empty());
      continue;
    }
    ++accepted;
    const json written = to_json(*spec);
    const auto again = parse_scenario(written);
    REQUIRE(again.ok());
    CHECK(to_json(*again) == written);
  }
  CHECK(accepted > 300);
}

}  // namespace
}  // namespace headroom
