// The errors of speed by class, as a table with what its colours mean.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "wasm/app/geometry.h"
#include "wasm/app/screens/accuracy/accuracy_report.h"
#include "wasm/app/ui.h"

namespace headroom::accuracy {

// On a phone the errors stand beside the classes, and the table scrolls to the rest.
inline constexpr float kNarrowFigure = 66;

[[nodiscard]] std::string share_or_dash(double share, Language language);
// Of four fifths that the ranges promise, fewer than these or more are told: too narrow or too wide.
[[nodiscard]] ImU32 color_of_inside(const Ui& ui, double share);
// A name that is too long for one line of its cell.
void put_over_lines(const Ui& ui, const Rect& box, std::string_view text);

void draw_speed_table(Ui& ui, Flow& flow, std::span<const ClassRow* const> rows);

}  // namespace headroom::accuracy
