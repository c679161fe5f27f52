#include "wasm/app/screens/fit/own_section.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "core/catalog/names.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"
#include "wasm/inspect/inspector.h"

namespace headroom::fit {
namespace {

constexpr float kField = 72, kOwnRow = 28;

std::string written(PastedKind kind, double value, Language language) {
  if (is_speed(kind)) return join(format_rate(value, language));
  if (kind == PastedKind::device_share) return format_percent(value, language);
  if (kind == PastedKind::kv_tokens || kind == PastedKind::max_concurrency) return format_number(value, 0, language);
  return join(format_bytes(value, language));
}

}  // namespace

void OwnSection::read(Session& session) {
  if (read_text_ == text_ && read_revision_ == session.revision()) return;
  read_text_ = text_;
  read_revision_ = session.revision();
  Result<OwnMeasurement> compared = compare_measurement(session.front(), session.scenario(), text_);
  own_ = compared.ok() ? std::move(compared).value() : OwnMeasurement{parse_paste(text_), {}, {}};
  own_.comparisons.resize(own_.paste.figures.size());
}

void OwnSection::draw_figure(const Ui& ui, Flow& body, const PastedFigure& figure,
                             const FigureComparison& comparison) const {
  const Language language = ui.language();
  std::string name(ui.text("paste." + std::string(name_of(kPastedNames, figure.kind))));
  if (const std::optional<Workload> workload = workload_of(figure)) {
    const std::uint32_t tokens = figure.kind == PastedKind::prefill ? workload->prompt : workload->output;
    name += " · " + format_number(tokens, 0, language);
    if (workload->cached_prefix > 0) name += " @ " + format_short_tokens(workload->cached_prefix, language);
  }
  const double estimated = comparison.estimated;
  const double off = figure.value > 0 ? estimated / figure.value - 1 : 0;
  const std::string measured = written(figure.kind, figure.value, language);
  const std::string compared = estimated > 0 && figure.value > 0
                                   ? ui.fill(off < 0 ? "own.compared_less" : "own.compared_more",
                                             {{"measured", measured},
                                              {"estimated", written(figure.kind, estimated, language)},
                                              {"share", format_percent(std::abs(off), language)}})
                                   : measured;
  inspect_value("own_figure", compared);
  const auto told = [&](ImU32 color, std::string_view text) {
    body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kLabel, color, text));
  };
  constexpr float kNameShare = 0.36F;
  const Rect row = body.take(kOwnRow);
  const bool beside = ui.width_of(type::kTable, compared) <= row.width * (1 - kNameShare);
  const std::string& shown = beside ? compared : measured;
  const float left = row.width - ui.width_of(type::kTable, shown) - space::kSmall;
  ui.put_in({row.x, row.y, left, row.height}, type::kTable, ui.theme().text, name);
  ui.put_in(row, type::kTable, ui.theme().muted, shown, Align::right);
  if (!beside) told(ui.theme().muted, compared);
  if (comparison.left_out == LeftOut::no) return;
  told(ui.theme().warning, why_left_out(comparison, ui.texts()));
}

// Offers to answer for this machine as measured, or to forget that it was.
void OwnSection::draw_calibration(Ui& ui, Flow& body, Session& session) const {
  const std::optional<PersonalFactors>& set = session.scenario().personal;
  const auto link = [&](const char* key) {
    const Rect row = body.take(kOwnRow);
    return text_link(ui, key, {row.x, row.y + space::kTiny}, type::kLabel, ui.text(key));
  };
  const bool differs = own_.personal && set != own_.personal;
  if (differs && link("own.calibrate")) {
    session.change([personal = *own_.personal](ScenarioSpec& spec) { spec.personal = personal; });
  } else if (set && link("own.forget")) {
    session.change([](ScenarioSpec& spec) { spec.personal.reset(); });
  }
}

void OwnSection::draw(ScreenContext& context, Flow& flow) {
  Ui& ui = context.ui;
  Card card(ui, flow);
  Flow& body = card.body;
  card_title(ui, body, ui.text("own.title"));
  const Rect field = body.take(kField);
  Ui::fill_rect(field, ui.theme().raised, space::kRadiusSmall);
  ui.edit_lines("own", field.inset(10, 8), type::kTable, text_, ui.text("own.hint"));
  if (text_.empty()) {
    draw_calibration(ui, body, context.session);
    return;
  }
  read(context.session);
  body.gap(space::kSmall);
  for (std::size_t i = 0; i < own_.paste.figures.size(); ++i)
    draw_figure(ui, body, own_.paste.figures[i], own_.comparisons[i]);
  const auto told = [&](ImU32 color, std::string_view text) {
    body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kLabel, color, text));
  };
  const bool left_out = std::any_of(own_.comparisons.begin(), own_.comparisons.end(),
                                    [](const FigureComparison& c) { return c.left_out != LeftOut::no; });
  if (left_out && !own_.personal) told(ui.theme().muted, ui.text("own.none_counts"));
  if (own_.paste.not_read > 0) {
    const auto written = [&ui](double count) { return format_number(count, 0, ui.language()); };
    told(ui.theme().warning,
         ui.fill("own.not_read", {{"most", written(kMostFigures)}, {"more", written(own_.paste.not_read)}}));
  }
  for (const Paste::Line& line : own_.paste.not_understood) {
    const char* key = line.mixed ? "own.mixed_window" : line.idle ? "own.not_compared" : "own.not_understood";
    told(ui.theme().warning, ui.fill(key, {{"line", line.text}}));
  }
  if (own_.paste.figures.empty()) {
    told(ui.theme().muted, ui.text("own.nothing"));
    told(ui.theme().muted, ui.text("own.hint"));
  }
  draw_calibration(ui, body, context.session);
}

}  // namespace headroom::fit
