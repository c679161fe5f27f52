// What a ranking leaves out unseen could not have won.
#include <vector>

#include "core/advice/format_bound.h"
#include "tests/estimate/scenarios.h"

using namespace headroom;
using namespace headroom::test;

namespace {

struct Tried {
  Answer answer;
  FormatCost cost;
  SpeedProfile speed;
};

// A model in every format of the short list, on one machine.
std::vector<Tried> tried(const std::string& model, const char* device, const char* engine, std::uint32_t users,
                         const char* workload) {
  std::vector<Tried> all;
  for (const Format& format : catalog().formats()) {
    if (!format.short_listed || !catalog().find_engine(engine)->runs(format.family)) continue;
    ScenarioSpec spec = scenario(model, device, 1, format.id, engine);
    spec.workload = WorkloadSpec{};
    spec.workload->id = workload;
    spec.parallel = users;
    Result<Answer> answer = front().estimate(spec);
    if (!answer) continue;
    const ResolvedScenario& scenario = answer->scenario;
    SystemSpeed speeds(catalog().calibration(), scenario.system, *scenario.engine);
    const SpeedProfile speed = speeds.profile(*answer->model, *answer->weights);
    const FormatCost cost = format_cost(*answer->model, *answer->weights);
    all.push_back({std::move(answer).value(), cost, speed});
  }
  return all;
}

}  // namespace

TEST_CASE("No format scores better than its bound from another one of the model") {
  struct Machine {
    const char* device;
    const char* engine;
    std::uint32_t users = 1;
  };
  constexpr Machine kMachines[] = {{"nvidia-rtx-3060-12gb", "llama.cpp"},
                                   {"nvidia-rtx-4060-8gb", "llama.cpp"},
                                   {"apple-m4-max-40c-64gb", "llama.cpp"},
                                   {"cpu-ryzen-7950x-ddr5-5600-2ch", "llama.cpp"},
                                   {"nvidia-h20-96gb", "vllm"},
                                   {"nvidia-rtx-5090-32gb", "sglang", 32},
                                   {"nvidia-rtx-3060-12gb", "llama.cpp", 8}};
  constexpr double kModelQuality = 0.5;
  // Points. What spills does so by whole layers, and a raised limit changes what is usable; a bound counts neither.
  constexpr double kTolerance = 0.1, kToleranceElsewhere = 1.5;
  std::size_t bounds = 0;
  std::size_t tight = 0;
  for (const Machine& machine : kMachines) {
    for (const char* workload : {"chat", "rag"}) {
      for (std::size_t i = 0; i < catalog().models().size(); i += 53) {
        const ModelEntry& model = catalog().models()[i];
        if (!model.is_text()) continue;
        const std::vector<Tried> formats =
            tried(std::string(model.id), machine.device, machine.engine, machine.users, workload);
        for (const Tried& seen : formats) {
          const Placement& placement = seen.answer.estimate.placement;
          const Speed& speed = seen.answer.estimate.speed;
          const Settings& settings = seen.answer.scenario.settings;
          const Mark mark =
              headroom::mark(placement, speed, settings, {kModelQuality, 1}, seen.answer.model->total_params);
          const FormatBound bound(*seen.answer.model, placement, speed, mark, settings, seen.cost, kModelQuality);
          for (const Tried& other : formats) {
            const Estimate& estimate = other.answer.estimate;
            const Mark actual = headroom::mark(estimate.placement, estimate.speed, settings, {kModelQuality, 1},
                                               seen.answer.model->total_params);
            const double most = bound.of(other.cost, pace_ratio(seen.speed, other.speed), 1, 0);
            INFO(machine.device << " " << workload << " " << model.id << ": " << other.answer.weights->format->id
                                << " from " << seen.answer.weights->format->id);
            if (estimate.placement.status == FitStatus::does_not_fit) continue;
            const bool alike = estimate.placement.status == placement.status &&
                               estimate.placement.limit == placement.limit && placement.status != FitStatus::offload;
            CHECK(actual.exact_score <= most + (alike ? kTolerance : kToleranceElsewhere));
            ++bounds;
            tight += most < actual.exact_score + 1 ? 1 : 0;
          }
        }
      }
    }
  }
  CHECK(bounds > 3000);
  CHECK(tight > bounds / 4);  // else it would leave out nothing
}
