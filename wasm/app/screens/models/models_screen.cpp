#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "core/catalog/engine_choice.h"
#include "wasm/app/inputs/inputs.h"
#include "wasm/app/screen.h"
#include "wasm/app/screens/models/filter_link.h"
#include "wasm/app/screens/models/model_detail.h"
#include "wasm/app/screens/models/model_view.h"
#include "wasm/app/session.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"
#include "wasm/app/widgets/popup.h"
#include "wasm/app/widgets/table.h"
#include "wasm/app/words.h"
#include "wasm/inspect/inspector.h"

namespace headroom {
namespace {

using models::Field;
using models::Filter;
using models::Kind;
using models::Show;

constexpr std::array<const char*, models::kKinds> kKindKeys{"kind.text", "kind.vision", "kind.embedding",
                                                            "kind.speech"};

// What keeps the table empty whatever the filters are; nothing where only they do.
std::string why_none_runs(const Ui& ui, Session& session) {
  if (session.answer().ok()) {
    const ResolvedScenario& scenario = session.answer()->scenario;
    if (const auto lack = lacking(*scenario.engine, scenario.system, nullptr)) {
      return ui.fill(words_of(lack->what).list, {{"engine", scenario.engine->name}, {"device", lack->device->name}});
    }
  }
  return {};
}

struct FieldColumn {
  Field field;
  const char* heading;
  float width;
  Align align;
  float share;
  bool shown_at_first;
};

constexpr std::array<FieldColumn, models::kFields> kColumns{{
    {Field::name, "column.model", 210, Align::left, 3, true},
    {Field::format, "column.best_format", 92, Align::right, 0, true},
    {Field::grade, "column.grade", 52, Align::right, 0, true},
    {Field::score, "column.score", 110, Align::right, 0, true},
    {Field::decode, "column.rate", 84, Align::right, 0, true},
    {Field::ttft, "column.ttft", 84, Align::right, 0, true},
    {Field::context, "column.safe_context", 84, Align::right, 0, true},
    {Field::weights, "column.weights", 84, Align::right, 0, true},
    {Field::params, "column.params", 84, Align::right, 0, false},
    {Field::release, "column.release", 76, Align::right, 0, false},
    {Field::license, "column.license", 110, Align::left, 0, false},
    {Field::good_for, "column.good_for", 130, Align::left, 1, true},
}};

// On a phone two columns stand beside the names before a person scrolls: how well, and how fast.
constexpr std::array<std::size_t, models::kFields> kNarrowOrder = {0, 2, 4, 1, 3, 5, 6, 7, 8, 9, 10, 11};
constexpr float kNarrowMark = 62, kNarrowRate = 62, kTableScrollBar = 12;
constexpr float kFormatWithEngine = 140;

// As many of them as `width` has room for, whole.
std::string capabilities(const Ui& ui, const ModelEntry& model, float width) {
  constexpr std::string_view kTold[] = {"reasoning", "coding", "agentic_coding", "tools", "vision", "multilingual",
                                        "rag",       "math"};
  std::string out;
  for (const std::string_view name : kTold) {
    const auto& all = model.capabilities;
    if (std::find(all.begin(), all.end(), name) == all.end()) continue;
    std::string longer = out.empty() ? out : out + std::string(ui.text("list.separator"));
    longer += ui.text("capability." + std::string(name));
    if (!out.empty() && ui.width_of(type::kTable, longer) > width) break;
    out = std::move(longer);
  }
  return out;
}

class ModelsScreen final : public Screen {
 public:
  ModelsScreen() {
    for (std::size_t i = 0; i < kColumns.size(); ++i) visible_[i] = kColumns[i].shown_at_first;
  }
  [[nodiscard]] std::string_view id() const override { return "models"; }
  [[nodiscard]] int position() const override { return 20; }

