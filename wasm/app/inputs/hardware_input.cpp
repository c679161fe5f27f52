#include <algorithm>
#include <cmath>
#include <string>

#include "core/si.h"
#include "wasm/app/inputs/inputs.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"
#include "wasm/app/words.h"
#include "wasm/inspect/inspector.h"

namespace headroom {
namespace {

constexpr float kStepper = 104;

std::string specs(const Ui& ui, const Device& device) {
  const Language language = ui.language();
  std::string out = join(format_bytes(device.memory.as_double(), language));
  const auto add = [&](const std::string& text) { out += " · " + text; };
  if (device.bandwidth.value() > 0) add(join(format_bandwidth(device.bandwidth, language)));
  const auto tflops = [&](FlopsPerSecond rate, const char* name) {
    if (rate.value() > 0) add(format_significant(rate.value() / kTera, language) + "\u00A0TFLOPS " + name);
  };
  tflops(device.tflops.bf16.value() > 0 ? device.tflops.bf16 : device.tflops.fp16,
         device.tflops.bf16.value() > 0 ? "BF16" : "FP16");
  if (device.tflops.fp8.value() > 0) add(format_significant(device.tflops.fp8.value() / kTera, language) + "\u00A0FP8");
  return out;
}

std::string_view name_of(const Session& session, const DeviceSpec& spec) {
  if (const auto index = session.catalog().find_device(spec.id)) return session.catalog().devices()[*index].device.name;
  return spec.custom ? std::string_view(spec.custom->device.name) : std::string_view(spec.id);
}

// How many more devices a scenario may have.
std::uint32_t room_for_cards(const HardwareSpec& hardware) {
  std::uint32_t cards = hardware.device.count;
  for (const DeviceSpec& other : hardware.others) cards += other.count;
  constexpr auto kMost = static_cast<std::uint32_t>(kMaxDevices);
  return kMost - std::min(cards, kMost);
}

std::string search_hint(ScreenContext& context) {
  const auto count = static_cast<double>(context.session.device_list().items.size());
  return context.ui.fill("search.hardware", {{"count", format_number(count, 0, context.ui.language())}});
}

}  // namespace

void HardwareInput::draw(ScreenContext& context, Flow& body, Asked asked) {
  Ui& ui = context.ui;
  Session& session = context.session;
  const std::optional<std::size_t> device = session.device_index();
  label(ui, body, ui.text("input.hardware"));
  const Rect line = body.take(kPickerField);
  const DeviceSpec& chosen = session.scenario().hardware.device;
  const std::string_view title = name_of(session, chosen);
  // A name that is too long to stand beside the number has the line for itself.
  Rect field{line.x, line.y, line.width - kStepper - space::kSmall, line.height};
  const bool beside = ui.width_of(type::kBody, title) <= select_field_room(field);
  if (!beside) field.width = line.width;
  picker_.current = device;
  if (const auto row = picker_.draw(ui, "device", field, title, session.device_list(), search_hint(context))) {
    session.choose_device(*row);
  }
  if (!beside) body.gap(space::kSmall);
  const Rect below = beside ? line : body.take(kPickerField);
  const Rect count{below.right() - kStepper, below.y, kStepper, below.height};
  const std::uint32_t most = chosen.count + room_for_cards(session.scenario().hardware);
  if (const auto value = stepper(ui, "count", count, chosen.count, 1, most, ui.text("input.count"))) {
    session.change([&](ScenarioSpec& spec) {
      spec.hardware.device.count = *value;
      spec.forget_ranks();
    });
  }
  if (device) {
    const std::string figures = specs(ui, session.catalog().devices()[*device].device);
    if (beside) {
      body.gap(space::kSmall);
      body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kLabel, ui.theme().muted, figures));
    } else {
      const float width = count.x - below.x - space::kSmall;
      const float height = ui.height_wrapped(width, type::kLabel, figures);
      const float top = below.y + std::max(0.0F, std::round((below.height - height) / 2));
      ui.put_wrapped({below.x, top}, width, type::kLabel, ui.theme().muted, figures);
      body.gap(std::max(0.0F, height - below.height));
    }
  }
  draw_others(context, body);
  draw_joined(context, body);
  if (!ui.narrow()) draw_recognized(context, body);
  host_.draw(context, body, asked);
}

