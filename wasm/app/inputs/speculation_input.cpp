// What is loaded beside the model: a drafter, adapters.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "core/catalog/adapter_targets.h"
#include "core/catalog/engine_choice.h"
#include "wasm/app/inputs/option_sheet.h"

namespace headroom {
namespace {

constexpr std::uint64_t kDraftTokens[] = {1, 2, 3, 4, 6, 8};
constexpr std::uint64_t kAcceptancePercent[] = {50, 60, 70, 80, 90};
constexpr std::uint64_t kAdapterCounts[] = {0, 1, 2, 4, 8, 16};
constexpr std::uint64_t kAdapterRanks[] = {8, 16, 32, 64, 128};

// The scenario's own speculation, for an edit.
Speculation& speculation_of(ScenarioSpec& spec, const Speculation& now) {
  if (!spec.speculation) spec.speculation = now;
  return *spec.speculation;
}

void choose_kind(Sheet& sheet, SpeculationKind now) {
  const Engine& engine = *sheet.answer.scenario.engine;
  const Session::Drafts& drafts = sheet.session.drafts();
  std::vector<Chip> items;
  std::vector<SpeculationKind> kinds;
  const auto add = [&](SpeculationKind kind, std::string_view key, bool possible) {
    if (!possible && kind != now) return;
    kinds.push_back(kind);
    items.push_back({sheet.ui.text(key), kind == now, false});
  };
  add(SpeculationKind::none, "plain.off", true);
  add(SpeculationKind::mtp, "input.speculation_mtp",
      can_speculate(engine, SpeculationKind::mtp) && sheet.answer.weights->mtp > Bytes(0));
  add(SpeculationKind::draft_model, "input.speculation_draft",
      can_speculate(engine, SpeculationKind::draft_model) && !drafts.models.empty());
  if (kinds.size() < 2) return;
  const auto clicked = choose(sheet, "speculation", sheet.ui.text("input.speculation"), items);
  if (!clicked) return;
  const SpeculationKind kind = kinds[*clicked];
  if (kind != SpeculationKind::draft_model) {
    sheet.edit = [kind](ScenarioSpec& spec) {
      spec.forget_drafts();
      if (kind != SpeculationKind::none) spec.speculation = Speculation{kind};
    };
  } else if (now != kind) {
    sheet.edit = [id = std::string(sheet.session.catalog().models()[drafts.models.front()].id)](ScenarioSpec& spec) {
      spec.forget_drafts();
      spec.draft = DraftSpec{id, {}};
    };
  }
}

void choose_draft(Sheet& sheet, Picker& picker) {
  const Session::Drafts& drafts = sheet.session.drafts();
  const std::optional<std::size_t> model = sheet.answer.scenario.draft->index;
  const auto row = std::find(drafts.models.begin(), drafts.models.end(), model.value_or(kAllModels));
  picker.current.reset();
  if (row != drafts.models.end()) picker.current = static_cast<std::size_t>(row - drafts.models.begin());
  const std::string_view title = model ? sheet.session.catalog().models()[*model].name : std::string_view();
  const std::string count = format_number(static_cast<double>(drafts.models.size()), 0, sheet.ui.language());
  head(sheet, sheet.ui.text("input.draft_model"));
  const auto chosen = picker.draw(sheet.ui, "draft-model", sheet.body.take(kPickerField), title, drafts.list,
                                  sheet.ui.fill("search.models", {{"count", count}}));
  if (!chosen) return;
  sheet.edit = [id = std::string(sheet.session.catalog().models()[drafts.models[*chosen]].id)](ScenarioSpec& spec) {
    spec.draft->model = id;
    spec.draft->quantization.reset();
  };
}

// Which projections the adapters change. What a link or a file tells otherwise stays, as a chip of its own.
void choose_targets(Sheet& sheet, std::uint16_t now) {
  struct Choice {
    std::uint16_t targets;
    std::string_view key;
  };
  constexpr std::array<Choice, 4> kChoices{{{0, "plain.auto"},
                                            {adapter_target::attention, "input.targets_attention"},
                                            {adapter_target::usual, "input.targets_usual"},
                                            {adapter_target::all, "input.targets_all"}}};
  std::vector<Chip> items;
  std::vector<std::uint16_t> targets;
  const auto add = [&](std::uint16_t choice, std::string_view name) {
    targets.push_back(choice);
    items.push_back({name, choice == now, false});
  };
  for (const Choice& choice : kChoices) {
    if (choice.targets == adapter_target::all && !sheet.answer.model->has_experts && choice.targets != now) continue;
    add(choice.targets, sheet.ui.text(choice.key));
  }
  const std::string own = projection_names(now);
  if (std::find(targets.begin(), targets.end(), now) == targets.end()) add(now, own);
  if (const auto clicked = choose(sheet, "adapter-targets", sheet.ui.text("input.adapter_targets"), items)) {
    sheet.edit = [chosen = targets[*clicked]](ScenarioSpec& spec) {
      for (Adapter& adapter : spec.adapters) adapter.targets = chosen;
    };
  }
}

}  // namespace

void draw_speculation(Sheet& sheet, Picker& draft) {
  const Speculation& now = sheet.answer.scenario.settings.speculation;
  choose_kind(sheet, now.kind);
  if (now.kind == SpeculationKind::none) return;
  if (sheet.answer.scenario.draft) choose_draft(sheet, draft);
  if (const auto clicked =
          choose_number(sheet, "draft-tokens", sheet.ui.text("input.draft_tokens"), kDraftTokens, now.draft_tokens)) {
    sheet.edit = [now, tokens = static_cast<std::uint32_t>(kDraftTokens[*clicked])](ScenarioSpec& spec) {
      speculation_of(spec, now).draft_tokens = tokens;
    };
  }
  constexpr double kPercent = 100;
  const auto percent = static_cast<std::uint64_t>(std::lround(now.acceptance * kPercent));
  if (const auto clicked =
          choose_number(sheet, "acceptance", sheet.ui.text("input.acceptance"), kAcceptancePercent, percent)) {
    sheet.edit = [now, share = static_cast<double>(kAcceptancePercent[*clicked]) / kPercent](ScenarioSpec& spec) {
      speculation_of(spec, now).acceptance = share;
    };
  }
}

void draw_adapters(Sheet& sheet) {
  const std::vector<Adapter>& now = sheet.session.scenario().adapters;
  if (!sheet.answer.scenario.engine->adapters && now.empty()) return;
  std::uint64_t count = 0;
  for (const Adapter& adapter : now) count += adapter.count;
  const Adapter first = now.empty() ? Adapter() : now.front();
  if (const auto clicked = choose_number(sheet, "adapters", sheet.ui.text("input.adapters"), kAdapterCounts, count)) {
    sheet.edit = [first, wanted = static_cast<std::uint32_t>(kAdapterCounts[*clicked])](ScenarioSpec& spec) {
      spec.adapters.clear();
      if (wanted > 0) spec.adapters.push_back({first.rank, wanted, first.targets});
    };
  }
  if (now.empty()) return;
  if (const auto clicked =
          choose_number(sheet, "adapter-rank", sheet.ui.text("input.adapter_rank"), kAdapterRanks, first.rank)) {
    sheet.edit = [rank = static_cast<std::uint32_t>(kAdapterRanks[*clicked])](ScenarioSpec& spec) {
      for (Adapter& adapter : spec.adapters) adapter.rank = rank;
    };
  }
  choose_targets(sheet, first.targets);
}

}  // namespace headroom
