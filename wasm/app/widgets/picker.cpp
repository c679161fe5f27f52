#include "wasm/app/widgets/picker.h"

#include <algorithm>

#include "wasm/app/widgets/icons.h"
#include "wasm/app/widgets/popup.h"

namespace headroom {
namespace {

constexpr float kSearchHeight = 36;
constexpr float kRow = 32, kRowTouch = 44, kGroup = 28;
constexpr float kListHeight = 420, kMinWidth = 400;
constexpr float kChevron = 16;

}  // namespace

float select_field_room(const Rect& field) {
  return field.inset(space::kMedium - 2, 0).width - kChevron - space::kTiny;
}

bool select_field(Ui& ui, std::string_view id, const Rect& field, std::string_view title, std::string_view label) {
  const Interaction state = ui.interact(id, field, label);
  Ui::fill_rect(field, ui.theme().raised, space::kRadiusSmall);
  if (state.hovered) Ui::stroke_rect(field, ui.theme().line, space::kRadiusSmall);
  if (state.focused) ui.focus_ring(field, space::kRadiusSmall);
  const Rect inner = field.inset(space::kMedium - 2, 0);
  const float room = select_field_room(field);
  const TextStyle style = ui.width_of(type::kBody, title) <= room ? type::kBody : type::kTable;
  ui.put_in({inner.x, inner.y, room, inner.height}, style, ui.theme().text, title);
  draw_icon({inner.right() - kChevron + 3, inner.center_y() - kChevron / 2, kChevron, kChevron}, Icon::chevron_down,
            ui.theme().muted);
  return state.clicked;
}

void Picker::open(std::string_view id) {
  query_.clear();
  opens_ = true;
  listed_ = false;
  open_popup(id);
}

std::optional<std::size_t> Picker::draw(Ui& ui, std::string_view id, const Rect& field, std::string_view title,
                                        const PickerList& list, std::string_view search_hint) {
  const std::string popup_id = std::string(id) + "-list";
  if (select_field(ui, id, field, title, search_hint)) open(popup_id);
  return draw_list(ui, popup_id, field, list, search_hint);
}

std::optional<std::size_t> Picker::draw_list(Ui& ui, std::string_view id, const Rect& anchor, const PickerList& list,
                                             std::string_view search_hint) {
  Popup popup(ui, id, anchor, std::max(anchor.width, kMinWidth), kListHeight);
  if (!popup) return std::nullopt;

  const Rect search_box = popup.body.take(kSearchHeight);
  Ui::fill_rect(search_box, ui.theme().raised, space::kRadiusSmall);
  draw_icon({search_box.x + space::kSmall, search_box.center_y() - 8, 16, 16}, Icon::search, ui.theme().muted);
  // On a phone the keyboard would cover the list before anything was seen of it.
  const bool take_focus = popup.appearing && !ui.touch();
  const Rect field{search_box.x + 32, search_box.y, search_box.width - 40, search_box.height};
  ui.edit_text("search", field, type::kBody, query_, search_hint, take_focus);
  refresh(list);

  if (ImGui::IsKeyPressed(ImGuiKey_DownArrow)) move_highlight(1);
  if (ImGui::IsKeyPressed(ImGuiKey_UpArrow)) move_highlight(-1);
  if (ImGui::IsKeyPressed(ImGuiKey_PageDown)) move_highlight(10);
  if (ImGui::IsKeyPressed(ImGuiKey_PageUp)) move_highlight(-10);
  std::optional<std::size_t> chosen;
  const bool enter = ImGui::IsKeyPressed(ImGuiKey_Enter, false) || ImGui::IsKeyPressed(ImGuiKey_KeypadEnter, false);
  // The key that opened the picker chooses nothing.
  if (enter && !popup.appearing && highlighted_ < matches_.size()) chosen = matches_[highlighted_];

  popup.body.gap(space::kSmall);
  const float list_height = popup.height - kSearchHeight - 2 * space::kMedium - space::kSmall + space::kTiny;
  const Rect area{popup.body.x, popup.body.y, popup.body.width, list_height};
  if (matches_.empty()) {
    ui.put_wrapped(area.min(), area.width, type::kTable, ui.theme().muted, ui.text("picker.nothing"));
  } else if (const std::optional<std::size_t> clicked = rows(ui, area, list)) {
    chosen = clicked;
  }
  if (chosen || ImGui::IsKeyPressed(ImGuiKey_Escape)) Popup::close();
  return chosen;
}

void Picker::refresh(const PickerList& list) {
  if (listed_ && query_ == searched_) return;
  listed_ = true;
  searched_ = query_;
  const Search search(query_);
  grouped_ = search.empty();
  matches_ = search.among(list.keys);
  highlighted_ = 0;
  if (search.empty() && current) {
    const auto found = std::find(matches_.begin(), matches_.end(), static_cast<std::uint32_t>(*current));
    if (found != matches_.end()) highlighted_ = static_cast<std::size_t>(found - matches_.begin());
  }
  scroll_to_highlight_ = true;
}

void Picker::move_highlight(int by) {
  if (matches_.empty()) return;
  const int last = static_cast<int>(matches_.size()) - 1;
  highlighted_ = static_cast<std::size_t>(std::clamp(static_cast<int>(highlighted_) + by, 0, last));
  scroll_to_highlight_ = true;
}

std::optional<std::size_t> Picker::rows(Ui& ui, const Rect& area, const PickerList& list) {
  const float row_height = ui.touch() ? kRowTouch : kRow;
  std::optional<std::size_t> clicked;
  ImGui::SetCursorScreenPos(area.min());
  ImGui::BeginChild("rows", {area.width, area.height}, ImGuiChildFlags_None, ImGuiWindowFlags_NoNav);
  const ImVec2 origin = ImGui::GetCursorScreenPos();
  float y = origin.y;
  std::string_view group;
  for (std::size_t i = 0; i < matches_.size(); ++i) {
    const PickerItem& item = list.items[matches_[i]];
    if (grouped_ && item.group != group) {
      group = item.group;
      const Rect heading{origin.x + space::kSmall, y, area.width - space::kLarge, kGroup};
      ui.put_in({heading.x, heading.y + 6, heading.width, heading.height - 6}, type::kLabel, ui.theme().muted, group);
      y += kGroup;
    }
    const Rect row{origin.x, y, area.width - 12, row_height};
    y += row_height;
    if (i == highlighted_ && scroll_to_highlight_) {
      const float above = row.y - origin.y - kGroup, below = row.bottom() - origin.y - area.height;
      const float scroll = ImGui::GetScrollY();
      if (scroll > above) ImGui::SetScrollY(std::max(0.0F, above));
      // What comes after the choice is as likely wanted as what stands before it.
      if (scroll < below) ImGui::SetScrollY(opens_ ? below + area.height / 2 : below);
      opens_ = false;
      scroll_to_highlight_ = false;
    }
    if (!Ui::visible(row)) continue;
    ImGui::PushID(static_cast<int>(matches_[i]));
    const Interaction state = ui.interact("row", row, item.title);
    ImGui::PopID();
    if (state.clicked) clicked = matches_[i];
    const ImVec2 moved = ImGui::GetIO().MouseDelta;
    if (state.hovered && (moved.x != 0 || moved.y != 0)) highlighted_ = i;
    if (i == highlighted_) Ui::fill_rect(row, ui.theme().raised, 6);

    const Rect inner = row.inset(space::kSmall, 0);
    const float detail = item.detail.empty() ? 0 : ui.width_of(type::kLabel, item.detail) + space::kMedium;
    const bool is_current = current && *current == matches_[i];
    ui.put_in({inner.x, inner.y, inner.width - detail, inner.height}, is_current ? type::kTableStrong : type::kTable,
              is_current ? ui.theme().accent : ui.theme().text, item.title);
    ui.put_in(inner, type::kLabel, ui.theme().muted, item.detail, Align::right);
  }
  ImGui::SetCursorScreenPos({origin.x, y});
  ImGui::Dummy({0, 0});
  ImGui::EndChild();
  return clicked;
}

}  // namespace headroom
