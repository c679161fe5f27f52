// What engines decide by themselves unless they are told.
#include <algorithm>
#include <string>
#include <vector>

#include "core/catalog/engine_choice.h"
#include "core/catalog/names.h"
#include "core/catalog/number_format.h"
#include "core/catalog/resolve.h"
#include "core/si.h"
#include "wasm/app/inputs/inputs.h"
#include "wasm/app/inputs/option_sheet.h"
#include "wasm/app/words.h"
#include "wasm/inspect/inspector.h"

namespace headroom {
namespace {

bool is_told(const ScenarioSpec& spec) {
  const HardwareSpec& hardware = spec.hardware;
  return spec.backend || !spec.kernels.empty() || spec.ubatch || spec.flash_attention || spec.mmproj ||
         spec.gpu_layers != kAuto || spec.cpu_moe_layers != kAuto || spec.split != Split::automatic ||
         spec.speculation || spec.draft || !spec.adapters.empty() || !hardware.interconnect.is_automatic() ||
         hardware.reserved_bytes || hardware.host.link;
}

std::optional<bool> choose_on_off(Sheet& sheet, std::string_view id, std::string_view name, bool on) {
  head(sheet, name);
  return on_off_chips(sheet.ui, sheet.body, id, on);
}

void draw_backend(Sheet& sheet) {
  const ResolvedScenario& resolved = sheet.answer.scenario;
  const std::vector<Backend> possible =
      possible_backends(*resolved.engine, {resolved.system.devices.begin(), resolved.system.devices.size()});
  if (possible.size() < 2) return;
  std::vector<Chip> items;
  items.reserve(possible.size());
  for (const Backend backend : possible) {
    items.push_back({name_of(kBackendNames, backend), backend == resolved.system.backend, false});
  }
  if (const auto clicked = choose(sheet, "backend", sheet.ui.text("plain.backend"), items)) {
    sheet.edit = [name = items[*clicked].text](ScenarioSpec& spec) { spec.backend = name; };
  }
}

void draw_split(Sheet& sheet) {
  if (sheet.answer.scenario.system.devices.size() < 2) return;
  std::vector<Chip> items;
  std::vector<Split> splits;
  const auto add = [&](Split split, std::string_view key) {
    if (!can_split(*sheet.answer.scenario.engine, split)) return;
    splits.push_back(split);
    items.push_back({sheet.ui.text(key), split == sheet.session.scenario().split, false});
  };
  add(Split::automatic, "plain.auto");
  const std::string automatic = std::string(sheet.ui.text("plain.auto")) + " · " +
                                std::string(sheet.ui.text(split_key(sheet.answer.estimate.placement)));
  if (sheet.session.scenario().split == Split::automatic) items.front().text = automatic;
  add(Split::layer, "plain.split_layer");
  add(Split::tensor, "plain.split_tensor");
  add(Split::expert, "plain.split_expert");
  add(Split::none, "plain.split_none");
  if (const auto clicked = choose(sheet, "split", sheet.ui.text("plain.split"), items)) {
    sheet.edit = [split = splits[*clicked]](ScenarioSpec& spec) { spec.split = split; };
  }
}

// Copies of equal size over the devices of each stage.
void draw_copies(Sheet& sheet) {
  const ResolvedScenario& scenario = sheet.answer.scenario;
  const auto all = copy_counts(*scenario.engine, static_cast<std::uint32_t>(scenario.system.devices.size()));
  const std::vector<std::uint64_t> counts(all.begin(), all.end());
  if (counts.size() < 2) return;
  const std::string_view label = sheet.ui.text("plain.data_parallel");
  if (const auto clicked = choose_number(sheet, "copies", label, counts, scenario.settings.data_parallel)) {
    sheet.edit = [count = static_cast<std::uint32_t>(counts[*clicked])](ScenarioSpec& spec) {
      spec.forget_ranks();
      if (count > 1) spec.data_parallel = count;
    };
  }
}

// How many layers of the model there are in one place.
struct LayerCount {
  std::string_view id, label_key;
  std::uint32_t now = 0, all = 0;
  std::int32_t ScenarioSpec::*field = nullptr;
};

void draw_layers(Sheet& sheet, const LayerCount& layers) {
  Ui& ui = sheet.ui;
  sheet.body.gap(space::kMedium);
  const Rect line = sheet.body.take(type::kTable.line);
  const std::string shown =
      format_number(layers.now, 0, ui.language()) + " / " + format_number(layers.all, 0, ui.language());
  const float width = ui.width_of(type::kTableStrong, shown) + space::kSmall;
  const std::string_view name = ui.text(layers.label_key);
  ui.put_in({line.x, line.y, line.width - width, line.height}, type::kLabel, ui.theme().muted, name);
  ui.put_in(line, type::kTableStrong, ui.theme().text, shown, Align::right);
  constexpr float kSliderHeight = 28;
  if (const auto moved = count_slider(ui, layers.id, sheet.body.take(kSliderHeight), layers.now, layers.all, name)) {
    sheet.edit = [field = layers.field, count = static_cast<std::int32_t>(*moved)](ScenarioSpec& spec) {
      spec.*field = count;
    };
  }
  if (sheet.session.scenario().*layers.field == kAuto) return;
  const Rect back = sheet.body.take(type::kLabel.line);
  if (text_link(ui, std::string(layers.id) + "-auto", {back.x, back.y}, type::kLabel, ui.text("input.to_auto"))) {
    sheet.edit = [field = layers.field](ScenarioSpec& spec) { spec.*field = kAuto; };
  }
}

void draw_offload(Sheet& sheet) {
  const Engine& engine = *sheet.answer.scenario.engine;
  if (sheet.answer.scenario.system.devices[0]->cls == DeviceClass::cpu) return;
  const auto layers = static_cast<std::uint32_t>(sheet.answer.model->layer_count());
  const Placement& placement = sheet.answer.estimate.placement;
  if (engine.host_offload) {
    draw_layers(sheet, {"gpu-layers", "plain.gpu_layers", placement.gpu_layers, layers_to_place(sheet.answer),
                        &ScenarioSpec::gpu_layers});
  }
  if (engine.expert_offload && sheet.answer.model->has_experts) {
    draw_layers(sheet,
                {"cpu-moe", "plain.cpu_moe_layers", placement.cpu_moe_layers, layers, &ScenarioSpec::cpu_moe_layers});
  }
}

// What llama.cpp and those built on it are told about a step, and of the vision tower, a file of its own for them.
void draw_step(Sheet& sheet) {
  if (sheet.answer.scenario.engine->cache != CachePolicy::cells) return;
  const CacheSettings& cache = sheet.answer.scenario.settings.cache;
  if (const auto on = choose_on_off(sheet, "flash", sheet.ui.text("plain.flash_attention"), cache.flash_attention)) {
    sheet.edit = [on = *on](ScenarioSpec& spec) { spec.flash_attention = on; };
  }
  constexpr std::uint64_t kMicroBatches[] = {128, 256, 512, 1024, 2048};
  if (const auto clicked = choose_number(sheet, "ubatch", sheet.ui.text("plain.ubatch"), kMicroBatches, cache.ubatch)) {
    sheet.edit = [tokens = static_cast<std::uint32_t>(kMicroBatches[*clicked])](ScenarioSpec& spec) {
      spec.ubatch = tokens;
    };
  }
  if (sheet.answer.weights->vision == Bytes(0)) return;
  if (const auto on = choose_on_off(sheet, "mmproj", sheet.ui.text("plain.mmproj"), sheet.session.scenario().mmproj)) {
    sheet.edit = [on = *on](ScenarioSpec& spec) { spec.mmproj = on; };
  }
}

// Packages that concern this device and a token mixer of this model.
void draw_kernels(Sheet& sheet) {
  const std::vector<LayerGroup>& groups = sheet.answer.model->groups;
  for (const KernelPackage& package : sheet.session.kernels()) {
    if (!package.concerns(sheet.answer.scenario.system.devices[0]->id, sheet.answer.scenario.engine->id)) continue;
    if (std::none_of(groups.begin(), groups.end(),
                     [&](const LayerGroup& group) { return group.mixer.kind == package.speedup.mixer; })) {
      continue;
    }
    const std::vector<std::string>& names = sheet.session.scenario().kernels;
    const bool runs = std::find(names.begin(), names.end(), package.id) != names.end();
    if (const auto on = choose_on_off(sheet, package.id, package.name, runs)) {
      sheet.edit = [on = *on, id = package.id](ScenarioSpec& spec) {
        spec.kernels.erase(std::remove(spec.kernels.begin(), spec.kernels.end(), id), spec.kernels.end());
        if (on) spec.kernels.push_back(id);
      };
    }
  }
}

void draw_reserve(Sheet& sheet) {
  constexpr std::uint64_t kGibibytes[] = {0, 1, 2, 4, 8};
  const std::optional<std::uint64_t>& told = sheet.session.scenario().hardware.reserved_bytes;
  std::vector<std::string> names;
  std::vector<Chip> items = {{sheet.ui.text("plain.auto"), !told, false}};
  names.reserve(std::size(kGibibytes));
  for (const std::uint64_t size : kGibibytes) {
    names.push_back(format_number(static_cast<double>(size), 0, sheet.ui.language()));
    items.push_back({names.back(), told == gibibytes(size).value(), false});
  }
  if (const auto clicked = choose(sheet, "reserve", sheet.ui.text("plain.reserved"), items)) {
    const auto bytes = *clicked == 0 ? std::nullopt : std::optional(gibibytes(kGibibytes[*clicked - 1]).value());
    sheet.edit = [bytes](ScenarioSpec& spec) { spec.hardware.reserved_bytes = bytes; };
  }
}

// Chooses a link of the catalog, or none for the automatic choice. A link given by figures is shown as those.
std::optional<std::optional<std::string>> choose_link(Sheet& sheet, Picker& picker, std::string_view id,
                                                      std::string_view label_key, std::string_view told,
                                                      std::string_view figures = {}) {
  const PickerList& list = sheet.session.link_list();
  const std::span<const Link> links = sheet.session.catalog().links();
  picker.current = 0;
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (links[i].id == told) picker.current = i + 1;
  }
  head(sheet, sheet.ui.text(label_key));
  const std::string_view title = figures.empty() ? std::string_view(list.items[*picker.current].title) : figures;
  inspect_value(id, title);
  const auto row = picker.draw(sheet.ui, id, sheet.body.take(kPickerField), title, list, sheet.ui.text("search.links"));
  if (!row) return std::nullopt;
  return *row == 0 ? std::optional<std::string>() : links[*row - 1].id;
}

void draw_links(Sheet& sheet, Picker& interconnect, Picker& host_link) {
  const HardwareSpec& hardware = sheet.session.scenario().hardware;
  if (sheet.answer.scenario.system.devices.size() > 1) {
    const std::optional<double> gbs = hardware.interconnect.gbs_per_direction;
    // What is automatic is told: it decides how much several devices gain.
    const std::string_view chosen = sheet.answer.scenario.system.interconnect.name;
    std::string figures = gbs ? join(format_bandwidth(BytesPerSecond(*gbs * kGiga), sheet.ui.language()))
                              : std::string(sheet.ui.text("plain.auto")) + " · " + std::string(chosen);
    if (!hardware.interconnect.id.empty()) figures.clear();
    if (const auto link =
            choose_link(sheet, interconnect, "interconnect", "plain.interconnect", hardware.interconnect.id, figures)) {
      sheet.edit = [id = link->value_or("")](ScenarioSpec& spec) { spec.hardware.interconnect = {id, {}, {}}; };
    }
  }
  if (sheet.answer.estimate.placement.status < FitStatus::offload && !hardware.host.link) return;
  const std::string told = hardware.host.link.value_or("");
  if (const auto link = choose_link(sheet, host_link, "host-link", "input.host_link", told)) {
    sheet.edit = [id = *link](ScenarioSpec& spec) { spec.hardware.host.link = id; };
  }
}

}  // namespace

void OptionsInput::draw(ScreenContext& context, Flow& flow) {
  Ui& ui = context.ui;
  Session& session = context.session;
  if (!session.answer().ok()) return;
  open_ = open_ || is_told(session.scenario());
  Card card(ui, flow);
  if (!open_) {
    const Rect line = card.body.take(type::kLabel.line);
    open_ = text_link(ui, "more-settings", {line.x, line.y}, type::kLabel, ui.text("plain.more"));
    return;
  }
  label(ui, card.body, ui.text("plain.more"));
  Sheet sheet{ui, session, card.body, *session.answer(), {}};
  draw_backend(sheet);
  draw_split(sheet);
  draw_copies(sheet);
  draw_links(sheet, interconnect_, host_link_);
  draw_offload(sheet);
  draw_step(sheet);
  draw_speculation(sheet, draft_);
  draw_adapters(sheet);
  draw_kernels(sheet);
  draw_reserve(sheet);
  if (sheet.edit) session.change(sheet.edit);
}

}  // namespace headroom
