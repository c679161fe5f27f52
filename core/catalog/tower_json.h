// Vision and audio towers of a model's fact: their parameter count, and how wide the layers of a vision tower are.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/model/architecture.h"
#include "core/result.h"

namespace headroom {

// `value` is the fact's "vision" or "audio" field: one tower with a projector, or several under "towers".
// `hidden` is the width of the text model, which projectors end in.
[[nodiscard]] Result<std::uint64_t> tower_params_from_json(const nlohmann::json& value, std::uint32_t hidden,
                                                           const std::string& path);

// Of the "vision" field of a fact that tower_params_from_json() took; of several towers none.
[[nodiscard]] VisionEncoder vision_encoder_from_json(const nlohmann::json& value);

}  // namespace headroom
