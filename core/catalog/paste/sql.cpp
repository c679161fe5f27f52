#include <algorithm>
#include <string>

#include "core/catalog/paste/formats.h"
#include "core/catalog/paste/text.h"

namespace headroom::paste {
namespace {

using Row = std::vector<std::string>;

constexpr std::string_view kInsert = "INSERT INTO ", kCreate = "CREATE TABLE", kValues = "VALUES", kRate = "avg_ts";

bool begins(std::string_view text) { return text.starts_with(kInsert) || text.starts_with(kCreate); }

std::string_view without_indent(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t\r"), text.size()));
}

bool is_line_end(std::string_view text) {
  text = without_indent(text);
  return text.empty() || text.front() == '\n';
}

// How long the statement at the start of `text` is; 0: it has no end. It may be wrapped over lines, and ends where a
// line does, with ";" or the parenthesis of its columns or values. No statement goes on behind an empty line or into
// another.
std::size_t statement_length(std::string_view text) {
  constexpr std::size_t kLongest = 1U << 14U;
  const bool creates = text.starts_with(kCreate);
  bool quoted = false, lists = creates;
  std::size_t depth = 0;
  for (std::size_t i = 0; i < std::min(text.size(), kLongest); ++i) {
    const std::string_view rest = text.substr(i + 1);
    const char c = text[i];
    if (c == '\n' && (is_line_end(rest) || begins(without_indent(rest)))) return 0;
    if (c == '\'') quoted = !quoted;
    if (quoted) continue;
    if (c == '(') ++depth;
    if (c == ')' && depth > 0 && --depth == 0 && lists && is_line_end(rest)) return i + 1;
    if (depth > 0) continue;
    if (c == ';' && is_line_end(rest)) return i + 1;
    lists |= rest.starts_with(kValues);
  }
  return 0;
}

std::string in_one_line(std::string_view text) {
  std::string out;
  for (const std::string_view line : lines_of(text)) out.append(out.empty() ? "" : " ").append(trimmed(line));
  return out;
}

Row columns_of(std::string_view created) {
  Row columns;
  const std::size_t open = std::min(created.find('('), created.size() - 1);
  for (const std::string& column : cells(created.substr(open + 1), ',', '\0')) {
    columns.push_back(column.substr(0, column.find(' ')));
  }
  return columns;
}

bool tells_rate(const Row& columns) { return std::find(columns.begin(), columns.end(), kRate) != columns.end(); }

Reading read_row(std::string_view inserted, const Row& columns, std::uint32_t number, Paste& paste) {
  const std::size_t values = inserted.find(kValues);
  const std::size_t open = inserted.find('(', values);
  if (values == std::string_view::npos || open == std::string_view::npos) return Reading::broken;
  const std::string_view head = inserted.substr(0, values);
  const std::size_t names = head.find('('), named = head.rfind(')');
  const bool tells = names != std::string_view::npos && named != std::string_view::npos && names < named;
  const Row header = tells ? cells(head.substr(names + 1, named - names - 1), ',', '\0') : columns;
  const Row row = cells(inserted.substr(open + 1, inserted.rfind(')') - open - 1), ',', '\'');
  if (!tells_rate(header)) return Reading::not_mine;
  return row.size() == header.size() ? read_bench_row(header, row, number, paste) : Reading::broken;
}

}  // namespace

Reading SqlReader::read(std::string_view line, std::string_view rest, std::uint32_t number, Paste& paste,
                        std::size_t& length) {
  const std::string_view text = without_indent(rest);
  if (!begins(text)) return Reading::not_mine;
  const std::size_t end = statement_length(text);
  if (end == 0) return contains(line, "(") ? Reading::broken : Reading::not_mine;
  const std::string whole = in_one_line(text.substr(0, end));
  Reading reading = Reading::read;
  if (whole.starts_with(kInsert)) {
    reading = read_row(whole, columns_, number, paste);
  } else {
    columns_ = columns_of(whole);
    if (!tells_rate(columns_)) reading = Reading::not_mine;
  }
  if (reading == Reading::read) length = rest.size() - text.size() + end;
  return reading;
}

}  // namespace headroom::paste