// What joins several devices and how they share the model, which decides what they gain.
void HardwareInput::draw_joined(ScreenContext& context, Flow& body) {
  const Result<Answer>& answer = context.session.answer();
  if (!answer.ok() || answer->scenario.system.devices.size() < 2) return;
  const Ui& ui = context.ui;
  const std::string joined = std::string(answer->scenario.system.interconnect.name) + " · " +
                             std::string(ui.text(split_key(answer->estimate.placement)));
  inspect_value("joined", joined);
  body.gap(space::kTiny);
  body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kLabel, ui.theme().muted, joined));
}

// Cards of other kinds in the same machine, each with its count; at 0 it is removed.
void HardwareInput::draw_others(ScreenContext& context, Flow& body) {
  Ui& ui = context.ui;
  Session& session = context.session;
  if (!session.answer().ok() || !session.answer()->scenario.system.devices[0]->is_card()) return;
  const std::vector<DeviceSpec>& others = session.scenario().hardware.others;
  const std::uint32_t room = room_for_cards(session.scenario().hardware);
  Session::Edit edit;
  for (std::size_t i = 0; i < others.size(); ++i) {
    const DeviceSpec& other = others[i];
    const std::string_view name = name_of(session, other);
    body.gap(space::kSmall);
    const Rect line = body.take(kPickerField);
    ui.put_in({line.x, line.y, line.width - kStepper - space::kSmall, line.height}, type::kBody, ui.theme().text, name);
    const Rect count{line.right() - kStepper, line.y, kStepper, line.height};
    const std::string label = ui.fill("input.count_of", {{"device", name}});
    if (const auto value =
            stepper(ui, "other-" + std::to_string(i), count, other.count, 0, other.count + room, label)) {
      edit = [i, value = *value](ScenarioSpec& spec) {
        std::vector<DeviceSpec>& list = spec.hardware.others;
        if (value > 0) {
          list[i].count = value;
        } else {
          list.erase(list.begin() + static_cast<std::ptrdiff_t>(i));
        }
      };
    }
  }
  if (room > 0) {
    constexpr std::string_view kListId = "other-list";
    body.gap(space::kSmall);
    if (text_link(ui, "add-card", {body.x, body.y}, type::kLabel, ui.text("input.add_card"))) {
      other_picker_.open(kListId);
    }
    const Rect anchor = body.take(type::kLabel.line);
    if (const auto row = other_picker_.draw_list(ui, kListId, anchor, session.device_list(), search_hint(context))) {
      session.add_device(*row);
      return;
    }
  }
  if (edit) session.change(edit);
}

void HardwareInput::draw_recognized(ScreenContext& context, Flow& flow) {
  Ui& ui = context.ui;
  Session& session = context.session;
  const std::optional<RecognizedDevice> found = session.recognized();
  if (!found) return;
  constexpr std::string_view kListId = "recognized-list";
  flow.gap(space::kTiny);
  const std::string said = ui.fill(found->assumed ? "input.assumed" : "input.recognized",
                                   {{"device", session.catalog().devices()[found->device].device.name}});
  flow.gap(ui.put_wrapped({flow.x, flow.y}, flow.width, type::kLabel, ui.theme().muted, said));
  if (text_link(ui, "change-device", {flow.x, flow.y}, type::kLabel, ui.text("input.change"))) {
    recognized_picker_.open(kListId);
  }
  const Rect anchor = flow.take(type::kLabel.line);
  flow.gap(space::kTiny);
  recognized_picker_.current = found->device;
  if (const auto row = recognized_picker_.draw_list(ui, kListId, anchor, session.device_list(), search_hint(context))) {
    session.choose_device(*row);
  }
}

std::string hardware_summary(ScreenContext& context) {
  const Result<Answer>& answer = context.session.answer();
  if (answer.ok()) return name_of_devices(answer->scenario.system, context.ui.language());
  return std::string(name_of(context.session, context.session.scenario().hardware.device));
}

}  // namespace headroom
