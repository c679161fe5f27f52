// From what a person states to what the estimator reads: ids looked up, defaults of the engine and platform filled in.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/catalog/scenario_spec.h"
#include "core/result.h"

namespace headroom {

struct ResolvedModel {
  std::optional<std::size_t> index;           // in Catalog::models(); empty for a custom model
  std::shared_ptr<const CustomModel> custom;  // else null
};

// What a person calls it.
[[nodiscard]] std::string name_of_model(const Catalog& catalog, const ResolvedModel& model);

// Pointers reach into the catalog or into the spec's custom parts, which `keep_alive` holds.
struct ResolvedScenario {
  ResolvedModel model;
  const Engine* engine = nullptr;
  const Format* format = nullptr;
  System system;
  Settings settings;
  std::optional<ResolvedModel> draft;
  const Format* draft_format = nullptr;
  const WorkloadEntry* workload = nullptr;  // null when the figures were given
  const ModeEntry* mode = nullptr;
  bool known_to_engine = true;  // see knows()
  ModelTraits traits;           // of the model; views into the catalog or what `model` holds
  std::vector<std::shared_ptr<const CustomDevice>> keep_alive;
};

// Whether there is a version of the scenario's engine for each of its devices. Where a device has software of its own,
// an engine that takes `other` devices answers even without one, from the data sheet.
[[nodiscard]] bool engine_is_made(const ResolvedScenario& scenario);
// Whether that also knows the model.
[[nodiscard]] bool engine_runs(const ResolvedScenario& scenario);

// Errors: unknown_* with the nearest known ids, `unsupported` for a combination that cannot run (an engine without that
// format or backend, an image model in the text estimator), bad_value for the rest.
[[nodiscard]] Result<ResolvedScenario> resolve(const Catalog& catalog, const ScenarioSpec& spec);

// What a workload asks for, and how much each part of the score counts in a mode.

// Speech is transcribed piece by piece, each as long as the model's context: of it no
// workload is asked that is longer, unless its figures were given.
void ask_in_pieces(Settings& settings, std::uint32_t longest);

// Its parts, for rankings that vary one of them.
[[nodiscard]] Result<ResolvedModel> resolve_model(const Catalog& catalog, const ScenarioSpec& spec);
// Why a model has no speed of generation, as the key of a text; empty where it has one. Embedding models and rerankers
// read only, diffusion models write no token after another. Theirs is a workload without output.
inline constexpr std::string_view kReadsOnly = "speed.reads_only", kDenoises = "speed.denoises";
[[nodiscard]] std::string_view why_no_decode(const Catalog& catalog, const ResolvedModel& model);
[[nodiscard]] bool generates(const Catalog& catalog, const ResolvedModel& model);
// Turns speech into text.
[[nodiscard]] bool hears(const Catalog& catalog, const ResolvedModel& model);
[[nodiscard]] Result<System> resolve_system(const Catalog& catalog, const ScenarioSpec& spec, const Engine& engine);
// The format of that name, whether or not the engine runs it. Error: unknown_quantization, with the nearest it runs.
[[nodiscard]] Result<const Format*> find_known_format(const Catalog& catalog, const Engine& engine,
                                                      std::string_view wanted);
[[nodiscard]] Result<const Format*> resolve_format(const Catalog& catalog, const ScenarioSpec& spec,
                                                   const Engine& engine, const ResolvedModel& model,
                                                   const System& system);
[[nodiscard]] Result<Settings> resolve_settings(const Catalog& catalog, const ScenarioSpec& spec, const Engine& engine,
                                                const System& system);

}  // namespace headroom
