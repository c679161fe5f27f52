// The facts as they stand in data/: parsed, with the place of every row for messages.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headroom::facts {

// What is wrong with the facts. An empty list means that they can be compiled.
class Problems {
 public:
  // `where` names the file and the row: "hardware/apple-m4.json: apple-m4-16gb".
  void add(std::string_view where, std::string_view what) {
    list_.push_back(std::string(where) + ": " + std::string(what));
  }
  [[nodiscard]] const std::vector<std::string>& list() const { return list_; }
  [[nodiscard]] bool empty() const { return list_.empty(); }

 private:
  std::vector<std::string> list_;
};

struct Row {
  std::string where;
  nlohmann::json json;
};

// One line of a table, by the names in its first line. A missing column reads as empty.
struct CsvRow {
  std::string where;
  std::vector<std::pair<std::string, std::string>> cells;
  [[nodiscard]] std::string_view get(std::string_view column) const;
};

struct Facts {
  std::filesystem::path folder;
  std::vector<Row> devices, models, engines, workloads, modes, hosts, links, formats;
  std::vector<CsvRow> scores, hardware_prices;
  std::string date;  // "2026-11-20"
};

[[nodiscard]] Facts load(const std::filesystem::path& folder, Problems& problems);

// A whole file; a problem and an empty text when it cannot be read.
[[nodiscard]] std::string read_text(const std::filesystem::path& file, Problems& problems);
[[nodiscard]] nlohmann::json read_json(const std::filesystem::path& file, Problems& problems);
// Files directly in `folder` with that extension (".json"), sorted; none when the folder is missing.
[[nodiscard]] std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder,
                                                          std::string_view extension);

// RFC 4180: quoted cells may hold commas, quotes (doubled) and line breaks. The first line names the columns.
[[nodiscard]] std::vector<CsvRow> parse_csv(std::string_view text, std::string_view name, Problems& problems);

}  // namespace headroom::facts
