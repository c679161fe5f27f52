// How the model is run: engine, sequences at once, workload, and what a ranking weighs.
#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "core/catalog/engine_choice.h"
#include "core/speed/calibration.h"
#include "wasm/app/inputs/inputs.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"

namespace headroom {
namespace {

// The engines most people have come first; the rest as the catalog lists them.
std::vector<const Engine*> usual_order(std::span<const Engine> engines) {
  constexpr std::string_view kFirst[] = {"llama.cpp", "ollama", "lm-studio", "vllm", "sglang"};
  std::vector<const Engine*> order;
  for (const std::string_view id : kFirst) {
    for (const Engine& engine : engines) {
      if (engine.id == id) order.push_back(&engine);
    }
  }
  for (const Engine& engine : engines) {
    if (std::find(order.begin(), order.end(), &engine) == order.end()) order.push_back(&engine);
  }
  return order;
}

}  // namespace

void draw_engine_input(ScreenContext& context, Flow& body) {
  Ui& ui = context.ui;
  Session& session = context.session;
  label(ui, body, ui.text("input.engine"));
  const std::vector<const Engine*> engines = usual_order(session.catalog().engines());
  const Result<const Engine*> current = resolve_engine(session.catalog(), session.scenario());
  const System* system = session.answer().ok() ? &session.answer()->scenario.system : nullptr;
  std::vector<Chip> items;
  for (const Engine* engine : engines) {
    const bool runs = system == nullptr || runs_on_all(*engine, *system);
    items.push_back({engine->name, current.ok() && *current == engine, !runs});
  }
  if (const auto clicked = chips(ui, body, "engine", items)) session.choose_engine(engines[*clicked]->id);
}

void draw_parallel_input(ScreenContext& context, Flow& body) {
  Ui& ui = context.ui;
  Session& session = context.session;
  if (!session.answer().ok()) return;
  label(ui, body, ui.text("input.parallel"));
  const std::uint32_t now = session.answer()->scenario.settings.cache.parallel;
  constexpr std::uint64_t kAtADesk[] = {1, 2, 4, 8, 16, 32}, kServed[] = {1, 4, 16, 64, 256, 1024};
  const bool serves = is_serving(*session.answer()->scenario.engine);
  std::vector<std::uint64_t> choices(std::begin(serves ? kServed : kAtADesk), std::end(serves ? kServed : kAtADesk));
  const auto place = std::lower_bound(choices.begin(), choices.end(), now);
  if (place == choices.end() || *place != now) choices.insert(place, now);
  if (const auto clicked = number_chips(ui, body, "parallel", choices, now)) {
    session.change([&](ScenarioSpec& spec) { spec.parallel = static_cast<std::uint32_t>(choices[*clicked]); });
  }
}

void draw_workload_input(ScreenContext& context, Flow& body) {
  Ui& ui = context.ui;
  Session& session = context.session;
  label(ui, body, ui.text("input.workload"));
  const std::span<const WorkloadEntry> all = session.catalog().workloads();
  const std::string current = session.scenario().workload ? session.scenario().workload->id
                              : all.empty()               ? ""
                                                          : all.front().workload.id;
  std::vector<Chip> items;
  for (const WorkloadEntry& entry : all) {
    items.push_back({ui.text("workload." + entry.workload.id), entry.workload.id == current, false});
  }
  if (const auto clicked = chips(ui, body, "workload", items)) {
    session.change([&](ScenarioSpec& spec) { spec.workload = WorkloadSpec{all[*clicked].workload.id, 0, 0, 0}; });
  }
}

void draw_mode_input(ScreenContext& context, Flow& body) {
  Ui& ui = context.ui;
  Session& session = context.session;
  label(ui, body, ui.text("input.mode"));
  const std::span<const ModeEntry> all = session.catalog().modes();
  const std::string current = session.scenario().mode.value_or(all.empty() ? "" : all.front().id);
  std::vector<Chip> items;
  for (const ModeEntry& entry : all) items.push_back({ui.text("mode." + entry.id), entry.id == current, false});
  if (const auto clicked = chips(ui, body, "mode", items)) {
    session.change([&](ScenarioSpec& spec) { spec.mode = all[*clicked].id; });
  }
}

}  // namespace headroom
