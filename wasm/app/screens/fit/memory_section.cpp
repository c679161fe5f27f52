#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "wasm/app/screens/fit/sections.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"
#include "wasm/app/widgets/memory_bar.h"
#include "wasm/app/words.h"
#include "wasm/inspect/inspector.h"

namespace headroom::fit {
namespace {

constexpr float kBar = 22, kDeviceBar = 12;

std::vector<MemoryPart> parts_of(const Ui& ui, const DeviceShare& share) {
  const Theme& theme = ui.theme();
  return {
      {ui.text("memory.weights"), share.weights.as_double(), theme.weights},
      {ui.text("memory.kv"), (share.kv - share.pool_left()).as_double(), theme.kv},
      {ui.text("memory.pool"), share.pool_left().as_double(), with_alpha(theme.kv, 0.35F)},
      {ui.text("memory.state"), share.state.as_double(), with_alpha(theme.kv, 0.6F)},
      {ui.text("memory.compute"), share.compute.as_double(), theme.compute},
      {ui.text("memory.engine"), share.engine.as_double(), theme.engine},
      {ui.text("memory.extras"), (share.adapters + share.draft + share.projector).as_double(), theme.good},
  };
}

// "75.2 of 95.6 GiB" at the right end of the title line.
void put_used(Ui& ui, const Rect& line, Bytes used, Bytes usable) {
  const std::string of = ui.fill("memory.of", {{"usable", join(format_bytes(usable.as_double(), ui.language()))}});
  const float of_width = ui.width_of(type::kBody, of);
  ui.put_in(line, type::kBody, ui.theme().muted, of, Align::right);
  const Rect rest{line.x, line.y, line.width - of_width - 6, line.height};
  ui.put_in(rest, type::kStrong, used > usable ? ui.theme().bad : ui.theme().text,
            join(format_bytes(used.as_double(), ui.language())), Align::right);
}

// Whether two devices in a row are alike and hold the same, to the digits shown.
bool hold_the_same(const Ui& ui, const Answer& answer, std::size_t a, std::size_t b) {
  const auto& devices = answer.scenario.system.devices;
  const auto& shares = answer.estimate.placement.devices;
  const auto text = [&](Bytes bytes) { return join(format_bytes(bytes.as_double(), ui.language())); };
  return devices[a] == devices[b] && text(shares[a].total()) == text(shares[b].total()) &&
         text(shares[a].weights) == text(shares[b].weights) && text(shares[a].kv) == text(shares[b].kv);
}

// A row for each device; those that hold the same share one. The figures are of what is needed: a pool is all there is.
void draw_device_rows(Ui& ui, Flow& body, const Answer& answer) {
  const Placement& placement = answer.estimate.placement;
  const System& system = answer.scenario.system;
  constexpr float kRow = 24, kFigures = 148, kNameBesideFrom = 480;
  const bool beside = body.width >= kNameBesideFrom;  // else the name stands above its bar
  const float name_width = beside ? std::min(260.0F, body.width * 0.34F) : 0;
  const auto row = [&](std::string_view name, const DeviceShare& share, Bytes total) {
    const Figure used = format_bytes(total.as_double(), ui.language());
    const Figure usable = format_bytes(share.usable.as_double(), ui.language());
    const std::string figures = (used.unit == usable.unit ? used.value : join(used)) + " / " + join(usable);
    Rect line = body.take(kRow);
    const float room = beside ? name_width : line.width - ui.width_of(type::kLabel, figures);
    ui.put_in({line.x, line.y, room - space::kSmall, line.height}, type::kLabel, ui.theme().muted, name);
    ui.put_in(line, type::kLabel, total > share.usable ? ui.theme().bad : ui.theme().text, figures, Align::right);
    if (!beside) line = body.take(kDeviceBar + space::kTiny);
    const Rect bar{line.x + name_width, line.center_y() - kDeviceBar / 2,
                   line.width - name_width - (beside ? kFigures : 0), kDeviceBar};
    memory_bar(ui, bar, parts_of(ui, share), share.usable.as_double());
  };
  const auto number = [&](std::size_t value) { return format_number(static_cast<double>(value), 0, ui.language()); };
  for (std::size_t i = 0, next = 0; i < placement.devices.size(); i = next) {
    next = i + 1;
    while (next < placement.devices.size() && hold_the_same(ui, answer, i, next)) ++next;
    const std::string& device = system.devices[i]->name;
    const bool all_alike = i == 0 && next == placement.devices.size();
    const std::string each = ui.fill("memory.each", {{"count", number(next - i)}, {"device", device}});
    const std::string name = next - i == 1 ? number(next) + " · " + device
                             : all_alike   ? each
                                           : number(i + 1) + "–" + number(next) + " · " + each;
    row(name, placement.devices[i], placement.devices[i].needed());
  }
  if (placement.offload_fraction > 0 || placement.host.kv > Bytes(0)) {
    DeviceShare host;
    host.usable = placement.host.usable;
    host.weights = placement.host.weights;
    host.kv = placement.host.kv;
    host.state = placement.host.state;
    host.compute = placement.host.compute + placement.host.output;
    host.adapters = placement.host.adapters;
    host.projector = placement.host.projector;
    row(ui.text("memory.host"), host, placement.host.total());
  }
}

}  // namespace

void draw_memory(ScreenContext& context, Flow& flow, const Answer& answer) {
  Ui& ui = context.ui;
  const Placement& placement = answer.estimate.placement;
  const DeviceShare sum = placement.on_devices();
  const std::vector<MemoryPart> parts = parts_of(ui, sum);
  inspect_value("memory", join(format_bytes(sum.needed().as_double(), Language::en)));

  Card card(ui, flow);
  Flow& body = card.body;
  const Rect title = body.take(type::kStrong.line);
  const float title_width = ui.width_of(type::kStrong, ui.text("memory.title"));
  const Interaction state =
      ui.interact("memory", {title.x - 4, title.y - 2, title_width + 8, title.height + 4}, ui.text("memory.title"));
  if (state.clicked) context.shell.show_derivation("trace.memory");
  if (state.focused) ui.focus_ring({title.x, title.y, title_width, title.height}, 4);
  ui.put_in(title, type::kStrong, state.hovered ? ui.theme().accent : ui.theme().text, ui.text("memory.title"));
  put_used(ui, title, sum.needed(), sum.usable);
  body.gap(10);
  memory_bar(ui, body.take(kBar), parts, sum.usable.as_double());
  body.gap(space::kSmall);
  memory_legend(ui, body, parts, sum.usable.as_double());

  const bool uses_host = placement.offload_fraction > 0 || placement.host.kv > Bytes(0);
  if (placement.devices.size() > 1 || uses_host) {
    body.gap(space::kSmall);
    draw_device_rows(ui, body, answer);
  }
  const auto note = [&](const std::string& text) {
    body.gap(space::kTiny);
    body.gap(ui.put_wrapped({body.x, body.y}, body.width, type::kLabel, ui.theme().muted, text));
  };
  const auto bytes = [&](Bytes value) { return join(format_bytes(value.as_double(), ui.language())); };
  if (placement.offload_fraction > 0) {
    note(ui.fill("memory.offloaded", {{"share", format_percent(placement.offload_fraction, ui.language())}}));
  } else if (!uses_host && placement.host.weights > Bytes(0)) {
    note(ui.fill("memory.embedding", {{"size", bytes(placement.host.total())}}));
  }
  if (sum.pool_left() > Bytes(0)) note(std::string(ui.text("memory.pool_note")));
}

}  // namespace headroom::fit
