#include "data/compiler/facts.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <system_error>

namespace headroom::facts {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::string id_of(const json& row) {
  const auto id = row.is_object() ? row.find("id") : row.end();
  if (!row.is_object() || id == row.end() || !id->is_string()) return "row without an id";
  return id->get<std::string>();
}

// A file of one row or of a list of rows.
void append_rows(const fs::path& folder, const fs::path& file, std::vector<Row>& rows, Problems& problems) {
  json content = read_json(file, problems);
  const std::string name = fs::relative(file, folder).generic_string();
  if (content.is_object()) content = json::array({std::move(content)});
  if (!content.is_array()) return;
  for (json& row : content) {
    std::string where = name + ": " + id_of(row);
    if (!row.is_object())
      problems.add(where, "is not an object");
    else
      rows.push_back({std::move(where), std::move(row)});
  }
}

std::vector<Row> rows_of_folder(const fs::path& folder, const char* name, Problems& problems) {
  std::vector<Row> rows;
  for (const fs::path& file : files_in(folder / name, ".json")) append_rows(folder, file, rows, problems);
  return rows;
}

std::vector<Row> rows_of_file(const fs::path& folder, const char* name, Problems& problems) {
  std::vector<Row> rows;
  std::error_code error;
  if (fs::exists(folder / name, error)) append_rows(folder, folder / name, rows, problems);
  return rows;
}

std::vector<CsvRow> table(const fs::path& folder, const char* name, Problems& problems) {
  return parse_csv(read_text(folder / name, problems), name, problems);
}

}  // namespace

std::string_view CsvRow::get(std::string_view column) const {
  for (const auto& [name, value] : cells) {
    if (name == column) return value;
  }
  return {};
}

std::string read_text(const fs::path& file, Problems& problems) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    problems.add(file.filename().string(), "cannot be read");
    return {};
  }
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

json read_json(const fs::path& file, Problems& problems) {
  const std::string text = read_text(file, problems);
  if (text.empty()) return {};
  json content = json::parse(text, nullptr, false);
  if (content.is_discarded()) {
    problems.add(file.filename().string(), "is not valid JSON");
    return {};
  }
  return content;
}

std::vector<fs::path> files_in(const fs::path& folder, std::string_view extension) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == extension) files.push_back(it->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<CsvRow> parse_csv(std::string_view text, std::string_view name, Problems& problems) {
  std::vector<CsvRow> rows;
  std::vector<std::string> header, cells(1);
  bool quoted = false;
  std::size_t line = 1, first_line = 1;
  const auto end_row = [&] {
    if (header.empty()) {
      header = cells;
    } else if (cells.size() > 1 || !cells[0].empty()) {
      CsvRow row{std::string(name) + ":" + std::to_string(first_line), {}};
      if (cells.size() != header.size())
        problems.add(row.where, "has " + std::to_string(cells.size()) + " cells, not " + std::to_string(header.size()));
      for (std::size_t i = 0; i < std::min(cells.size(), header.size()); ++i)
        row.cells.emplace_back(header[i], cells[i]);
      rows.push_back(std::move(row));
    }
    cells.assign(1, {});
    first_line = line;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') ++line;
    if (quoted) {
      if (c != '"')
        cells.back() += c;
      else if (i + 1 < text.size() && text[i + 1] == '"')
        cells.back() += text[++i];
      else
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      cells.emplace_back();
    } else if (c == '\n') {
      end_row();
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  if (quoted) problems.add(name, "ends inside a quoted cell");
  if (cells.size() > 1 || !cells[0].empty()) end_row();
  return rows;
}

Facts load(const fs::path& folder, Problems& problems) {
  Facts facts;
  facts.folder = folder;
  facts.devices = rows_of_folder(folder, "hardware", problems);
  facts.models = rows_of_folder(folder, "models", problems);
  facts.engines = rows_of_folder(folder, "engines", problems);
  facts.workloads = rows_of_file(folder, "workloads.json", problems);
  facts.modes = rows_of_file(folder, "modes.json", problems);
  facts.hosts = rows_of_file(folder, "hosts.json", problems);
  facts.links = rows_of_file(folder, "links.json", problems);
  facts.formats = rows_of_file(folder, "formats.json", problems);
  facts.scores = table(folder, "quality/scores.csv", problems);
  facts.hardware_prices = table(folder, "prices/hardware.csv", problems);
  const json about = read_json(folder / "about.json", problems);
  if (about.is_object() && about.contains("date") && about["date"].is_string())
    facts.date = about["date"].get<std::string>();
  else
    problems.add("about.json", "date is missing");
  return facts;
}

}  // namespace headroom::facts
