#include <algorithm>
#include <array>
#include <optional>

#include "core/catalog/paste/figures.h"
#include "core/catalog/paste/formats.h"
#include "core/catalog/paste/text.h"

namespace headroom::paste {
namespace {

using Row = std::vector<std::string>;

// The cells of a row by the names of the head.
class Cells {
 public:
  Cells(const Row& header, const Row& row) : header_(header), row_(row) {}
  [[nodiscard]] bool has(std::string_view name) const { return at(name) < row_.size(); }
  [[nodiscard]] std::string_view text(std::string_view name) const {
    const std::size_t column = at(name);
    return column < row_.size() ? std::string_view(row_[column]) : std::string_view();
  }
  [[nodiscard]] std::optional<double> number(std::string_view name) const { return leading_number(text(name)); }

 private:
  [[nodiscard]] std::size_t at(std::string_view name) const {
    return static_cast<std::size_t>(std::find(header_.begin(), header_.end(), name) - header_.begin());
  }
  const Row& header_;
  const Row& row_;
};

bool has(const Row& row, std::string_view name) { return std::find(row.begin(), row.end(), name) != row.end(); }

// "pp512", "tg128 @ d4096", "pp512+tg128"
Reading add_named_test(std::string_view test, double tok_s, std::uint32_t line, Paste& paste) {
  const auto count = [test](std::string_view label) { return number_after(test, label).value_or(0); };
  return add_test({tok_s, count("pp"), count("tg"), count("@ d")}, line, paste);
}

// The spread is written as ±, however the terminal's code page showed it.
bool has_spread(std::string_view cell) {
  constexpr std::array<std::string_view, 3> kSpreads{"±", "┬▒", "+/-"};
  return std::any_of(kSpreads.begin(), kSpreads.end(), [&](std::string_view sign) { return contains(cell, sign); });
}

// A line of the table without its head: llama-bench begins with model, size, parameters and backend, and ends with the
// test and its rate, whatever stands between.
Reading read_lone_row(const Row& row, std::uint32_t number, Paste& paste) {
  constexpr std::size_t kBackend = 3, kFewest = 6;
  if (row.size() < kFewest || !has_spread(row.back())) return Reading::not_mine;
  const auto tok_s = leading_number(row.back());
  const Reading reading = tok_s ? add_named_test(row[row.size() - 2], *tok_s, number, paste) : Reading::broken;
  if (reading == Reading::broken) return Reading::not_mine;
  keep(paste.model, row.front());
  keep(paste.backend, row[kBackend]);
  return reading;
}

Reading read_llama_bench(const Cells& cells, std::uint32_t number, Paste& paste) {
  const bool by_name = cells.has("test");  // markdown; CSV and SQL state the lengths
  keep(paste.model, cells.text(by_name ? "model" : "model_type"));
  keep(paste.device, cells.text("gpu_info"));
  keep(paste.backend, cells.text(by_name ? "backend" : "backends"));
  if (by_name) {
    const auto tok_s = cells.number("t/s");
    return tok_s ? add_named_test(cells.text("test"), *tok_s, number, paste) : Reading::broken;
  }
  const auto count = [&cells](std::string_view name) { return cells.number(name).value_or(0); };
  return add_test({count("avg_ts"), count("n_prompt"), count("n_gen"), count("n_depth")}, number, paste);
}

// llama-batched-bench, and llama-sweep-bench whose runs begin at a depth instead of in batches.
Reading read_batched(const Cells& cells, std::uint32_t number, Paste& paste) {
  const double prompt = cells.number("PP").value_or(0), output = cells.number("TG").value_or(0);
  const bool batched = cells.has("B");
  const double depth = batched ? 0 : cells.number("N_KV").value_or(0);
  const bool any = add_prefill({cells.number("S_PP t/s").value_or(0), prompt, depth, 1}, number, paste);
  const bool more = add_decode(
      {cells.number("S_TG t/s").value_or(0), output, batched ? prompt : depth, cells.number("B").value_or(1)}, number,
      paste);
  return any || more ? Reading::read : Reading::broken;
}

struct MemoryColumn {
  std::string_view name;
  PastedKind kind;
  double unit;
};
constexpr std::array<MemoryColumn, 4> kMemoryColumns{{
    {"memory.used [MiB]", PastedKind::device_used, kMebi},
    {"memory.total [MiB]", PastedKind::device_total, kMebi},
    {"VRAM Total Used Memory (B)", PastedKind::device_used, 1},
    {"VRAM Total Memory (B)", PastedKind::device_total, 1},
}};

// A device a row: nvidia-smi --query-gpu=... --format=csv, rocm-smi --csv.
Reading read_devices(const Cells& cells, std::uint32_t number, Paste& paste) {
  keep(paste.device, cells.text("name"));
  keep(paste.device, cells.text("Card Series"));
  bool any = false;
  for (const MemoryColumn& column : kMemoryColumns) {
    const auto value = cells.number(column.name);
    if (!value) continue;
    add_memory(column.kind, *value * column.unit, number, paste, next_device(column.kind, paste));
    any = true;
  }
  return any ? Reading::read : Reading::idle;
}

// llama-bench -o sql: INSERT INTO llama_bench (a, b) VALUES ('x', 'y');
Reading read_sql(std::string_view line, std::uint32_t number, Paste& paste) {
  const std::size_t names = line.find('('), values = line.find("VALUES (");
  const std::size_t named = line.find(')');
  if (names == std::string_view::npos || values == std::string_view::npos || named > values) return Reading::broken;
  std::string_view given = line.substr(values + std::string_view("VALUES (").size());
  given = given.substr(0, given.rfind(')'));
  const Row header = cells(line.substr(names + 1, named - names - 1), ',', '\0');
  const Row row = cells(given, ',', '\'');
  return row.size() == header.size() ? read_llama_bench(Cells(header, row), number, paste) : Reading::broken;
}

bool heads_csv(std::string_view text) {
  return (contains(text, "avg_ts") && contains(text, "n_prompt")) || contains(text, "memory.used [MiB]") ||
         contains(text, "memory.total [MiB]") || contains(text, "VRAM Total Memory (B),");
}

}  // namespace

Reading TableReader::read(std::string_view line, std::uint32_t number, Paste& paste) {
  const std::string_view text = trimmed(line);
  const bool markdown = text.starts_with("|") && text.ends_with("|") && text.size() > 1;
  if (markdown) {
    const Row row = cells(text.substr(1, text.size() - 2), '|', '\0');
    if ((has(row, "test") && has(row, "t/s")) || has(row, "S_TG t/s")) {
      header_ = row;
      separator_ = '|';
      return Reading::read;
    }
    if (header_.empty() || separator_ != '|') return read_lone_row(row, number, paste);
    if (text.find_first_not_of("|-: ") == std::string_view::npos) return Reading::read;
    return read_row(row, number, paste);
  }
  if (text.starts_with("INSERT INTO llama_bench")) return read_sql(text, number, paste);
  if (text.starts_with("{")) return Reading::not_mine;
  if (heads_csv(text)) {
    header_ = cells(text, ',', '"');
    separator_ = ',';
    return Reading::read;
  }
  if (separator_ == ',' && !header_.empty() && contains(text, ","))
    return read_row(cells(text, ',', '"'), number, paste);
  return Reading::not_mine;
}

Reading TableReader::read_row(const std::vector<std::string>& row, std::uint32_t number, Paste& paste) const {
  if (row.size() != header_.size()) return Reading::broken;
  const Cells named(header_, row);
  if (named.has("S_TG t/s")) return read_batched(named, number, paste);
  return named.has("avg_ts") || named.has("t/s") ? read_llama_bench(named, number, paste)
                                                 : read_devices(named, number, paste);
}

}  // namespace headroom::paste
