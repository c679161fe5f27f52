// data/measurements/single_stream.csv and serving.csv -> the sections "measurements" and "measurement_texts".
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <map>
#include <string>
#include <tuple>

#include "core/catalog/measurements_archive.h"
#include "data/compiler/sections.h"

namespace headroom::facts {
namespace {

class Reader {
 public:
  Reader(const CsvRow& row, Problems& problems) : row_(row), problems_(problems) {}

  std::uint32_t count(std::string_view column) { return count_in(column, row_.get(column)); }
  // 0 where nobody says.
  std::uint32_t count_if_told(std::string_view column) { return row_.get(column).empty() ? 0 : count(column); }
  std::uint32_t count_in(std::string_view column, std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) wrong(column, text);
    return value;
  }
  double not_negative(std::string_view column) {
    const std::string text(row_.get(column));
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !(value >= 0)) wrong(column, text);
    return value;
  }
  double positive(std::string_view column) {
    const double value = not_negative(column);
    if (value <= 0) wrong(column, row_.get(column));
    return value;
  }
  std::string_view told(std::string_view column) { return row_.get(column); }
  std::string_view text(std::string_view column) {
    const std::string_view text = row_.get(column);
    if (text.empty()) wrong(column, text);
    return text;
  }

 private:
  void wrong(std::string_view column, std::string_view text) {
    problems_.add(row_.where, std::string(column) + " is \"" + std::string(text) + "\"");
  }
  const CsvRow& row_;
  Problems& problems_;
};

// Repeats agree in no more than three digits, which take half the room.
double shipped(double rate) {
  const double scale = std::pow(10.0, 2 - std::floor(std::log10(rate)));
  return std::round(rate * scale) / scale;
}

// Of all users with their prompts, as published or from the times of one; 0 where nobody says how long a prompt took.
// A total that is what all are written between the tokens of one has not counted the prompts, where these take time: of
// one user, or of llama-batched-bench. Elsewhere the users are told by it (Little's law), not it by the users.
void read_served(Reader& reader, PublicMeasurement& m) {
  constexpr double kMilli = 1e-3, kAlike = 0.01;
  m.users = std::max(reader.count("concurrency"), 1U);
  const double total = reader.not_negative("tok_s_total");
  const double first = reader.not_negative("ttft_ms") * kMilli, each = reader.not_negative("tpot_ms") * kMilli;
  const double generating = each > 0 ? m.users / each : 0;
  const double with_prompts = m.users * m.output / (first + m.output * each);
  if (each > 0) m.each_tok_s = shipped(1 / each);
  if (total > 0) {
    const bool may_leave_out = m.users == 1 || m.engine == "llama.cpp";
    const bool prompts_show =
        may_leave_out && m.prompt > 0 && (first <= 0 || with_prompts < (1 - 2 * kAlike) * generating);
    m.generation_only = prompts_show && std::abs(total / generating - 1) <= kAlike;
    m.tok_s = shipped(total);
  } else if (each > 0 && (first > 0 || m.prompt == 0)) {
    m.tok_s = shipped(with_prompts);
  }
}

Told switch_of(std::string_view text) { return text == "1" ? Told::on : text == "0" ? Told::off : Told::nothing; }

}  // namespace

void add_measurements(const Facts& facts, PackWriter& pack, Problems& problems) {
  const std::filesystem::path folder = facts.folder / "measurements";
  if (!std::filesystem::exists(folder)) return;
  const std::vector<CsvRow> sources = parse_csv(read_text(folder / "sources.csv", problems), "sources.csv", problems);
  const std::vector<CsvRow> rows =
      parse_csv(read_text(folder / "single_stream.csv", problems), "single_stream.csv", problems);
  const std::vector<CsvRow> served = parse_csv(read_text(folder / "serving.csv", problems), "serving.csv", problems);
  std::map<std::string_view, const CsvRow*> source_by_id;
  for (const CsvRow& source : sources) {
    const std::string id(source.get("source"));
    if (!source_by_id.emplace(source.get("source"), &source).second)
      problems.add(source.where, "source " + id + " twice");
    if (!source.get("url").starts_with("http")) problems.add(source.where, "source " + id + " has no address");
  }
  const auto source_of = [&](const CsvRow& row) -> const CsvRow* {
    const auto source = source_by_id.find(row.get("source"));
    if (source != source_by_id.end()) return source->second;
    problems.add(row.where, "source " + std::string(row.get("source")) + " is not in sources.csv");
    return nullptr;
  };
  std::vector<PublicMeasurement> measurements;
  measurements.reserve(rows.size() + served.size());
  const auto add = [&](const CsvRow& row, const auto& read_figures) {
    Reader reader(row, problems);
    PublicMeasurement m;
    m.device = reader.text("device");
    m.devices = reader.count("count");
    m.backend = reader.text("backend");
    m.engine = reader.text("engine");
    m.model = reader.text("model");
    m.format = reader.text("format");
    m.prompt = reader.count("prompt");
    m.output = reader.count("output");
    m.cache = reader.told("kv");
    read_figures(reader, m);
    m.rows = reader.count("rows");
    m.date = reader.text("date");
    const CsvRow* source = source_of(row);
    if (source == nullptr || m.tok_s <= 0) return;
    m.source = source->get("name");
    m.url = source->get("url");
    measurements.push_back(m);
  };
  for (const CsvRow& row : rows) {
    add(row, [](Reader& reader, PublicMeasurement& m) {
      m.depth = reader.count("depth");
      m.ubatch = reader.count_if_told("ubatch");
      m.flash_attention = switch_of(reader.told("flash_attention"));
      m.tok_s = shipped(reader.positive("tok_s"));
    });
  }
  for (const CsvRow& row : served) {
    if (row.get("date").empty()) {  // fitted to, but nobody could say how old it is
      source_of(row);
      continue;
    }
    add(row, read_served);
  }
  // Of what one source served alike, the devices or the cache divided in another way, the quickest stands for all.
  const auto in_order = [](const PublicMeasurement& a, const PublicMeasurement& b) {
    if (stored_before(a, b) || stored_before(b, a) || !a.is_served()) return stored_before(a, b);
    return std::tie(a.device, a.backend, b.tok_s) < std::tie(b.device, b.backend, a.tok_s);
  };
  std::stable_sort(measurements.begin(), measurements.end(), in_order);
  const auto alike = [](const PublicMeasurement& a, const PublicMeasurement& b) {
    return b.is_served() && a.device == b.device && a.backend == b.backend && !stored_before(a, b) &&
           !stored_before(b, a);
  };
  measurements.erase(std::unique(measurements.begin(), measurements.end(), alike), measurements.end());
  StringPool texts;
  ColumnWriter writer(texts);
  writer.rows(measurements);
  pack.add("measurements", writer.finish());
  pack.add("measurement_texts", write_strings(texts));
}

}  // namespace headroom::facts
