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

std::string quality_text(const Ui& ui, const FormatQuality& quality) {
  if (!quality.ppl_increase || *quality.ppl_increase <= 0) return ui.text_or_itself(quality.label);
  return "+" + format_percent(*quality.ppl_increase, ui.language());
}

enum FormatColumn : std::size_t { kName, kBits, kWeights, kQuality, kFit, kDecode, kContext };

}  // namespace

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

  const std::array<Column, 7> columns{{
      {.heading = ui.text("column.format"), .width = 66, .align = Align::left, .share = 2},
      {.heading = ui.text("column.bits"), .width = 44},
      {.heading = ui.text("column.weights"), .width = 82, .share = 1},
      {.heading = ui.text("column.quality"), .width = 74, .share = 1},
      {.heading = ui.text("column.fit"), .width = 82, .share = 1},
      {.heading = ui.text("column.decode"), .width = 50, .share = 1},
      {.heading = ui.text("column.safe_context"), .width = 56, .share = 1},
  }};
  const auto cell = [&](std::size_t index, std::size_t column, const Rect& box) {
    const FormatRow& row = *rows[index];
    const bool runs = row.fit != FitStatus::does_not_fit;
    ImU32 color = ui.theme().text;
    std::string text;
    switch (column) {
      case kName: text = row.format->name; break;
      case kBits:
        text = format_number(row.bits_per_weight, 1, language);
        color = ui.theme().muted;
        break;
      case kWeights: text = (row.exact ? "" : "≈ ") + join(format_bytes(row.weights.as_double(), language)); break;
      case kQuality: text = quality_text(ui, session.front().quality(*row.format)); break;
      case kFit:
        text = ui.text(fit_key(row.fit));
        color = fit_color(ui.theme(), row.fit);
        break;
      case kDecode: text = rate_or_dash(runs && row.speed_known, row.decode_tok_s.p50, language); break;
      case kContext: text = row.safe_context > 0 ? format_short_tokens(row.safe_context, language) : "–"; break;
      default: break;
    }
    ui.put_in(box, type::kTable, color, text, column == kName ? Align::left : Align::right);
    if (column == kQuality) {
      const FormatQuality& quality = session.front().quality(*row.format);
      if (!quality.source.empty()) {
        ui.hint(box, ui.fill("formats.quality_hint", {{"model", quality.measured_on}, {"source", quality.source}}));
      }
    }
  };
  TableLook look;
  look.selected = selected;
  const TableEvent event = table(ui, body, "formats", columns, rows.size(), look, cell,
                                 [&](std::size_t index) { return std::string_view(rows[index]->format->name); });
  if (event.clicked_row) {
    const std::string id = rows[*event.clicked_row]->format->id;
    context.shell.after_frame([&session, id] { session.change([&](ScenarioSpec& spec) { spec.quantization = id; }); });
  }
}

void draw_workloads(ScreenContext& context, Flow& flow) {
  Ui& ui = context.ui;
  Session& session = context.session;
  const Language language = ui.language();
  const std::vector<WorkloadRow>& rows = session.workloads();
  const std::string current = session.scenario().workload ? session.scenario().workload->id : "";

  Card card(ui, flow);
  Flow& body = card.body;
  ui.put_in(body.take(type::kStrong.line), type::kStrong, ui.theme().text, ui.text("workloads.title"));
  body.gap(space::kTiny);
  const std::array<Column, 6> columns{{
      {.heading = ui.text("column.workload"), .width = 108, .align = Align::left, .share = 2},
      {.heading = ui.text("column.grade"), .width = 44},
      {.heading = ui.text("column.fit"), .width = 82, .share = 1},
      {.heading = ui.text("column.decode"), .width = 56, .share = 1},
      {.heading = ui.text("column.ttft"), .width = 72, .share = 1},
      {.heading = ui.text("column.context"), .width = 56, .share = 1},
  }};
  std::vector<std::string> names;
  for (const WorkloadRow& row : rows) names.emplace_back(ui.text("workload." + row.workload->workload.id));
  const auto cell = [&](std::size_t index, std::size_t column, const Rect& box) {
    const WorkloadRow& row = rows[index];
    const Estimate& estimate = row.estimate;
    const bool shown = speed_shown(estimate);
    ImU32 color = ui.theme().text;
    std::string text;
    switch (column) {
      case 0: text = names[index]; break;
      case 1:
        text = estimate.verdict.grade;
        color = grade_color(ui.theme(), estimate.verdict.grade);
        break;
      case 2:
        text = ui.text(fit_key(estimate.placement.status));
        color = fit_color(ui.theme(), estimate.placement.status);
        break;
      case 3: text = rate_or_dash(shown, estimate.speed.decode_tok_s.p50, language); break;
      case 4: text = shown ? join(format_seconds(estimate.speed.ttft_s.p50, language)) : "–"; break;
      case 5: text = format_short_tokens(row.context, language); break;
      default: break;
    }
    ui.put_in(box, column == 1 ? type::kTableStrong : type::kTable, color, text,
              column == 0 ? Align::left : Align::right);
  };
  TableLook look;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].workload->workload.id == current) look.selected = i;
  }
  const TableEvent event = table(ui, body, "workloads", columns, rows.size(), look, cell,
                                 [&](std::size_t index) { return std::string_view(names[index]); });
  if (event.clicked_row) {
    const std::string id = rows[*event.clicked_row].workload->workload.id;
    context.shell.after_frame([&session, id] {
      session.change([&](ScenarioSpec& spec) { spec.workload = WorkloadSpec{id, 0, 0, 0}; });
    });
  }
}

}  // namespace headroom::fit
