// A field that opens a searchable list: type, arrows, Enter, Escape; mouse and touch.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "wasm/app/search.h"
#include "wasm/app/ui.h"

namespace headroom {

struct PickerItem {
  std::string_view title;
  std::string detail;      // muted, at the right
  std::string_view group;  // a heading stands where it changes; only in the unfiltered list
};

// What is listed; built once, shared by the pickers that choose from it.
struct PickerList {
  std::vector<PickerItem> items;
  std::vector<SearchKey> keys;  // parallel to `items`
};

inline constexpr float kPickerField = 38;  // height of a field

class Picker {
 public:
  // Draws the field with `title`, and the open list below it. The index of the item chosen.
  std::optional<std::size_t> draw(Ui& ui, std::string_view id, const Rect& field, std::string_view title,
                                  const PickerList& list, std::string_view search_hint);
  // As draw(), but opened by something else: call open() first.
  std::optional<std::size_t> draw_list(Ui& ui, std::string_view id, const Rect& anchor, const PickerList& list,
                                       std::string_view search_hint);
  void open(std::string_view id);
  // The item that stands for the present choice, marked and scrolled to when the list opens.
  std::optional<std::size_t> current;

 private:
  void refresh(const PickerList& list);
  std::optional<std::size_t> rows(Ui& ui, const Rect& area, const PickerList& list);
  void move_highlight(int by);

  std::string query_;
  std::string searched_;  // what `matches_` answers, once `listed_`
  bool listed_ = false;
  bool grouped_ = true;
  std::vector<std::uint32_t> matches_;
  std::size_t highlighted_ = 0;
  bool scroll_to_highlight_ = false;
  bool opens_ = false;
};

// A closed field that looks like a picker's: title, chevron. True when clicked.
bool select_field(Ui& ui, std::string_view id, const Rect& field, std::string_view title, std::string_view label);
// The width its title may take.
[[nodiscard]] float select_field_room(const Rect& field);

}  // namespace headroom
