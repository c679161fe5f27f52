#include "core/catalog/measurement_paste.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/catalog/json_text.h"
#include "core/catalog/limits.h"
#include "core/catalog/paste/formats.h"
#include "core/catalog/paste/text.h"

namespace headroom {
namespace {

constexpr std::size_t kShown = 60;
constexpr std::size_t kMostNotUnderstood = 5;
constexpr std::uint32_t kDefaultGenerated = 128;

void note_line(Paste::Line line, Paste& paste) {
  if (paste.not_understood.size() == kMostNotUnderstood) return;
  std::string_view text = paste::trimmed(line.text).substr(0, kShown);
  // Never cut a multi-byte character in two.
  while (text.size() == kShown && !text.empty() && (static_cast<unsigned char>(text.back()) & 0x80U) != 0) {
    text.remove_suffix(1);
  }
  paste.not_understood.push_back({line.number, std::string(text), line.idle});
}

double median_or_one(std::vector<double> ratios) {
  if (ratios.empty()) return 1;
  std::sort(ratios.begin(), ratios.end());
  return std::clamp(ratios[ratios.size() / 2], limits::kLeastPersonalFactor, limits::kMostPersonalFactor);
}

}  // namespace

namespace {

// The readers of a text's lines, with what they remember of the lines before.
struct Readers {
  paste::TableReader table;
  paste::RunReader run;
  paste::OllamaTable ollama;

  paste::Reading read(std::string_view line, std::uint32_t number, Paste& result) {
    using paste::Reading;
    Reading reading = table.read(line, number, result);
    if (reading == Reading::not_mine) reading = run.read(line, number, result);
    if (reading == Reading::not_mine) reading = ollama.read(line, number, result);
    for (const auto read_line : {paste::read_llama_log, paste::read_rates, paste::read_server_log, paste::read_smi}) {
      if (reading == Reading::not_mine) reading = read_line(line, number, result);
    }
    return reading;
  }
};

// How far the object or list at the start of `text` reaches; 0 when it has no end.
std::size_t json_length(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (--depth == 0) return i + 1;
    }
  }
  return 0;
}

// JSON that begins a line and may go on for many.
class JsonBlocks {
 public:
  // `rest` is the text from `line` on; `length` becomes how much of it was read.
  paste::Reading read(std::string_view line, std::string_view rest, std::uint32_t number, Paste& result,
                      std::size_t& length) {
    using paste::Reading;
    const std::size_t start = line.find_first_not_of(" \t,");
    if (start == std::string_view::npos || (line[start] != '{' && line[start] != '[')) return Reading::not_mine;
    bool& short_only = line[start] == '{' ? short_objects_ : short_lists_;
    const std::string_view text = (short_only ? line : rest).substr(start);
    const std::size_t block = json_length(text);
    const nlohmann::json value = parse_or_discard(text.substr(0, block));
    if (!value.is_discarded()) {
      length = start + block;
      return paste::read_json(value, number, result);
    }
    // What has no end, or is long and not JSON, would be gone through again from every line within it.
    if (block == 0 || start + block > line.size()) short_only = true;
    return paste::contains(line, "avg_ts") ? Reading::broken : Reading::not_mine;
  }

 private:
  bool short_objects_ = false, short_lists_ = false;
};

}  // namespace

Paste parse_paste(std::string_view text) {
  Paste result;
  const std::string plain = paste::without_escapes(text.substr(0, kPasteLimit));
  const std::string_view all(plain);
  Readers readers;
  JsonBlocks blocks;
  Paste::Line first;  // of those that gave no figure
  const char* passed = all.data();
  std::uint32_t number = 0;
  for (const std::string_view line : paste::lines_of(all)) {
    ++number;
    if (paste::trimmed(line).empty() || line.data() < passed) continue;
    std::size_t length = 0;
    const std::string_view rest = all.substr(static_cast<std::size_t>(line.data() - all.data()));
    paste::Reading reading = blocks.read(line, rest, number, result, length);
    passed = line.data() + length;
    if (reading == paste::Reading::not_mine) reading = readers.read(line, number, result);
    if (reading == paste::Reading::broken) note_line({number, std::string(line), false}, result);
    const bool idle = reading == paste::Reading::idle;
    if (idle || reading == paste::Reading::not_mine) {
      // A line that was understood says more about why there is no figure than one that was not.
      if (first.number == 0 || (idle && !first.idle)) first = {number, std::string(line), idle};
    }
  }
  // Logs are full of other lines; they matter only when nothing at all was found.
  if (result.figures.empty() && result.not_understood.empty() && first.number > 0) note_line(std::move(first), result);
  return result;
}

std::optional<Workload> workload_of(const PastedFigure& figure) {
  Workload workload;
  workload.cached_prefix = figure.depth;
  if (figure.kind == PastedKind::prefill) {
    workload.prompt = std::max(figure.prompt, 1U);
    workload.output = 0;
    return workload;
  }
  if (figure.kind == PastedKind::decode) {
    workload.prompt = 0;
    workload.output = figure.output > 0 ? figure.output : kDefaultGenerated;
    return workload;
  }
  return std::nullopt;
}

PersonalFactors personal_factors(std::span<const PasteComparison> comparisons) {
  std::vector<double> decode;
  std::vector<double> prefill;
  for (const PasteComparison& c : comparisons) {
    if (!(c.estimated > 0) || !(c.measured > 0)) continue;
    if (c.kind == PastedKind::decode) decode.push_back(c.measured / c.estimated);
    if (c.kind == PastedKind::prefill) prefill.push_back(c.measured / c.estimated);
  }
  return {median_or_one(std::move(decode)), median_or_one(std::move(prefill))};
}

}  // namespace headroom
