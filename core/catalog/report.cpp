#include "core/catalog/report.h"

#include <cmath>
#include <cstdio>
#include <utility>
#include <vector>

#include "core/catalog/estimate_json.h"
#include "core/catalog/names.h"
#include "core/placement/told_weights.h"

namespace headroom {
namespace {

enum class Unit : std::uint8_t { none, bytes, rate, seconds, tokens, count, bits, share };

// The content of a cell: a figure, words, or nothing.
struct Cell {
  Unit unit = Unit::none;
  std::optional<double> number;
  std::string words;
};

Cell words_cell(std::string_view text) { return {Unit::none, std::nullopt, std::string(text)}; }
Cell figure_cell(Unit unit, double value) { return {unit, value, {}}; }
Cell known_cell(bool known, Unit unit, double value) { return known ? figure_cell(unit, value) : Cell{unit, {}, {}}; }

struct Heading {
  std::string text;
  Unit unit = Unit::none;
  bool spreadsheet_only = false;
};

struct ReportTable {
  std::string title;
  std::vector<Heading> headings;
  std::vector<std::vector<Cell>> rows;
};

std::string_view unit_name(Unit unit) {
  switch (unit) {
    case Unit::bytes: return "bytes";
    case Unit::rate: return "tok/s";
    case Unit::seconds: return "s";
    case Unit::tokens: return "tokens";
    case Unit::bits: return "bits";
    case Unit::none:
    case Unit::count:
    case Unit::share: return {};
  }
  return {};
}

std::string shown_figure(Unit unit, double value, Language language) {
  switch (unit) {
    case Unit::bytes: return join(format_bytes(value, language));
    case Unit::rate: return join(format_rate(value, language));
    case Unit::seconds: return join(format_seconds(value, language));
    case Unit::tokens:
    case Unit::none:
    case Unit::count: return format_number(value, 0, language);
    case Unit::bits: return format_number(value, 2, language);
    case Unit::share: return format_percent(value, language);
  }
  return {};
}

// Plain digits with a point, whatever the language.
std::string plain_figure(double value) {
  if (is_whole(value)) return std::to_string(static_cast<long long>(value));
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.6g", value);
  return buffer;
}

// Quoted where it must be. A text that a spreadsheet would take for a formula is marked as text.
std::string csv_field(std::string text) {
  if (!text.empty() && std::string_view("=+-@\t").find(text.front()) != std::string_view::npos) text.insert(0, "'");
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

std::string markdown_field(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '\\') out += '\\';
    out += c == '\n' || c == '\r' ? ' ' : c;
  }
  return out;
}

void write_csv(const ReportTable& table, std::string& out) {
  constexpr std::string_view kLine = "\r\n";
  if (!out.empty()) out += kLine;
  out += csv_field(table.title);
  out += kLine;
  for (std::size_t i = 0; i < table.headings.size(); ++i) {
    const Heading& heading = table.headings[i];
    const std::string_view unit = unit_name(heading.unit);
    out += (i > 0 ? "," : "") + csv_field(unit.empty() ? heading.text : heading.text + " (" + std::string(unit) + ")");
  }
  out += kLine;
  for (const std::vector<Cell>& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += ',';
      out += row[i].number ? plain_figure(*row[i].number) : csv_field(row[i].words);
    }
    out += kLine;
  }
}

void write_markdown(const ReportTable& table, Language language, std::string& out) {
  out += "\n## " + table.title + "\n\n";
  std::string rule = "|";
  out += "|";
  for (const Heading& heading : table.headings) {
    if (heading.spreadsheet_only) continue;
    out += " " + markdown_field(heading.text) + " |";
    rule += heading.unit == Unit::none ? " --- |" : " ---: |";
  }
  out += "\n" + rule + "\n";
  for (const std::vector<Cell>& row : table.rows) {
    out += "|";
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (table.headings[i].spreadsheet_only) continue;
      const Cell& cell = row[i];
      out += " " + (cell.number ? shown_figure(cell.unit, *cell.number, language) : markdown_field(cell.words)) + " |";
    }
    out += "\n";
  }
}

