#include "tests/calibration/measured.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string_view>

namespace headroom {
namespace {

// A file of comma-separated values without quoting, by column name.
class Table {
 public:
  explicit Table(const std::string& path) : in_(path) {
    std::string header;
    if (!std::getline(in_, header)) return;
    std::size_t index = 0;
    for (const std::string& name : split(header)) columns_[name] = index++;
  }
  bool next() {
    std::string line;
    if (!std::getline(in_, line)) return false;
    fields_ = split(line);
    return true;
  }
  [[nodiscard]] bool has(const std::string& column) const { return columns_.count(column) > 0; }
  [[nodiscard]] std::string text(const std::string& column) const {
    const auto it = columns_.find(column);
    return it != columns_.end() && it->second < fields_.size() ? fields_[it->second] : std::string();
  }
  [[nodiscard]] double number(const std::string& column) const { return std::atof(text(column).c_str()); }
  [[nodiscard]] std::uint32_t count(const std::string& column) const {
    return static_cast<std::uint32_t>(std::strtoul(text(column).c_str(), nullptr, 10));
  }

 private:
  static std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> fields;
    std::stringstream stream(line);
    for (std::string field; std::getline(stream, field, ',');) fields.push_back(field);
    if (!line.empty() && line.back() == ',') fields.emplace_back();
    return fields;
  }
  std::ifstream in_;
  std::map<std::string, std::size_t> columns_;
  std::vector<std::string> fields_;
};

MeasuredRow common(const Table& table) {
  MeasuredRow row;
  row.device = table.text("device");
  row.count = table.count("count");
  row.backend = table.text("backend");
  row.engine = table.text("engine");
  row.model = table.text("model");
  row.format = table.text("format");
  row.kv = table.text("kv");
  row.date = table.text("date");
  row.source = table.text("source");
  row.prompt = table.count("prompt");
  row.output = table.count("output");
  row.repeats = table.count("rows");
  return row;
}

void read_single(Table& table, std::vector<MeasuredRow>& rows) {
  while (table.next()) {
    MeasuredRow row = common(table);
    row.depth = table.count("depth");
    row.ubatch = table.count("ubatch");
    row.flash_attention_off = table.text("flash_attention") == "0";
    row.tok_s = table.number("tok_s");
    row.kind = row.prompt > 0 ? MeasuredKind::prefill : MeasuredKind::decode;
    if (row.tok_s > 0) rows.push_back(row);
  }
}

// Whether a prompt of this run was processed by itself. In a closed loop of few sequences prompts rarely meet, provided
// that they take little of the time; llama.cpp's batched benchmark starts all of them together.
bool prompt_alone(const MeasuredRow& row, double ttft, double tpot) {
  constexpr std::uint32_t kFewSequences = 4;
  constexpr double kLittle = 0.2;
  if (row.concurrency == 1) return true;
  if (row.concurrency > kFewSequences || row.engine == "llama.cpp" || tpot <= 0) return false;
  return row.concurrency * ttft < kLittle * (ttft + row.output * tpot);
}

void read_serving(Table& table, std::vector<MeasuredRow>& rows) {
  constexpr double kMilli = 1e-3;
  while (table.next()) {
    MeasuredRow row = common(table);
    row.kind = MeasuredKind::served;
    row.data_parallel = table.count("data_parallel");
    row.expert_parallel = table.count("expert_parallel");
    row.concurrency = table.count("concurrency");
    const double tpot = table.number("tpot_ms") * kMilli;
    const double total = table.number("tok_s_total");
    const double ttft = table.number("ttft_ms") * kMilli;
    if (tpot > 0) {
      row.tok_s = 1 / tpot;
    } else if (total > 0 && row.concurrency > 0) {
      row.tok_s = total / row.concurrency;
      row.wall = true;
    }
    if (row.tok_s <= 0) continue;
    rows.push_back(row);
    if (row.prompt <= 0 || ttft <= 0) continue;
    if (row.concurrency > 1 && tpot > 0) {
      MeasuredRow first = row;
      first.kind = MeasuredKind::first_token;
      first.tok_s = 1 / ttft;
      rows.push_back(first);
    }
    if (!prompt_alone(row, ttft, tpot)) continue;
    // Among others the prompt waits for the step that is running.
    const double own = row.concurrency > 1 ? ttft - tpot : ttft;
    if (own <= 0) continue;
    row.kind = MeasuredKind::prefill;
    row.output = 0;
    row.wall = false;
    row.concurrency = 1;
    row.tok_s = row.prompt / own;
    rows.push_back(row);
  }
}

}  // namespace

Result<std::vector<MeasuredRow>> read_measured(const std::string& folder) {
  std::vector<MeasuredRow> rows;
  for (const char* name : {"single_stream.csv", "serving.csv"}) {
    Table table(folder + "/" + name);
    if (!table.has("device") || !table.has("prompt")) {
      return Error{ErrorCode::bad_file, folder + "/" + name + " is missing or has no columns device and prompt"};
    }
    if (std::string_view(name) == "serving.csv") {
      read_serving(table, rows);
    } else {
      read_single(table, rows);
    }
  }
  return rows;
}

}  // namespace headroom
