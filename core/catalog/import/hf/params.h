// params.json, in which Mistral and Meta describe a model beside its original weights.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

namespace headroom::hf {

// The same figures under the names of a config.json; nothing when `params` is no such file.
[[nodiscard]] std::optional<nlohmann::json> config_of_params(const nlohmann::json& params);

}  // namespace headroom::hf
