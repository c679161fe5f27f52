#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "wasm/app/screens/fit/sections.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"
#include "wasm/app/widgets/table.h"
#include "wasm/app/words.h"

namespace headroom::fit {
namespace {

enum FormatColumn : std::size_t { kName, kBits, kWeights, kQuality, kFit, kDecode, kContext, kFormatColumns };
// On a phone what decides stands first: the table scrolls to the rest.
constexpr std::array<std::size_t, kFormatColumns> kWideFormats = {kName, kBits,   kWeights, kQuality,
                                                                  kFit,  kDecode, kContext};
constexpr std::array<std::size_t, kFormatColumns> kNarrowFormats = {kName,    kFit,     kDecode, kQuality,
                                                                    kWeights, kContext, kBits};
constexpr float kLeastColumn = 54;  // what the headings take
enum WorkloadColumn : std::size_t { kTask, kGrade, kTaskFit, kTaskDecode, kTtft, kTaskContext };

// Which part of the derivation a column's figures come from.
std::string_view topic_of_format(std::size_t column) {
  if (column == kWeights) return "trace.memory";
  return column == kDecode ? "trace.speed.decode" : "trace.cache";
}

}  // namespace

std::string quality_text(const Ui& ui, const FormatQuality& quality) {
  std::string word = ui.text_or_itself(quality.label);
  if (!quality.ppl_increase || *quality.ppl_increase <= 0) return word;
  return word + " (+" + format_percent(*quality.ppl_increase, ui.language()) + ")";
}

void draw_formats(ScreenContext& context, Flow& flow, const Answer& answer, bool& all_rows) {
  Ui& ui = context.ui;
  Session& session = context.session;
  const Language language = ui.language();
  std::vector<const FormatRow*> rows;
  std::optional<std::size_t> selected;
  for (const FormatRow& row : session.formats()) {
    const bool current = row.format == answer.scenario.format;
    if (!all_rows && !row.format->short_listed && !current) continue;
    if (current) selected = rows.size();
    rows.push_back(&row);
  }

  Card card(ui, flow);
  Flow& body = card.body;
  const Rect title = body.take(type::kStrong.line);
  ui.put_in(title, type::kStrong, ui.theme().text, ui.text("formats.title"));
  const std::string_view toggle = ui.text(all_rows ? "formats.fewer" : "formats.all");
  const float toggle_width = ui.width_of(type::kLabel, toggle);
  if (text_link(ui, "formats-toggle", {title.right() - toggle_width, title.y + 2}, type::kLabel, toggle)) {
    all_rows = !all_rows;
  }
  body.gap(space::kTiny);

  // What the cells say comes first: no cell is cut, whatever the language.
  std::array<std::vector<std::string>, kFormatColumns> cells;
  for (const FormatRow* row : rows) {
    const bool runs = row->fit != FitStatus::does_not_fit;
    cells[kName].emplace_back(ui.texts().term(row->format->name));
    cells[kBits].push_back(format_number(row->bits_per_weight, 1, language));
    cells[kWeights].push_back((row->exact ? "" : "≈ ") + join(format_bytes(row->weights.as_double(), language)));
    cells[kQuality].push_back(quality_text(ui, *row->quality));
    cells[kFit].emplace_back(ui.text(fit_key(row->fit)));
    cells[kDecode].push_back(rate_or_dash(runs && row->speed_known, row->decode_tok_s.p50, language));
    cells[kContext].push_back(row->safe_context > 0 ? format_short_tokens(row->safe_context, language) : "–");
  }
  const std::array<Column, kFormatColumns> all{{
      {.heading = ui.text("column.format"), .width = column_width(ui, cells[kName]), .align = Align::left, .share = 2},
      {.heading = ui.text("column.bits"), .width = column_width(ui, cells[kBits])},
      {.heading = ui.text("column.weights"), .width = column_width(ui, cells[kWeights]), .share = 1, .figure = true},
      {.heading = ui.text("column.quality"), .width = column_width(ui, cells[kQuality]), .share = 1},
      {.heading = ui.text("column.fit"), .width = column_width(ui, cells[kFit]), .share = 1},
      {.heading = ui.text("column.rate"), .width = column_width(ui, cells[kDecode]), .share = 1, .figure = true},
      {.heading = ui.text("column.safe_context"),
       .width = column_width(ui, cells[kContext]),
       .share = 1,
       .figure = true},
  }};
  // Rather without the bits, which the name tells of, than a table that scrolls.
  float wanted = 0;
  for (const Column& column : all) wanted += std::max(column.width, kLeastColumn);
  const bool tight = !ui.narrow() && wanted > body.width;
  std::vector<std::size_t> order;
  std::vector<Column> columns;
  for (const std::size_t column : ui.narrow() ? kNarrowFormats : kWideFormats) {
    if (tight && column == kBits) continue;
    order.push_back(column);
    columns.push_back(all[column]);
  }
  const auto cell = [&](std::size_t index, std::size_t place, const Rect& box) {
    const FormatRow& row = *rows[index];
    const std::size_t column = order[place];
    const ImU32 color = column == kBits  ? ui.theme().muted
                        : column == kFit ? fit_color(ui.theme(), row.fit)
                                         : ui.theme().text;
    ui.put_in(box, type::kTable, color, cells[column][index], column == kName ? Align::left : Align::right);
    if (column == kQuality) {
      const FormatQuality& quality = *row.quality;
      if (!quality.source.empty()) {
        ui.hint(box, ui.fill("formats.quality_hint", {{"model", quality.measured_on}, {"source", quality.source}}));
      }
    }
  };
  TableLook look;
  look.selected = selected;
  const TableEvent event = table(ui, body, "formats", columns, rows.size(), look, cell,
                                 [&](std::size_t index) { return ui.texts().term(rows[index]->format->name); });
  if (event.clicked_figure) {
    const FormatRow& row = *rows[event.figure_row];
    context.shell.show_derivation_of(scenario_of(session.catalog(), session.scenario(), row),
                                     topic_of_format(order[*event.clicked_figure]), ui.texts().term(row.format->name));
  }
  if (event.clicked_row) {
    const std::string id = rows[*event.clicked_row]->format->id;
    context.shell.after_frame([&session, id] { session.choose_format(id); });
  }
}

void draw_workloads(ScreenContext& context, Flow& flow, const Answer& answer) {
  Ui& ui = context.ui;
  Session& session = context.session;
  const Language language = ui.language();
  const std::vector<WorkloadRow>& rows = session.workloads();
  const std::string current = session.scenario().workload ? session.scenario().workload->id : "";

  Card card(ui, flow);
  Flow& body = card.body;
  ui.put_in(body.take(type::kStrong.line), type::kStrong, ui.theme().text, ui.text("workloads.title"));
  body.gap(space::kTiny);
  const bool hears_speech = hears(session.catalog(), answer.scenario.model);
  if (hears_speech || why_no_decode(session.catalog(), answer.scenario.model) == kReadsOnly) {
    const std::string why = ui.fill(hears_speech ? "workloads.hears" : "workloads.reads_only",
                                    {{"tokens", format_tokens(answer.model->arch.max_context, language)}});
    body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kTable, ui.theme().muted, why));
    return;
  }
  std::vector<std::string> names, fits;
  for (const WorkloadRow& row : rows) {
    names.emplace_back(ui.text("workload." + row.workload->workload.id));
    fits.emplace_back(ui.text(fit_key(row.estimate.placement.status)));
  }
  const std::array<Column, 6> columns{{
      {.heading = ui.text("column.workload"), .width = column_width(ui, names), .align = Align::left, .share = 2},
      {.heading = ui.text("column.grade"), .width = 44},
      {.heading = ui.text("column.fit"), .width = column_width(ui, fits), .share = 1},
      {.heading = ui.text("column.rate"), .width = 56, .share = 1, .figure = true},
      {.heading = ui.text("column.ttft"), .width = 72, .share = 1, .figure = true},
      {.heading = ui.text("column.context"), .width = 56, .share = 1},
  }};
  const auto cell = [&](std::size_t index, std::size_t column, const Rect& box) {
    const WorkloadRow& row = rows[index];
    const Estimate& estimate = row.estimate;
    const bool shown = has_speed(estimate);
    ImU32 color = ui.theme().text;
    std::string text;
    switch (column) {
      case kTask: text = names[index]; break;
      case kGrade:
        text = estimate.verdict.grade;
        color = grade_color(ui.theme(), estimate.verdict.grade);
        break;
      case kTaskFit:
        text = fits[index];
        color = fit_color(ui.theme(), estimate.placement.status);
        break;
      case kTaskDecode: text = rate_or_dash(shown, estimate.speed.decode_tok_s.p50, language); break;
      case kTtft: text = shown ? join(format_seconds(estimate.speed.ttft_s.p50, language)) : "–"; break;
      case kTaskContext: text = format_short_tokens(row.context, language); break;
      default: break;
    }
    ui.put_in(box, column == kGrade ? type::kTableStrong : type::kTable, color, text,
              column == kTask ? Align::left : Align::right);
  };
  TableLook look;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].workload->workload.id == current) look.selected = i;
  }
  const TableEvent event = table(ui, body, "workloads", columns, rows.size(), look, cell,
                                 [&](std::size_t index) { return std::string_view(names[index]); });
  if (event.clicked_figure) {
    const WorkloadRow& row = rows[event.figure_row];
    context.shell.show_derivation_of(scenario_of(session.scenario(), row),
                                     *event.clicked_figure == kTtft ? "trace.speed.prefill" : "trace.speed.decode",
                                     names[event.figure_row]);
  }
  if (event.clicked_row) {
    const std::string id = rows[*event.clicked_row].workload->workload.id;
    context.shell.after_frame([&session, id] {
      session.change([&](ScenarioSpec& spec) { spec.workload = WorkloadSpec{id, 0, 0, 0}; });
    });
  }
}

}  // namespace headroom::fit
