// The address of a state of the application: the scenario's link, and which screen shows it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/catalog/scenario_spec.h"
#include "core/result.h"
#include "wasm/app/screen.h"

namespace headroom {

struct Address {
  std::string screen;                    // id; empty for the first screen
  ViewState view;                        // of that screen
  std::optional<ScenarioSpec> scenario;  // none: the fragment states none, or one that cannot be read
  std::optional<Error> problem;          // why it, or a value of it, cannot be read
  bool foreign = false;                  // it does not look like an address of this program
};

// `screen` is left out of the text when empty.
[[nodiscard]] std::string write_address(std::string_view screen, const ViewState& view, const ScenarioSpec& scenario);
[[nodiscard]] Address read_address(std::string_view fragment);

}  // namespace headroom
