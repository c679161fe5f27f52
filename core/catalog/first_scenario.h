// What the page opens on: the machine its browser tells of, where that names a device of the catalog, and a model that
// runs there. Names and rules are data/first_scenario.json.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/catalog/catalog.h"
#include "core/catalog/front.h"
#include "core/catalog/scenario_spec.h"

namespace headroom {

// What a browser tells of its machine; empty or 0 where it tells nothing.
struct MachineHints {
  std::string renderer;   // of WebGL: "ANGLE (NVIDIA, NVIDIA GeForce RTX 4090 Direct3D11 ...)"
  std::string platform;   // "MacIntel", "Win32", "iPhone"
  double memory_gib = 0;  // at least; browsers round down and stop at a cap
};

struct RecognizedDevice {
  std::size_t device = 0;  // index in Catalog::devices()
  bool assumed = false;    // the browser names only a kind of machine, and this is a common one of that kind
};

// Nothing for software renderers, for names a browser blurs ("or similar"), and for what the catalog does not have.
// Of several memory sizes under one name it is the smallest that the hints allow.
[[nodiscard]] std::optional<RecognizedDevice> recognize(const Catalog& catalog, const MachineHints& hints);

// Whether a device's name, as a driver or program prints it, may be that of the catalog's device: one that the catalog
// does not know may be any.
[[nodiscard]] bool may_be(const Catalog& catalog, std::string_view printed, std::string_view device);

struct FirstScenario {
  ScenarioSpec spec;
  std::optional<RecognizedDevice> recognized;
};

// The recognized device with the first of the listed models that fits on it and runs well, else the last of them; or
// the common device with the first.
[[nodiscard]] FirstScenario first_scenario(Front& front, const MachineHints& hints);

}  // namespace headroom
