#include <algorithm>
#include <string>

#include "wasm/app/screens/fit/sections.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"

namespace headroom::fit {

void draw_commands(ScreenContext& context, Flow& flow) {
  Ui& ui = context.ui;
  const std::vector<Command>& commands = context.session.commands();
  if (commands.empty()) return;
  Card card(ui, flow);
  Flow& body = card.body;
  card_title(ui, body, ui.text("command.title"));
  constexpr float kCopy = 32, kPadding = 10;
  const std::span<const Engine> engines = context.session.catalog().engines();
  int index = 0;
  for (const Command& command : commands) {
    const auto engine =
        std::find_if(engines.begin(), engines.end(), [&](const Engine& e) { return e.id == command.engine; });
    if (index > 0) body.gap(space::kMedium);
    label(ui, body, engine != engines.end() ? std::string_view(engine->name) : std::string_view(command.engine));
    const float text_width = body.width - kCopy - 2 * kPadding;
    const float height =
        std::max(kCopy + 4, ui.height_wrapped(text_width, type::kTable, command.text) + 2 * kPadding - 4);
    const Rect box = body.take(height);
    Ui::fill_rect(box, ui.theme().raised, space::kRadiusSmall);
    ui.put_wrapped({box.x + kPadding, box.y + kPadding - 2}, text_width, type::kTable, ui.theme().text, command.text);
    ImGui::PushID(index++);
    const Rect copy{box.right() - kCopy - 2, box.y + 2, kCopy, kCopy};
    if (icon_button(ui, "copy", copy, Icon::copy, ui.text("action.copy"))) context.shell.copy(command.text);
    ImGui::PopID();
  }
}

}  // namespace headroom::fit