  [[nodiscard]] ViewState state() const override { return models::state_of({filter_, sort_field_, descending_}); }
  std::optional<Error> restore(const ViewState& state) override {
    models::ListingReading reading = models::read_listing(state);
    filter_ = std::move(reading.listing.filter);
    sort_field_ = reading.listing.sort_by;
    descending_ = reading.listing.descending;
    return std::move(reading.problem);
  }

  void draw_inputs(ScreenContext& context, Flow& flow) override {
    {
      Card card(context.ui, flow);
      hardware_.draw(context, card.body, Asked::all_models);
      card.body.gap(space::kMedium);
      draw_engine_input(context, card.body);
      card.body.gap(space::kMedium);
      draw_workload_input(context, card.body);
      card.body.gap(space::kMedium);
      draw_mode_input(context, card.body);
    }
    flow.gap(space::kGap);
    Card card(context.ui, flow);
    draw_filters(context, card.body);
  }

  void draw_content(ScreenContext& context, Flow& flow) override {
    Ui& ui = context.ui;
    Session& session = context.session;
    if (session.prepare_ranking()) ui.settle();
    const std::vector<RankedModel>* ranking = session.ranking();
    if (ranking == nullptr) {
      Card card(ui, flow);
      ui.put_in(card.body.take(24), type::kTable, ui.theme().muted, ui.text("models.preparing"));
      return;
    }
    if (refresh(session, *ranking)) ui.settle();  // what the inputs tell of the ranking was drawn before it
    draw_table(context, flow, *ranking);
    if (!opened_) return;
    flow.gap(space::kGap);
    bool open_in_fit = false;
    const auto ranked =
        std::find_if(ranking->begin(), ranking->end(), [&](const RankedModel& row) { return row.model == *opened_; });
    const Format* format = ranked != ranking->end() ? ranked->format : nullptr;
    if (scrolls_to_detail_) {
      scrolls_to_detail_ = false;
      ImGui::SetScrollFromPosY(flow.y - space::kSmall - ImGui::GetWindowPos().y, 0);
      ui.settle();
    }
    detail_.draw(context, flow, *opened_, format, open_in_fit);
    if (open_in_fit) {
      context.shell.after_frame([&session, &shell = context.shell, model = *opened_, format] {
        session.choose_model(model);
        if (format != nullptr) session.choose_format(format->id);
        shell.open_screen("fit");
      });
    }
  }

  [[nodiscard]] std::vector<std::string> summary(ScreenContext& context) override {
    return {hardware_summary(context), std::string(context.ui.text("models.filters"))};
  }

 private:
  void draw_filters(ScreenContext& context, Flow& body) {
    Ui& ui = context.ui;
    const Rect box = body.take(36);
    Ui::fill_rect(box, ui.theme().raised, space::kRadiusSmall);
    draw_icon({box.x + 10, box.center_y() - 8, 16, 16}, Icon::search, ui.theme().muted);
    const std::vector<RankedModel>* ranking = context.session.ranking();
    const std::size_t total = ranking != nullptr ? ranking->size() : context.session.model_list().items.size();
    const std::string hint =
        ui.fill("search.models", {{"count", format_number(static_cast<double>(total), 0, ui.language())}});
    ui.edit_text("search", {box.x + 34, box.y, box.width - 42, box.height}, type::kBody, filter_.query, hint, false);

    body.gap(space::kMedium);
    label(ui, body, ui.text("filter.show"));
    const std::array<Chip, 3> show{{{ui.text("filter.fits"), filter_.show == Show::fits, false},
                                    {ui.text("filter.offload"), filter_.show == Show::runs, false},
                                    {ui.text("filter.all"), filter_.show == Show::all, false}}};
    if (const auto clicked = chips(ui, body, "show", show)) filter_.show = static_cast<Show>(*clicked);

    body.gap(space::kMedium);
    label(ui, body, ui.text("filter.kind"));
    std::array<Chip, models::kKinds> kinds;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      kinds[i] = {ui.text(kKindKeys[i]), filter_.kind == static_cast<Kind>(i), false};
    }
    if (const auto clicked = chips(ui, body, "kind", kinds)) filter_.kind = static_cast<Kind>(*clicked);

