#include <optional>
#include <string>

#include "wasm/app/screens/fit/sections.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"
#include "wasm/app/words.h"

namespace headroom::fit {
namespace {

constexpr std::size_t kMostRows = 8;
constexpr float kAdvicePadding = 3;  // above and below a row's two lines

// What a change gains, the largest first: "fits · decode ×1.8 · context 128K".
std::string gain_text(const Ui& ui, const Upgrade& upgrade, const Estimate& before) {
  const Language language = ui.language();
  std::string out;
  const auto add = [&](std::string_view text) {
    if (!out.empty()) out += " · ";
    out += text;
  };
  if (upgrade.fit != before.placement.status) add(ui.text(fit_key(upgrade.fit)));
  const auto ratio = [&](double value, std::string_view key) {
    constexpr double kNoticeable = 0.05;
    if (value > 1 + kNoticeable || (value > 0 && value < 1 - kNoticeable)) {
      add(ui.fill(key, {{"factor", format_number(value, 1, language)}}));
    }
  };
  ratio(upgrade.decode_ratio, "upgrades.decode");
  ratio(upgrade.prefill_ratio, "upgrades.prefill");
  if (upgrade.decode_ratio == 0 && upgrade.decode_tok_s > 0) add(join(format_rate(upgrade.decode_tok_s, language)));
  if (upgrade.safe_context > before.placement.safe_context * 1.05) {
    add(ui.fill("upgrades.context", {{"tokens", format_short_tokens(upgrade.safe_context, language)}}));
  }
  return out;
}

// The change in words; a format with what it costs in quality, which no figure beside it tells.
std::string name_of(Session& session, const Ui& ui, const Upgrade& upgrade) {
  Message sentence = upgrade.text;
  sentence.args.push_back({"name", MessageArg::Kind::text, 0, upgrade.name});
  std::string name = ui.texts().render(sentence);
  if (upgrade.kind != UpgradeKind::format) return name;
  for (const FormatRow& row : session.formats()) {
    if (row.format->id != upgrade.scenario.quantization) continue;
    name += " · " + ui.fill("upgrades.quality", {{"quality", quality_text(ui, *row.quality)}});
  }
  return name;
}

std::string price_text(const Ui& ui, const Upgrade& upgrade) {
  if (upgrade.price_usd == 0) return std::string(ui.text("upgrades.free"));
  if (upgrade.price_usd < 0) return {};
  return "≈ " + format_dollars(upgrade.price_usd, ui.language());
}

}  // namespace

void draw_upgrades(ScreenContext& context, Flow& flow, const Answer& answer) {
  Ui& ui = context.ui;
  const std::vector<Upgrade>& upgrades = context.session.upgrades(!ImGui::IsMouseDown(ImGuiMouseButton_Left));
  Card card(ui, flow);
  Flow& body = card.body;
  ui.put_in(body.take(type::kStrong.line), type::kStrong, ui.theme().text, ui.text("upgrades.title"));
  body.gap(space::kTiny);
  if (upgrades.empty()) {
    const std::string_view none = ui.text(no_upgrades_key(answer.estimate));
    body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kTable, ui.theme().muted, none));
    return;
  }
  std::optional<ScenarioSpec> chosen;
  const std::size_t count = std::min(upgrades.size(), kMostRows);
  for (std::size_t i = 0; i < count; ++i) {
    const Upgrade& upgrade = upgrades[i];
    const std::string name = name_of(context.session, ui, upgrade);
    const std::string price = price_text(ui, upgrade);
    const float price_width = price.empty() ? 0 : ui.width_of(type::kTable, price) + space::kMedium;
    const float name_width = body.width - price_width;
    const std::string gain = gain_text(ui, upgrade, answer.estimate);
    const float name_height = ui.height_wrapped(name_width, type::kTable, name);
    const Rect row =
        body.take(name_height + ui.height_wrapped(body.width, type::kLabel, gain) + 2 * kAdvicePadding + 2);
    ImGui::PushID(static_cast<int>(i));
    const Interaction state = ui.interact("upgrade", row, name);
    ImGui::PopID();
    if (state.clicked) chosen = upgrade.scenario;
    if (state.hovered) Ui::fill_rect({row.x - 8, row.y, row.width + 16, row.height}, ui.theme().raised, 6);
    if (state.focused) ui.focus_ring(row, 4);
    const float top = row.y + kAdvicePadding;
    ui.put_wrapped({row.x, top}, name_width, type::kTable, ui.theme().text, name);
    ui.put_in({row.x, top, row.width, type::kTable.line}, type::kTable, ui.theme().muted, price, Align::right);
    ui.put_wrapped({row.x, top + name_height}, row.width, type::kLabel, ui.theme().good, gain);
    if (i + 1 < count) {
      Ui::draw().AddLine({row.x, row.bottom() - 0.5F}, {row.right(), row.bottom() - 0.5F},
                         with_alpha(ui.theme().line, 0.6F));
    }
  }
  if (chosen) {
    context.shell.after_frame(
        [&session = context.session, scenario = std::move(*chosen)] { session.replace(scenario); });
  }
}

}  // namespace headroom::fit
