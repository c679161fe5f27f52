// A table: sortable headings that stay in sight, hover, a selected row; scrolls by itself where it is wider than its
// card or longer than its height.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "wasm/app/ui.h"

namespace headroom {

struct Column {
  std::string_view heading;
  float width = 80;  // at least; what is left over goes to the columns with a share
  Align align = Align::right;
  float share = 0;
  bool sortable = false;
  // Each of its cells can be clicked, to show where its figure comes from. With the keyboard, left and right choose one
  // on the focused row.
  bool figure = false;
};

struct Sorting {
  std::size_t column = 0;
  bool descending = true;
};

struct TableLook {
  float row_height = 30;
  float height = 0;  // 0: as high as its rows
  std::optional<std::size_t> selected;
  bool rows_clickable = true;
  std::optional<Sorting> sorting;
};

struct TableEvent {
  std::optional<std::size_t> clicked_row;
  std::optional<std::size_t> clicked_figure;  // column of `figure_row`; then no row is clicked
  std::size_t figure_row = 0;
  std::optional<std::size_t> clicked_heading;
};

// The width a column needs for `texts` in the type of tables.
[[nodiscard]] float column_width(const Ui& ui, std::span<const std::string> texts);

// `cell(row, column, rect)` draws one cell; called for rows in sight only. `row_label(row)` names a row to tests and to
// people who do not see it.
TableEvent table(Ui& ui, Flow& flow, std::string_view id, std::span<const Column> columns, std::size_t rows,
                 const TableLook& look, const std::function<void(std::size_t, std::size_t, const Rect&)>& cell,
                 const std::function<std::string_view(std::size_t)>& row_label);

}  // namespace headroom
