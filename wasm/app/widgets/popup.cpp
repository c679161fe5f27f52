#include "wasm/app/widgets/popup.h"

#include <string>

namespace headroom {

void open_popup(std::string_view id) { ImGui::OpenPopup(ImGui::GetID(id.data(), id.data() + id.size())); }

Popup::Popup(Ui& ui, std::string_view id, const Rect& anchor, float width, float wanted_height) {
  const std::string name(id);
  if (!ImGui::IsPopupOpen(name.c_str())) return;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const float margin = space::kSmall;
  const float panel_width = std::min(width, screen.x - 2 * margin);
  height = std::min(wanted_height, screen.y - 2 * margin);
  float x = std::clamp(anchor.x, margin, std::max(margin, screen.x - panel_width - margin));
  float y = anchor.bottom() + space::kTiny;
  if (ui.narrow()) {
    x = (screen.x - panel_width) / 2;
    y = std::min(y, std::max(margin, screen.y - height - margin));
  } else if (y + height > screen.y - margin) {
    // Above the anchor where that has room, else as low as the screen allows.
    const float above = anchor.y - space::kTiny - height;
    y = above >= margin ? above : screen.y - margin - height;
  }
  ImGui::SetNextWindowPos({x, y});
  ImGui::SetNextWindowSize({panel_width, height});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
  open_ = ImGui::BeginPopup(
      name.c_str(), ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
  ImGui::PopStyleVar();
  if (!open_) return;
  appearing = ImGui::IsWindowAppearing();
  body = {x + space::kMedium, y + space::kMedium, panel_width - 2 * space::kMedium};
}

Popup::~Popup() {
  if (open_) ImGui::EndPopup();
}

void Popup::close() { ImGui::CloseCurrentPopup(); }

}  // namespace headroom
