#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "wasm/app/screen.h"
#include "wasm/app/screens/accuracy/accuracy_report.h"
#include "wasm/app/screens/accuracy/speed_table.h"
#include "wasm/app/search.h"
#include "wasm/app/session.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"
#include "wasm/app/widgets/plot.h"
#include "wasm/app/widgets/table.h"
#include "wasm/inspect/inspector.h"

namespace headroom {
namespace {

using accuracy::ClassRow;
using accuracy::kNarrowFigure;
using accuracy::MemoryRow;
using accuracy::Point;
using accuracy::put_over_lines;
using accuracy::Report;
using accuracy::share_or_dash;

constexpr std::string_view kKinds[] = {"decode_dense", "decode_experts", "decode_deep",
                                       "prefill",      "served",         "first_token"};

constexpr std::array<std::size_t, 5> kWideMemory = {0, 1, 2, 3, 4}, kNarrowMemory = {0, 2, 3, 4, 1};

class AccuracyScreen final : public Screen {
 public:
  [[nodiscard]] std::string_view id() const override { return "accuracy"; }
  [[nodiscard]] int position() const override { return 60; }

  void draw_inputs(ScreenContext& context, Flow& flow) override {
    look_up(context.session, context.ui.texts());
    Ui& ui = context.ui;
    if (ui.narrow()) {  // there the inputs stand above the answer, and what it is about above them
      draw_head(ui, flow);
      flow.gap(space::kGap);
    }
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
    label(ui, body, ui.text("accuracy.find"));
    const Rect box = body.take(36);
    Ui::fill_rect(box, ui.theme().raised, space::kRadiusSmall);
    draw_icon({box.x + 10, box.center_y() - 8, 16, 16}, Icon::search, ui.theme().muted);
    ui.edit_text("search", {box.x + 34, box.y, box.width - 42, box.height}, type::kBody, query_,
                 ui.text("accuracy.search"), false);
  }

  void draw_content(ScreenContext& context, Flow& flow) override {
    look_up(context.session, context.ui.texts());
    refresh();
    Ui& ui = context.ui;
    if (!ui.narrow()) {
      draw_head(ui, flow);
      flow.gap(space::kGap);
    }
    ScatterPlot plot;
    const std::string title = ui.fill(query_.empty() ? "accuracy.plot" : "accuracy.plot_found",
                                      {{"count", format_number(static_cast<double>(samples_.size()), 0, ui.language())},
                                       {"drawn", format_number(points_of_kind(), 0, ui.language())},
                                       {"total", format_number(rows_of_kind(), 0, ui.language())}});
    inspect_value("plot", title);
    plot.empty_text = ui.text("accuracy.not_found");
    plot.title = title;
    plot.x_label = ui.text("accuracy.measured");
    plot.y_label = ui.text("accuracy.estimated");
    plot.samples = samples_;
    plot.describe = [&](std::uint32_t index) { return names_[index] + "\n" + figures(ui, report_.points[index]); };
    constexpr float kWide = 620;
    scatter_plot(ui, flow.take(flow.width > kWide ? 420.0F : 330.0F), plot);
    flow.gap(space::kGap);
    draw_speed(ui, flow);
    if (!report_.groups.empty()) {
      flow.gap(space::kGap);
      draw_groups(context, flow);
    }
    if (report_.memory.empty()) return;
    flow.gap(space::kGap);
    draw_memory(ui, flow);
  }

  [[nodiscard]] std::vector<std::string> summary(ScreenContext&) override { return {}; }

