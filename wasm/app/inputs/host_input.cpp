// System memory: how much there is, and how fast.
#include <algorithm>
#include <string>
#include <vector>

#include "wasm/app/inputs/inputs.h"
#include "wasm/app/widgets/card.h"
#include "wasm/app/widgets/controls.h"

namespace headroom {
namespace {

// Sizes that memory is sold in, GiB, and the one at hand.
std::vector<std::uint64_t> sizes_with(std::uint64_t now) {
  std::vector<std::uint64_t> sizes = {16, 32, 64, 96, 128, 192, 256, 512, 1024};
  const auto at = std::lower_bound(sizes.begin(), sizes.end(), now);
  if (at == sizes.end() || *at != now) sizes.insert(at, now);
  return sizes;
}

}  // namespace

void HostInput::draw(ScreenContext& context, Flow& body, Asked asked) {
  Ui& ui = context.ui;
  Session& session = context.session;
  if (!session.answer().ok()) return;
  const Answer& answer = *session.answer();
  const System& system = answer.scenario.system;
  const bool is_device = system.devices[0]->cls == DeviceClass::cpu;
  const Placement& placement = answer.estimate.placement;
  const HostSpec& given = session.scenario().hardware.host;
  if (system.devices[0]->unified_memory) return;  // its memory is the device's
  const bool counts = placement.status >= FitStatus::offload || given.memory_bytes || given.id;
  if (!is_device && !(placement.spills && (counts || asked == Asked::all_models))) return;

  body.gap(space::kMedium);
  label(ui, body, ui.text("input.host_memory"));
  const std::uint64_t now = (system.host.memory.value() + gibibytes(1).value() / 2) / gibibytes(1).value();
  const std::vector<std::uint64_t> sizes = sizes_with(now);
  if (const auto clicked = number_chips(ui, body, "host-memory", sizes, now)) {
    session.change([&](ScenarioSpec& spec) { spec.hardware.host.memory_bytes = gibibytes(sizes[*clicked]).value(); });
  }
  if (is_device) return;  // its own figure says how fast its memory is

  body.gap(space::kSmall);
  const std::span<const Host> hosts = session.catalog().hosts();
  const auto found =
      std::find_if(hosts.begin(), hosts.end(), [&](const Host& host) { return host.id == system.host.id; });
  picker_.current = found == hosts.end() ? std::nullopt : std::optional<std::size_t>(found - hosts.begin());
  const std::string_view title = found == hosts.end() ? std::string_view(system.host.id) : found->name;
  if (const auto row =
          picker_.draw(ui, "host", body.take(kPickerField), title, session.host_list(), ui.text("search.hosts"))) {
    session.change([&](ScenarioSpec& spec) {
      spec.hardware.host.id = hosts[*row].id;
      spec.hardware.host.mem_bandwidth_gbs.reset();
    });
  }
}

}  // namespace headroom
