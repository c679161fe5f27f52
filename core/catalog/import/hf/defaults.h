// What a section of a config.json leaves to the program that reads it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace headroom::hf {

// Fills in what `text`, the section of a multi-modal configuration, leaves out of the figures its family has defaults
// for. The names of those taken, for a note; empty when none were.
[[nodiscard]] std::string add_defaults(std::string_view model_type, nlohmann::json& text);

}  // namespace headroom::hf
