#include "core/catalog/paste/figures.h"

#include <algorithm>

#include "core/catalog/limits.h"
#include "core/catalog/paste/text.h"

namespace headroom::paste {
namespace {

constexpr std::uint32_t kNear = 8;  // lines between the timing of a prompt and that of its answer

PastedFigure figure_of(PastedKind kind, const Speed& speed, std::uint32_t line, const Paste& paste) {
  PastedFigure figure;
  figure.kind = kind;
  figure.value = speed.tok_s;
  (kind == PastedKind::prefill ? figure.prompt : figure.output) = to_count(speed.tokens);
  figure.depth = to_count(speed.depth.value_or(0));
  figure.sequences = std::max(to_count(speed.sequences), 1U);
  figure.line = line;
  figure.spread = speed.spread;
  figure.run = paste.told;
  return figure;
}

}  // namespace

bool add_prefill(const Speed& speed, std::uint32_t line, Paste& paste) {
  if (!(speed.tok_s > 0)) return false;
  paste.figures.push_back(figure_of(PastedKind::prefill, speed, line, paste));
  return true;
}

bool add_decode(const Speed& speed, std::uint32_t line, Paste& paste) {
  if (!(speed.tok_s > 0)) return false;
  PastedFigure figure = figure_of(PastedKind::decode, speed, line, paste);
  if (!speed.depth && !paste.figures.empty()) {
    const PastedFigure& before = paste.figures.back();
    const bool follows = before.kind == PastedKind::prefill && line - before.line <= kNear;
    if (follows) figure.depth = to_count(double{1} * before.prompt + before.depth);
  }
  paste.figures.push_back(figure);
  return true;
}

Reading add_test(const BenchTest& test, std::uint32_t line, Paste& paste) {
  const bool prefill = test.prompt > 0, decode = test.output > 0;
  const double longest = std::max({test.prompt, test.output, test.depth});
  if (!(test.tok_s > 0) || !(prefill || decode) || longest > limits::kMostTokens) return Reading::broken;
  if (prefill && decode) return Reading::unused;
  const Speed speed{test.tok_s, std::max(test.prompt, test.output), test.depth, 1, test.deviation / test.tok_s};
  prefill ? add_prefill(speed, line, paste) : add_decode(speed, line, paste);
  return Reading::read;
}

void add_memory(PastedKind kind, double value, std::uint32_t line, Paste& paste, std::uint32_t device) {
  PastedFigure figure;
  figure.kind = kind;
  figure.value = value;
  figure.line = line;
  figure.device = device;
  figure.run = paste.told;
  paste.figures.push_back(figure);
}

std::uint32_t next_device(PastedKind kind, const Paste& paste) {
  return static_cast<std::uint32_t>(
      std::count_if(paste.figures.begin(), paste.figures.end(), [kind](const auto& f) { return f.kind == kind; }));
}

void keep(std::string& slot, std::string_view text) {
  if (slot.empty()) slot = std::string(trimmed(text));
}

void tell_model(std::string_view text, Paste& paste) {
  keep(paste.model, text);
  paste.told.model = std::string(trimmed(text));
}

void tell_device(std::string_view text, Paste& paste) {
  keep(paste.device, text);
  if (!trimmed(text).empty()) paste.told.device = std::string(trimmed(text));
}

}  // namespace headroom::paste
