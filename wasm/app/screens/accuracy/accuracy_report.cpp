#include "wasm/app/screens/accuracy/accuracy_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/as_text.h"
#include "core/catalog/json_text.h"
#include "core/stable_sort.h"

namespace headroom::accuracy {
namespace {

using nlohmann::json;

json read(const Catalog& catalog, std::string_view name) {
  const std::span<const std::uint8_t> bytes = catalog.section(name);
  return parse_or_discard(as_text(bytes));
}

const json* member(const json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

double number(const json& object, const char* key) {
  const json* value = member(object, key);
  return value != nullptr && value->is_number() ? value->get<double>() : -1;
}

std::string text(const json& object, const char* key) {
  const json* value = member(object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::uint32_t count(const json& object, const char* key) {
  return static_cast<std::uint32_t>(std::max(0.0, number(object, key)));
}

Point read_point(const json& row) {
  Point point;
  std::string* const words[] = {&point.kind, &point.device, &point.engine, &point.model, &point.format};
  for (std::size_t i = 0; i < std::size(words); ++i) {
    if (row[i].is_string()) *words[i] = row[i].get<std::string>();
  }
  if (row[5].is_number()) point.measured = row[5].get<double>();
  if (row[6].is_number()) point.estimated = row[6].get<double>();
  return point;
}

void read_speed(const json& file, Report& report) {
  if (const json* rows = member(file, "speed"); rows != nullptr && rows->is_array()) {
    for (const json& row : *rows) {
      report.speed.push_back({text(row, "class"), count(row, "rows"), number(row, "fit"), number(row, "left_out_pairs"),
                              number(row, "left_out_devices"), number(row, "left_out_models"), number(row, "best_rule"),
                              text(row, "best_rule_name"), number(row, "inside"), number(row, "inside_unseen_devices"),
                              number(row, "spread_of_sources"), number(row, "goal"), text(row, "why")});
    }
  }
  if (const json* rows = member(file, "groups"); rows != nullptr && rows->is_array()) {
    for (const json& row : *rows) {
      report.groups.push_back({text(row, "by"), text(row, "name"), count(row, "rows"), number(row, "left_out_pairs"),
                               number(row, "inside")});
    }
  }
  const json* points = member(file, "points");
  const json* rows = points != nullptr ? member(*points, "rows") : nullptr;
  if (rows == nullptr || !rows->is_array()) return;
  constexpr std::size_t kFields = 7;
  for (const json& row : *rows) {
    if (!row.is_array() || row.size() < kFields) continue;
    Point point = read_point(row);
    if (point.measured > 0 && point.estimated > 0) report.points.push_back(std::move(point));
  }
}

void read_memory(const json& file, Report& report) {
  const json* rows = member(file, "memory");
  if (rows == nullptr || !rows->is_array()) return;
  for (const json& row : *rows) {
    const json* reached = member(row, "reached");
    report.memory.push_back({"memory." + text(row, "class"), count(row, "rows"), number(row, "median"),
                             number(row, "within"), number(row, "goal"),
                             reached != nullptr && reached->is_boolean() && reached->get<bool>()});
  }
}

Summary summary_of(const Report& report) {
  Summary summary;
  std::vector<const ClassRow*> classes;
  double inside = 0;
  for (const ClassRow& row : report.speed) {
    // First tokens among others have no goal: they depend on how requests arrive.
    if (row.pairs < 0 || row.inside < 0 || row.goal <= 0) continue;
    classes.push_back(&row);
    summary.rows += row.rows;
    inside += row.inside * row.rows;
  }
  for (const MemoryRow& row : report.memory) summary.memory = std::max(summary.memory, row.median);
  if (summary.rows == 0) return summary;
  summary.inside = inside / summary.rows;
  stable_sort(classes, [](const ClassRow* a, const ClassRow* b) { return a->pairs < b->pairs; });
  summary.best = classes.front()->pairs;
  summary.worst = classes.back()->pairs;
  std::uint32_t before = 0;
  for (const ClassRow* row : classes) {
    before += row->rows;
    if (before * 2 < summary.rows) continue;
    summary.typical = row->pairs;
    break;
  }
  return summary;
}

}  // namespace

Report read_report(const Catalog& catalog) {
  Report report;
  read_speed(read(catalog, "accuracy_speed"), report);
  read_memory(read(catalog, "accuracy_memory"), report);
  report.summary = summary_of(report);
  return report;
}

ClassName split_class(std::string_view name) {
  struct Known {
    std::string_view words, slug, key;
  };
  constexpr Known kKnown[] = {{"decode dense", "decode_dense", "class.decode_dense"},
                              {"decode experts", "decode_experts", "class.decode_experts"},
                              {"decode at depth", "decode_deep", "class.decode_deep"},
                              {"prefill", "prefill", "class.prefill"},
                              {"served", "served", "class.served"},
                              {"first token", "first_token", "class.first_token"}};
  for (const Known& known : kKnown) {
    if (name == known.slug) return {known.key, {}};
    if (name.substr(0, known.words.size()) != known.words) continue;
    std::string_view vendor = name.substr(known.words.size());
    if (!vendor.empty() && vendor.front() == ' ') vendor.remove_prefix(1);
    return {known.key, vendor};
  }
  return {{}, name};
}

}  // namespace headroom::accuracy
