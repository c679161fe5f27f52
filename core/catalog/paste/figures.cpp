#include "core/catalog/paste/figures.h"

#include <algorithm>
#include <utility>

#include "core/catalog/limits.h"
#include "core/catalog/paste/text.h"
#include "core/catalog/quoted.h"

namespace headroom::paste {
namespace {

constexpr std::uint32_t kNear = 8;  // lines between the timing of a prompt and that of its answer

void put(PastedFigure figure, Paste& paste) {
  if (paste.figures.size() < kMostFigures) {
    paste.figures.push_back(std::move(figure));
  } else {
    ++paste.not_read;
  }
}

// A rate over more than a scenario can have says nothing.
bool is_possible(const Speed& speed) {
  return speed.tok_s > 0 && speed.depth.value_or(0) <= limits::kMostTokens && speed.sequences <= limits::kMostParallel;
}

PastedFigure figure_of(PastedKind kind, const Speed& speed, std::uint32_t line, const Paste& paste) {
  PastedFigure figure;
  figure.kind = kind;
  figure.value = speed.tok_s;
  (kind == PastedKind::prefill ? figure.prompt : figure.output) = count_within(speed.tokens, limits::kMostTokens);
  figure.depth = to_count(speed.depth.value_or(0));
  figure.sequences = std::max(to_count(speed.sequences), 1U);
  figure.line = line;
  figure.spread = speed.spread;
  figure.run = paste.told;
  return figure;
}

}  // namespace

bool add_prefill(const Speed& speed, std::uint32_t line, Paste& paste) {
  if (!is_possible(speed)) return false;
  put(figure_of(PastedKind::prefill, speed, line, paste), paste);
  return true;
}

bool add_decode(const Speed& speed, std::uint32_t line, Paste& paste) {
  if (!is_possible(speed)) return false;
  PastedFigure figure = figure_of(PastedKind::decode, speed, line, paste);
  if (!speed.depth && !paste.figures.empty()) {
    const PastedFigure& before = paste.figures.back();
    const bool follows = before.kind == PastedKind::prefill && line - before.line <= kNear;
    if (follows) figure.depth = std::min(before.prompt + before.depth, limits::kMostTokens);
  }
  put(std::move(figure), paste);
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
  put(std::move(figure), paste);
}

std::uint32_t next_device(PastedKind kind, const Paste& paste) {
  return static_cast<std::uint32_t>(
      std::count_if(paste.figures.begin(), paste.figures.end(), [kind](const auto& f) { return f.kind == kind; }));
}

std::string name_in(std::string_view text) { return std::string(beginning(trimmed(text), kMostName)); }

void keep(std::string& slot, std::string_view text) {
  if (slot.empty()) slot = name_in(text);
}

namespace {

// A log shortens a long name to "Some long na..." in one place and not in another.
bool same_name(std::string_view a, std::string_view b) {
  constexpr std::string_view kCut = "...";
  if (a.ends_with(kCut)) a.remove_suffix(kCut.size());
  if (b.ends_with(kCut)) b.remove_suffix(kCut.size());
  return a.starts_with(b) || b.starts_with(a);
}

}  // namespace

void tell_model(std::string_view text, PastedRun& run) {
  std::string name = name_in(text);
  if (name.empty()) return;
  if (!run.model.empty() && !same_name(run.model, name)) {
    run.params = run.bytes = 0;
    run.gpu_layers.reset();
    run.cpu_moe_layers.reset();
    run.context = run.parallel = 0;
  }
  run.model = std::move(name);
}

void tell_model(std::string_view text, Paste& paste) {
  keep(paste.model, text);
  tell_model(text, paste.told);
}

void tell_device(std::string_view text, Paste& paste) {
  keep(paste.device, text);
  if (!trimmed(text).empty()) paste.told.device = name_in(text);
}

}  // namespace headroom::paste
