#include "wasm/app/widgets/table.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "wasm/app/widgets/icons.h"

namespace headroom {
namespace {

constexpr float kHeading = 32, kTallHeading = 44, kCellPadding = 6, kSortIcon = 14;

struct Layout {
  std::vector<float> x;  // left edges, relative to the table
  std::vector<float> width;
  float total = 0;
  float heading = kHeading;  // its height
};

// A heading that is too long for its column goes on a second line: where the first ends.
std::size_t end_of_first_line(const Ui& ui, std::string_view heading, float width) {
  if (ui.width_of(type::kLabel, heading) <= width) return heading.size();
  std::size_t best = heading.size();
  for (std::size_t at = heading.find(' '); at != std::string_view::npos; at = heading.find(' ', at + 1)) {
    if (best == heading.size() || ui.width_of(type::kLabel, heading.substr(0, at)) <= width) best = at;
  }
  return best;
}

// The narrowest that a heading is whole in, on two lines.
float least_width(const Ui& ui, std::string_view heading) {
  float least = ui.width_of(type::kLabel, heading);
  for (std::size_t at = heading.find(' '); at != std::string_view::npos; at = heading.find(' ', at + 1)) {
    least = std::min(least, std::max(ui.width_of(type::kLabel, heading.substr(0, at)),
                                     ui.width_of(type::kLabel, heading.substr(at + 1))));
  }
  return least;
}

Layout lay_out(const Ui& ui, std::span<const Column> columns, float available) {
  Layout layout;
  float shares = 0, fixed = 0, least = 0;
  std::vector<float> on_two_lines;
  const auto with_heading = [](const Column& column, float heading) {
    return std::ceil(std::max(column.width, heading + 2 * kCellPadding + (column.sortable ? kSortIcon : 0)));
  };
  for (const Column& column : columns) {
    layout.width.push_back(with_heading(column, ui.width_of(type::kLabel, column.heading)));
    on_two_lines.push_back(with_heading(column, least_width(ui, column.heading)));
    fixed += layout.width.back();
    least += column.width;
    shares += column.share;
  }
  // Where there is too little room, headings first take a second line. Then rather a heading cut short than a table
  // that scrolls: long ones give way as far as their columns allow. Where that is not enough the table scrolls, and has
  // room for them.
  const float wanted = fixed;
  if (fixed > available) {
    layout.width = on_two_lines;
    fixed = 0;
    for (const float width : layout.width) fixed += width;
  }
  for (std::size_t i = columns.size(); least <= available && i-- > 0 && fixed > available;) {
    const float given = std::min(fixed - available, std::max(0.0F, layout.width[i] - columns[i].width));
    layout.width[i] -= given;
    fixed -= given;
  }
  const float spare = std::max(0.0F, available - fixed);
  if (wanted > available) layout.heading = kTallHeading;
  float x = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    layout.x.push_back(x);
    if (shares > 0) layout.width[i] += std::floor(spare * columns[i].share / shares);
    x += layout.width[i];
  }
  layout.total = x;
  return layout;
}

// The column of figures that the pointer is on.
std::optional<std::size_t> figure_under(std::span<const Column> columns, const Layout& layout, const Rect& line) {
  const float x = ImGui::GetIO().MousePos.x - line.x;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].figure && x >= layout.x[i] && x < layout.x[i] + layout.width[i]) return i;
  }
  return std::nullopt;
}

// The next column of figures from `from` on, or before it; the row as a whole lies before the first.
std::optional<std::size_t> figure_beside(std::span<const Column> columns, std::optional<std::size_t> from, int step) {
  if (step > 0) {
    for (std::size_t i = from ? *from + 1 : 0; i < columns.size(); ++i) {
      if (columns[i].figure) return i;
    }
    return from;
  }
  for (std::size_t i = from.value_or(0); i-- > 0;) {
    if (columns[i].figure) return i;
  }
  return std::nullopt;
}

// The column of figures that the keyboard is on, kept while the focus goes from row to row.
std::optional<std::size_t> figure_of_keyboard(std::span<const Column> columns) {
  if (std::none_of(columns.begin(), columns.end(), [](const Column& column) { return column.figure; })) return {};
  float& kept = Ui::remembered("figure");  // its index + 1; 0: the row
  std::optional<std::size_t> column;
  if (const auto index = static_cast<std::size_t>(kept); index > 0 && index <= columns.size()) column = index - 1;
  if (const int step = Ui::take_sideways(); step != 0) {
    column = figure_beside(columns, column, step);
    kept = column ? static_cast<float>(*column + 1) : 0.0F;
  }
  return column;
}

