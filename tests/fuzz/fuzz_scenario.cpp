// Scenario JSON: what is accepted must come back equal after writing and reading, and is then answered or refused with
// a reason, upgrades included.
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/catalog/catalog.h"
#include "core/catalog/front.h"
#include "core/catalog/json_text.h"
#include "core/catalog/scenario_json.h"
#include "tests/fuzz/fuzz.h"
#include "wasm/pack/catalog_pack.h"

namespace {

using namespace headroom;

Front& front() {
  static const Result<std::unique_ptr<Catalog>> kCatalog = Catalog::load(catalog_pack());
  fuzz::require(kCatalog.ok());
  static Front shared(**kCatalog);
  return shared;
}

void answer(const ScenarioSpec& spec) {
  const Result<Answer> answer = front().estimate(spec);
  if (!answer.ok()) {
    fuzz::require(!answer.error().message.empty());
    return;
  }
  const Estimate& estimate = answer->estimate;
  fuzz::require(estimate.placement.weights <= estimate.placement.total());
  fuzz::require(std::isfinite(estimate.speed.decode_tok_s.p90) && estimate.speed.decode_tok_s.p10 >= 0);
  fuzz::require(front().upgrades(spec).ok());
}

}  // namespace

int headroom::fuzz::fuzz_scenario(const std::uint8_t* data, std::size_t size) {
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
  answer(*spec);
  return 0;
}
