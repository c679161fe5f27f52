#include "core/catalog/warnings.h"

#include <algorithm>
#include <cstdint>

#include "core/as_text.h"
#include "core/catalog/engine_choice.h"
#include "core/catalog/kernels.h"
#include "core/catalog/look_up.h"

namespace headroom {
namespace {

// Collects warnings whose code is also the key of their text: "warning.<code>".
class Collector {
 public:
  explicit Collector(const Texts& texts) : texts_(texts) {}
  void add(std::string_view code, std::initializer_list<Texts::Fill> values = {}) {
    warnings_.push_back({code, texts_.fill("warning." + std::string(code), values)});
  }
  void add_note(const ImportNote& note) {
    const std::string key = std::string(kImportNotes) + std::string(note.key);
    warnings_.push_back({"import_note", texts_.fill(key, {{"what", note.what}, {"more", note.more}})});
  }
  [[nodiscard]] std::string_view term(std::string_view name) const { return texts_.term(name); }
  [[nodiscard]] std::string_view word(std::string_view key) const { return texts_.get(key); }
  [[nodiscard]] Language language() const { return texts_.language(); }
  [[nodiscard]] std::vector<Warning> take() { return std::move(warnings_); }

 private:
  const Texts& texts_;
  std::vector<Warning> warnings_;
};

void add_missing_kernels(const ResolvedScenario& scenario, Collector& collector) {
  const Engine& engine = *scenario.engine;
  const auto lack = lacking(engine, scenario.system, scenario.format, scenario.traits);
  if (!lack) return;
  collector.add(
      words_of(lack->what).warning,
      {{"engine", engine.name}, {"format", collector.term(scenario.format->name)}, {"device", lack->device->name}});
}

// What a drafter, the way the model writes or the weights it is made of mean for its speed.
void add_of_model(const Answer& answer, const Catalog& catalog, Collector& collector) {
  const ResolvedScenario& scenario = answer.scenario;
  if (why_no_decode(catalog, scenario.model) == kDenoises) {
    collector.add("writes_by_denoising", {{"engine", scenario.engine->name}});
  }
  if (scenario.format->family == FormatFamily::ternary) {
    collector.add("unpacks_ternary", {{"engine", scenario.engine->name}});
  }
  if (!scenario.draft || !scenario.draft->index) return;
  const ModelEntry& draft = catalog.models()[*scenario.draft->index];
  if (draft.active_params >= answer.model->active_params) collector.add("draft_too_large", {{"draft", draft.name}});
}

std::string joined_names(const std::vector<std::string>& ids, const auto& name_of) {
  std::string out;
  for (const std::string& id : ids) out += (out.empty() ? "" : ", ") + std::string(name_of(id));
  return out;
}

// Why a package that was asked for does nothing.
void add_idle_kernels(const Answer& answer, const ScenarioSpec& spec, const Catalog& catalog, const Texts& texts,
                      Collector& collector) {
  if (spec.kernels.empty()) return;
  const auto packages = read_kernels(as_text(catalog.section("kernels")));
  if (!packages) return;
  const ResolvedScenario& scenario = answer.scenario;
  const auto engine_name = [&](const std::string& id) {
    const Engine* engine = catalog.find_engine(id);
    return engine != nullptr ? engine->name : id;
  };
  const auto device_name = [&](const std::string& id) {
    const auto device = catalog.find_device(id);
    return device ? catalog.devices()[*device].device.name : id;
  };
  for (const KernelPackage& package : *packages) {
    if (std::find(spec.kernels.begin(), spec.kernels.end(), package.id) == spec.kernels.end()) continue;
    if (!answer.model->arch.has(package.speedup.mixer)) {
      collector.add("kernels_no_layers", {{"kernels", package.name},
                                          {"model", name_of_model(catalog, scenario.model)},
                                          {"layers", texts.get("mixer." + package.mixer)}});
    }
    if (!package.runs_in(scenario.engine->id)) {
      collector.add("kernels_no_engine", {{"kernels", package.name},
                                          {"engine", scenario.engine->name},
                                          {"engines", joined_names(package.engines, engine_name)}});
    }
    if (const Device& device = *scenario.system.devices[0]; !package.runs_on(device.id)) {
      collector.add("kernels_no_device", {{"kernels", package.name},
                                          {"device", device.name},
                                          {"devices", joined_names(package.devices, device_name)}});
    }
  }
}

void add_servers(const System& system, const LinkSpec& told, Collector& collector) {
  if (system.servers() <= 1) return;
  const auto number = [&](std::uint32_t count) { return format_number(count, 0, collector.language()); };
  const bool apart = system.hosts() > 1;
  if (!apart && system.joins_computers()) {
    // Without a link of their own the one that was taken is none of theirs.
    const bool joined = !told.is_automatic() || joins_computers(system.interconnect, *system.devices[0]);
    collector.add(joined ? "several_machines" : "machines_apart",
                  {{"hosts", number(system.servers())}, {"network", system.interconnect.name}});
    return;
  }
  collector.add(apart ? "several_hosts" : "several_servers",
                {{"hosts", number(system.servers())},
                 {"devices", number(system.devices_in(0))},
                 {"network", apart ? system.network.name : system.interconnect.name}});
}

// Where part of the model stays in system memory, its bandwidth decides the speed.
void add_assumed_host(const Answer& answer, const HostSpec& told, Collector& collector) {
  const System& system = answer.scenario.system;
  const Device& first = *system.devices[0];
  const bool own = first.unified_memory || first.cls == DeviceClass::cpu;  // its memory is the host's
  if (own || told.id || told.mem_bandwidth_gbs || answer.estimate.placement.status != FitStatus::offload) return;
  const Language language = collector.language();
  collector.add("host_assumed", {{"memory", join(format_bytes(system.host.memory.as_double(), language))},
                                 {"bandwidth", join(format_bandwidth(system.host.bandwidth, language))}});
}

// What llama.cpp is built with by default reads some types of cache only, and keys and values of one type; attention to
// others is left to the processor, prompts many times as slow (https://github.com/ggml-org/llama.cpp/issues/27109).
void add_unfused_cache(const Answer& answer, const ScenarioSpec& spec, Collector& collector) {
  const ResolvedScenario& scenario = answer.scenario;
  const Engine& engine = *scenario.engine;
  const Backend backend = scenario.system.backend;
  if (backend != Backend::cuda && backend != Backend::rocm) return;
  if (engine.cache != CachePolicy::cells || !scenario.settings.cache.flash_attention) return;
  const auto type_of = [&engine](const std::optional<std::string>& asked) {
    return find_ignoring_case(engine.kv_types, asked.value_or(engine.default_kv),
                              [](const KvType& type) { return std::string_view(type.id); });
  };
  const KvType *k = type_of(spec.kv_k), *v = type_of(spec.kv_v);
  if (k == nullptr || v == nullptr || (k == v && k->fused)) return;
  collector.add("cache_not_fused", {{"k", k->id}, {"v", v->id}, {"engine", engine.name}});
}

}  // namespace

std::vector<Warning> warnings_of(const Answer& answer, const ScenarioSpec& spec, const Catalog& catalog,
                                 const Texts& texts) {
  Collector collector(texts);
  const Language language = texts.language();
  for (const std::string& field : spec.unknown_fields) collector.add("unknown_field", {{"field", field}});

  const Settings& settings = answer.scenario.settings;
  const std::uint32_t longest = answer.model->arch.max_context;
  const std::uint32_t context = settings.cache.context;
  if (longest > 0 && context > longest) {
    collector.add("context_beyond_model",
                  {{"context", format_tokens(context, language)}, {"max_context", format_tokens(longest, language)}});
  }
  const std::uint32_t needed = settings.workload.context_needed();
  // One sequence may take all cells that sequences share.
  if (std::uint64_t{context} * settings.cache.sequences_of_stream() < needed) {
    collector.add("context_below_workload",
                  {{"context", format_tokens(context, language)}, {"needed", format_tokens(needed, language)}});
  }
  const WeightProfile& weights = *answer.weights;
  if (!weights.exact && weights.relative_error > 0) {
    collector.add("weights_modelled", {{"share", format_percent(weights.relative_error, language)}});
  }
  if (answer.as_released) {
    collector.add("experts_as_released", {{"format", answer.scenario.format->id},
                                          {"published", join(format_bytes(answer.as_released->as_double(), language))},
                                          {"whole", join(format_bytes(weights.file_bytes.as_double(), language))}});
  }
  if (!answer.model->inventory.exact_shapes)
    collector.add("shapes_incomplete", {{"note", collector.word(answer.model->inventory.note)}});
  if (spec.custom_model) {
    for (const ImportNote& note : spec.custom_model->notes) collector.add_note(note);
    if (!spec.custom_model->cache_known) collector.add("cache_unknown");
  }
  if (!answer.scenario.known_to_engine) {
    collector.add("unknown_to_engine", {{"engine", answer.scenario.engine->name}});
  }
  add_missing_kernels(answer.scenario, collector);
  add_servers(answer.scenario.system, spec.hardware.interconnect, collector);
  add_of_model(answer, catalog, collector);
  add_idle_kernels(answer, spec, catalog, texts, collector);
  add_unfused_cache(answer, spec, collector);
  if (answer.estimate.speed.known && answer.estimate.speed.confidence == Confidence::theoretical) {
    collector.add("speed_theoretical");
  }
  const Placement& placement = answer.estimate.placement;
  if (placement.limit == MemoryLimit::raised) {
    const System& system = answer.scenario.system;
    const Device& device = *system.devices[0];
    constexpr std::uint64_t kPage = 4096;
    const auto bytes = [language](Bytes value) { return join(format_bytes(value.as_double(), language)); };
    const std::uint64_t limit = device.raised_limit.value();
    const bool mac = system.backend == Backend::metal;
    const std::string setting = mac ? "sudo sysctl iogpu.wired_limit_mb=" + std::to_string(limit / mebibytes(1).value())
                                    : "ttm.pages_limit=" + std::to_string(limit / kPage);
    collector.add("memory_limit_raised", {{"usual", bytes(usable_bytes(device, *answer.scenario.engine, system))},
                                          {"needed", bytes(placement.devices[0].total())},
                                          {"raised", bytes(device.raised_limit)},
                                          {"system", mac ? "macOS" : "Linux"},
                                          {"setting", setting}});
  }
  if (spec.mmproj && placement.projector.value() == 0) collector.add("no_projector");
  if (spec.kv_on_host && !settings.kv_on_host) collector.add("kv_on_host_already");
  add_assumed_host(answer, spec.hardware.host, collector);
  if (const std::uint32_t idle = idle_devices(answer.scenario.system, placement); idle > 0) {
    const auto all = static_cast<double>(answer.scenario.system.devices.size());
    collector.add("idle_devices",
                  {{"idle", format_number(idle, 0, language)}, {"devices", format_number(all, 0, language)}});
  }
  if (placement.status <= FitStatus::tight && placement.max_parallel < settings.cache.parallel) {
    collector.add("sequences_wait", {{"parallel", format_number(settings.cache.parallel, 0, language)},
                                     {"fit", format_number(placement.max_parallel, 0, language)}});
  }
  if (const Speed& speed = answer.estimate.speed; has_speed(answer.estimate) && speed.queue > Seconds(0)) {
    collector.add("queue", {{"running", format_number(speed.sequences, 0, language)},
                            {"time", join(format_seconds(speed.queue.value(), language))}});
  }
  if (spec.personal && !personal_of(spec, *answer.scenario.engine, answer.scenario.system)) {
    const PersonalFactors& own = *spec.personal;
    const std::optional<std::size_t> device = catalog.find_device(own.device);
    const std::string custom = own.device.starts_with(kCustomId) ? own.device.substr(kCustomId.size()) : own.device;
    std::string what;
    for (const std::string& part :
         {own.engine, own.backend, device ? catalog.devices()[*device].device.name : custom}) {
      if (!part.empty()) what += (what.empty() ? "" : " · ") + part;
    }
    collector.add("personal_other", {{"what", what}});
  } else if (spec.personal) {
    collector.add("personal", {{"decode", format_number(spec.personal->decode, 2, language)},
                               {"prefill", format_number(spec.personal->prefill, 2, language)}});
    const Speed& speed = answer.estimate.speed;
    const bool narrows = speed.own_decode > 0 || speed.own_prefill > 0;
    const bool could = spec.personal->decode_spread > 0 || spec.personal->prefill_spread > 0;
    if (has_speed(answer.estimate) && could && !narrows) collector.add("personal_shifts");
  }
  for (const Device* device : answer.scenario.system.devices) {
    if (device->bandwidth.value() <= 0) {
      collector.add("bandwidth_unknown", {{"device", device->name}});
      break;
    }
  }
  return collector.take();
}

}  // namespace headroom
