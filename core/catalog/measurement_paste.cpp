#include "core/catalog/measurement_paste.h"

#include <algorithm>

#include "core/catalog/limits.h"
#include "core/catalog/paste/formats.h"
#include "core/catalog/paste/text.h"
#include "core/catalog/quoted.h"

namespace headroom {
namespace {

constexpr std::size_t kShown = 100;  // a row of llama-bench with its test
constexpr std::size_t kMostNotUnderstood = 5;
constexpr std::uint32_t kDefaultGenerated = 128;

void note_line(Paste::Line line, Paste& paste) {
  if (paste.not_understood.size() == kMostNotUnderstood) return;
  std::string text;  // without the blanks that align columns
  for (const char c : paste::trimmed(line.text)) {
    if (c != ' ' || text.back() != ' ') text += c;
  }
  line.text = beginning(text, kShown);
  paste.not_understood.push_back(std::move(line));
}

// Of pairs of equal tests by the same build in the public measurements four of five lie so near their median: 1,336 of
// generation, 410 of prompts.
constexpr double kDecodeSpread = 0.04, kPrefillSpread = 0.12;
constexpr double kStandardDeviationsTo90 = 1.28;

// The ratios of one kind, and what they come to.
struct Ratios {
  std::vector<double> values;
  double spread;
  void add(const PasteComparison& c) {
    values.push_back(c.measured / c.estimated);
    spread = std::max(spread, c.spread * kStandardDeviationsTo90);
  }
  // One factor serves them only as well as they agree.
  void settle(double& factor, double& of_factor) {
    if (values.empty()) return;
    std::sort(values.begin(), values.end());
    const std::size_t count = values.size();
    factor = (values[(count - 1) / 2] + values[count / 2]) / 2;
    of_factor = std::min(std::max(spread, (values.back() - values.front()) / 2 / factor), limits::kMostPersonalSpread);
    factor = std::clamp(factor, limits::kLeastPersonalFactor, limits::kMostPersonalFactor);
  }
};

void add_run(const PasteComparison& c, std::uint32_t devices, OwnRun& run) {
  const bool first = !run.told();
  run.devices = devices;
  run.fewest_users = first ? c.users : std::min(run.fewest_users, c.users);
  run.most_users = std::max(first ? 1 : run.most_users, c.users);
  (c.kind == PastedKind::decode ? run.decode : run.prefill).add(c.depth);
  if (first || run.cache_bits == c.cache_bits) {
    run.cache_bits = c.cache_bits;
  } else {
    run.cache_bits = 0;
  }
  run.host = std::max(run.host, c.host);
}

// The readers of a text's lines, with what they remember of the lines before.
struct Readers {
  paste::TableReader table;
  paste::RunReader run;
  paste::OllamaTable ollama;
  paste::JsonReader json;
  paste::SqlReader sql;

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

}  // namespace

Paste parse_paste(std::string_view text) {
  Paste result;
  const std::string plain = paste::without_escapes(text.substr(0, kPasteLimit));
  const std::string_view all(plain);
  Readers readers;
  Paste::Line first;  // of those that gave no figure
  const char* passed = all.data();
  std::uint32_t number = 0;
  for (const std::string_view line : paste::lines_of(all)) {
    ++number;
    if (paste::trimmed(line).empty() || line.data() < passed) continue;
    std::size_t length = 0;
    const std::string_view rest = all.substr(static_cast<std::size_t>(line.data() - all.data()));
    paste::Reading reading = readers.json.read(line, rest, number, result, length);
    if (reading == paste::Reading::not_mine) reading = readers.sql.read(line, rest, number, result, length);
    passed = line.data() + length;
    if (reading == paste::Reading::not_mine) reading = readers.read(line, number, result);
    const bool unused = reading == paste::Reading::unused;
    if (unused || reading == paste::Reading::broken) note_line({number, std::string(line), unused, false}, result);
    const bool mixed = reading == paste::Reading::mixed;
    const bool idle = mixed || reading == paste::Reading::idle;
    if (idle || reading == paste::Reading::not_mine) {
      // A line that was understood explains better than another why there is no figure.
      const bool explains = (idle && !first.idle) || (mixed && !first.mixed);
      if (first.number == 0 || explains) first = {number, std::string(line), idle, mixed};
    }
  }
  // Logs are full of other lines; they matter only when nothing at all was found.
  if (result.figures.empty() && result.not_understood.empty() && first.number > 0) note_line(first, result);
  return result;
}

std::optional<Workload> workload_of(const PastedFigure& figure) {
  Workload workload;
  workload.cached_prefix = figure.depth;
  if (figure.kind == PastedKind::prefill) {
    if (figure.prompt == 0) return std::nullopt;
    workload.prompt = figure.prompt;
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

SpeedFactors personal_factors(std::span<const PasteComparison> comparisons, std::uint32_t devices) {
  Ratios decode{{}, kDecodeSpread};
  Ratios prefill{{}, kPrefillSpread};
  SpeedFactors factors;
  for (const PasteComparison& c : comparisons) {
    if (!(c.estimated > 0) || !(c.measured > 0)) continue;
    if (c.kind == PastedKind::decode) decode.add(c);
    if (c.kind == PastedKind::prefill) prefill.add(c);
    add_run(c, devices, factors.run);
  }
  decode.settle(factors.decode, factors.decode_spread);
  prefill.settle(factors.prefill, factors.prefill_spread);
  return factors;
}

}  // namespace headroom
