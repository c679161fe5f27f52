// The repositories that others made of a model, as the facts list them.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "core/model/format.h"

namespace headroom::facts {

// Those with GGUF files of this very model: by their names, for lists of what was made of a model have fine-tunes, too.
[[nodiscard]] nlohmann::json gguf_repositories(const nlohmann::json& repositories, std::string_view hf_id,
                                               std::span<const Format> formats);

}  // namespace headroom::facts
