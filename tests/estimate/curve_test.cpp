// The curves beside an estimate: decode against depth, time to the first token against the prompt.
#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;

TEST_CASE("Curves end where the model's context does, also before their usual first point") {
  std::size_t short_ones = 0;
  for (const ModelEntry& model : catalog().models()) {
    const bool is_short = model.max_context > 0 && model.max_context < 2048;
    if (!model.is_text() || (!is_short && model.id != "llama-3.1-8b")) continue;
    short_ones += is_short ? 1 : 0;
    CAPTURE(std::string(model.id));
    ScenarioSpec spec;
    spec.model = model.id;
    spec.hardware.device.id = "nvidia-rtx-4090-24gb";
    for (const Result<std::vector<CurvePoint>>& curve : {front().decode_curve(spec), front().ttft_curve(spec)}) {
      REQUIRE(curve.ok());
      REQUIRE(curve->size() >= 2);
      CHECK(curve->back().tokens == model.max_context);
      for (std::size_t i = 1; i < curve->size(); ++i) CHECK((*curve)[i - 1].tokens < (*curve)[i].tokens);
    }
  }
  CHECK(short_ones > 5);
}
