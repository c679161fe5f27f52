#include "core/catalog/choices.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/catalog/engine_choice.h"

namespace headroom {
namespace {

bool is_answered(Front& front, const ScenarioSpec& spec) { return front.estimate_quickly(spec).ok(); }

// A format that cannot be made of this model would be an error at once; the engine's default is not.
void drop_refused_format(Front& front, ScenarioSpec& spec) {
  if (spec.quantization && !is_answered(front, spec)) spec.quantization.reset();
}

// An accelerator with software of its own brings an engine along that was made for it, and a model that the engine at
// hand does not know brings one that may, each with that engine's formats.
ScenarioSpec with_engine_that_runs(Front& front, ScenarioSpec spec) {
  const auto runs = [](const Result<Answer>& answer) { return answer.ok() && engine_runs(answer->scenario); };
  const Result<Answer> answer = front.estimate_quickly(spec);
  if (!answer.ok() || runs(answer)) return spec;
  ScenarioSpec own = spec;
  own.engine.reset();
  own.quantization.reset();
  drop_what_engine_lacks(front.catalog(), own);
  return runs(front.estimate_quickly(own)) ? own : spec;
}

void forget_what_is_of_a_model(const Catalog& catalog, ScenarioSpec& spec) {
  spec.forget_layers();
  spec.forget_drafts();
  drop_what_engine_lacks(catalog, spec);
}

}  // namespace

ScenarioSpec choose_engine(Front& front, const ScenarioSpec& spec, std::string_view engine) {
  ScenarioSpec changed = with_engine(front.catalog(), spec, engine);
  drop_refused_format(front, changed);
  return changed;
}

ScenarioSpec choose_model(Front& front, ScenarioSpec spec, std::size_t model) {
  const ModelEntry& entry = front.catalog().models()[model];
  spec.custom_model.reset();
  spec.model = entry.id;
  if (spec.context && entry.max_context > 0 && *spec.context > entry.max_context) spec.context = entry.max_context;
  forget_what_is_of_a_model(front.catalog(), spec);
  drop_refused_format(front, spec);
  return with_engine_that_runs(front, std::move(spec));
}

ScenarioSpec choose_model(Front& front, ScenarioSpec spec, std::shared_ptr<const CustomModel> model) {
  spec.model.clear();
  spec.quantization = model->quantization.empty() ? std::nullopt : std::optional(model->quantization);
  spec.context.reset();
  spec.custom_model = std::move(model);
  forget_what_is_of_a_model(front.catalog(), spec);
  drop_refused_format(front, spec);
  return spec;
}

ScenarioSpec choose_device(Front& front, ScenarioSpec spec, std::size_t device) {
  const Catalog& catalog = front.catalog();
  const std::optional<std::size_t> before = catalog.find_device(spec.hardware.device.id);
  // A card moves into another machine's slot; a chip with memory of its own brings the machine along.
  const auto is_card = [&](std::size_t index) { return catalog.devices()[index].device.is_card(); };
  const bool stays = before && is_card(*before) && is_card(device);
  spec.hardware.device = {std::string(catalog.devices()[device].device.id), nullptr, spec.hardware.device.count};
  std::vector<DeviceSpec>& others = spec.hardware.others;
  if (!stays) others.clear();
  std::erase_if(others, [&](const DeviceSpec& other) { return other.id == spec.hardware.device.id; });
  spec.backend.reset();
  if (!stays) spec.hardware.host = {};
  spec.personal.reset();  // what was measured was the machine before
  if ((spec.engine || spec.quantization) && !is_answered(front, spec)) {
    spec.engine.reset();
    drop_what_engine_lacks(catalog, spec);
  }
  return with_engine_that_runs(front, std::move(spec));
}

}  // namespace headroom
