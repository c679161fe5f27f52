// Vision and audio towers of a model's fact: their parameter count, and what encoding a picture takes.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/model/architecture.h"
#include "core/result.h"

namespace headroom {

// `value` is the fact's "vision" or "audio" field: one tower with a projector, or several under "towers".
// `hidden` is the width of the text model, which projectors end in.
[[nodiscard]] Result<TowerFacts> tower_from_json(const nlohmann::json& value, std::uint32_t hidden,
                                                 const std::string& path);

}  // namespace headroom
