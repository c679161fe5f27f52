#include "wasm/app/screens/accuracy/speed_table.h"

#include <algorithm>
#include <array>
#include <vector>

#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/table.h"
#include "wasm/app/words.h"
#include "wasm/inspect/inspector.h"

namespace headroom::accuracy {
namespace {

// The accuracy goal for what four fifths of cases should be.
constexpr double kLeastInside = 0.75, kMostInside = 0.85;
// The goal against the best rule of others: half its error.
constexpr double kOfBestRule = 0.5;
constexpr float kFigure = 74, kTwoLines = 38;
// A name of a rule under the name of a class, where the columns leave so much.
constexpr float kRuleFrom = 940;

enum SpeedColumn : std::size_t { kClass, kRows, kFit, kPair, kDevice, kModel, kRule, kInside, kSpread, kColumns };
constexpr std::array<std::size_t, kColumns> kWide = {kClass, kRows, kFit,    kPair,  kDevice,
                                                     kModel, kRule, kInside, kSpread};
constexpr std::array<std::size_t, kColumns> kNarrow = {kClass, kPair, kInside, kFit, kDevice,
                                                       kModel, kRule, kSpread, kRows};

std::string class_text(const Ui& ui, std::string_view name) {
  const ClassName split = split_class(name);
  if (split.key.empty()) return std::string(name);
  std::string out(ui.text(split.key));
  if (!split.vendor.empty()) out += " · " + std::string(split.vendor);
  return out;
}

ImU32 against_goal(const Ui& ui, double error, double goal) {
  if (goal <= 0 || error < 0) return ui.theme().text;
  return error <= goal ? ui.theme().good : ui.theme().warning;
}

bool is_near_best_rule(const ClassRow& row) { return row.best_rule > 0 && row.pairs > kOfBestRule * row.best_rule; }

std::string rule_text(const Ui& ui, const ClassRow& row) {
  return ui.fill("accuracy.rule", {{"rule", row.best_rule_name}});
}

struct Cell {
  std::string text;
  ImU32 color;
  std::string hint;
  TextStyle style = type::kTable;
};

Cell cell_of(const Ui& ui, const ClassRow& row, std::size_t column) {
  const Language language = ui.language();
  const auto share = [&](double value, ImU32 color) { return Cell{share_or_dash(value, language), color, {}}; };
  switch (column) {
    case kRows: return {format_number(row.rows, 0, language), ui.theme().muted, {}};
    case kFit: return share(row.fit, ui.theme().muted);
    case kPair: {
      Cell cell = share(row.pairs, against_goal(ui, row.pairs, row.goal));
      cell.style = type::kTableStrong;
      if (row.goal > 0) cell.hint = ui.fill("accuracy.goal", {{"goal", format_percent(row.goal, language)}});
      return cell;
    }
    case kDevice: return share(row.devices, against_goal(ui, row.devices, row.goal));
    case kModel: return share(row.models, against_goal(ui, row.models, row.goal));
    case kRule: {
      Cell cell = share(row.best_rule, is_near_best_rule(row) ? ui.theme().warning : ui.theme().muted);
      cell.hint = row.best_rule_name;
      return cell;
    }
    case kInside: {
      Cell cell = share(row.inside, color_of_inside(ui, row.inside));
      if (row.inside_devices >= 0) {
        cell.hint = ui.fill("accuracy.inside_devices", {{"share", format_percent(row.inside_devices, language)}});
      }
      return cell;
    }
    case kSpread: return share(row.spread, ui.theme().muted);
    default: return {class_text(ui, row.name), ui.theme().text, {}};
  }
}

// "Generation, dense 10 %, NVIDIA 8 % · Prompt reading 20 %"
std::string goals_text(const Ui& ui, std::span<const ClassRow* const> rows) {
  std::string out;
  std::string_view kind;
  double goal = 0;  // of the kind's first class
  for (const ClassRow* row : rows) {
    const ClassName name = split_class(row->name);
    if (row->goal <= 0 || name.key.empty()) continue;
    if (name.key == kind && row->goal == goal) continue;
    const bool first = name.key != kind;
    if (!out.empty()) out += first ? " · " : ", ";
    out += first ? std::string(ui.text(name.key)) : std::string(name.vendor);
    out += " " + format_percent(row->goal, ui.language());
    if (first) goal = row->goal;
    kind = name.key;
  }
  return out;
}

void draw_notes(const Ui& ui, Flow& body, std::span<const ClassRow* const> rows) {
  const auto told = [&](std::string_view text) {
    body.gap(space::kTiny);
    body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kLabel, ui.theme().muted, text));
  };
  told(ui.text("accuracy.note"));
  told(ui.fill("accuracy.goals", {{"goals", goals_text(ui, rows)}}));
  // Each reason once, with all classes it holds for.
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string& why = rows[i]->why;
    const auto same = [&why](const ClassRow* row) { return row->why == why; };
    if (why.empty() || std::any_of(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(i), same)) continue;
    std::string classes;
    for (const ClassRow* row : rows) {
      if (same(row)) classes += (classes.empty() ? "" : ", ") + class_text(ui, row->name);
    }
    told(classes + ": " + ui.text_or_itself("accuracy.why." + why));
  }
}

}  // namespace

