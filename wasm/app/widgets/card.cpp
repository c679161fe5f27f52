#include "wasm/app/widgets/card.h"

#include <algorithm>
#include <cmath>

namespace headroom {

Card::Card(Ui& ui, Flow& parent, Look look)
    : body{parent.x + look.padding, parent.y + look.padding, parent.width - 2 * look.padding},
      ui_(ui),
      parent_(parent),
      look_(look),
      top_(parent.y) {
  splitter_.Split(&Ui::draw(), 2);
  splitter_.SetCurrentChannel(&Ui::draw(), 1);
}

Card::~Card() {
  const float height = std::ceil(std::max(natural_height(), look_.min_height));
  const Rect rect{parent_.x, top_, parent_.width, height};
  splitter_.SetCurrentChannel(&Ui::draw(), 0);
  if (Ui::visible(rect)) {
    Ui::fill_rect(rect, ui_.theme().card, space::kRadius);
    Ui::stroke_rect(rect, look_.emphasized ? ui_.theme().accent : ui_.theme().line, space::kRadius);
  }
  splitter_.Merge(&Ui::draw());
  parent_.y = rect.bottom();
}

CardRow::CardRow(Ui& ui, Flow& flow, std::string_view id, int columns)
    : ui_(ui),
      flow_(flow),
      remembered_(Ui::remembered(id)),
      settled_(remembered_),
      columns_(columns),
      pitch_((flow.width + space::kGap) / static_cast<float>(columns)),
      line_bottom_(flow.y) {}

CardRow::~CardRow() {
  end_line();
  if (wanted_ != settled_) {
    remembered_ = wanted_;
    ui_.settle();
  }
}

Flow& CardRow::next(int span) {
  if (used_ > 0) line_bottom_ = std::max(line_bottom_, cell_.y);
  if (used_ == columns_) {
    end_line();
    flow_.gap(space::kGap);
  }
  // Edges on whole pixels, the last one where the row ends.
  const float left = std::round(pitch_ * static_cast<float>(used_));
  span = std::min(span, columns_ - used_);
  const float right = std::round(pitch_ * static_cast<float>(used_ + span) - space::kGap);
  cell_ = {flow_.x + left, flow_.y, right - left};
  used_ += span;
  return cell_;
}

void CardRow::wants(float height) { wanted_ = std::max(wanted_, height); }

void CardRow::end_line() {
  flow_.y = std::max(line_bottom_, cell_.y);
  used_ = 0;
}

void card_title(Ui& ui, Flow& flow, std::string_view text) {
  ui.put_in(flow.take(type::kStrong.line), type::kStrong, ui.theme().text, text);
  flow.gap(space::kSmall);
}

void label(Ui& ui, Flow& flow, std::string_view text) {
  ui.put_in(flow.take(type::kLabel.line), type::kLabel, ui.theme().muted, text);
  flow.gap(space::kTiny);
}

}  // namespace headroom
