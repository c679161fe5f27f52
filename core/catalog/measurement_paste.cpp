#include "core/catalog/measurement_paste.h"

#include <algorithm>

#include "core/catalog/limits.h"
#include "core/catalog/paste/formats.h"
#include "core/catalog/paste/text.h"

namespace headroom {
namespace {

constexpr std::size_t kShown = 60;
constexpr std::size_t kMostNotUnderstood = 5;
constexpr std::uint32_t kDefaultGenerated = 128;

void note_line(std::uint32_t number, std::string_view line, Paste& paste) {
  if (paste.not_understood.size() == kMostNotUnderstood) return;
  std::string_view text = paste::trimmed(line).substr(0, kShown);
  // Never cut a multi-byte character in two.
  while (text.size() == kShown && !text.empty() && (static_cast<unsigned char>(text.back()) & 0x80U) != 0) {
    text.remove_suffix(1);
  }
  paste.not_understood.push_back({number, std::string(text)});
}

double median_or_one(std::vector<double> ratios) {
  if (ratios.empty()) return 1;
  std::sort(ratios.begin(), ratios.end());
  return std::clamp(ratios[ratios.size() / 2], limits::kLeastPersonalFactor, limits::kMostPersonalFactor);
}

}  // namespace

Paste parse_paste(std::string_view text) {
  Paste result;
  text = text.substr(0, kPasteLimit);
  if (paste::read_json_array(text, result)) return result;

  paste::TableReader table;
  std::uint32_t number = 0;
  std::uint32_t first_unknown = 0;
  std::string_view first_unknown_text;
  for (const std::string_view line : paste::lines_of(text)) {
    ++number;
    if (paste::trimmed(line).empty()) continue;
    paste::Reading reading = table.read(line, number, result);
    if (reading == paste::Reading::not_mine) reading = paste::read_json_line(line, number, result);
    if (reading == paste::Reading::not_mine) reading = paste::read_llama_log(line, number, result);
    if (reading == paste::Reading::not_mine) reading = paste::read_vllm_log(line, number, result);
    if (reading == paste::Reading::not_mine) reading = paste::read_nvidia_smi(line, number, result);
    if (reading == paste::Reading::broken) note_line(number, line, result);
    if (reading == paste::Reading::not_mine && first_unknown == 0) {
      first_unknown = number;
      first_unknown_text = line;
    }
  }
  // Logs are full of other lines; they matter only when nothing at all was found.
  if (result.figures.empty() && result.not_understood.empty() && first_unknown > 0) {
    note_line(first_unknown, first_unknown_text, result);
  }
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
