#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "wasm/app/screen.h"
#include "wasm/app/screens/accuracy/accuracy_report.h"
#include "wasm/app/search.h"
#include "wasm/app/session.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"
#include "wasm/app/widgets/plot.h"
#include "wasm/app/widgets/table.h"

namespace headroom {
namespace {

using accuracy::ClassRow;
using accuracy::MemoryRow;
using accuracy::Point;
using accuracy::Report;

constexpr std::string_view kKinds[] = {"decode_dense", "decode_experts", "decode_deep", "prefill", "served"};

std::string class_text(const Ui& ui, std::string_view name) {
  const accuracy::ClassName split = accuracy::split_class(name);
  if (split.key.empty()) return std::string(name);
  std::string out(ui.text(split.key));
  if (!split.vendor.empty()) out += " · " + std::string(split.vendor);
  return out;
}

std::string share_or_dash(double share, Language language) { return share < 0 ? "–" : format_percent(share, language); }

class AccuracyScreen final : public Screen {
 public:
  [[nodiscard]] std::string_view id() const override { return "accuracy"; }
  [[nodiscard]] int position() const override { return 60; }

  void draw_inputs(ScreenContext& context, Flow& flow) override {
    look_up(context.session);
    Ui& ui = context.ui;
    Card card(ui, flow);
    Flow& body = card.body;
    label(ui, body, ui.text("accuracy.what"));
    std::vector<Chip> items{{ui.text("filter.all"), !kind_.has_value(), false}};
    for (std::size_t i = 0; i < std::size(kKinds); ++i) {
      items.push_back({ui.text(accuracy::split_class(kKinds[i]).key), kind_ == i, false});
    }
    if (const auto clicked = chips(ui, body, "kinds", items)) {
      kind_ = *clicked == 0 ? std::nullopt : std::optional(*clicked - 1);
    }
    body.gap(space::kMedium);
    const Rect box = body.take(36);
    Ui::fill_rect(box, ui.theme().raised, space::kRadiusSmall);
    draw_icon({box.x + 10, box.center_y() - 8, 16, 16}, Icon::search, ui.theme().muted);
    ui.edit_text("search", {box.x + 34, box.y, box.width - 42, box.height}, type::kBody, query_,
                 ui.text("accuracy.search"), false);
  }

  void draw_content(ScreenContext& context, Flow& flow) override {
    look_up(context.session);
    refresh();
    Ui& ui = context.ui;
    draw_head(ui, flow);
    flow.gap(space::kGap);
    ScatterPlot plot;
    const std::string title =
        ui.fill("accuracy.plot", {{"count", format_number(static_cast<double>(samples_.size()), 0, ui.language())}});
    plot.title = title;
    plot.x_label = ui.text("accuracy.measured");
    plot.y_label = ui.text("accuracy.estimated");
    plot.samples = samples_;
    plot.describe = [&](std::uint32_t index) { return describe(ui, report_.points[index]); };
    constexpr float kWide = 620;
    scatter_plot(ui, flow.take(flow.width > kWide ? 420.0F : 330.0F), plot);
    flow.gap(space::kGap);
    draw_speed(ui, flow);
    if (report_.memory.empty()) return;
    flow.gap(space::kGap);
    draw_memory(ui, flow);
  }

  [[nodiscard]] std::vector<std::string> summary(ScreenContext&) override { return {}; }

 private:
  void look_up(const Session& session) {
    if (read_) return;
    read_ = true;
    report_ = accuracy::read_report(session.catalog());
    for (const Point& point : report_.points) {
      keys_.emplace_back(point.device + " " + point.engine + " " + point.model + " " + point.format);
    }
  }

  void refresh() {
    if (refreshed_ && seen_kind_ == kind_ && seen_query_ == query_) return;
    refreshed_ = true;
    seen_kind_ = kind_;
    seen_query_ = query_;
    samples_.clear();
    const Search search(query_);
    for (std::uint32_t i = 0; i < report_.points.size(); ++i) {
      const Point& point = report_.points[i];
      if (kind_ && point.kind != kKinds[*kind_]) continue;
      if (!search.finds(keys_[i])) continue;
      samples_.push_back({static_cast<float>(point.measured), static_cast<float>(point.estimated), i});
    }
  }

  static std::string describe(const Ui& ui, const Point& point) {
    return point.model + " · " + point.format + " · " + point.device + " · " + point.engine + "\n" +
           ui.fill("accuracy.point", {{"measured", join(format_rate(point.measured, ui.language()))},
                                      {"estimated", join(format_rate(point.estimated, ui.language()))}});
  }

