#include <functional>
#include <string>

#include "core/catalog/report.h"
#include "wasm/app/screens/fit/sections.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"

namespace headroom::fit {

void draw_takeaways(ScreenContext& context, Flow& flow) {
  Ui& ui = context.ui;
  Session& session = context.session;
  Shell& shell = context.shell;
  Card card(ui, flow);
  Flow& body = card.body;
  card_title(ui, body, ui.text("takeaway.title"));
  struct Choice {
    const char* id;
    std::string_view text;
    std::function<std::string()> content;
  };
  const Choice choices[] = {
      {"copy-json", ui.text("action.copy_json"), [&] { return session.answer_as_json(); }},
      {"copy-csv", ui.text("action.copy_csv"), [&] { return session.report_as(ReportFormat::csv, shell.page_link()); }},
      {"copy-markdown", ui.text("action.copy_markdown"),
       [&] { return session.report_as(ReportFormat::markdown, shell.page_link()); }},
      {"copy-embed", ui.text("action.copy_embed"), [&] { return embed_html(shell.page_link()); }},
  };
  const float height = ui.touch() ? 40.0F : 32.0F;
  Rect line = body.take(height);
  float x = line.x;
  for (const Choice& choice : choices) {
    const float width = std::min(button_width(ui, choice.text), body.width);
    if (x > line.x && x + width > line.right()) {
      body.gap(space::kSmall);
      line = body.take(height);
      x = line.x;
    }
    if (button(ui, choice.id, {x, line.y, width, line.height}, choice.text)) shell.copy(choice.content());
    x += width + space::kSmall;
  }
}

}  // namespace headroom::fit
