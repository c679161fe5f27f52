#include <array>
#include <string>
#include <vector>

#include "wasm/app/screens/fit/sections.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"
#include "wasm/app/widgets/table.h"
#include "wasm/app/words.h"
#include "wasm/inspect/inspector.h"

namespace headroom::fit {
namespace {

enum ScalingColumn : std::size_t { kDevices, kMoreFit, kMoreDecode, kMoreTtft, kMoreContext, kPrice, kScalingColumns };

std::string price_text(const Session& session, const ScaledAnswer& row) {
  const std::optional<std::size_t> device = session.device_index();
  if (!device) return "–";
  const DeviceEntry& entry = session.catalog().devices()[*device];
  const double price = session.catalog().has_price_of_today(entry) ? price_of(entry, row.count) : -1;
  return price < 0 ? "–" : "≈ " + format_dollars(price, session.texts().language());
}

}  // namespace

void draw_scaling(ScreenContext& context, Flow& flow) {
  Ui& ui = context.ui;
  Session& session = context.session;
  const Language language = ui.language();
  const std::vector<ScaledAnswer>& rows = session.scaling(!ImGui::IsMouseDown(ImGuiMouseButton_Left));
  if (rows.size() < 2) return;

  Card card(ui, flow);
  Flow& body = card.body;
  card_title(ui, body, ui.text("scaling.title"));
  std::array<std::vector<std::string>, kScalingColumns> cells;
  TableLook look;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Estimate& estimate = rows[i].estimate;
    const bool shown = has_speed(estimate);
    const std::uint32_t safe = estimate.placement.safe_context;
    cells[kDevices].push_back(format_number(rows[i].count, 0, language) + "×");
    cells[kMoreFit].emplace_back(ui.text(fit_key(estimate.placement.status)));
    cells[kMoreDecode].push_back(rate_or_dash(shown, estimate.speed.decode_tok_s.p50, language));
    cells[kMoreTtft].push_back(shown ? join(format_seconds(estimate.speed.ttft_s.p50, language)) : "–");
    cells[kMoreContext].push_back(safe > 0 ? format_short_tokens(safe, language) : "–");
    cells[kPrice].push_back(price_text(session, rows[i]));
    if (rows[i].count == session.scenario().hardware.device.count) look.selected = i;
  }
  inspect_value("scaling", cells[kMoreDecode].back());
  const auto column = [&](std::size_t index, std::string_view key) {
    return Column{.heading = ui.text(key), .width = column_width(ui, cells[index]), .share = 1};
  };
  std::array<Column, kScalingColumns> columns{
      column(kDevices, "scaling.devices"),         column(kMoreFit, "column.fit"),
      column(kMoreDecode, "column.rate"),          column(kMoreTtft, "column.ttft"),
      column(kMoreContext, "column.safe_context"), column(kPrice, "metric.price")};
  columns[kDevices].align = Align::left;
  const auto cell = [&](std::size_t index, std::size_t place, const Rect& box) {
    const ImU32 color = place == kMoreFit ? fit_color(ui.theme(), rows[index].estimate.placement.status)
                        : place == kPrice ? ui.theme().muted
                                          : ui.theme().text;
    ui.put_in(box, type::kTable, color, cells[place][index], columns[place].align);
  };
  const TableEvent event = table(ui, body, "scaling", columns, rows.size(), look, cell,
                                 [&](std::size_t index) { return std::string_view(cells[kDevices][index]); });
  if (event.clicked_row) {
    context.shell.after_frame([&session, scenario = rows[*event.clicked_row].scenario] { session.replace(scenario); });
  }
}

}  // namespace headroom::fit
