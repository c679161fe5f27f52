// A raised surface with a border, as tall as what is put on it.
#pragma once

#include <imgui.h>

#include "wasm/app/ui.h"

namespace headroom {

// Fill `body` while the card is in scope. At the end of the scope its surface is drawn behind that, and the parent flow
// continues below.
class Card {
 public:
  struct Look {
    float min_height = 0;
    float padding = space::kPad;
    bool emphasized = false;  // accent border
  };
  Card(Ui& ui, Flow& parent, Look look);
  Card(Ui& ui, Flow& parent) : Card(ui, parent, Look{}) {}
  ~Card();
  Card(const Card&) = delete;
  Card& operator=(const Card&) = delete;

  Flow body;
  // Height of the content so far.
  [[nodiscard]] float natural_height() const { return body.y - top_ + look_.padding; }

 private:
  Ui& ui_;
  Flow& parent_;
  Look look_;
  float top_ = 0;
  ImDrawListSplitter splitter_;
};

// Cards side by side that end at the same line. Heights settle one frame after their content changed.
class CardRow {
 public:
  // `columns` of equal width with the usual gap.
  CardRow(Ui& ui, Flow& flow, std::string_view id, int columns);
  ~CardRow();
  CardRow(const CardRow&) = delete;
  CardRow& operator=(const CardRow&) = delete;

  // The flow of the next cell, as wide as `span` of them; after `columns` of them a new line begins.
  Flow& next(int span = 1);
  // How many columns the current line has left; all of them where a new one begins.
  [[nodiscard]] int left_in_line() const { return used_ == columns_ ? columns_ : columns_ - used_; }
  // States how high the card in the current cell wants to be.
  void wants(float height);
  [[nodiscard]] float height() const { return settled_; }

 private:
  void end_line();
  Ui& ui_;
  Flow& flow_;
  float& remembered_;
  float settled_ = 0;
  float wanted_ = 0;
  int columns_ = 1;
  int used_ = 0;
  float pitch_ = 0;  // from one cell to the next
  float line_bottom_ = 0;
  Flow cell_;
};

// A small heading inside a card.
void card_title(Ui& ui, Flow& flow, std::string_view text);
void label(Ui& ui, Flow& flow, std::string_view text);

}  // namespace headroom
