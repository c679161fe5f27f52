#include <algorithm>

#include "wasm/app/screens/fit/sections.h"
#include "wasm/app/widgets/card.h"
#include "wasm/inspect/inspector.h"

namespace headroom::fit {
namespace {

constexpr float kQuestionsTwoFrom = 640;

void draw_question(Ui& ui, Flow& column, const QuestionAnswer& row) {
  column.gap(ui.put_wrapped({column.x, column.y}, column.width, type::kTableStrong, ui.theme().text, row.question));
  column.gap(2);
  column.gap(ui.put_wrapped({column.x, column.y}, column.width, type::kTable, ui.theme().muted, row.answer));
  column.gap(space::kMedium);
  inspect_value(row.id, row.answer);
}

}  // namespace

void draw_questions(ScreenContext& context, Flow& flow) {
  Ui& ui = context.ui;
  const std::vector<QuestionAnswer>& rows = context.session.questions(!ImGui::IsMouseDown(ImGuiMouseButton_Left));
  if (rows.empty()) return;
  Card card(ui, flow);
  Flow& body = card.body;
  card_title(ui, body, ui.text("questions.title"));
  if (body.width < kQuestionsTwoFrom) {
    for (const QuestionAnswer& row : rows) draw_question(ui, body, row);
    body.gap(-space::kMedium);
    return;
  }
  // Read down the left column, then down the right one.
  const float half = (body.width - 2 * space::kLarge) / 2;
  Flow left{body.x, body.y, half}, right{body.x + half + 2 * space::kLarge, body.y, half};
  const std::size_t middle = (rows.size() + 1) / 2;
  for (std::size_t i = 0; i < rows.size(); ++i) draw_question(ui, i < middle ? left : right, rows[i]);
  body.y = std::max(left.y, right.y) - space::kMedium;
}

}  // namespace headroom::fit
