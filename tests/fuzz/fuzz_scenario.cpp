// Scenario JSON: what is accepted must come back equal after writing and reading.
#include <nlohmann/json.hpp>

#include "core/catalog/json_text.h"
#include "core/catalog/scenario_json.h"
#include "tests/fuzz/fuzz.h"

int headroom::fuzz::fuzz_scenario(const std::uint8_t* data, std::size_t size) {
  using namespace headroom;
  const auto value = parse_json({reinterpret_cast<const char*>(data), size}, "scenario");
  if (!value.ok()) return 0;
  const auto spec = parse_scenario(*value, ScenarioNeeds{false, false});
  if (!spec.ok()) {
    fuzz::require(!spec.error().message.empty());
    return 0;
  }
  const nlohmann::json written = to_json(*spec);
  const auto again = parse_scenario(written, ScenarioNeeds{false, false});
  fuzz::require(again.ok());
  fuzz::require(json_text(to_json(*again)) == json_text(written));
  return 0;
}
