#include "wasm/browser/keys.h"

#include <array>
#include <utility>

namespace headroom {
namespace {

using Name = std::pair<std::string_view, ImGuiKey>;

constexpr std::array kPlaces = std::to_array<Name>({
    {"Tab", ImGuiKey_Tab},
    {"ArrowLeft", ImGuiKey_LeftArrow},
    {"ArrowRight", ImGuiKey_RightArrow},
    {"ArrowUp", ImGuiKey_UpArrow},
    {"ArrowDown", ImGuiKey_DownArrow},
    {"PageUp", ImGuiKey_PageUp},
    {"PageDown", ImGuiKey_PageDown},
    {"Home", ImGuiKey_Home},
    {"End", ImGuiKey_End},
    {"Insert", ImGuiKey_Insert},
    {"Delete", ImGuiKey_Delete},
    {"Backspace", ImGuiKey_Backspace},
    {"Space", ImGuiKey_Space},
    {"Enter", ImGuiKey_Enter},
    {"NumpadEnter", ImGuiKey_KeypadEnter},
    {"Escape", ImGuiKey_Escape},
    {"ShiftLeft", ImGuiKey_LeftShift},
    {"ShiftRight", ImGuiKey_RightShift},
    {"ControlLeft", ImGuiKey_LeftCtrl},
    {"ControlRight", ImGuiKey_RightCtrl},
    {"AltLeft", ImGuiKey_LeftAlt},
    {"AltRight", ImGuiKey_RightAlt},
    {"MetaLeft", ImGuiKey_LeftSuper},
    {"MetaRight", ImGuiKey_RightSuper},
    {"ContextMenu", ImGuiKey_Menu},
    {"Slash", ImGuiKey_Slash},
    {"NumpadAdd", ImGuiKey_KeypadAdd},
    {"NumpadSubtract", ImGuiKey_KeypadSubtract},
});

ImGuiKey offset(ImGuiKey first, int by) { return static_cast<ImGuiKey>(static_cast<int>(first) + by); }

}  // namespace

ImGuiKey key_of_event(std::string_view code, std::string_view key) {
  if (key.size() == 1) {
    const char typed = key[0];
    if (typed >= 'a' && typed <= 'z') return offset(ImGuiKey_A, typed - 'a');
    if (typed >= 'A' && typed <= 'Z') return offset(ImGuiKey_A, typed - 'A');
    if (typed >= '0' && typed <= '9') return offset(ImGuiKey_0, typed - '0');
  }
  for (const auto& [name, value] : kPlaces) {
    // On-screen keyboards leave the place empty and name the key alone.
    if (name == code || (code.empty() && name == key)) return value;
  }
  if (code.size() == 4 && code.substr(0, 3) == "Key") return offset(ImGuiKey_A, code[3] - 'A');
  if (code.size() == 2 && code[0] == 'F' && code[1] >= '1' && code[1] <= '9') return offset(ImGuiKey_F1, code[1] - '1');
  return ImGuiKey_None;
}

}  // namespace headroom