// A line for each figure there is, with its range: "Generation: 45 tok/s (38 tok/s – 53 tok/s)".
void write_text(const ReportTable& table, Language language, std::string& out) {
  const auto shown = [&](const Cell& cell) {
    return cell.number ? shown_figure(cell.unit, *cell.number, language) : cell.words;
  };
  for (const std::vector<Cell>& row : table.rows) {
    const Cell &value = row[1], &low = row[2], &high = row[3];
    const bool none = value.number ? value.unit == Unit::bytes && *value.number == 0 : value.words.empty();
    if (none) continue;
    out += row[0].words + ": " + shown(value);
    if (low.number && high.number) out += " (" + shown(low) + " – " + shown(high) + ")";
    out += "\n";
  }
}

class ReportMaker {
 public:
  ReportMaker(const ReportFacts& facts, const Front& front, const Texts& texts)
      : facts_(facts), front_(front), texts_(texts) {}

  [[nodiscard]] ReportTable figures() const { return estimate(); }
  [[nodiscard]] std::vector<ReportTable> tables() const { return {estimate(), formats(), workloads()}; }

  [[nodiscard]] std::string title() const {
    const ResolvedScenario& scenario = facts_.answer.scenario;
    std::string out = name_of_model(front_.catalog(), scenario.model);
    return out + " · " + std::string(texts_.term(scenario.format->name)) + " · " +
           name_of_devices(scenario.system, texts_.language());
  }

 private:
  [[nodiscard]] std::string word(std::string_view key) const { return std::string(texts_.get(key)); }
  [[nodiscard]] Cell fit(FitStatus status) const {
    return words_cell(texts_.get("fit." + std::string(name_of(kFitNames, status))));
  }

  [[nodiscard]] ReportTable estimate() const {
    const Answer& answer = facts_.answer;
    const Estimate& estimate = answer.estimate;
    const Placement& placement = estimate.placement;
    ReportTable table{word("report.estimate"),
                      {{word("report.figure")},
                       {word("report.value"), Unit::count},
                       {word("report.low"), Unit::count},
                       {word("report.high"), Unit::count},
                       {word("report.unit"), Unit::none, true}},
                      {}};
    const auto add = [&](std::string_view key, Cell value) {
      const std::string_view unit = unit_name(value.unit);
      table.rows.push_back({words_cell(texts_.get(key)), std::move(value), {}, {}, words_cell(unit)});
    };
    const auto add_range = [&](std::string_view key, bool known, Unit unit, const Range& range) {
      table.rows.push_back({words_cell(texts_.get(key)), known_cell(known, unit, range.p50),
                            known_cell(known, unit, range.p10), known_cell(known, unit, range.p90),
                            words_cell(unit_name(unit))});
    };
    const bool known = has_speed(estimate);
    add("plain.engine", words_cell(answer.scenario.engine->name));
    add("plain.fit", placement.impossible ? words_cell(texts_.get("metric.does_not_start")) : fit(placement.status));
    add("column.grade", words_cell(std::string_view(&estimate.verdict.grade, 1)));
    add("plain.score", figure_cell(Unit::count, estimate.verdict.score));
    add_range("plain.decode", known && estimate.speed.has_decode, Unit::rate, estimate.speed.decode_tok_s);
    add_range("plain.prefill", known && estimate.speed.has_prefill, Unit::rate, estimate.speed.prefill_tok_s);
    add_range("plain.ttft", known && estimate.speed.has_prefill, Unit::seconds, estimate.speed.ttft_s);
    add("column.context", figure_cell(Unit::tokens, answer.scenario.settings.cache.context));
    add("metric.safe_context", figure_cell(Unit::tokens, placement.safe_context));
    add("plain.max_parallel", figure_cell(Unit::count, placement.max_parallel));
    const ToldWeights told = told_weights(placement.weights, *answer.weights, *answer.scenario.engine,
                                          answer.scenario.settings.speculation.kind);
    add("plain.weights_bytes", figure_cell(Unit::bytes, told.weights.as_double()));
    add("plain.kv_cache_bytes", figure_cell(Unit::bytes, placement.kv.as_double()));
    add("plain.recurrent_state_bytes", figure_cell(Unit::bytes, placement.state.as_double()));
    add("plain.compute_bytes", figure_cell(Unit::bytes, placement.compute.as_double()));
    add("plain.engine_bytes", figure_cell(Unit::bytes, (placement.engine + told.copied).as_double()));
    if (told.not_loaded > Bytes(0)) {
      add("plain.not_loaded_bytes", figure_cell(Unit::bytes, told.not_loaded.as_double()));
    }
    add("plain.total_bytes", figure_cell(Unit::bytes, placement.total().as_double()));
    add("plain.offload", figure_cell(Unit::share, placement.offload_fraction));
    return table;
  }