std::string share_or_dash(double share, Language language) { return share < 0 ? "–" : format_percent(share, language); }

ImU32 color_of_inside(const Ui& ui, double share) {
  return share >= 0 && (share < kLeastInside || share > kMostInside) ? ui.theme().warning : ui.theme().text;
}

void put_over_lines(const Ui& ui, const Rect& box, std::string_view text) {
  const float height = ui.height_wrapped(box.width, type::kLabel, text);
  ui.put_wrapped({box.x, box.y + (box.height - height) / 2}, box.width, type::kLabel, ui.theme().text, text);
}

void draw_speed_table(Ui& ui, Flow& flow, std::span<const ClassRow* const> rows) {
  std::vector<std::string> names;
  for (const ClassRow* row : rows) names.push_back(class_text(ui, row->name));
  Card card(ui, flow);
  Flow& body = card.body;
  card_title(ui, body, ui.text("accuracy.speed"));
  if (rows.empty()) {
    ui.put_in(body.take(24), type::kTable, ui.theme().muted, ui.text("accuracy.none"));
    return;
  }
  const bool narrow = ui.narrow();
  const bool names_rules = !narrow && body.width >= kRuleFrom;
  float widest_rule = 0;
  for (const ClassRow* row : rows) {
    widest_rule = std::max(widest_rule, ui.width_of(type::kLabel, rule_text(ui, *row)));
  }
  const float figure = narrow ? kNarrowFigure : kFigure;
  const float widest = narrow ? body.width - 2 * kNarrowFigure : body.width;
  const auto column = [&](std::string_view key, float width) {
    return Column{.heading = ui.text(key), .width = width, .share = 1};
  };
  std::array<Column, kColumns> all;
  all[kClass] = {.heading = ui.text("column.class"),
                 .width = std::min(column_width(ui, names), widest),
                 .align = Align::left,
                 .share = 2};
  if (names_rules) all[kClass].width = std::max(all[kClass].width, widest_rule + space::kMedium);
  all[kRows] = column("column.rows", 56);
  all[kFit] = column("column.fit_rows", figure);
  all[kPair] = column("column.new_pair", figure);
  all[kDevice] = column("column.new_device", figure);
  all[kModel] = column("column.new_model", figure);
  all[kRule] = column("column.best_rule", figure);
  all[kInside] = column("column.inside", figure);
  all[kSpread] = column("column.spread", figure);
  const std::array<std::size_t, kColumns>& order = narrow ? kNarrow : kWide;
  std::array<Column, kColumns> columns;
  for (std::size_t place = 0; place < order.size(); ++place) columns[place] = all[order[place]];
  const auto draw_cell = [&](std::size_t index, std::size_t place, const Rect& box) {
    const ClassRow& row = *rows[index];
    if (order[place] == kClass && narrow) return put_over_lines(ui, box, names[index]);
    if (order[place] == kClass && names_rules && !row.best_rule_name.empty()) {
      const float half = box.height / 2;
      ui.put_in({box.x, box.y, box.width, half + space::kTiny}, type::kTable, ui.theme().text, names[index]);
      ui.put_in({box.x, box.y + half, box.width, half - space::kTiny / 2}, type::kLabel, ui.theme().muted,
                rule_text(ui, row));
      return;
    }
    const Cell cell = cell_of(ui, row, order[place]);
    ui.put_in(box, cell.style, cell.color, cell.text, order[place] == kClass ? Align::left : Align::right);
    if (!cell.hint.empty()) ui.hint(box, cell.hint);
  };
  TableLook look;
  look.rows_clickable = false;
  if (narrow || names_rules) look.row_height = kTwoLines;
  table(ui, body, "speed", columns, rows.size(), look, draw_cell,
        [&](std::size_t i) { return std::string_view(names[i]); });
  draw_notes(ui, body, rows);
}

}  // namespace headroom::accuracy
