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

// Engines by how many people use them, the most usual first.
[[nodiscard]] std::span<const std::string_view> usual_engines();
// Backends that the engine and all of these devices have, in the order of Backend.
[[nodiscard]] std::vector<Backend> possible_backends(const Engine& engine, Devices devices);
// Whether there is a version of the engine for this device's own software, with kernels for the device and, unless
// null, the format, and for the model.
[[nodiscard]] bool is_made_for(const Engine& engine, const Device& device, Backend backend, const Format* format,
                               const ModelTraits& model = {});
// Whether the engine runs by the machine's backend on all of its devices, in whatever format.
[[nodiscard]] bool runs_on_all(const Engine& engine, const System& system);
// What an engine lacks on a machine: a version for the device's own software, or kernels for the device, for the format
// on it (which may be null) or for the model. Names the first device concerned; none where nothing is lacking.
struct Lacking {
  enum class What : std::uint8_t { port, kernels, format_kernels, model_kernels };
  const Device* device = nullptr;
  What what = What::kernels;
};
// The texts for it: code of a warning, key of a verdict, and key of a sentence where a list of models stays empty.
// Without a verdict key memory decides, without a list key the list says nothing of it.
struct LackingWords {
  std::string_view warning, verdict, list, derivation;
};
[[nodiscard]] const LackingWords& words_of(Lacking::What what);
[[nodiscard]] std::optional<Lacking> lacking(const Engine& engine, const System& system, const Format* format,
                                             const ModelTraits& model = {});
// What is lacking, where it alone decides that the engine does not run the format, whatever the memory.
[[nodiscard]] std::optional<Lacking> forbidding(const Engine& engine, const System& system, const Format& format,
                                                const ModelTraits& model);
// The one that is named, or the usual one. `devices` has one. Errors: bad_value, unsupported.
[[nodiscard]] Result<Backend> resolve_backend(const ScenarioSpec& spec, const Engine& engine, Devices devices);
// Whether files of this format exist only for models released in it: nobody converts another model to "experts in
// INT4", nor to GGUF files with four-bit floats beyond the experts.
[[nodiscard]] bool exists_as_released_only(const Engine& engine, const Format& format);
// Whether the engine has code for the model's architecture, as far as that is known: of llama.cpp and those built on
// it. `format` may be null.
[[nodiscard]] bool knows(const Engine& engine, const ModelEntry& model, const Format* format);
// Whether to list the model in this format: the engine runs both, and such files exist.
[[nodiscard]] bool is_offered(const Engine& engine, const ModelEntry& model, const Format& format);
// Whether the engine can be told to divide a model this way.
[[nodiscard]] bool can_split(const Engine& engine, Split split);
// How many copies with sequences of their own the engine can make on so many devices, ascending; 1 is always one.
[[nodiscard]] std::vector<std::uint32_t> copy_counts(const Engine& engine, std::uint32_t devices);

// Whether the engine offers this kind of speculation.
[[nodiscard]] bool can_speculate(const Engine& engine, SpeculationKind kind);

// The engine that is named, or the first that runs format, device and model. Error: unknown_engine.
[[nodiscard]] Result<const Engine*> resolve_engine(const Catalog& catalog, const ScenarioSpec& spec);
// Keeps the engine of `before` in its changed version `after`, if that names none and would otherwise get another one.
[[nodiscard]] ScenarioSpec with_engine_of(const Catalog& catalog, const ScenarioSpec& before, ScenarioSpec after);
// The scenario with another format and its engine.
[[nodiscard]] ScenarioSpec with_format(const Catalog& catalog, const ScenarioSpec& spec, std::string_view format);
// Drops from a scenario what its engine does not have: format, cache types, offload, division, drafts, adapters.
void drop_what_engine_lacks(const Catalog& catalog, ScenarioSpec& spec);
// The scenario on another engine, with that engine's backend and those options that it has.
[[nodiscard]] ScenarioSpec with_engine(const Catalog& catalog, ScenarioSpec spec, std::string_view engine);

}  // namespace headroom
