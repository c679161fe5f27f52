// data/measurements/single_stream.csv -> the sections "measurements" and "measurement_texts".
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <string>

#include "core/catalog/measurements_archive.h"
#include "data/compiler/sections.h"

namespace headroom::facts {
namespace {

class Reader {
 public:
  Reader(const CsvRow& row, Problems& problems) : row_(row), problems_(problems) {}

  std::uint32_t count(std::string_view column) {
    const std::string_view text = row_.get(column);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) wrong(column, text);
    return value;
  }
  double positive(std::string_view column) {
    const std::string text(row_.get(column));
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !(value > 0)) wrong(column, text);
    return value;
  }
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

}  // namespace

void add_measurements(const Facts& facts, PackWriter& pack, Problems& problems) {
  const std::filesystem::path folder = facts.folder / "measurements";
  if (!std::filesystem::exists(folder)) return;
  const std::vector<CsvRow> sources = parse_csv(read_text(folder / "sources.csv", problems), "sources.csv", problems);
  const std::vector<CsvRow> rows =
      parse_csv(read_text(folder / "single_stream.csv", problems), "single_stream.csv", problems);
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
  // Served rates are fitted to and not packed.
  for (const CsvRow& row : parse_csv(read_text(folder / "serving.csv", problems), "serving.csv", problems)) {
    source_of(row);
  }

  std::vector<PublicMeasurement> measurements;
  measurements.reserve(rows.size());
  for (const CsvRow& row : rows) {
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
    m.depth = reader.count("depth");
    m.tok_s = reader.positive("tok_s");
    m.rows = reader.count("rows");
    m.date = reader.text("date");
    const CsvRow* source = source_of(row);
    if (source == nullptr) continue;
    m.source = source->get("name");
    m.url = source->get("url");
    measurements.push_back(m);
  }
  std::stable_sort(measurements.begin(), measurements.end(), stored_before);
  StringPool texts;
  ColumnWriter writer(texts);
  writer.rows(measurements);
  pack.add("measurements", writer.finish());
  pack.add("measurement_texts", write_strings(texts));
}

}  // namespace headroom::facts