  [[nodiscard]] ReportTable formats() const {
    ReportTable table{word("formats.title"),
                      {{word("column.format")},
                       {word("plain.bits"), Unit::bits},
                       {word("column.weights"), Unit::bytes},
                       {word("column.total"), Unit::bytes},
                       {word("column.quality")},
                       {word("column.fit")},
                       {word("column.decode"), Unit::rate},
                       {word("column.safe_context"), Unit::tokens}},
                      {}};
    for (const FormatRow& row : facts_.formats) {
      table.rows.push_back({words_cell(texts_.term(row.format->name)), figure_cell(Unit::bits, row.bits_per_weight),
                            figure_cell(Unit::bytes, row.weights.as_double()),
                            figure_cell(Unit::bytes, row.total.as_double()), words_cell(texts_.get(row.quality->label)),
                            fit(row.fit), known_cell(row.speed_known, Unit::rate, row.decode_tok_s.p50),
                            figure_cell(Unit::tokens, row.safe_context)});
    }
    return table;
  }

  [[nodiscard]] ReportTable workloads() const {
    ReportTable table{word("workloads.title"),
                      {{word("column.workload")},
                       {word("column.grade")},
                       {word("column.fit")},
                       {word("column.decode"), Unit::rate},
                       {word("column.ttft"), Unit::seconds},
                       {word("column.context"), Unit::tokens}},
                      {}};
    for (const WorkloadRow& row : facts_.workloads) {
      const Estimate& estimate = row.estimate;
      const bool known = has_speed(estimate);
      table.rows.push_back({words_cell(texts_.get("workload." + row.workload->workload.id)),
                            words_cell(std::string_view(&estimate.verdict.grade, 1)), fit(estimate.placement.status),
                            known_cell(known && estimate.speed.has_decode, Unit::rate, estimate.speed.decode_tok_s.p50),
                            known_cell(known && estimate.speed.has_prefill, Unit::seconds, estimate.speed.ttft_s.p50),
                            figure_cell(Unit::tokens, row.context)});
    }
    return table;
  }

  const ReportFacts& facts_;
  const Front& front_;
  const Texts& texts_;
};

}  // namespace

std::string report(ReportFormat format, const ReportFacts& facts, const Front& front, const Texts& texts) {
  const ReportMaker maker(facts, front, texts);
  const std::string sentence = texts.render(facts.answer.estimate.verdict.text);
  std::string out;
  if (format == ReportFormat::csv) {
    out = csv_field(maker.title()) + "\r\n" + csv_field(sentence) + "\r\n";
    if (!facts.link.empty()) out += csv_field(std::string(facts.link)) + "\r\n";
    for (const ReportTable& table : maker.tables()) write_csv(table, out);
    return out;
  }
  if (format == ReportFormat::text) {
    out = maker.title() + "\n" + sentence + "\n\n";
    write_text(maker.figures(), texts.language(), out);
    if (!facts.link.empty()) out += "\n" + std::string(facts.link) + "\n";
    return out;
  }
  out = "# " + maker.title() + "\n\n" + sentence + "\n";
  for (const ReportTable& table : maker.tables()) write_markdown(table, texts.language(), out);
  if (!facts.link.empty()) out += "\n<" + std::string(facts.link) + ">\n";
  return out;
}

std::string embed_html(std::string_view page_link) {
  const std::size_t fragment = page_link.find('#');
  std::string_view page = page_link.substr(0, fragment);
  page = page.substr(0, page.find('?'));
  std::string card(page.substr(0, page.rfind('/') + 1));
  card += "embed.html";
  if (fragment != std::string_view::npos) card += page_link.substr(fragment);
  std::string escaped;
  for (const char c : card) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '"': escaped += "&quot;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      default: escaped += c;
    }
  }
  // As tall as the card of the longest names is where it is 320 pixels wide.
  return "<iframe src=\"" + escaped + "\" width=\"100%\" height=\"440\" title=\"Headroom\"></iframe>";
}

}  // namespace headroom
