#include "core/catalog/command.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/as_text.h"
#include "core/catalog/engine_choice.h"
#include "core/catalog/json_fields.h"
#include "core/catalog/json_text.h"

namespace headroom {
namespace {

using nlohmann::json;

constexpr std::uint32_t kMostRepeats = 1024;  // of a piece: more adapters than anyone lists by hand

// The text with its {variables} filled in; nothing when one has no value. Other braces (JSON in a flag) stay.
std::optional<std::string> fill(std::string_view text, const Variables& variables) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = std::min(text.find('{'), text.size());
    out += text.substr(0, open);
    text.remove_prefix(open);
    if (text.empty()) break;
    const std::size_t close = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", 1);
    if (close == std::string_view::npos || close == 1 || text[close] != '}') {
      out += '{';
      text.remove_prefix(1);
      continue;
    }
    const auto value = variables.find(text.substr(1, close - 1));
    if (value == variables.end()) return std::nullopt;
    out += value->second;
    text.remove_prefix(close + 1);
  }
  return out;
}

bool has_any(const Variables& variables, const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return variables.contains(name); });
}

Words words_in(JsonFields& fields, std::string_view name) {
  Words words;
  const json* entries = fields.any(name);
  if (entries == nullptr || !entries->is_object()) return words;
  for (const auto& entry : entries->items()) {
    if (const auto* word = entry.value().get_ptr<const std::string*>()) words[entry.key()] = *word;
  }
  return words;
}

// One text or a list of them.
std::vector<std::string> texts_in(JsonFields& fields, std::string_view name) {
  const json* entries = fields.any(name);
  const auto* one = entries == nullptr ? nullptr : entries->get_ptr<const std::string*>();
  return one != nullptr ? std::vector<std::string>{*one} : texts_of(entries);
}

TagRule tag_rule_in(JsonFields& fields) {
  const json* library = fields.any("library");
  if (library == nullptr) return {};
  return {std::string(text_member(*library, "format")), std::string(text_member(*library, "since"))};
}

// How often a piece that repeats is written.
std::uint32_t repeats(const Variables& variables, const std::string& count) {
  const auto value = variables.find(count);
  std::uint32_t times = 0;
  if (value != variables.end()) {
    const std::string& digits = value->second;
    std::from_chars(digits.data(), digits.data() + digits.size(), times);
  }
  return std::min(times, kMostRepeats);
}

bool on_a_phone(const System& system) {
  return std::any_of(system.devices.begin(), system.devices.end(),
                     [](const Device* device) { return device->cls == DeviceClass::phone; });
}

bool has_kv_type(const Engine& engine, const BlockType& block) {
  return std::any_of(engine.kv_types.begin(), engine.kv_types.end(),
                     [&block](const KvType& type) { return type.block == block; });
}

bool knows_model(const Engine& engine, const ResolvedScenario& scenario, const Catalog& catalog) {
  return !scenario.model.index || knows(engine, catalog.models()[*scenario.model.index], scenario.format);
}

bool can_divide(const Engine& engine, const Engine& asked, const Placement& placement) {
  const bool copies =
      engine.copy_holds == asked.copy_holds && (!engine.copy_per_device || placement.tensor_parallel == 1);
  return (placement.data_parallel <= 1 || copies) && (placement.context_parallel <= 1 || engine.context_parallel) &&
         (placement.tensor_parallel <= 1 || engine.tensor_parallel) &&
         (placement.expert_parallel <= 1 || engine.expert_parallel) &&
         (placement.pipeline_parallel <= 1 || engine.pipeline_parallel || engine.layer_split);
}

// Whether another engine than the one asked for runs the scenario as it was estimated.
bool runs_alike(const Engine& engine, const Answer& answer, const Catalog& catalog) {
  const ResolvedScenario& scenario = answer.scenario;
  const Settings& settings = scenario.settings;
  if (!engine.runs(scenario.format->family) || !engine.runs_on(scenario.system.backend)) return false;
  if (engine.cache != scenario.engine->cache) return false;
  if (!engine.has_kernels(scenario.system, scenario.format, scenario.traits)) return false;
  if (!knows_model(engine, scenario, catalog)) return false;
  if (!has_kv_type(engine, settings.cache.k) || !has_kv_type(engine, settings.cache.v)) return false;
  if (answer.estimate.placement.cpu_moe_layers > 0 && !engine.expert_offload) return false;
  if (!settings.adapters.empty() && !engine.adapters) return false;
  return can_speculate(engine, settings.speculation.kind) &&
         can_divide(engine, *answer.scenario.engine, answer.estimate.placement);
}

}  // namespace

