#include "wasm/app/ui.h"

#include <imgui_internal.h>

#include <algorithm>
#include <cfloat>
#include <cmath>

#include "wasm/app/wrap.h"

namespace headroom {
namespace {

constexpr const char* kEllipsis = "…";
constexpr float kFocusRing = 2;

const char* begin_of(std::string_view text) { return text.data(); }
const char* end_of(std::string_view text) { return text.data() + text.size(); }

ImGuiID id_of(std::string_view id) { return ImGui::GetID(begin_of(id), end_of(id)); }

// Calls `line(text)` for each line that fits `width`.
template <class Line>
void break_lines(const Ui& ui, float width, TextStyle style, std::string_view text, const Line& line) {
  const float size = style.px * kLineHeightPerEm;
  ImFontBaked* baked = ui.font(style.weight)->GetFontBaked(size);
  while (!text.empty()) {
    float pen = 0;
    std::size_t at = 0, last_break = 0;
    char32_t previous = 0;
    bool overflow = false;
    while (at < text.size()) {
      const CodePoint c = decode_first(text.substr(at));
      if (c.value == U'\n') break;
      if (at > 0 && may_break_between(previous, c.value)) last_break = at;
      pen += baked->GetCharAdvance(static_cast<ImWchar>(c.value));
      if (pen > width && c.value != U' ' && at > 0) {
        overflow = true;
        break;
      }
      previous = c.value;
      at += c.bytes;
    }
    const std::size_t end = overflow && last_break > 0 ? last_break : at;
    std::string_view part = text.substr(0, end);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    line(part);
    text.remove_prefix(end);
    if (!text.empty() && text.front() == '\n') text.remove_prefix(1);
  }
}

int grow_string(ImGuiInputTextCallbackData* data) {
  auto& value = *static_cast<std::string*>(data->UserData);
  value.resize(static_cast<std::size_t>(data->BufTextLen));
  data->Buf = value.data();
  return 0;
}

}  // namespace

void Ui::begin_frame(const Theme& theme, const Texts& texts, bool narrow) {
  theme_ = &theme;
  texts_ = &texts;
  narrow_ = narrow;
  // Dear ImGui tells only the font it is using about the pixel ratio; both are drawn with here.
  const float density = ImGui::GetIO().DisplayFramebufferScale.x;
  fonts_.regular->CurrentRasterizerDensity = density;
  fonts_.semibold->CurrentRasterizerDensity = density;
  hint_.clear();
}

void Ui::end_frame() {
  if (hint_.empty()) return;
  constexpr float kMaxWidth = 320, kOffset = 14;
  const ImVec2 pointer = ImGui::GetIO().MousePos;
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const float natural = width_of(type::kLabel, hint_);
  // Dear ImGui breaks lines by rounded widths: a little more than the text's own width keeps it on one line.
  const float inner = std::min({natural + space::kSmall, kMaxWidth, screen.x - 48});
  const float height = height_wrapped(inner, type::kLabel, hint_) + 2 * space::kSmall;
  Rect box{pointer.x + kOffset, pointer.y + kOffset, inner + 2 * space::kMedium, height};
  box.x = std::clamp(box.x, space::kSmall, std::max(space::kSmall, screen.x - box.width - space::kSmall));
  if (box.bottom() > screen.y - space::kSmall) box.y = std::max(space::kSmall, pointer.y - kOffset - box.height);

  ImDrawList& list = *ImGui::GetForegroundDrawList();
  list.AddRectFilled(box.min(), box.max(), theme_->raised, space::kRadiusSmall);
  list.AddRect(box.min(), box.max(), theme_->line, space::kRadiusSmall);
  put_wrapped_on(list, {box.x + space::kMedium, box.y + space::kSmall}, inner, type::kLabel, theme_->text, hint_);
}

float Ui::width_of(TextStyle style, std::string_view text) const {
  return font(style.weight)->CalcTextSizeA(style.px * kLineHeightPerEm, FLT_MAX, 0, begin_of(text), end_of(text)).x;
}

void Ui::put_on(ImDrawList& list, ImVec2 position, TextStyle style, ImU32 color, std::string_view text) const {
  const float size = style.px * kLineHeightPerEm;
  const float top = std::round(position.y + (style.line - size) / 2);
  list.AddText(font(style.weight), size, {std::round(position.x), top}, color, begin_of(text), end_of(text));
}

void Ui::put_in(const Rect& rect, TextStyle style, ImU32 color, std::string_view text, Align align) const {
  if (!visible(rect)) return;
  const float width = width_of(style, text);
  const float y = rect.y + (rect.height - style.line) / 2;
  if (width > rect.width + 0.5F) {
    put({rect.x, y}, style, color, ellipsized(style, text, rect.width));
    return;
  }
  const float slack = rect.width - width;
  const float x = align == Align::left ? 0 : align == Align::right ? slack : slack / 2;
  put({rect.x + x, y}, style, color, text);
}

std::string Ui::ellipsized(TextStyle style, std::string_view text, float width) const {
  if (width_of(style, text) <= width) return std::string(text);
  const float room = width - width_of(style, kEllipsis);
  ImFontBaked* baked = font(style.weight)->GetFontBaked(style.px * kLineHeightPerEm);
  float pen = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const CodePoint c = decode_first(text.substr(at));
    pen += baked->GetCharAdvance(static_cast<ImWchar>(c.value));
    if (pen > room) break;
    at += c.bytes;
  }
  return std::string(text.substr(0, at)) + kEllipsis;
}