  static void draw_head(Ui& ui, Flow& flow) {
    Card card(ui, flow);
    Flow& body = card.body;
    body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kVerdict, ui.theme().text, ui.text("accuracy.title")));
    body.gap(space::kTiny);
    body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kTable, ui.theme().muted, ui.text("accuracy.intro")));
  }

  void draw_speed(Ui& ui, Flow& flow) const {
    const Language language = ui.language();
    std::vector<const ClassRow*> rows;
    std::vector<std::string> names;
    for (const ClassRow& row : report_.speed) {
      if (kind_ && accuracy::split_class(row.name).key != accuracy::split_class(kKinds[*kind_]).key) continue;
      rows.push_back(&row);
      names.push_back(class_text(ui, row.name));
    }
    Card card(ui, flow);
    Flow& body = card.body;
    card_title(ui, body, ui.text("accuracy.speed"));
    if (rows.empty()) {
      ui.put_in(body.take(24), type::kTable, ui.theme().muted, ui.text("accuracy.none"));
      return;
    }
    const std::array<Column, 8> columns{{
        {.heading = ui.text("column.class"), .width = column_width(ui, names), .align = Align::left, .share = 2},
        {.heading = ui.text("column.rows"), .width = 60},
        {.heading = ui.text("column.new_pair"), .width = 84, .share = 1},
        {.heading = ui.text("column.new_device"), .width = 84, .share = 1},
        {.heading = ui.text("column.new_model"), .width = 84, .share = 1},
        {.heading = ui.text("column.best_rule"), .width = 100, .share = 1},
        {.heading = ui.text("column.inside"), .width = 84, .share = 1},
        {.heading = ui.text("column.spread"), .width = 92, .share = 1},
    }};
    const auto cell = [&](std::size_t index, std::size_t column, const Rect& box) {
      const ClassRow& row = *rows[index];
      std::string text;
      ImU32 color = ui.theme().text;
      TextStyle style = type::kTable;
      switch (column) {
        case 0: text = names[index]; break;
        case 1:
          text = format_number(row.rows, 0, language);
          color = ui.theme().muted;
          break;
        case 2:
          text = share_or_dash(row.pairs, language);
          style = type::kTableStrong;
          if (row.goal > 0 && row.pairs >= 0) color = row.pairs <= row.goal ? ui.theme().good : ui.theme().warning;
          break;
        case 3: text = share_or_dash(row.devices, language); break;
        case 4: text = share_or_dash(row.models, language); break;
        case 5:
          text = share_or_dash(row.best_rule, language);
          color = ui.theme().muted;
          break;
        case 6: text = share_or_dash(row.inside, language); break;
        case 7:
          text = share_or_dash(row.spread, language);
          color = ui.theme().muted;
          break;
        default: break;
      }
      ui.put_in(box, style, color, text, column == 0 ? Align::left : Align::right);
      if (column == 2 && row.goal > 0)
        ui.hint(box, ui.fill("accuracy.goal", {{"goal", format_percent(row.goal, language)}}));
      if (column == 6 && row.inside_devices >= 0) {
        ui.hint(box, ui.fill("accuracy.inside_devices", {{"share", format_percent(row.inside_devices, language)}}));
      }
      if (column == 5 && !row.best_rule_name.empty()) ui.hint(box, row.best_rule_name);
    };
    TableLook look;
    look.rows_clickable = false;
    table(ui, body, "speed", columns, rows.size(), look, cell,
          [&](std::size_t i) { return std::string_view(names[i]); });
    body.gap(space::kSmall);
    body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kLabel, ui.theme().muted, ui.text("accuracy.note")));
  }

  void draw_memory(Ui& ui, Flow& flow) const {
    const Language language = ui.language();
    Card card(ui, flow);
    Flow& body = card.body;
    card_title(ui, body, ui.text("accuracy.memory"));
    std::vector<std::string> names;
    for (const MemoryRow& row : report_.memory) names.push_back(ui.text_or_itself(row.name));
    const std::array<Column, 5> columns{{
        {.heading = ui.text("column.class"), .width = column_width(ui, names), .align = Align::left, .share = 3},
        {.heading = ui.text("column.rows"), .width = 70, .share = 1},
        {.heading = ui.text("column.median"), .width = 90, .share = 1},
        {.heading = ui.text("column.within"), .width = 90, .share = 1},
        {.heading = ui.text("column.goal"), .width = 90, .share = 1},
    }};
    const auto cell = [&](std::size_t index, std::size_t column, const Rect& box) {
      const MemoryRow& row = report_.memory[index];
      std::string text;
      ImU32 color = ui.theme().text;
      switch (column) {
        case 0: text = names[index]; break;
        case 1:
          text = format_number(row.rows, 0, language);
          color = ui.theme().muted;
          break;
        case 2:
          text = share_or_dash(row.median, language);
          color = row.reached ? ui.theme().good : ui.theme().warning;
          break;
        case 3: text = share_or_dash(row.within, language); break;
        case 4:
          text = share_or_dash(row.goal, language);
          color = ui.theme().muted;
          break;
        default: break;
      }
      ui.put_in(box, type::kTable, color, text, column == 0 ? Align::left : Align::right);
    };
    TableLook look;
    look.rows_clickable = false;
    table(ui, body, "memory", columns, report_.memory.size(), look, cell,
          [](std::size_t) { return std::string_view(); });
  }

  bool read_ = false;
  Report report_;
  std::vector<SearchKey> keys_;
  std::optional<std::size_t> kind_;
  std::string query_;
  bool refreshed_ = false;
  std::optional<std::size_t> seen_kind_;
  std::string seen_query_;
  std::vector<ScatterSample> samples_;
};

}  // namespace

std::unique_ptr<Screen> make_accuracy_screen();
std::unique_ptr<Screen> make_accuracy_screen() { return std::make_unique<AccuracyScreen>(); }

}  // namespace headroom
