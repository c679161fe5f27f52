// Decode with layers or experts on the host, asked end to end. No row of it takes part in the fit: what offloads is
// estimated from devices and processors that were measured alone.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "tests/estimate/scenarios.h"
#include "tests/truth/llama_cpp_truth.h"

namespace headroom {
namespace {

enum Field { device, model, format, gpu_layers, experts_moved, ubatch, output, depth, tok_s, rows, date, kFields };

// The laptop's memory is known by its size alone; two channels of DDR5-5600 are assumed.
ScenarioSpec scenario_of(const std::vector<std::string>& row) {
  const auto whole = [&row](Field field) { return static_cast<std::uint32_t>(std::atoi(row[field].c_str())); };
  ScenarioSpec spec = test::scenario(row[model], row[device], 1, row[format], "llama.cpp");
  spec.hardware.host.id = "desktop-ddr5-5600-2ch";
  spec.hardware.host.memory_bytes = gibibytes(64).value();
  // llama-bench makes room for what a test writes and for what is there before.
  spec.context = whole(depth) + whole(output);
  spec.ubatch = whole(ubatch);
  spec.gpu_layers = static_cast<std::int32_t>(whole(gpu_layers));
  // llama.cpp and the scenario count from the model's first layer.
  const std::size_t layers = test::catalog().architecture(*test::catalog().find_model(row[model])).layers.size();
  const auto on_host = static_cast<std::uint32_t>(layers + 1 - std::min<std::size_t>(whole(gpu_layers), layers + 1));
  if (whole(experts_moved) > 0) spec.cpu_moe_layers = static_cast<std::int32_t>(on_host + whole(experts_moved));
  spec.workload = WorkloadSpec{{}, 0, whole(output), whole(depth)};
  return spec;
}

}  // namespace

TEST_CASE("speed: decode with experts on the host, which no factor is fitted to") {
  std::ifstream in(HEADROOM_SOURCE_DIR "/tests/truth/offload/decode.csv");
  std::string line;
  REQUIRE(std::getline(in, line));
  std::vector<double> errors;
  std::size_t inside = 0, refused = 0;
  while (std::getline(in, line)) {
    const std::vector<std::string> row = truth::split_csv(line);
    REQUIRE(row.size() == kFields);
    const Result<Answer> answer = test::front().estimate(scenario_of(row));
    INFO(line);
    REQUIRE(answer.ok());
    if (answer->estimate.placement.status == FitStatus::does_not_fit) {
      ++refused;
      continue;
    }
    const Range& range = answer->estimate.speed.decode_tok_s;
    const double measured = std::atof(row[tok_s].c_str());
    errors.push_back(range.p50 / measured - 1);
    if (measured >= range.p10 && measured <= range.p90) ++inside;
  }
  REQUIRE(errors.size() > 100);
  std::vector<double> off = errors;
  for (double& error : off) error = std::fabs(error);
  std::sort(off.begin(), off.end());
  std::sort(errors.begin(), errors.end());
  const double share = static_cast<double>(inside) / static_cast<double>(errors.size());
  MESSAGE("offloaded decode: " << errors.size() << " rows, median error " << 100 * off[off.size() / 2]
                               << " %, median bias " << 100 * errors[errors.size() / 2] << " %, inside " << 100 * share
                               << " %; said not to fit " << refused);
  CHECK(off[off.size() / 2] < 0.25);
  CHECK(share > 0.75);
}

}  // namespace headroom