float Ui::put_wrapped(ImVec2 position, float width, TextStyle style, ImU32 color, std::string_view text) const {
  return put_wrapped_on(draw(), position, width, style, color, text);
}

float Ui::put_wrapped_on(ImDrawList& list, ImVec2 position, float width, TextStyle style, ImU32 color,
                         std::string_view text) const {
  float y = position.y;
  break_lines(*this, width, style, text, [&](std::string_view line) {
    put_on(list, {position.x, y}, style, color, line);
    y += style.line;
  });
  return y - position.y;
}

float Ui::height_wrapped(float width, TextStyle style, std::string_view text) const {
  float height = 0;
  break_lines(*this, width, style, text, [&](std::string_view) { height += style.line; });
  return height;
}

void Ui::fill_rect(const Rect& rect, ImU32 color, float radius) {
  draw().AddRectFilled(rect.min(), rect.max(), color, radius);
}

void Ui::stroke_rect(const Rect& rect, ImU32 color, float radius) {
  draw().AddRect(rect.min(), rect.max(), color, radius);
}

Interaction Ui::interact(std::string_view id, const Rect& rect, std::string_view label) {
  const ImGuiID item = id_of(id);
  const ImRect box(rect.min(), rect.max());
  Interaction result;
  if (!ImGui::ItemAdd(box, item)) return result;
  result.clicked = ImGui::ButtonBehavior(box, item, &result.hovered, &result.held);
  if (result.hovered) ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
  ImGuiContext& g = *ImGui::GetCurrentContext();
  result.focused = g.NavId == item && g.NavCursorVisible;
  if (g.TestEngineHookItems) {
    const std::string name = std::string(label) + "##" + std::string(id);
    IMGUI_TEST_ENGINE_ITEM_INFO(item, name.c_str(), g.LastItemData.StatusFlags);
  }
  return result;
}

void Ui::focus_ring(const Rect& rect, float radius) const {
  draw().AddRect({rect.x - kFocusRing, rect.y - kFocusRing}, {rect.right() + kFocusRing, rect.bottom() + kFocusRing},
                 theme_->accent, radius + kFocusRing, 0, kFocusRing);
}

int Ui::take_sideways() {
  const int step =
      (ImGui::IsKeyPressed(ImGuiKey_RightArrow) ? 1 : 0) - (ImGui::IsKeyPressed(ImGuiKey_LeftArrow) ? 1 : 0);
  if (step != 0) ImGui::NavMoveRequestCancel();
  return step;
}

void Ui::hint(const Rect& rect, std::string_view text) {
  if (ImGui::IsMouseHoveringRect(rect.min(), rect.max()) && ImGui::IsWindowHovered()) hint_ = text;
}

float& Ui::remembered(std::string_view id) { return *ImGui::GetStateStorage()->GetFloatRef(id_of(id), 0); }

bool Ui::edit_text(std::string_view id, const Rect& rect, TextStyle style, std::string& value, std::string_view hint,
                   bool take_focus) {
  const float size = style.px * kLineHeightPerEm;
  ImGui::PushFont(font(style.weight), size);
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(0, std::max(0.0F, (rect.height - size) / 2)));
  ImGui::SetCursorScreenPos(rect.min());
  ImGui::SetNextItemWidth(rect.width);
  if (take_focus) ImGui::SetKeyboardFocusHere();
  const std::string name = "##" + std::string(id);
  const std::string hint_text(hint);
  const bool changed = ImGui::InputTextWithHint(name.c_str(), hint_text.c_str(), value.data(), value.capacity() + 1,
                                                ImGuiInputTextFlags_CallbackResize, grow_string, &value);
  ImGui::PopStyleVar();
  ImGui::PopFont();
  return changed;
}

bool Ui::edit_lines(std::string_view id, const Rect& rect, TextStyle style, std::string& value, std::string_view hint) {
  ImGui::PushFont(font(style.weight), style.px * kLineHeightPerEm);
  ImGui::SetCursorScreenPos(rect.min());
  const std::string name = "##" + std::string(id);
  const bool changed =
      ImGui::InputTextMultiline(name.c_str(), value.data(), value.capacity() + 1, {rect.width, rect.height},
                                ImGuiInputTextFlags_CallbackResize, grow_string, &value);
  const bool active = ImGui::IsItemActive();
  ImGui::PopFont();
  if (value.empty() && !active) put_wrapped(rect.min(), rect.width, style, theme_->muted, hint);
  return changed;
}

}  // namespace headroom
