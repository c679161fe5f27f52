// Which engine runs a scenario that names none, by which backend, and what an engine can be asked for at all.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/catalog/scenario_spec.h"
#include "core/result.h"

namespace headroom {

using Devices = std::span<const Device* const>;

// What people run models with, the most usual first.
[[nodiscard]] std::span<const std::string_view> usual_engines();
// What an engine and all of these devices have, in the order of Backend.
[[nodiscard]] std::vector<Backend> possible_backends(const Engine& engine, Devices devices);
// Whether there is a version of the engine for this device's own software, with kernels for the device and, unless
// null, the format, and for the model.
[[nodiscard]] bool is_made_for(const Engine& engine, const Device& device, Backend backend, const Format* format,
                               const ModelTraits& model = {});
// Whether the engine runs by the machine's backend on all of its devices, in whatever format.
[[nodiscard]] bool runs_on_all(const Engine& engine, const System& system);
// What an engine lacks on a machine: anything for the device's own software, kernels for the device at all, for the
// format on it, which may be null, or for the model. Of the first device it lacks something of; none where it lacks
// nothing.
struct Lacking {
  enum class What : std::uint8_t { port, kernels, format_kernels, model_kernels };
  const Device* device = nullptr;
  What what = What::kernels;
};
// How that is told: as a warning (its code), as a verdict, and where a list of models stays empty for it. Without a
// verdict memory decides, without a sentence of the list it says nothing of it.
struct LackingWords {
  std::string_view warning, verdict, list;
};
[[nodiscard]] const LackingWords& words_of(Lacking::What what);
[[nodiscard]] std::optional<Lacking> lacking(const Engine& engine, const System& system, const Format* format,
                                             const ModelTraits& model = {});
// The one that is named, or the usual one. `devices` has one. Errors: bad_value, unsupported.
[[nodiscard]] Result<Backend> resolve_backend(const ScenarioSpec& spec, const Engine& engine, Devices devices);
// Whether the engine runs a format of which only models that were released in it have files: nobody makes "experts in
// INT4" of another model, nor GGUF files in four-bit floats beyond experts.
[[nodiscard]] bool exists_as_released_only(const Engine& engine, const Format& format);
// Whether the engine has code for the model's architecture, as far as that is known: of llama.cpp and those built on
// it. `format` may be null.
[[nodiscard]] bool knows(const Engine& engine, const ModelEntry& model, const Format* format);
// Whether a list of what one could run has the model in this format: the engine runs both, and there are such files.
[[nodiscard]] bool is_offered(const Engine& engine, const ModelEntry& model, const Format& format);
// Whether the engine can be told to divide a model so.
[[nodiscard]] bool can_split(const Engine& engine, Split split);

// Whether it lets something guess tokens so.
[[nodiscard]] bool can_speculate(const Engine& engine, SpeculationKind kind);

// The engine that is named, or the first that runs format, device and model. Error: unknown_engine.
[[nodiscard]] Result<const Engine*> resolve_engine(const Catalog& catalog, const ScenarioSpec& spec);
// `after`, a change of `before`: where it names no engine, the one that `before` has stays although what changed would
// bring another.
[[nodiscard]] ScenarioSpec with_engine_of(const Catalog& catalog, const ScenarioSpec& before, ScenarioSpec after);
// The scenario with another format and its engine.
[[nodiscard]] ScenarioSpec with_format(const Catalog& catalog, const ScenarioSpec& spec, std::string_view format);
// What a scenario asks of its engine that the engine does not have is forgotten: format, cache types, offload,
// division, drafts, adapters.
void drop_what_engine_lacks(const Catalog& catalog, ScenarioSpec& spec);
// The scenario on another engine, which brings its own backend and has what it can keep.
[[nodiscard]] ScenarioSpec with_engine(const Catalog& catalog, ScenarioSpec spec, std::string_view engine);

}  // namespace headroom
