// What a person chooses, and what goes with it: a format the engine cannot run, layers told by number, what guessed
// tokens for another model. Every view calls these.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "core/catalog/custom_model.h"
#include "core/catalog/front.h"
#include "core/catalog/scenario_spec.h"

namespace headroom {

// The scenario on another engine, by its id; what that lacks is forgotten.
[[nodiscard]] ScenarioSpec choose_engine(Front& front, const ScenarioSpec& spec, std::string_view engine);
// Of another model, an index in Catalog::models() or one that is not there. One that the engine at hand does not know
// brings one that does, unless none does.
[[nodiscard]] ScenarioSpec choose_model(Front& front, ScenarioSpec spec, std::size_t model);
[[nodiscard]] ScenarioSpec choose_model(Front& front, ScenarioSpec spec, std::shared_ptr<const CustomModel> model);
// On another device, an index in Catalog::devices(), as many as before, and with the machine around it as long as both
// are cards. One with software of its own brings an engine that was made for it.
[[nodiscard]] ScenarioSpec choose_device(Front& front, ScenarioSpec spec, std::size_t device);

}  // namespace headroom