std::optional<CommandTemplates::Template> CommandTemplates::read(const json& entry) {
  JsonFields fields(entry, "commands");
  Template command;
  command.engine = fields.text("engine").value_or("");
  command.source = fields.text("source").value_or("");
  command.offered = fields.boolean("offered").value_or(true);
  command.never = texts_in(fields, "never");
  command.not_offered = texts_in(fields, "not_offered");
  command.words = {words_in(fields, "formats"),  words_in(fields, "while_loading"), words_in(fields, "dtypes"),
                   words_in(fields, "kv_types"), words_in(fields, "links"),         tag_rule_in(fields)};
  command.parts = parts_in(fields.any("parts"));
  command.other_nodes = parts_in(fields.any("other_nodes"));
  command.every_node = fields.boolean("every_node").value_or(false);
  if (fields.failed()) return std::nullopt;
  return command;
}

std::vector<CommandTemplates::Part> CommandTemplates::parts_in(const json* entries) {
  std::vector<Part> parts;
  for (const json& entry : entries != nullptr && entries->is_array() ? *entries : json::array()) {
    if (const auto* text = entry.get_ptr<const std::string*>()) {
      parts.push_back({*text, {}, {}, ""});
      continue;
    }
    JsonFields piece(entry, "parts");
    parts.push_back({piece.text("text").value_or(""), texts_in(piece, "when"), texts_in(piece, "unless"),
                     piece.text("each").value_or("")});
  }
  return parts;
}

CommandTemplates::CommandTemplates(std::span<const std::uint8_t> section) {
  const auto parsed = parse_json(as_text(section), "commands.json");
  if (!parsed || !parsed->is_array()) return;
  for (const json& entry : *parsed) {
    if (auto command = read(entry)) templates_.push_back(*std::move(command));
  }
}

bool CommandTemplates::Template::is_ruled_out(const Variables& variables, bool asked) const {
  return has_any(variables, never) || (!asked && has_any(variables, not_offered));
}

bool CommandTemplates::Part::applies(const Variables& variables) const {
  return (when.empty() || has_any(variables, when)) && !has_any(variables, unless);
}

std::string CommandTemplates::render(const std::vector<Part>& parts, const Variables& variables) {
  std::string command;
  Variables numbered = variables;
  for (const Part& part : parts) {
    if (!part.applies(variables)) continue;
    const std::uint32_t times = part.each.empty() ? 1 : repeats(variables, part.each);
    for (std::uint32_t time = 1; time <= times; ++time) {
      if (!part.each.empty()) numbered["each"] = std::to_string(time);
      const auto text = fill(part.text, numbered);
      if (!text) continue;
      if (!command.empty() && command.back() != '\n') command += ' ';
      command += *text;
    }
  }
  return command;
}

std::string CommandTemplates::render_nodes(const Template& from, const Variables& variables) {
  const std::uint32_t nodes = repeats(variables, "nodes");
  if (nodes < 2 || (from.other_nodes.empty() && !from.every_node)) return render(from.parts, variables);
  std::string all, names, last;
  const auto finish = [&] {
    if (!last.empty()) all += (all.empty() ? "# " : "\n# ") + names + "\n" + last;
  };
  // Machines in a row that run the same share a line with their names.
  const auto add = [&](std::uint32_t node) {
    Variables own = variables;
    own["node_rank"] = std::to_string(node - 1);
    own["host"] = host_name(node);
    if (node > 1) own["other_node"] = own["host"];
    std::string text = render(node == 1 || from.every_node ? from.parts : from.other_nodes, own);
    while (text.ends_with('\n')) text.pop_back();
    if (text == last) {
      names += ", " + host_name(node);
      return;
    }
    finish();
    names = host_name(node);
    last = std::move(text);
  };
  if (from.every_node) add(1);
  for (std::uint32_t node = 2; node <= nodes; ++node) add(node);
  if (!from.every_node) add(1);
  finish();
  return all;
}

std::vector<Command> CommandTemplates::of(const Answer& answer, const Catalog& catalog) const {
  const ResolvedScenario& scenario = answer.scenario;
  const Engine& chosen = *scenario.engine;
  std::vector<Command> commands;
  if (answer.estimate.placement.status == FitStatus::does_not_fit || on_a_phone(scenario.system)) return commands;
  // Servers write one token after another.
  if (why_no_decode(catalog, scenario.model) == kDenoises) return commands;
  const ModelFiles files = files_in(catalog, scenario.model, *scenario.format);
  for (const Template& entry : templates_) {
    const Engine* engine = catalog.find_engine(entry.engine);
    if (engine == nullptr) continue;
    const bool asked = engine == &chosen;
    if (asked ? !engine_runs(scenario) : !entry.offered || !runs_alike(*engine, answer, catalog)) continue;
    const Variables variables = variables_of(answer, *engine, entry.words, files, catalog, asked);
    if (entry.is_ruled_out(variables, asked)) continue;
    Command command{entry.engine, render_nodes(entry, variables), entry.source};
    if (command.text.empty()) continue;
    commands.insert(asked ? commands.begin() : commands.end(), std::move(command));
  }
  return commands;
}

}  // namespace headroom