 private:
  void look_up(const Session& session, const Texts& texts) {
    if (language_ == texts.language()) return;
    language_ = texts.language();
    names_.clear();
    keys_.clear();
    const Catalog& catalog = session.catalog();
    report_ = accuracy::read_report(catalog);
    for (const Point& point : report_.points) {
      std::string words = point.device + " " + point.engine + " " + point.model + " " + point.format;
      if (const auto device = catalog.find_device(point.device)) {
        const DeviceEntry& entry = catalog.devices()[*device];
        words.append(" ").append(entry.also_called).append(" ").append(entry.device.vendor);
      }
      if (const auto model = catalog.find_model(point.model)) {
        const ModelEntry& entry = catalog.models()[*model];
        words.append(" ").append(entry.hf_id).append(" ").append(entry.developer).append(" ").append(entry.family);
      }
      names_.push_back(name_of(catalog, texts, point));
      keys_.emplace_back(names_.back() + " " + words);
    }
  }

  // "Llama 3.1 8B · Q4_K_M · GeForce RTX 4090 · llama.cpp"
  static std::string name_of(const Catalog& catalog, const Texts& texts, const Point& point) {
    const std::optional<std::size_t> model = catalog.find_model(point.model),
                                     device = catalog.find_device(point.device);
    const Format* format = catalog.find_format(point.format);
    const Engine* engine = catalog.find_engine(point.engine);
    return (model ? std::string(catalog.models()[*model].name) : point.model) + " · " +
           (format != nullptr ? std::string(texts.term(format->name)) : point.format) + " · " +
           (device ? catalog.devices()[*device].device.name : point.device) + " · " +
           (engine != nullptr ? engine->name : point.engine);
  }

