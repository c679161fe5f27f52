#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "wasm/app/inputs/inputs.h"
#include "wasm/app/typed_number.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"

namespace headroom {
namespace {

constexpr double kShortestContext = 512;
constexpr std::uint32_t kContextWhereUnknown = 32768;

std::uint32_t longest_context(const ModelProfile& model) {
  return model.arch.max_context > 0 ? model.arch.max_context : kContextWhereUnknown;
}

}  // namespace

void FormatInput::draw(ScreenContext& context, Flow& body) {
  draw_formats(context, body);
  body.gap(space::kMedium);
  draw_context(context, body);
  body.gap(space::kMedium);
  draw_kv(context, body);
}

// A few formats as chips, chosen by the front's short list; the rest behind "more".
void FormatInput::draw_formats(ScreenContext& context, Flow& body) {
  Ui& ui = context.ui;
  Session& session = context.session;
  label(ui, body, ui.text("input.format"));
  const Result<Answer>& answer = session.answer();
  const Format* current = answer.ok() ? answer->scenario.format : nullptr;
  std::vector<Chip> items;
  listed_.clear();
  constexpr std::size_t kMostChips = 8;
  bool lists_current = false;
  for (const FormatRow& row : session.formats()) {
    if (!row.format->short_listed || listed_.size() >= kMostChips) continue;
    listed_.push_back(row.format);
    lists_current = lists_current || row.format == current;
  }
  if (current != nullptr && !lists_current) listed_.push_back(current);
  for (const Format* format : listed_) items.push_back({ui.texts().term(format->name), format == current, false});
  items.push_back({ui.text("input.more"), false, false});

  constexpr std::string_view kListId = "format-list";
  const Flow before = body;
  if (const auto clicked = chips(ui, body, "formats", items)) {
    if (*clicked < listed_.size()) {
      session.change([&](ScenarioSpec& spec) { spec.quantization = listed_[*clicked]->id; });
    } else {
      all_formats_ = {};
      picker_.current.reset();
      for (const FormatRow& row : session.formats()) {
        if (row.format == current) picker_.current = all_formats_.items.size();
        const std::string size = join(format_bytes(row.weights.as_double(), ui.language()));
        all_formats_.items.push_back({ui.texts().term(row.format->name), size, ""});
        all_formats_.keys.push_back({std::string(ui.texts().term(row.format->name)), row.format->id, {}, {}});
      }
      picker_.open(kListId);
    }
  }
  const Rect anchor{before.x, before.y, before.width, body.y - before.y};
  if (const auto row = picker_.draw_list(ui, kListId, anchor, all_formats_, ui.text("search.formats"))) {
    if (*row < session.formats().size()) {
      const std::string id = session.formats()[*row].format->id;
      session.change([&](ScenarioSpec& spec) { spec.quantization = id; });
    }
  }
}

void FormatInput::draw_context(ScreenContext& context, Flow& body) {
  Ui& ui = context.ui;
  Session& session = context.session;
  if (!session.answer().ok()) return;
  const std::uint32_t now = session.answer()->scenario.settings.cache.context;
  const double longest = std::max<double>(longest_context(*session.answer()->model), kShortestContext * 2);
  const auto set = [&](double tokens) {
    const auto value = static_cast<std::uint32_t>(std::clamp(tokens, 1.0, longest));
    session.change([&](ScenarioSpec& spec) { spec.context = value; });
  };

  const Rect line = body.take(20);
  ui.put_in(line, type::kLabel, ui.theme().muted, ui.text("input.context"));
  constexpr float kValueWidth = 96;
  const Rect value{line.right() - kValueWidth, line.y, kValueWidth, line.height};
  if (editing_context_) {
    Ui::fill_rect(value, ui.theme().raised, 4);
    ui.edit_text("context-value", value.inset(6, 0), type::kTable, typed_context_, ui.text("input.context"),
                 editing_begins_);
    const bool done = ImGui::IsItemDeactivated();
    editing_begins_ = false;
    if (done) {
      editing_context_ = false;
      const std::optional<double> typed = read_count(typed_context_);
      if (typed && *typed >= 1 && *typed <= longest) {
        set(*typed);
      } else {
        context.shell.toast(ui.fill("toast.bad_context",
                                    {{"given", typed_context_}, {"most", format_number(longest, 0, ui.language())}}));
      }
    }
  } else {
    const std::string shown = format_number(now, 0, ui.language());
    const Interaction state = ui.interact("context-edit", value, ui.text("input.context"));
    ui.put_in(value, type::kTableStrong, state.hovered ? ui.theme().accent : ui.theme().text, shown, Align::right);
    if (state.focused) ui.focus_ring(value, 4);
    if (state.clicked) {
      editing_context_ = true;
      editing_begins_ = true;
      typed_context_ = std::to_string(now);
    }
  }
  const LogSlider slider{static_cast<double>(now), kShortestContext, longest, 4, 256};
  if (const auto moved = log_slider(ui, "context", body.take(28), slider, ui.text("input.context"))) set(*moved);
}

void FormatInput::draw_kv(ScreenContext& context, Flow& body) {
  Ui& ui = context.ui;
  Session& session = context.session;
  if (!session.answer().ok()) return;
  const ResolvedScenario& resolved = session.answer()->scenario;
  const std::vector<KvType>& types = resolved.engine->kv_types;
  const std::string& k = session.scenario().kv_k.value_or(resolved.engine->default_kv);
  label(ui, body, ui.text("input.kv"));
  std::vector<Chip> items;
  items.reserve(types.size());
  for (const KvType& type : types) items.push_back({type.id, type.id == k, false});
  if (const auto clicked = chips(ui, body, "kv", items)) {
    session.change([&](ScenarioSpec& spec) {
      spec.kv_k = types[*clicked].id;
      spec.kv_v = types[*clicked].id;
    });
  }
}

}  // namespace headroom
