#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/catalog/json_text.h"
#include "core/catalog/paste/formats.h"
#include "core/catalog/paste/text.h"

namespace headroom::paste {
namespace {

using nlohmann::json;

void keep(std::string& slot, std::string_view text) {
  if (slot.empty()) slot = std::string(trimmed(text));
}

void add_speed(double prompt, double output, double depth, double tok_s, std::uint32_t line, Paste& paste) {
  PastedFigure figure;
  figure.kind = prompt > 0 ? PastedKind::prefill : PastedKind::decode;
  figure.value = tok_s;
  figure.prompt = to_count(prompt);
  figure.output = to_count(output);
  figure.depth = to_count(depth);
  figure.line = line;
  paste.figures.push_back(figure);
}

// "pp512", "tg128 @ d4096"; a mixed "pp512+tg128" has one rate for two things and says neither.
bool add_test(std::string_view test, double tok_s, std::uint32_t line, Paste& paste) {
  const std::optional<double> prompt = number_after(test, "pp");
  const std::optional<double> output = number_after(test, "tg");
  if (prompt.has_value() == output.has_value() || tok_s <= 0) return false;
  add_speed(prompt.value_or(0), output.value_or(0), number_after(test, "@ d").value_or(0), tok_s, line, paste);
  return true;
}

std::optional<double> number_of(const json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_number()) return std::nullopt;
  return it->get<double>();
}

void keep_text(const json& object, const char* key, std::string& slot) {
  const auto it = object.find(key);
  if (it != object.end() && it->is_string()) keep(slot, *it->get_ptr<const std::string*>());
}

// A line of the table without its head: llama-bench begins with model, size, parameters and backend, and ends with the
// test and its rate, whatever stands between.
Reading read_lone_row(const std::vector<std::string>& row, std::uint32_t number, Paste& paste) {
  constexpr std::size_t kBackend = 3, kFewest = 6;
  if (row.size() < kFewest || !contains(row.back(), "±")) return Reading::not_mine;
  const auto tok_s = leading_number(row.back());
  if (!tok_s || !add_test(row[row.size() - 2], *tok_s, number, paste)) return Reading::not_mine;
  keep(paste.model, row.front());
  keep(paste.backend, row[kBackend]);
  return Reading::read;
}

Reading read_object(const json& object, std::uint32_t number, Paste& paste) {
  const auto tok_s = number_of(object, "avg_ts");
  if (!tok_s) return Reading::not_mine;
  const double prompt = number_of(object, "n_prompt").value_or(0);
  const double output = number_of(object, "n_gen").value_or(0);
  keep_text(object, "model_type", paste.model);
  keep_text(object, "gpu_info", paste.device);
  keep_text(object, "backends", paste.backend);
  if (!(*tok_s > 0) || (prompt > 0) == (output > 0)) return Reading::broken;
  add_speed(prompt, output, number_of(object, "n_depth").value_or(0), *tok_s, number, paste);
  return Reading::read;
}

}  // namespace

Reading TableReader::read(std::string_view line, std::uint32_t number, Paste& paste) {
  const std::string_view text = trimmed(line);
  const bool markdown = text.starts_with("|") && text.ends_with("|") && text.size() > 1;
  if (markdown) {
    const std::vector<std::string> row = cells(text.substr(1, text.size() - 2), '|', false);
    const auto has = [&row](std::string_view name) { return std::find(row.begin(), row.end(), name) != row.end(); };
    if (has("test") && has("t/s")) {
      header_ = row;
      separator_ = '|';
      return Reading::read;
    }
    if (header_.empty() || separator_ != '|') return read_lone_row(row, number, paste);
    if (text.find_first_not_of("|-: ") == std::string_view::npos) return Reading::read;
    return read_row(row, number, paste);
  }
  if (contains(text, "avg_ts") && contains(text, "n_prompt") && !text.starts_with("{")) {
    header_ = cells(text, ',', true);
    separator_ = ',';
    return Reading::read;
  }
  if (separator_ == ',' && !header_.empty() && contains(text, ","))
    return read_row(cells(text, ',', true), number, paste);
  return Reading::not_mine;
}

Reading TableReader::read_row(const std::vector<std::string>& row, std::uint32_t number, Paste& paste) const {
  if (row.size() != header_.size()) return Reading::broken;
  const auto cell = [&](std::string_view name) {
    const auto it = std::find(header_.begin(), header_.end(), name);
    return it == header_.end() ? std::string_view()
                               : std::string_view(row[static_cast<std::size_t>(it - header_.begin())]);
  };
  keep(paste.model, separator_ == '|' ? cell("model") : cell("model_type"));
  keep(paste.device, cell("gpu_info"));
  keep(paste.backend, separator_ == '|' ? cell("backend") : cell("backends"));
  if (separator_ == '|') {
    const auto tok_s = leading_number(cell("t/s"));
    return tok_s && add_test(cell("test"), *tok_s, number, paste) ? Reading::read : Reading::broken;
  }
  const auto tok_s = leading_number(cell("avg_ts"));
  const double prompt = leading_number(cell("n_prompt")).value_or(0);
  const double output = leading_number(cell("n_gen")).value_or(0);
  if (!tok_s || *tok_s <= 0 || (prompt > 0) == (output > 0)) return Reading::broken;
  add_speed(prompt, output, leading_number(cell("n_depth")).value_or(0), *tok_s, number, paste);
  return Reading::read;
}

Reading read_json_line(std::string_view line, std::uint32_t number, Paste& paste) {
  std::string_view text = trimmed(line);
  if (!text.starts_with("{")) return Reading::not_mine;
  if (text.ends_with(",")) text.remove_suffix(1);
  const json object = parse_or_discard(text);
  if (object.is_discarded() || !object.is_object())
    return contains(text, "avg_ts") ? Reading::broken : Reading::not_mine;
  return read_object(object, number, paste);
}

bool read_json_array(std::string_view text, Paste& paste) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || text[start] != '[') return false;
  const json array = parse_or_discard(text);
  if (!array.is_array()) return false;
  bool any = false;
  for (const json& object : array) {
    if (object.is_object() && read_object(object, 1, paste) == Reading::read) any = true;
  }
  return any;
}

}  // namespace headroom::paste