void draw_headings(Ui& ui, const Rect& line, std::span<const Column> columns, const Layout& layout,
                   const TableLook& look, TableEvent& event) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column& column = columns[i];
    const Rect cell{line.x + layout.x[i], line.y, layout.width[i], line.height};
    Rect text = cell.inset(kCellPadding, 0);
    ImU32 color = ui.theme().muted;
    if (column.sortable) {
      ImGui::PushID(static_cast<int>(i));
      const Interaction state = ui.interact("heading", cell, column.heading);
      ImGui::PopID();
      if (state.clicked) event.clicked_heading = i;
      if (state.hovered) color = ui.theme().text;
      if (state.focused) ui.focus_ring(cell.inset(2, 4), 4);
      if (look.sorting && look.sorting->column == i) {
        const float width = std::min(text.width, ui.width_of(type::kLabel, column.heading));
        const float x = column.align == Align::right ? text.right() - kSortIcon : text.x + width + 2;
        color = ui.theme().text;
        draw_icon({x, cell.center_y() - kSortIcon / 2, kSortIcon, kSortIcon},
                  look.sorting->descending ? Icon::arrow_down : Icon::arrow_up, color);
        if (column.align == Align::right) text.width -= kSortIcon;
      }
    }
    const std::size_t end = end_of_first_line(ui, column.heading, text.width);
    if (end == column.heading.size()) {
      ui.put_in(text, type::kLabel, color, column.heading, column.align);
      continue;
    }
    const Rect upper{text.x, text.center_y() - type::kLabel.line, text.width, type::kLabel.line};
    const Rect lower{text.x, text.center_y(), text.width, type::kLabel.line};
    ui.put_in(upper, type::kLabel, color, column.heading.substr(0, end), column.align);
    ui.put_in(lower, type::kLabel, color, column.heading.substr(end + 1), column.align);
  }
  Ui::draw().AddLine({line.x, line.bottom() - 0.5F}, {line.right(), line.bottom() - 0.5F}, ui.theme().line);
}

}  // namespace

float column_width(const Ui& ui, std::span<const std::string> texts) {
  float width = 0;
  for (const std::string& text : texts) width = std::max(width, ui.width_of(type::kTable, text));
  return std::ceil(width) + 2 * kCellPadding + 1;
}

TableEvent table(Ui& ui, Flow& flow, std::string_view id, std::span<const Column> columns, std::size_t rows,
                 const TableLook& look, const std::function<void(std::size_t, std::size_t, const Rect&)>& cell,
                 const std::function<std::string_view(std::size_t)>& row_label) {
  constexpr float kScrollBar = 12;
  TableEvent event;
  ImGui::PushID(id.data(), id.data() + id.size());
  // Whether it scrolls down decides how wide it is, and that how high the headings are.
  const float rows_height = static_cast<float>(rows) * look.row_height;
  const bool scrolls_down = look.height > 0 && kHeading + rows_height > look.height;
  const Layout layout = lay_out(ui, columns, flow.width - (scrolls_down ? kScrollBar : 0));
  const float natural = layout.heading + rows_height;
  const bool scrolls_right = layout.total > flow.width + 0.5F;
  const bool own_window = scrolls_down || scrolls_right;
  const float height = (scrolls_down ? look.height : natural) + (scrolls_right ? kScrollBar : 0);
  const Rect area = flow.take(height);

  ImVec2 origin = area.min();
  if (own_window) {
    ImGui::SetCursorScreenPos(area.min());
    if (scrolls_right) ImGui::SetNextWindowContentSize({layout.total, natural});
    ImGui::BeginChild("body", {area.width, area.height}, ImGuiChildFlags_NavFlattened,
                      ImGuiWindowFlags_HorizontalScrollbar);
    origin = ImGui::GetCursorScreenPos();
  }
  const float line_width = std::max(layout.total, area.width - (scrolls_down ? kScrollBar : 0));
  const float heading_y = own_window ? area.y : origin.y;
  // Rows scroll away under the headings: neither drawn nor clicked there.
  ImGui::PushClipRect({area.x, heading_y + layout.heading}, area.max(), true);
  for (std::size_t row = 0; row < rows; ++row) {
    const Rect line{origin.x, origin.y + layout.heading + static_cast<float>(row) * look.row_height, line_width,
                    look.row_height};
    if (!Ui::visible(line)) continue;
    if (look.rows_clickable) {
      ImGui::PushID(static_cast<int>(row));
      const Interaction state = ui.interact("row", line, row_label(row));
      ImGui::PopID();
      const bool by_mouse = ImGui::IsMouseReleased(ImGuiMouseButton_Left);
      const std::optional<std::size_t> under = state.hovered ? figure_under(columns, layout, line) : std::nullopt;
      const std::optional<std::size_t> focused = state.focused ? figure_of_keyboard(columns) : std::nullopt;
      // A key opens what the keyboard is on, wherever the pointer is.
      if (const auto chosen = by_mouse ? under : focused; state.clicked && chosen) {
        event.clicked_figure = chosen;
        event.figure_row = row;
      } else if (state.clicked) {
        event.clicked_row = row;
      }
      if (state.hovered || look.selected == row) Ui::fill_rect(line, ui.theme().raised, 4);
      if (under) {
        Ui::stroke_rect({line.x + layout.x[*under], line.y + 3, layout.width[*under], line.height - 6},
                        with_alpha(ui.theme().accent, 0.6F), 4);
      }
      if (focused) {
        ui.focus_ring(Rect{line.x + layout.x[*focused], line.y, layout.width[*focused], line.height}.inset(2, 4), 4);
      } else if (state.focused) {
        ui.focus_ring(line.inset(2, 2), 4);
      }
    }
    if (row + 1 < rows) {
      Ui::draw().AddLine({line.x, line.bottom() - 0.5F}, {line.right(), line.bottom() - 0.5F},
                         with_alpha(ui.theme().line, 0.6F));
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const Rect box{line.x + layout.x[i] + kCellPadding, line.y, layout.width[i] - 2 * kCellPadding, line.height};
      cell(row, i, box);
    }
  }
  ImGui::PopClipRect();
  draw_headings(ui, {origin.x, heading_y, line_width, layout.heading}, columns, layout, look, event);
  if (own_window) {
    ImGui::SetCursorScreenPos({origin.x + layout.total, origin.y + natural});
    ImGui::Dummy({0, 0});
    ImGui::EndChild();
  }
  ImGui::PopID();
  return event;
}

}  // namespace headroom
