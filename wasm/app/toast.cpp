#include "wasm/app/toast.h"

#include <algorithm>

#include "wasm/inspect/inspector.h"

namespace headroom {

double toast_seconds(std::string_view text) {
  constexpr double kLeast = 4, kToNotice = 1;
  // The pace of subtitles, about 15 letters a second; a Chinese character is three bytes and takes as long as three.
  constexpr double kBytesPerSecond = 15;
  return std::max(kLeast, kToNotice + static_cast<double>(text.size()) / kBytesPerSecond);
}

void Toast::show(std::string_view text, double now) {
  text_ = text;
  unsaid_ = text;
  until_ = now + toast_seconds(text);
}

void Toast::draw(Ui& ui, double now) {
  if (text_.empty()) return;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  constexpr float kMaxWidth = 560, kAbove = 28;
  const float inner = std::min({ui.width_of(type::kBody, text_) + 1, kMaxWidth, screen.x - 4 * space::kPad});
  const float height = ui.height_wrapped(inner, type::kBody, text_) + 2 * space::kMedium;
  const float width = inner + 2 * space::kPad;
  const Rect box{(screen.x - width) / 2, screen.y - height - kAbove, width, height};
  // A finger leaves the pointer where it was lifted.
  if (!ui.touch() && ImGui::IsMouseHoveringRect(box.min(), box.max(), false)) {
    constexpr double kAfterwards = 1;
    until_ = std::max(until_, now + kAfterwards);
  }
  if (until_ <= now) {
    text_.clear();
    return;
  }
  ui.platform().request_frame(until_ - now);
  inspect_value("toast", text_);
  ImDrawList& list = *ImGui::GetForegroundDrawList();
  list.AddRectFilled(box.min(), box.max(), ui.theme().text, space::kRadiusSmall);
  ui.put_wrapped_on(list, {box.x + space::kPad, box.y + space::kMedium}, inner, type::kBody, ui.theme().background,
                    text_);
}

}  // namespace headroom
