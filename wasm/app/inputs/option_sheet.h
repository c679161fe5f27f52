// What the settings of an engine are drawn on.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "wasm/app/session.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"

namespace headroom {

// The answer shown, and the change that a person made. It is applied last, since it replaces the answer.
struct Sheet {
  Ui& ui;
  Session& session;
  Flow& body;
  const Answer& answer;
  Session::Edit edit;
};

inline void head(Sheet& sheet, std::string_view name) {
  sheet.body.gap(space::kMedium);
  label(sheet.ui, sheet.body, name);
}

inline std::optional<std::size_t> choose(Sheet& sheet, std::string_view id, std::string_view name,
                                         std::span<const Chip> items) {
  head(sheet, name);
  return chips(sheet.ui, sheet.body, id, items);
}

inline std::optional<std::size_t> choose_number(Sheet& sheet, std::string_view id, std::string_view name,
                                                std::span<const std::uint64_t> numbers, std::uint64_t now) {
  head(sheet, name);
  return number_chips(sheet.ui, sheet.body, id, numbers, now);
}

// Speculation, where the engine can: with MTP layers of the model, or with a smaller draft model.
void draw_speculation(Sheet& sheet, Picker& draft);
// LoRA adapters beside the model.
void draw_adapters(Sheet& sheet);

}  // namespace headroom
