#include <cmath>
#include <optional>

#include "core/catalog/near_measurements.h"
#include "core/catalog/warnings.h"
#include "wasm/app/inputs/inputs.h"
#include "wasm/app/screens/fit/sections.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"
#include "wasm/app/words.h"
#include "wasm/inspect/inspector.h"

namespace headroom::fit {
namespace {

constexpr float kTile = 64;
constexpr float kBesideFrom = 420;  // below that the reason takes the whole width, under the tile

std::string certainty(const Ui& ui, const Answer& answer, Session& session) {
  if (!has_speed(answer.estimate) || answer.estimate.verdict.grade == 'F') return {};
  const Speed& speed = answer.estimate.speed;
  std::string out(ui.text(confidence_key(confidence_with(answer.estimate, answer.scenario, session.measurements()))));
  if (personal_of(session.scenario(), *answer.scenario.engine, answer.scenario.system)) {
    out = std::string(ui.text("verdict.personal")) + " · " + out;
  }
  if (speed.calibration_rows > 0) {
    out += " · " + ui.fill("verdict.rows", {{"count", format_number(speed.calibration_rows, 0, ui.language())}});
  }
  return out;
}

// The score, what it is beside the grade, and the way to its parts; then how sure the answer is.
void draw_score(ScreenContext& context, Flow& words, const Answer& answer) {
  Ui& ui = context.ui;
  const Verdict& verdict = answer.estimate.verdict;
  const std::string score = ui.fill(verdict.ranked ? "verdict.score" : "verdict.score_unranked",
                                    {{"score", format_number(verdict.score, 0, ui.language())}});
  inspect_value("score", score);
  const std::string_view why = ui.text("action.why");
  float x = words.x + ui.width_of(type::kTable, score + " · ");
  const float top = words.y;
  if (x + ui.width_of(type::kTable, why) <= words.x + words.width) {
    ui.put({words.x, words.y}, type::kTable, ui.theme().muted, score + " · ");
  } else {
    words.gap(ui.put_wrapped({words.x, words.y}, words.width, type::kTable, ui.theme().muted, score));
    x = words.x;
  }
  if (text_link(ui, "why", {x, words.y}, type::kTable, why))
    context.shell.show_derivation(answer.estimate.placement.impossible ? "trace.runs"
                                  : verdict.grade == 'F'               ? std::string_view()
                                                                       : "trace.score");
  words.gap(type::kTable.line);
  ui.hint({words.x, top, words.width, words.y - top}, ui.text("verdict.hint"));
  const std::string sure = certainty(ui, answer, context.session);
  inspect_value("certainty", sure);
  if (sure.empty()) return;
  const float line = words.y;
  words.gap(ui.put_wrapped({words.x, words.y}, words.width, type::kTable, ui.theme().muted,
                           ui.fill("verdict.sure", {{"certainty", sure}})));
  ui.hint({words.x, line, words.width, words.y - line}, ui.text("confidence.measured_rule"));
}

}  // namespace

void draw_verdict(ScreenContext& context, Flow& flow, const Answer& answer) {
  Ui& ui = context.ui;
  const Verdict& verdict = answer.estimate.verdict;
  const std::string sentence = ui.texts().render(verdict.text);
  const std::string limit = ui.texts().render(verdict.bottleneck_text);
  const std::string remedy = ui.texts().render(verdict.remedy);
  inspect_value("verdict", sentence);
  inspect_value("grade", std::string_view(&verdict.grade, 1));

  Card card(ui, flow);
  Flow& body = card.body;
  const float top = body.y;
  const float beside = kTile + space::kPad;
  Flow words{body.x + beside, top, body.width - beside};
  words.gap(ui.put_wrapped({words.x, words.y}, words.width, type::kVerdict, ui.theme().text, sentence));
  words.gap(2);
  const bool below = body.width < kBesideFrom;
  if (below) words = {body.x, std::max(words.y, top + kTile) + space::kSmall, body.width};
  const std::string reason = ui.texts().sentences(limit, remedy);
  words.gap(ui.put_wrapped({words.x, words.y}, words.width, type::kTable, ui.theme().muted, reason));
  draw_score(context, words, answer);
  const float height = std::max(kTile, words.y - top);
  const Rect tile{body.x, below ? top : std::round(top + (height - kTile) / 2), kTile, kTile};
  grade_tile(ui, tile, verdict.grade);
  ui.hint(tile, ui.text("verdict.hint"));
  body.gap(height);
  for (const Warning& warning :
       warnings_of(answer, context.session.scenario(), context.session.catalog(), ui.texts())) {
    body.gap(6);
    Ui::fill_rect({body.x, body.y + 5, 6, 6}, ui.theme().warning, 3);
    body.gap(ui.put_wrapped({body.x + 14, body.y}, body.width - 14, type::kLabel, ui.theme().muted, warning.text));
  }
}

// What a misspelled id may have meant, to be taken with a click; all else of the scenario stays.
void draw_nearest(ScreenContext& context, Flow& body, ErrorCode code) {
  constexpr std::size_t kOffered = 4;
  Ui& ui = context.ui;
  Session& session = context.session;
  const ScenarioSpec& spec = session.scenario();
  const bool of_model = code == ErrorCode::unknown_model;
  if (!of_model && code != ErrorCode::unknown_hardware) return;
  const Catalog& catalog = session.catalog();
  // A drafter or one of several devices is what is not known: there is no button for those.
  if (of_model ? catalog.find_model(spec.model).has_value()
               : catalog.find_device(spec.hardware.device.id).has_value()) {
    return;
  }
  const std::vector<std::string_view> nearest = of_model ? catalog.nearest_models(spec.model, kOffered)
                                                         : catalog.nearest_devices(spec.hardware.device.id, kOffered);
  std::vector<Chip> items;
  items.reserve(nearest.size());
  for (const std::string_view id : nearest) {
    items.push_back({of_model ? catalog.models()[*catalog.find_model(id)].name
                              : std::string_view(catalog.devices()[*catalog.find_device(id)].device.name)});
  }
  label(ui, body, ui.text("error.nearest"));
  if (const auto clicked = chips(ui, body, "nearest", items)) {
    context.shell.after_frame([&session, of_model, id = std::string(nearest[*clicked])] {
      session.change([&](ScenarioSpec& changed) { (of_model ? changed.model : changed.hardware.device.id) = id; });
    });
  }
  body.gap(space::kMedium);
}

void draw_error(ScreenContext& context, Flow& flow, const Error& error) {
  Ui& ui = context.ui;
  inspect_value("error", error.message);
  Card card(ui, flow, {.emphasized = true});
  Flow& body = card.body;
  body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kVerdict, ui.theme().text, ui.text("error.title")));
  body.gap(space::kTiny);
  body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kBody, ui.theme().text, ui.texts().kind_of(error)));
  body.gap(space::kTiny);
  body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kLabel, ui.theme().muted, ui.texts().detail_of(error)));
  body.gap(space::kMedium);
  draw_nearest(context, body, error.code);
  const std::string_view reset = ui.text("action.reset_choices");
  if (button(ui, "reset", {body.x, body.y, button_width(ui, reset), 36}, reset)) {
    context.shell.after_frame([&session = context.session] { session.reset_choices(); });
  }
  body.gap(36);
}

}  // namespace headroom::fit
