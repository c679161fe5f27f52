#include "core/catalog/command.h"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "core/catalog/json_fields.h"
#include "core/catalog/json_text.h"

namespace headroom {
namespace {

using nlohmann::json;
using Variables = std::map<std::string, std::string, std::less<>>;

constexpr double kGib = 1073741824.0;
constexpr const char* kYes = "yes";  // value of a variable that is only asked whether it is there

std::string fraction_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

std::string_view last_part(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

// A share per device, "3,2", in the order of the devices.
std::string layer_shares(const Placement& placement) {
  std::string text;
  for (const DeviceShare& device : placement.devices) {
    if (!text.empty()) text += ",";
    text += std::to_string(device.layers);
  }
  return text;
}

void put(Variables& out, std::string_view name, std::uint64_t value) { out.emplace(name, std::to_string(value)); }

void put_flag(Variables& out, std::string_view name, bool present) {
  if (present) out.emplace(name, kYes);
}

// A repository that holds the model as GGUF files; empty when none is known.
std::string gguf_repository(const Catalog& catalog, std::size_t model) {
  const auto record = parse_json(catalog.model_record(model), "model");
  if (!record) return {};
  JsonFields fields(*record, "model");
  const json* repositories = fields.any("gguf_repos");
  if (repositories == nullptr || !repositories->is_array() || repositories->empty()) return {};
  const auto* name = repositories->front().get_ptr<const std::string*>();
  return name == nullptr ? std::string() : *name;
}

void put_model(Variables& out, const ResolvedScenario& scenario, const Catalog& catalog) {
  if (scenario.model.index) {
    const ModelEntry& model = catalog.models()[*scenario.model.index];
    const std::string_view repository = model.hf_id.empty() ? model.id : model.hf_id;
    out.emplace("hf_id", repository);
    out.emplace("file", std::string(last_part(repository)) + "-" + scenario.format->id);
    out.emplace("base", last_part(repository));
    const std::string gguf = gguf_repository(catalog, *scenario.model.index);
    if (!gguf.empty()) {
      out.emplace("gguf_repo", gguf);
      out.emplace("ollama", "hf.co/" + gguf + ":" + scenario.format->id);
    } else if (!model.ollama.empty()) {
      out.emplace("ollama", model.ollama);
    }
  } else {
    out.emplace("hf_id", scenario.model.custom->name);
    out.emplace("file", last_part(scenario.model.custom->name));
    out.emplace("base", last_part(scenario.model.custom->name));
  }
}

// Id of the cache type with this block; empty when it is the engine's default.
std::string kv_name(const Engine& engine, const BlockType& block) {
  std::optional<std::string> name;
  for (const KvType& type : engine.kv_types) {
    if (type.block.elements != block.elements || type.block.bytes != block.bytes) continue;
    if (type.id == engine.default_kv) return {};
    if (!name) name = type.id;
  }
  return name.value_or("");
}

void put_cache(Variables& out, const ResolvedScenario& scenario, const Engine& engine) {
  const CacheSettings& cache = scenario.settings.cache;
  put(out, "context", cache.context);
  put(out, "context_total", cache.unified ? cache.context : std::uint64_t{cache.context} * cache.parallel);
  const std::uint32_t admitted = scenario.settings.max_sequences;
  put(out, "parallel", admitted > 0 ? admitted : cache.parallel);
  put_flag(out, "several", cache.parallel > 1);
  if (cache.batch != engine.default_batch) put(out, "batch", cache.batch);
  if (cache.ubatch != engine.default_ubatch) put(out, "ubatch", cache.ubatch);
  put(out, "ubatch_any", cache.ubatch);
  put_flag(out, "no_flash", !cache.flash_attention);
  put_flag(out, "swa_full", cache.swa_full);
  put_flag(out, "unified", cache.unified && cache.parallel > 1);
  const std::string k = kv_name(engine, cache.k);
  const std::string v = kv_name(engine, cache.v);
  if (!k.empty()) out.emplace("kv_k", k);
  if (!v.empty()) out.emplace("kv_v", v);
  if (!k.empty() && k == v) out.emplace("kv", k);
  const double bits = cache.k.bits_per_weight();
  if (!k.empty()) put(out, "kv_bits", static_cast<std::uint64_t>(bits));
}

void put_placement(Variables& out, const Answer& answer) {
  const Placement& placement = answer.estimate.placement;
  const ResolvedScenario& scenario = answer.scenario;
  const std::size_t devices = scenario.system.devices.size();
  const std::uint32_t layers = answer.model->layer_count() + (scenario.engine->counts_output() ? 1 : 0);
  const bool whole = placement.gpu_layers >= layers;
  put(out, "gpu_layers", placement.gpu_layers);
  put_flag(out, "all_layers", whole);
  put_flag(out, "some_layers", !whole);
  if (layers > 0) {
    out.emplace("gpu_share", fraction_text(std::min(1.0, static_cast<double>(placement.gpu_layers) / layers)));
  }
  if (placement.cpu_moe_layers > 0) put(out, "cpu_moe_layers", placement.cpu_moe_layers);
  put_flag(out, "kv_on_host", scenario.settings.kv_on_host);
  put_flag(out, "cpu_only", scenario.system.backend == Backend::cpu);
  if (placement.host.weights.value() > 0) {
    put(out, "offload_gib", divide_up(placement.host.weights.value(), static_cast<std::uint64_t>(kGib)));
  }
  if (devices > 1) {
    put(out, "devices", devices);
    put_flag(out, "layer_split", placement.split == Split::layer);
    put_flag(out, "tensor_split", placement.split == Split::tensor);
    put_flag(out, "no_split", placement.split == Split::none);
    out.emplace("shares", layer_shares(placement));
  }
  if (placement.tensor_parallel > 1) put(out, "tensor_parallel", placement.tensor_parallel);
  if (placement.pipeline_parallel > 1) put(out, "pipeline_parallel", placement.pipeline_parallel);
  if (placement.expert_parallel > 1) put(out, "expert_parallel", placement.expert_parallel);
}

void put_extras(Variables& out, const ResolvedScenario& scenario, const Engine& engine, const Catalog& catalog) {
  const Settings& settings = scenario.settings;
  const double fraction =
      scenario.system.usable_fraction >= 0 ? scenario.system.usable_fraction : engine.memory_fraction;
  if (fraction < 1) out.emplace("memory_fraction", fraction_text(fraction));
  put_flag(out, "mmproj", settings.projector);
  if (scenario.model.index) {
    const ModelKind kind = catalog.models()[*scenario.model.index].kind;
    put_flag(out, "embedding", kind == ModelKind::embedding);
    put_flag(out, "reranker", kind == ModelKind::reranker);
  }
  std::uint64_t adapters = 0;
  std::uint64_t rank = 0;
  for (const Adapter& adapter : settings.adapters) {
    adapters += adapter.count;
    rank = std::max<std::uint64_t>(rank, adapter.rank);
  }
  if (adapters > 0) {
    put(out, "adapters", adapters);
    put(out, "adapter_rank", rank);
  }
  if (settings.speculation.kind != SpeculationKind::none) put(out, "draft_tokens", settings.speculation.draft_tokens);
  put_flag(out, "mtp", settings.speculation.kind == SpeculationKind::mtp);
  if (scenario.draft && scenario.draft->index) {
    const ModelEntry& draft = catalog.models()[*scenario.draft->index];
    const std::string_view repository = draft.hf_id.empty() ? draft.id : draft.hf_id;
    out.emplace("draft_hf_id", repository);
    out.emplace("draft_file", std::string(last_part(repository)) + "-" + scenario.draft_format->id);
  }
}

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

}  // namespace

CommandTemplates::CommandTemplates(std::span<const std::uint8_t> section) {
  const auto parsed = parse_json({reinterpret_cast<const char*>(section.data()), section.size()}, "commands.json");
  if (!parsed || !parsed->is_array()) return;
  for (const json& entry : *parsed) {
    JsonFields fields(entry, "commands");
    Template command;
    command.engine = fields.text("engine").value_or("");
    command.source = fields.text("source").value_or("");
    command.joiner = fields.text("joiner").value_or(" ");
    if (const json* formats = fields.any("formats"); formats != nullptr && formats->is_object()) {
      for (const auto& format : formats->items()) {
        if (const auto* name = format.value().get_ptr<const std::string*>()) command.formats[format.key()] = *name;
      }
    }
    const json* parts = fields.any("parts");
    for (const json& part : parts != nullptr && parts->is_array() ? *parts : json::array()) {
      if (const auto* text = part.get_ptr<const std::string*>()) {
        command.parts.push_back({*text, "", ""});
        continue;
      }
      JsonFields piece(part, "parts");
      command.parts.push_back(
          {piece.text("text").value_or(""), piece.text("when").value_or(""), piece.text("unless").value_or("")});
    }
    if (!fields.failed()) templates_.push_back(std::move(command));
  }
}

std::string CommandTemplates::render(const Template& from, const Variables& variables) {
  std::string command;
  for (const Part& part : from.parts) {
    if (!part.when.empty() && variables.count(part.when) == 0) continue;
    if (!part.unless.empty() && variables.count(part.unless) > 0) continue;
    const auto text = fill(part.text, variables);
    if (!text) continue;
    if (!command.empty()) command += from.joiner;
    command += *text;
  }
  return command;
}

std::vector<Command> CommandTemplates::of(const Answer& answer, const Catalog& catalog) const {
  const Engine& chosen = *answer.scenario.engine;
  std::vector<Command> commands;
  for (const Template& entry : templates_) {
    const Engine* engine = catalog.find_engine(entry.engine);
    if (engine == nullptr || !engine->runs(answer.scenario.format->family) ||
        !engine->runs_on(answer.scenario.system.backend) || engine->cache != chosen.cache) {
      continue;
    }
    // The one that was asked for is told its command whatever a warning says; others are an offer.
    if (engine != &chosen && !engine->has_kernels(answer.scenario.system, answer.scenario.format)) continue;
    Variables variables;
    variables.emplace("quantization", answer.scenario.format->id);
    if (const auto name = entry.formats.find(answer.scenario.format->id); name != entry.formats.end()) {
      variables.emplace("format_name", name->second);
    }
    put_model(variables, answer.scenario, catalog);
    put_cache(variables, answer.scenario, *engine);
    put_placement(variables, answer);
    put_extras(variables, answer.scenario, *engine, catalog);
    Command command{entry.engine, render(entry, variables), entry.source};
    if (command.text.empty()) continue;
    commands.insert(entry.engine == chosen.id ? commands.begin() : commands.end(), std::move(command));
  }
  return commands;
}

}  // namespace headroom
