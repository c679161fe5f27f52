// Which of Dear ImGui's keys a keyboard event means.
#pragma once

#include <imgui.h>

#include <string_view>

namespace headroom {

// `code` is the place of the key (KeyboardEvent.code), `key` what it types (KeyboardEvent.key). Letters go by what they
// type, so that Ctrl+A is where the layout has A; everything else by its place. ImGuiKey_None when it has no meaning.
[[nodiscard]] ImGuiKey key_of_event(std::string_view code, std::string_view key);

}  // namespace headroom
