#include "wasm/app/widgets/icons.h"

#include <cmath>

namespace headroom {
namespace {

constexpr float kBox = 16;  // design box the strokes below are given in
constexpr float kStroke = 1.5F;

struct Pen {
  ImDrawList& list;
  ImVec2 origin;
  float scale;
  ImU32 color;

  [[nodiscard]] ImVec2 at(float x, float y) const { return {origin.x + x * scale, origin.y + y * scale}; }
  void polyline(std::initializer_list<ImVec2> points, bool closed = false) const {
    for (const ImVec2& p : points) list.PathLineTo(at(p.x, p.y));
    list.PathStroke(color, closed ? ImDrawFlags_Closed : ImDrawFlags_None, kStroke * scale);
  }
  void circle(float x, float y, float radius) const {
    list.AddCircle(at(x, y), radius * scale, color, 0, kStroke * scale);
  }
};

void draw_sun(const Pen& pen) {
  constexpr int kRays = 8;
  constexpr float kInner = 5, kOuter = 6.8F;
  pen.circle(8, 8, 2.8F);
  for (int i = 0; i < kRays; ++i) {
    const float angle = 2 * 3.14159265F * static_cast<float>(i) / kRays;
    const float x = std::cos(angle), y = std::sin(angle);
    pen.polyline({{8 + kInner * x, 8 + kInner * y}, {8 + kOuter * x, 8 + kOuter * y}});
  }
}

// A crescent: the outer circle's arc, and back along the circle that bites into it.
void draw_moon(const Pen& pen) {
  constexpr float kDegree = 3.14159265F / 180;
  pen.list.PathArcTo(pen.at(8, 8), 5.5F * pen.scale, 11 * kDegree, 259 * kDegree);
  pen.list.PathArcTo(pen.at(10.6F, 5.4F), 4.6F * pen.scale, 217.5F * kDegree, 52.5F * kDegree);
  pen.list.PathStroke(pen.color, ImDrawFlags_Closed, kStroke * pen.scale);
}

}  // namespace

void draw_icon(const Rect& rect, Icon icon, ImU32 color) {
  const float side = std::min(rect.width, rect.height);
  const Pen pen{Ui::draw(), {rect.x + (rect.width - side) / 2, rect.y + (rect.height - side) / 2}, side / kBox, color};
  switch (icon) {
    case Icon::chevron_down: pen.polyline({{4.5F, 6.5F}, {8, 10}, {11.5F, 6.5F}}); break;
    case Icon::chevron_right: pen.polyline({{6.5F, 4.5F}, {10, 8}, {6.5F, 11.5F}}); break;
    case Icon::search:
      pen.circle(7, 7, 4.3F);
      pen.polyline({{10.2F, 10.2F}, {13.5F, 13.5F}});
      break;
    case Icon::close:
      pen.polyline({{4.5F, 4.5F}, {11.5F, 11.5F}});
      pen.polyline({{11.5F, 4.5F}, {4.5F, 11.5F}});
      break;
    case Icon::check: pen.polyline({{3.5F, 8.5F}, {6.5F, 11.5F}, {12.5F, 5}}); break;
    case Icon::plus: pen.polyline({{8, 3.5F}, {8, 12.5F}}); [[fallthrough]];
    case Icon::minus: pen.polyline({{3.5F, 8}, {12.5F, 8}}); break;
    case Icon::menu:
      pen.polyline({{3, 4.5F}, {13, 4.5F}});
      pen.polyline({{3, 8}, {13, 8}});
      pen.polyline({{3, 11.5F}, {13, 11.5F}});
      break;
    case Icon::sun: draw_sun(pen); break;
    case Icon::moon: draw_moon(pen); break;
    case Icon::copy:
      pen.polyline({{6, 6}, {13, 6}, {13, 13}, {6, 13}}, true);
      pen.polyline({{3.5F, 10}, {3, 10}, {3, 3}, {10, 3}, {10, 3.5F}});
      break;
    case Icon::external:
      pen.polyline({{6, 4}, {12, 4}, {12, 10}});
      pen.polyline({{12, 4}, {4.5F, 11.5F}});
      break;
    case Icon::arrow_up: pen.polyline({{4.5F, 9.5F}, {8, 6}, {11.5F, 9.5F}}); break;
    case Icon::arrow_down: pen.polyline({{4.5F, 6.5F}, {8, 10}, {11.5F, 6.5F}}); break;
  }
}

}  // namespace headroom
