// Peaks of training that others published, against the estimate of the same run.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;

TEST_CASE("published peaks of training lie within the stated range, and their middle near the estimate") {
  enum Field { model, method, rank, sequence, batch, checkpointing, flash, precision, gigabytes, source };
  std::ifstream in(HEADROOM_SOURCE_DIR "/tests/truth/memory-logs/finetune.csv");
  REQUIRE(in.good());
  std::string line;
  std::getline(in, line);
  std::vector<double> ratios;
  std::size_t inside = 0;
  while (std::getline(in, line)) {
    std::vector<std::string> f;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) f.push_back(cell);
    REQUIRE(f.size() == source + 1);
    const auto count = [&f](Field field) { return static_cast<std::uint32_t>(std::atoi(f[field].c_str())); };
    ScenarioSpec spec = scenario(f[model], "nvidia-h200-sxm-141gb", 1, "BF16", "transformers");
    TuneSettings tune;
    tune.method = f[method] == "full" ? TuneMethod::full : f[method] == "lora" ? TuneMethod::lora : TuneMethod::qlora;
    tune.precision = f[precision] == "bf16" ? TunePrecision::bf16 : TunePrecision::mixed;
    tune.rank = count(rank);
    tune.sequence = count(sequence);
    tune.batch = count(batch);
    tune.checkpointing = f[checkpointing] == "1";
    tune.flash_attention = f[flash] == "1";
    spec.finetune = tune;
    const Answer asked = answer(spec);
    REQUIRE(asked.tuning);
    const double ratio = std::strtod(f[gigabytes].c_str(), nullptr) * 1e9 / asked.tuning->share.total().as_double();
    ratios.push_back(ratio);
    inside += ratio >= kTuneLow && ratio <= kTuneHigh ? 1 : 0;
  }
  std::sort(ratios.begin(), ratios.end());
  const double middle = ratios[ratios.size() / 2];
  MESSAGE("published over estimated: median " << middle << ", inside the range " << inside << " of " << ratios.size());
  CHECK(std::abs(middle - 1) < 0.06);
  CHECK(inside * 10 >= ratios.size() * 8);
}
