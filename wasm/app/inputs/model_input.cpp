#include "wasm/app/inputs/inputs.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"

namespace headroom {
namespace {

std::string facts(const Ui& ui, const ModelProfile& model) {
  const Language language = ui.language();
  std::string out =
      ui.fill("model.parameters", {{"count", format_params(static_cast<double>(model.total_params), language)}});
  const auto add = [&](const std::string& text) { out += " · " + text; };
  if (model.active_params < model.total_params * 9 / 10) {
    add(ui.fill("model.active", {{"count", format_params(static_cast<double>(model.active_params), language)}}));
  }
  add(ui.fill("model.layers", {{"count", format_number(model.layer_count(), 0, language)}}));
  if (model.arch.max_context > 0) {
    add(ui.fill("model.context", {{"tokens", format_short_tokens(model.arch.max_context, language)}}));
  }
  return out;
}

}  // namespace

void ModelInput::draw(ScreenContext& context, Flow& body) {
  Ui& ui = context.ui;
  Session& session = context.session;
  label(ui, body, ui.text("input.model"));
  const std::optional<std::size_t> model = session.model_index();
  const ScenarioSpec& spec = session.scenario();
  const std::string_view title = spec.custom_model ? std::string_view(spec.custom_model->name)
                                 : model           ? session.catalog().models()[*model].name
                                                   : std::string_view(spec.model);
  const PickerList& list = session.model_list();
  picker_.current = model ? session.row_of_model(*model) : std::nullopt;
  const std::string hint =
      ui.fill("search.models", {{"count", format_number(static_cast<double>(list.items.size()), 0, ui.language())}});
  if (const auto row = picker_.draw(ui, "model", body.take(kPickerField), title, list, hint)) {
    if (const auto index = session.model_of_row(*row)) session.choose_model(*index);
  }
  body.gap(space::kSmall);
  if (session.answer().ok()) {
    body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kLabel, ui.theme().muted,
                            facts(ui, *session.answer()->model)));
    body.gap(space::kTiny);
  }
  if (text_link(ui, "open-file", {body.x, body.y}, type::kLabel, ui.text("input.open_file"))) {
    ui.platform().pick_files(".gguf,.safetensors,.json", true);
  }
  body.gap(type::kLabel.line);
}

std::string model_summary(ScreenContext& context) {
  Session& session = context.session;
  const ScenarioSpec& spec = session.scenario();
  const std::optional<std::size_t> model = session.model_index();
  std::string out = spec.custom_model ? spec.custom_model->name
                    : model           ? std::string(session.catalog().models()[*model].name)
                                      : spec.model;
  if (session.answer().ok()) {
    const ResolvedScenario& resolved = session.answer()->scenario;
    out += " · " + std::string(context.ui.texts().term(resolved.format->name));
    out += " · " + format_short_tokens(resolved.settings.cache.context, context.ui.language());
  }
  return out;
}

}  // namespace headroom