  // Of how many measurements the points are a sample.
  [[nodiscard]] double rows_of_kind() const {
    double rows = 0;
    for (const ClassRow& row : report_.speed) rows += is_of_kind(row) ? row.rows : 0;
    return rows;
  }
  [[nodiscard]] double points_of_kind() const {
    return static_cast<double>(std::count_if(report_.points.begin(), report_.points.end(), [this](const Point& point) {
      return !kind_ || point.kind == kKinds[*kind_];
    }));
  }
  [[nodiscard]] bool is_of_kind(const ClassRow& row) const {
    return !kind_ || accuracy::split_class(row.name).key == accuracy::split_class(kKinds[*kind_]).key;
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

  static std::string figures(const Ui& ui, const Point& point) {
    return ui.fill("accuracy.point", {{"measured", join(format_rate(point.measured, ui.language()))},
                                      {"estimated", join(format_rate(point.estimated, ui.language()))}});
  }

  void draw_head(Ui& ui, Flow& flow) const {
    Card card(ui, flow);
    Flow& body = card.body;
    body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kVerdict, ui.theme().text, ui.text("accuracy.title")));
    body.gap(space::kTiny);
    if (const accuracy::Summary& all = report_.summary; all.typical >= 0) {
      const auto share = [&](double value) { return format_percent(value, ui.language()); };
      const std::string headline = ui.fill("accuracy.headline", {{"typical", share(all.typical)},
                                                                 {"best", share(all.best)},
                                                                 {"worst", share(all.worst)},
                                                                 {"inside", share(all.inside)},
                                                                 {"rows", format_number(all.rows, 0, ui.language())},
                                                                 {"memory", share(std::max(all.memory, 0.0))}});
      inspect_value("headline", headline);
      body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kBody, ui.theme().text, headline));
      body.gap(space::kTiny);
    }
    body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kTable, ui.theme().muted, ui.text("accuracy.intro")));
  }

  void draw_speed(Ui& ui, Flow& flow) const {
    std::vector<const ClassRow*> rows;
    for (const ClassRow& row : report_.speed) {
      if (is_of_kind(row)) rows.push_back(&row);
    }
    accuracy::draw_speed_table(ui, flow, rows);
  }

  // How right the estimates are by what was measured, whatever the device.
  void draw_groups(ScreenContext& context, Flow& flow) const {
    Ui& ui = context.ui;
    const Language language = ui.language();
    const Catalog& catalog = context.session.catalog();
    Card card(ui, flow);
    Flow& body = card.body;
    card_title(ui, body, ui.text("accuracy.groups"));
    const auto name = [&](std::size_t i) {
      const accuracy::GroupRow& row = report_.groups[i];
      const Engine* engine = row.by == "engine" ? catalog.find_engine(row.name) : nullptr;
      const Format* format = row.by == "format" ? catalog.find_format(row.name) : nullptr;
      return engine != nullptr ? std::string_view(engine->name)
                               : ui.texts().term(format != nullptr ? format->name : row.name);
    };
    const std::array<Column, 5> columns{{
        {.heading = ui.text("column.measured_with"), .width = 110, .align = Align::left, .share = 2},
        {.heading = ui.text("column.group_kind"), .width = 76, .align = Align::left, .share = 1},
        {.heading = ui.text("column.rows"), .width = 56},
        {.heading = ui.text("column.new_pair"), .width = 76, .share = 1},
        {.heading = ui.text("column.inside"), .width = 76, .share = 1},
    }};
    const auto cell = [&](std::size_t index, std::size_t column, const Rect& box) {
      const accuracy::GroupRow& row = report_.groups[index];
      const ImU32 muted = ui.theme().muted, plain = ui.theme().text;
      switch (column) {
        case 0: ui.put_in(box, type::kTable, plain, name(index)); break;
        case 1:
          ui.put_in(box, type::kTable, muted, ui.text(row.by == "engine" ? "accuracy.engine" : "accuracy.format"));
          break;
        case 2: ui.put_in(box, type::kTable, muted, format_number(row.rows, 0, language), Align::right); break;
        case 3: ui.put_in(box, type::kTableStrong, plain, share_or_dash(row.pairs, language), Align::right); break;
        case 4:
          ui.put_in(box, type::kTable, accuracy::color_of_inside(ui, row.inside), share_or_dash(row.inside, language),
                    Align::right);
          break;
        default: break;
      }
    };
    TableLook look;
    look.rows_clickable = false;
    table(ui, body, "groups", columns, report_.groups.size(), look, cell, name);
  }

  void draw_memory(Ui& ui, Flow& flow) const {
    const Language language = ui.language();
    Card card(ui, flow);
    Flow& body = card.body;
    card_title(ui, body, ui.text("accuracy.memory"));
    std::vector<std::string> names;
    for (const MemoryRow& row : report_.memory) names.push_back(ui.text_or_itself(row.name));
    const bool narrow = ui.narrow();
    const float figure = narrow ? kNarrowFigure : 90;
    const float widest = narrow ? body.width - 2 * figure : body.width;
    const std::array<Column, 5> all{{
        {.heading = ui.text("column.class"),
         .width = std::min(column_width(ui, names), widest),
         .align = Align::left,
         .share = 3},
        {.heading = ui.text("column.rows"), .width = 70, .share = 1},
        {.heading = ui.text("column.median"), .width = figure, .share = 1},
        {.heading = ui.text("column.within"), .width = figure, .share = 1},
        {.heading = ui.text("column.goal"), .width = figure, .share = 1},
    }};
    const std::array<std::size_t, 5>& order = narrow ? kNarrowMemory : kWideMemory;
    std::array<Column, 5> columns;
    for (std::size_t place = 0; place < order.size(); ++place) columns[place] = all[order[place]];
    const auto cell = [&](std::size_t index, std::size_t place, const Rect& box) {
      const std::size_t column = order[place];
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
      if (narrow && column == 0) {
        put_over_lines(ui, box, text);
        return;
      }
      ui.put_in(box, type::kTable, color, text, column == 0 ? Align::left : Align::right);
    };
    TableLook look;
    look.rows_clickable = false;
    if (narrow) look.row_height = 56;
    table(ui, body, "memory", columns, report_.memory.size(), look, cell,
          [](std::size_t) { return std::string_view(); });
  }

  std::optional<Language> language_;  // of names_
  Report report_;
  std::vector<std::string> names_;  // of the points
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