    body.gap(space::kMedium);
    label(ui, body, ui.text("filter.at_least"));
    const ModelFilters& filters = context.session.model_filters();
    const std::string fast = join(format_rate(filters.fast, ui.language()));
    const std::string long_context =
        ui.fill("filter.long_context", {{"tokens", format_tokens(filters.long_context, ui.language())}});
    const std::string good_grade = ui.fill("filter.good_grade", {{"grade", std::string(1, filters.good_grade)}});
    const std::array<Chip, 3> least{{{fast, filter_.fast, false},
                                     {long_context, filter_.long_context, false},
                                     {good_grade, filter_.good_grade, false}}};
    if (const auto clicked = chips(ui, body, "least", least)) {
      bool& toggled = *clicked == 0 ? filter_.fast : *clicked == 1 ? filter_.long_context : filter_.good_grade;
      toggled = !toggled;
    }

    body.gap(space::kMedium);
    label(ui, body, ui.text("filter.license"));
    const std::array<Chip, 2> license{
        {{ui.text("filter.any"), !filter_.open_only, false}, {ui.text("filter.open"), filter_.open_only, false}}};
    if (const auto clicked = chips(ui, body, "license", license)) filter_.open_only = *clicked == 1;
  }

  // Filters and sorts again when something they depend on changed, and tells whether it did.
  bool refresh(Session& session, const std::vector<RankedModel>& ranking) {
    const bool same = seen_revision_ == session.revision() && seen_filter_ == filter_ && seen_field_ == sort_field_ &&
                      seen_descending_ == descending_ && selected_valid_;
    if (same) return false;
    seen_revision_ = session.revision();
    seen_filter_ = filter_;
    seen_field_ = sort_field_;
    seen_descending_ = descending_;
    selected_valid_ = true;
    const auto key_of = [&session](std::size_t model) -> const SearchKey& { return session.search_key_of(model); };
    const ModelFilters& least = session.model_filters();
    rows_ = models::select(ranking, session.catalog(), key_of, filter_, least, sort_field_, descending_);
    fitting_ = models::count_passing(ranking, session.catalog(), key_of, filter_, least).fit;
    own_engine_ = session.answer().ok() ? session.answer()->scenario.engine : nullptr;
    other_engines_ = std::any_of(rows_.begin(), rows_.end(), [&](std::uint32_t row) {
      return ranking[row].engine != own_engine_ && ranking[row].fit != FitStatus::does_not_fit;
    });
    elsewhere_.clear();
    if (rows_.empty()) elsewhere_ = models::elsewhere(ranking, session.catalog(), key_of, filter_, least);
    return true;
  }

