// The projections that LoRA adapters target, by the names of PEFT.
#pragma once

#include <cstdint>
#include <string>

#include "core/catalog/json_fields.h"
#include "core/scenario.h"

namespace headroom {

// What "targets" of an adapter says: a word or a list; 0 where it says nothing.
[[nodiscard]] std::uint16_t read_adapter_targets(JsonFields& adapter);
[[nodiscard]] nlohmann::json adapter_targets_json(std::uint16_t targets);

// Names separated by blanks, as servers are told them: of projections, or of the layers that vLLM fuses them in.
[[nodiscard]] std::string projection_names(std::uint16_t targets);
[[nodiscard]] std::string fused_names(std::uint16_t targets);

}  // namespace headroom