  void draw_table(ScreenContext& context, Flow& flow, const std::vector<RankedModel>& ranking) {
    Ui& ui = context.ui;
    Card card(ui, flow);
    Flow& body = card.body;
    draw_heading(context, body, ranking);

    std::vector<Column> columns;
    fields_.clear();
    std::optional<std::size_t> sort_column;
    for (std::size_t place = 0; place < kColumns.size(); ++place) {
      const std::size_t i = ui.narrow() ? kNarrowOrder[place] : place;
      if (!visible_[i]) continue;
      const FieldColumn& from = kColumns[i];
      if (from.field == sort_field_) sort_column = columns.size();
      columns.push_back({.heading = ui.text(from.heading),
                         .width = width_of(ui, from, body.width),
                         .align = from.align,
                         .share = from.share,
                         .sortable = from.field != Field::good_for});
      fields_.push_back(from.field);
    }
    if (rows_.empty()) {
      draw_none(context, body);
      return;
    }
    TableLook look;
    look.row_height = ui.touch() ? 40.0F : 30.0F;
    const float wanted = opened_ ? 13 : 20;
    const float room = std::floor((context.shell.view_height() - (opened_ ? 354 : 174)) / look.row_height);
    look.height = 32 + look.row_height * std::clamp(room, 8.0F, opened_ ? wanted : 40.0F);
    if (sort_column) look.sorting = Sorting{*sort_column, descending_};
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (opened_ && ranking[rows_[i]].model == *opened_) look.selected = i;
    }
    const Catalog& catalog = context.session.catalog();
    const auto cell = [&](std::size_t row, std::size_t column, const Rect& box) {
      draw_cell(ui, ranking[rows_[row]], catalog, fields_[column], box);
    };
    const TableEvent event = table(ui, body, "models", columns, rows_.size(), look, cell,
                                   [&](std::size_t row) { return catalog.models()[ranking[rows_[row]].model].name; });
    body.gap(space::kSmall);
    body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kLabel, ui.theme().muted, ui.text("models.marks")));
    if (event.clicked_row) {
      const std::size_t model = ranking[rows_[*event.clicked_row]].model;
      opened_ = opened_ == model ? std::nullopt : std::optional(model);
      scrolls_to_detail_ = opened_ && ui.narrow();
      ui.settle();
    }
    if (event.clicked_heading) {
      const Field field = fields_[*event.clicked_heading];
      const bool rises_first =
          field == Field::name || field == Field::format || field == Field::license || field == Field::ttft;
      descending_ = field == sort_field_ ? !descending_ : !rises_first;
      sort_field_ = field;
      ui.settle();
    }
  }

  // Why the table is empty, where there are matches, and the way back.
  void draw_none(ScreenContext& context, Flow& body) {
    Ui& ui = context.ui;
    const auto tell = [&](std::string_view text) {
      body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kTable, ui.theme().muted, text));
      body.gap(space::kSmall);
    };
    body.gap(space::kSmall);
    const std::string lacking_kernels = why_none_runs(ui, context.session);
    if (!lacking_kernels.empty())
      tell(lacking_kernels);
    else
      tell(ui.text(elsewhere_.empty() && !filter_.query.empty() ? "models.nowhere" : "models.none"));
    std::vector<std::string> names;
    for (const models::Elsewhere& other : elsewhere_) {
      const std::string count = format_number(static_cast<double>(other.count), 0, ui.language());
      const std::string_view kind = ui.text(kKindKeys[static_cast<std::size_t>(other.filter.kind)]);
      names.push_back(other.filter.kind != filter_.kind
                          ? ui.fill("models.elsewhere_kind", {{"count", count}, {"kind", kind}})
                          : ui.fill("models.elsewhere_larger", {{"count", count}}));
    }
    if (!names.empty()) tell(ui.text("models.elsewhere"));
    std::vector<Chip> items;
    items.reserve(names.size() + 1);
    for (const std::string& name : names) items.push_back({name, false, false});
    items.push_back({ui.text("models.clear"), false, false});
    const auto clicked = chips(ui, body, "elsewhere", items);
    if (!clicked) return;
    filter_ = *clicked < elsewhere_.size() ? elsewhere_[*clicked].filter : Filter{};
    ui.settle();
  }

  // On a phone the first three columns take the room there is, and no more.
  [[nodiscard]] float width_of(const Ui& ui, const FieldColumn& column, float room) const {
    if (column.field == Field::format && other_engines_) return kFormatWithEngine;
    if (!ui.narrow()) return column.width;
    switch (column.field) {
      case Field::name: return std::floor(std::max(160.0F, room - kNarrowMark - kNarrowRate - kTableScrollBar));
      case Field::grade: return kNarrowMark;
      case Field::decode: return kNarrowRate;
      default: return column.width;
    }
  }

  void draw_heading(ScreenContext& context, Flow& body, const std::vector<RankedModel>& ranking) {
    Ui& ui = context.ui;
    const Language language = ui.language();
    const Rect title = body.take(type::kBody.line);
    const auto number = [language](std::size_t value) {
      return format_number(static_cast<double>(value), 0, language);
    };
    const std::string count = number(rows_.size());
    const std::string rest =
        filter_.show == Show::fits
            ? ui.fill("models.fit_of", {{"total", number(ranking.size())}})
            : ui.fill("models.listed", {{"total", number(ranking.size())}, {"fit", number(fitting_)}});
    inspect_value("listed", count + " " + rest);

    const std::string_view export_text = ui.text("action.export"), columns_text = ui.text("action.columns");
    const float export_x = title.right() - ui.width_of(type::kLabel, export_text);
    if (text_link(ui, "export", {export_x, title.y + 2}, type::kLabel, export_text)) export_csv(context, ranking);
    const float columns_x = export_x - 14 - ui.width_of(type::kLabel, columns_text);
    if (text_link(ui, "columns", {columns_x, title.y + 2}, type::kLabel, columns_text)) open_popup("columns-list");
    draw_column_chooser(ui, {columns_x, title.y, 100, title.height});
    ui.put(title.min(), type::kStrong, ui.theme().text, count);
    // On a phone what follows the count has a line of its own, beside the links there is no room.
    const float x = title.x + ui.width_of(type::kStrong, count) + 5;
    if (x + ui.width_of(type::kBody, rest) < columns_x - space::kSmall) {
      ui.put({x, title.y}, type::kBody, ui.theme().text, rest);
    } else {
      body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kTable, ui.theme().muted, rest));
    }
    body.gap(space::kSmall);
  }

  void draw_column_chooser(Ui& ui, const Rect& anchor) {
    constexpr float kRow = 34, kWidth = 220;
    const float height = static_cast<float>(kColumns.size() - 1) * kRow + 2 * space::kMedium;
    Popup popup(ui, "columns-list", {anchor.x + anchor.width - kWidth, anchor.y, anchor.width, anchor.height}, kWidth,
                height);
    if (!popup) return;
    for (std::size_t i = 1; i < kColumns.size(); ++i) {  // the name always stands
      const Rect row = popup.body.take(kRow);
      ImGui::PushID(static_cast<int>(i));
      const std::string_view name = ui.text(kColumns[i].heading);
      const Interaction state = ui.interact("column", row, name);
      ImGui::PopID();
      if (state.clicked) visible_[i] = !visible_[i];
      if (state.hovered || state.focused) Ui::fill_rect(row, ui.theme().raised, 6);
      ui.put_in(row.inset(space::kSmall, 0), type::kBody, visible_[i] ? ui.theme().text : ui.theme().muted, name);
      if (visible_[i]) draw_icon({row.right() - 24, row.center_y() - 8, 16, 16}, Icon::check, ui.theme().accent);
    }
  }

  [[nodiscard]] std::string cell_text(const Ui& ui, const RankedModel& row, const ModelEntry& model, Field field,
                                      float width) const {
    const Language language = ui.language();
    const bool runs = row.fit != FitStatus::does_not_fit;
    switch (field) {
      case Field::name: return std::string(model.name);
      case Field::format:
        if (row.format == nullptr || !runs) return "–";
        return row.engine != own_engine_ ? row.format->id + " · " + row.engine->name : row.format->id;
      case Field::grade: return {row.grade};
      case Field::score: return format_number(row.score, 0, language);
      case Field::decode: return rate_or_dash(runs && row.speed_known, row.decode_tok_s.p50, language);
      case Field::ttft: return runs && row.speed_known ? join(format_seconds(row.ttft_s.p50, language)) : "–";
      case Field::context: return row.safe_context > 0 ? format_short_tokens(row.safe_context, language) : "–";
      case Field::weights: return runs ? join(format_bytes(row.weights.as_double(), language)) : "–";
      case Field::params: return format_params(static_cast<double>(model.total_params), language);
      case Field::release: return std::string(model.release);
      case Field::license: return std::string(model.license);
      case Field::good_for: break;
    }
    if (!runs) {
      if (row.devices_needed == 0) return "–";
      return ui.fill("models.needs", {{"count", format_number(row.devices_needed, 0, language)},
                                      {"format", row.format != nullptr ? ui.texts().term(row.format->name) : "–"}});
    }
    return capabilities(ui, model, width);
  }

  void draw_cell(Ui& ui, const RankedModel& row, const Catalog& catalog, Field field, const Rect& box) const {
    const ModelEntry& model = catalog.models()[row.model];
    const std::string text = cell_text(ui, row, model, field, box.width);
    const Theme& theme = ui.theme();
    switch (field) {
      case Field::name: {
        ui.put_in(box, type::kTable, theme.text, text);
        const float used = ui.width_of(type::kTable, text) + 6;
        if (used + ui.width_of(type::kTable, model.developer) <= box.width) {  // half a name says nothing
          ui.put_in({box.x + used, box.y, box.width - used, box.height}, type::kTable, theme.muted, model.developer);
        }
        break;
      }
      case Field::score: {
        constexpr float kMeter = 58;
        meter(ui, {box.right() - kMeter, box.center_y() - 2.5F, kMeter, 5}, row.score / 100.0, theme.accent);
        ui.put_in({box.x, box.y, box.width - kMeter - 8, box.height}, type::kTable, theme.text, text, Align::right);
        break;
      }
      case Field::grade: ui.put_in(box, type::kTableStrong, grade_color(theme, row.grade), text, Align::right); break;
      case Field::license:
      case Field::good_for: ui.put_in(box, type::kTable, theme.muted, text); break;
      default: ui.put_in(box, type::kTable, theme.text, text, Align::right); break;
    }
  }

  // What the table shows, as a spreadsheet reads it: plain digits, one unit per column.
  void export_csv(ScreenContext& context, const std::vector<RankedModel>& ranking) const {
    std::string csv = "model,format,fit,grade,score,decode_tok_s,ttft_s,safe_context,weights_bytes\n";
    for (const std::uint32_t index : rows_) {
      const RankedModel& row = ranking[index];
      const auto number = [&](double value) { return format_number(value, 3, Language::en); };
      const auto plain = [&](std::string text) {
        text.erase(std::remove(text.begin(), text.end(), ','), text.end());
        return text;
      };
      csv += plain(std::string(context.session.catalog().models()[row.model].name)) + "," +
             (row.format != nullptr ? row.format->id : "") + "," + std::string(fit_key(row.fit)).substr(4) + "," +
             std::string(1, row.grade) + "," + std::to_string(row.score) + "," +
             (row.speed_known ? plain(number(row.decode_tok_s.p50)) + "," + plain(number(row.ttft_s.p50)) : ",") + "," +
             std::to_string(row.safe_context) + "," + std::to_string(row.weights.value()) + "\n";
    }
    context.ui.platform().download("headroom-models.csv", "text/csv", csv);
  }

  HardwareInput hardware_;
  models::ModelDetail detail_;
  Filter filter_;
  Field sort_field_ = Field::score;
  bool descending_ = true;
  std::array<bool, models::kFields> visible_{};
  std::vector<Field> fields_;  // of the columns shown
  std::optional<std::size_t> opened_;
  bool scrolls_to_detail_ = false;

  std::vector<std::uint32_t> rows_;
  std::size_t fitting_ = 0;
  std::vector<models::Elsewhere> elsewhere_;
  const Engine* own_engine_ = nullptr;  // of the scenario
  bool other_engines_ = false;          // some are ranked by another
  Filter seen_filter_;
  Field seen_field_ = Field::score;
  bool seen_descending_ = true;
  bool selected_valid_ = false;
  std::uint64_t seen_revision_ = 0;
};

}  // namespace

std::unique_ptr<Screen> make_models_screen();
std::unique_ptr<Screen> make_models_screen() { return std::make_unique<ModelsScreen>(); }

}  // namespace headroom
