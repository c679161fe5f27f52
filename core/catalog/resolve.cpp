#include "core/catalog/resolve.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/catalog/host_defaults.h"
#include "core/catalog/kernels.h"
#include "core/catalog/names.h"
#include "core/catalog/nearest.h"
#include "core/si.h"

namespace headroom {
namespace {

// Where a scenario names no engine: the first of these that runs its format on its device, or the very first.
constexpr std::string_view kEngineOrder[] = {"llama.cpp", "vllm", "mlx", "exllamav3", "transformers"};
constexpr std::string_view kLastResort = "transformers";  // of models that llama.cpp does not know
constexpr std::string_view kOllama = "ollama";
constexpr std::string_view kDefaultWorkload = "chat";
constexpr std::string_view kDefaultMode = "balanced";
constexpr std::uint32_t kContextStep = 256;  // a context nobody asked for is rounded up to this many tokens
constexpr double kDefaultLinkLatencyUs = 2;  // of an explicit link without one: a PCIe hop (data/links.json)

// What a checkpoint's format is called as a GGUF file.
struct GgufTwin {
  std::string_view format, file;
};
constexpr GgufTwin kGgufTwins[] = {{"MXFP4", "MXFP4_MOE"}};
constexpr std::string_view kFallbackFormat = "BF16";

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

Error unknown(ErrorCode code, std::string_view field, std::string_view given,
              const std::vector<std::string_view>& nearest) {
  return {code,
          std::string(field) + ": " + in_quotes(given.substr(0, 80)) + " is not known; nearest are " + joined(nearest)};
}

template <class Range, class Id>
std::vector<std::string_view> ids_of(const Range& range, const Id& id) {
  std::vector<std::string_view> ids;
  ids.reserve(std::size(range));
  for (const auto& item : range) ids.push_back(id(item));
  return ids;
}

template <class Range, class Id>
auto find_ignoring_case(const Range& range, std::string_view wanted, const Id& id) -> decltype(range.data()) {
  for (const auto& item : range) {
    if (equal_ignoring_case(id(item), wanted)) return &item;
  }
  return nullptr;
}

const Engine* find_engine(const Catalog& catalog, std::string_view id) {
  return find_ignoring_case(catalog.engines(), id, [](const Engine& engine) { return std::string_view(engine.id); });
}

const Format* find_format(const Catalog& catalog, std::string_view id) {
  return find_ignoring_case(catalog.formats(), id, [](const Format& format) { return std::string_view(format.id); });
}

Result<std::size_t> find_text_model(const Catalog& catalog, std::string_view field, std::string_view id) {
  const auto index = catalog.find_model(id);
  if (!index) {
    return unknown(ErrorCode::unknown_model, field, id, catalog.nearest_models(id, Catalog::kSuggestions));
  }
  if (const ModelEntry& entry = catalog.models()[*index]; !entry.is_text()) {
    const bool reads_or_writes = entry.kind <= ModelKind::asr;
    return Error{ErrorCode::unsupported,
                 std::string(field) + ": " + in_quotes(id) +
                     (reads_or_writes ? " has no published shapes that an estimate could be made from"
                                      : " generates images, video or audio; this estimate is for text models")};
  }
  return *index;
}

Result<const Device*> find_device(const Catalog& catalog, std::string_view field, const DeviceSpec& spec) {
  if (spec.custom) return &spec.custom->device;
  const auto index = catalog.find_device(spec.id);
  if (!index) {
    return unknown(ErrorCode::unknown_hardware, field, spec.id,
                   catalog.nearest_devices(spec.id, Catalog::kSuggestions));
  }
  return &catalog.devices()[*index].device;
}

Result<const Link*> find_link(const Catalog& catalog, std::string_view field, std::string_view id) {
  const auto id_of = [](const Link& link) { return std::string_view(link.id); };
  if (const Link* link = find_ignoring_case(catalog.links(), id, id_of)) return link;
  const auto ids = ids_of(catalog.links(), id_of);
  return unknown(ErrorCode::bad_value, field, id, nearest_ids(id, ids, Catalog::kSuggestions));
}

using DeviceList = decltype(System::devices);

// Every device, as often as it is there.
Result<DeviceList> find_devices(const Catalog& catalog, const HardwareSpec& hardware) {
  DeviceList devices;
  const auto add = [&](std::string_view field, const DeviceSpec& device) -> Status {
    const auto found = find_device(catalog, field, device);
    if (!found) return found.error();
    for (std::uint32_t i = 0; i < device.count; ++i) devices.push_back(*found);
    return std::nullopt;
  };
  if (auto error = add("hardware.device", hardware.device)) return *std::move(error);
  for (const DeviceSpec& other : hardware.others) {
    if (auto error = add("hardware.others.device", other)) return *std::move(error);
  }
  return devices;
}

bool runs_by(const Engine& engine, const Device& device, Backend backend) {
  const bool ported = backend == Backend::other && engine.is_ported_to(device.vendor);
  return (engine.runs_on(backend) || ported) &&
         (device.backends[static_cast<std::size_t>(backend)] || backend == device.default_backend);
}

bool is_made_for(const Engine& engine, const Device& device, Backend backend) {
  return backend != Backend::other || engine.is_ported_to(device.vendor);
}

using Devices = std::span<const Device* const>;

bool all_run_by(const Engine& engine, Devices devices, Backend backend) {
  return std::all_of(devices.begin(), devices.end(),
                     [&](const Device* device) { return runs_by(engine, *device, backend); });
}

// What an engine runs by on these devices unless told otherwise: not always the backend one would choose, but one that
// it and all of them have; the processor only where it is the device. `devices` has one.
std::optional<Backend> usual_backend(const Engine& engine, Devices devices) {
  const Device& first = *devices.front();
  if (all_run_by(engine, devices, first.default_backend)) return first.default_backend;
  for (const Named<Backend>& entry : kBackendNames) {
    if (entry.value == Backend::cpu && first.cls != DeviceClass::cpu) continue;
    if (all_run_by(engine, devices, entry.value)) return entry.value;
  }
  return std::nullopt;
}

// "X", or "X together with Y" where no single one of them is in the way.
std::string name_of_hindrance(const Engine& engine, Devices devices) {
  for (const Device* device : devices) {
    if (!usual_backend(engine, {&device, 1})) return device->name;
  }
  const auto other =
      std::find_if(devices.begin(), devices.end(), [&](const Device* device) { return device != devices.front(); });
  const std::string first = devices.front()->name;
  return other == devices.end() ? first : first + " together with " + (*other)->name;
}

Result<Backend> resolve_backend(const ScenarioSpec& spec, const Engine& engine, Devices devices) {
  if (spec.backend) {
    const auto wanted = value_of(kBackendNames, *spec.backend);
    if (!wanted) {
      return Error{ErrorCode::bad_value, "backend: " + in_quotes(*spec.backend) + " was given; allowed are auto, " +
                                             joined(ids_of(kBackendNames, [](const auto& e) { return e.name; }))};
    }
    if (all_run_by(engine, devices, *wanted)) return *wanted;
    std::vector<std::string_view> possible;
    for (const Backend backend : possible_backends(engine, devices))
      possible.push_back(name_of(kBackendNames, backend));
    return Error{ErrorCode::unsupported, "backend: " + in_quotes(*spec.backend) + " was given; " + engine.name +
                                             " on " + name_of_hindrance(engine, devices) + " runs on " +
                                             (possible.empty() ? "none" : joined(possible))};
  }
  if (const auto usual = usual_backend(engine, devices)) return *usual;
  return Error{ErrorCode::unsupported,
               "engine: " + engine.name + " does not run on " + name_of_hindrance(engine, devices)};
}

Result<Link> resolve_link(const Catalog& catalog, const LinkSpec& spec, const System& system) {
  if (!spec.id.empty()) {
    const auto link = find_link(catalog, "hardware.interconnect", spec.id);
    if (!link) return link.error();
    return **link;
  }
  if (!spec.gbs_per_direction) return automatic_link(system);
  Link link;
  link.name = "given";
  link.per_direction = BytesPerSecond(*spec.gbs_per_direction * kGiga);
  link.latency = Seconds(spec.latency_us.value_or(kDefaultLinkLatencyUs) * kMicro);
  return link;
}

Result<Host> resolve_host(const Catalog& catalog, const HostSpec& spec, const System& system) {
  const Device& first = *system.devices[0];
  const auto id_of = [](const Host& host) { return std::string_view(host.id); };
  const HostDefault assumed = default_host(first.cls);
  const std::string_view preset = spec.id ? std::string_view(*spec.id) : assumed.preset;
  Host host;
  if (const Host* found = find_ignoring_case(catalog.hosts(), preset, id_of)) {
    host = *found;
  } else if (spec.id) {
    const auto ids = ids_of(catalog.hosts(), id_of);
    return unknown(ErrorCode::bad_value, "hardware.host.id", preset, nearest_ids(preset, ids, Catalog::kSuggestions));
  }
  if (host.memory.value() == 0) host.memory = gibibytes(assumed.memory_gib);
  // A processor, or a chip that shares its memory with one, is its own host.
  if (!spec.id && (first.unified_memory || first.cls == DeviceClass::cpu)) {
    host.memory = first.memory;
    host.bandwidth = first.bandwidth;
    host.fp32 = first.cls == DeviceClass::cpu ? first.tflops.fp32 : host.fp32;
  }
  if (spec.memory_bytes) host.memory = Bytes(*spec.memory_bytes);
  if (spec.mem_bandwidth_gbs) host.bandwidth = BytesPerSecond(*spec.mem_bandwidth_gbs * kGiga);
  if (host.reserved.value() == 0) host.reserved = host_reserve(host.memory);
  return host;
}

// Engines name their 16-bit cache differently; a scenario may use any of the names with any of them.
bool names_16_bit(std::string_view id) {
  for (const std::string_view name : {"f16", "fp16", "float16", "bf16", "bfloat16"}) {
    if (equal_ignoring_case(id, name)) return true;
  }
  return false;
}

Result<BlockType> resolve_kv_type(const Engine& engine, std::string_view field, const std::optional<std::string>& id) {
  const std::string_view wanted = id ? std::string_view(*id) : std::string_view(engine.default_kv);
  const auto id_of = [](const KvType& type) { return std::string_view(type.id); };
  if (const KvType* type = find_ignoring_case(engine.kv_types, wanted, id_of)) return type->block;
  for (const KvType& type : engine.kv_types) {
    if (names_16_bit(wanted) && type.block.elements == 1 && type.block.bytes == 2) return type.block;
  }
  return Error{ErrorCode::bad_value, std::string(field) + ": " + in_quotes(wanted) + " was given; " + engine.name +
                                         " allows " + joined(ids_of(engine.kv_types, id_of))};
}

Result<Workload> resolve_workload(const Catalog& catalog, const ScenarioSpec& spec) {
  if (spec.workload && spec.workload->id.empty()) {
    Workload workload;
    workload.id.clear();
    workload.prompt = spec.workload->prompt;
    workload.output = spec.workload->output;
    workload.cached_prefix = spec.workload->cached_prefix;
    return workload;
  }
  const std::string_view id = spec.workload ? std::string_view(spec.workload->id) : kDefaultWorkload;
  if (const WorkloadEntry* entry = catalog.find_workload(id)) return entry->workload;
  return Error{
      ErrorCode::bad_value,
      "workload: " + in_quotes(id) + " was given; allowed are " +
          joined(ids_of(catalog.workloads(), [](const WorkloadEntry& e) { return std::string_view(e.workload.id); })) +
          ", or {prompt, output, cached_prefix}"};
}

Result<const ModeEntry*> resolve_mode(const Catalog& catalog, const ScenarioSpec& spec) {
  const std::string_view id = spec.mode ? std::string_view(*spec.mode) : kDefaultMode;
  const auto id_of = [](const ModeEntry& mode) { return std::string_view(mode.id); };
  if (const ModeEntry* mode = find_ignoring_case(catalog.modes(), id, id_of)) return mode;
  return Error{ErrorCode::bad_value,
               "mode: " + in_quotes(id) + " was given; allowed are " + joined(ids_of(catalog.modes(), id_of))};
}

Error not_supported(std::string_view field, const Engine& engine, std::string_view what) {
  return {ErrorCode::unsupported, std::string(field) + ": " + engine.name + " has no " + std::string(what)};
}

// What the engine cannot be told to do.
Status check_engine_options(const ScenarioSpec& spec, const Engine& engine) {
  if (spec.gpu_layers >= 0 && !engine.host_offload) return not_supported("gpu_layers", engine, "offload of layers");
  if (spec.cpu_moe_layers != kAuto && spec.cpu_moe_layers != 0 && !engine.expert_offload) {
    return not_supported("cpu_moe_layers", engine, "offload of experts");
  }
  if (spec.kv_on_host && !engine.host_offload) return not_supported("kv_on_host", engine, "offload of the cache");
  if (!can_split(engine, spec.split)) {
    return not_supported("split", engine,
                         spec.split == Split::layer    ? "split by layers"
                         : spec.split == Split::tensor ? "tensor parallelism"
                                                       : "expert parallelism");
  }
  if (spec.tensor_parallel.value_or(1) > 1 && !engine.tensor_parallel) {
    return not_supported("tensor_parallel", engine, "tensor parallelism");
  }
  if (spec.pipeline_parallel.value_or(1) > 1 && !engine.pipeline_parallel && !engine.layer_split) {
    return not_supported("pipeline_parallel", engine, "pipeline parallelism");
  }
  return std::nullopt;
}

Status check_ranks(const ScenarioSpec& spec, const System& system) {
  const std::size_t ranks = std::size_t{spec.tensor_parallel.value_or(1)} * spec.pipeline_parallel.value_or(1);
  if (ranks <= system.devices.size()) return std::nullopt;
  return Error{ErrorCode::bad_value, "tensor_parallel x pipeline_parallel: " + std::to_string(ranks) +
                                         " ranks were given; allowed are at most the " +
                                         std::to_string(system.devices.size()) + " devices"};
}

Status resolve_draft(const Catalog& catalog, const ScenarioSpec& spec, ResolvedScenario& out) {
  Speculation& speculation = out.settings.speculation;
  if (spec.draft) {
    const auto index = find_text_model(catalog, "draft.model", spec.draft->model);
    if (!index) return index.error();
    out.draft = ResolvedModel{*index, nullptr};
    out.draft_format = out.format;
    if (spec.draft->quantization) {
      ScenarioSpec of_draft;
      of_draft.quantization = spec.draft->quantization;
      const auto format = resolve_format(catalog, of_draft, *out.engine, *out.draft);
      if (!format) return format.error();
      out.draft_format = *format;
    }
    if (!spec.speculation) speculation.kind = SpeculationKind::draft_model;
  }
  if (speculation.kind == SpeculationKind::draft_model && !spec.draft) {
    return Error{ErrorCode::bad_value, "speculation: draft_model was given; allowed only with a draft model in draft"};
  }
  if (speculation.kind == SpeculationKind::mtp) {
    const Architecture arch =
        out.model.custom ? out.model.custom->architecture : catalog.architecture(*out.model.index);
    if (arch.mtp.layers == 0) {
      return Error{ErrorCode::unsupported,
                   "speculation: mtp was given, and this model has no multi-token-prediction layers"};
    }
  }
  return std::nullopt;
}

// The engine of a scenario that names none.
std::string_view default_engine(const Catalog& catalog, const ScenarioSpec& spec) {
  const std::string_view wanted = spec.quantization   ? std::string_view(*spec.quantization)
                                  : spec.custom_model ? std::string_view(spec.custom_model->quantization)
                                                      : std::string_view();
  const Format* format = find_format(catalog, wanted);
  if (format == nullptr && !wanted.empty()) return kEngineOrder[0];
  const Result<DeviceList> found = find_devices(catalog, spec.hardware);
  const DeviceList list = found ? *found : DeviceList();  // where one is unknown, that is the error to tell
  const Devices devices(list.begin(), list.size());
  const Device* device = devices.empty() ? nullptr : devices.front();
  // What is served in a data center is the checkpoint as it was published, not a GGUF file made of it.
  const bool served = device != nullptr && device->cls == DeviceClass::datacenter && format != nullptr &&
                      format->family != FormatFamily::gguf && format->family != FormatFamily::gguf_ud;
  const bool sliced =
      spec.tensor_parallel.value_or(1) > 1 || spec.split == Split::tensor || spec.split == Split::expert;
  const auto backend = spec.backend ? value_of(kBackendNames, *spec.backend) : std::nullopt;
  const std::optional<std::size_t> index = spec.custom_model ? std::nullopt : catalog.find_model(spec.model);
  const ModelEntry* model = index ? &catalog.models()[*index] : nullptr;
  std::string_view as_if;  // the first that would run there, were it made for device and model
  for (const std::string_view id : kEngineOrder) {
    const Engine* engine = find_engine(catalog, id);
    if (engine == nullptr || (format != nullptr && !engine->runs(format->family))) continue;
    if ((served && !is_serving(*engine)) || (sliced && !engine->tensor_parallel)) continue;
    if (backend && !engine->runs_on(*backend)) continue;
    if (id == kLastResort && (model == nullptr || model->gguf_supported)) continue;
    if (device == nullptr) return id;
    const auto usual = usual_backend(*engine, devices);
    if (!usual) continue;
    const bool known = model == nullptr || knows(*engine, *model, format);
    if (known && is_made_for(*engine, *device, *usual)) return id;
    if (as_if.empty()) as_if = id;
  }
  return as_if.empty() ? kEngineOrder[0] : as_if;
}

}  // namespace

std::vector<Backend> possible_backends(const Engine& engine, Devices devices) {
  std::vector<Backend> possible;
  for (const Named<Backend>& entry : kBackendNames) {
    if (all_run_by(engine, devices, entry.value)) possible.push_back(entry.value);
  }
  return possible;
}

bool engine_is_made(const ResolvedScenario& scenario) {
  return std::all_of(scenario.system.devices.begin(), scenario.system.devices.end(), [&](const Device* device) {
    return is_made_for(*scenario.engine, *device, scenario.system.backend);
  });
}

bool knows(const Engine& engine, const ModelEntry& model, const Format* format) {
  if (!engine.runs(FormatFamily::gguf) || model.gguf_supported) return true;
  if (format != nullptr && format->family == FormatFamily::mlx) return true;  // LM Studio has a second engine for it
  return engine.id == kOllama && !model.ollama.empty();                       // it has code of its own for some models
}

bool is_offered(const Engine& engine, const ModelEntry& model, const Format& format) {
  if (!engine.runs(format.family) || !knows(engine, model, &format)) return false;
  return !exists_as_released_only(engine, format) || format.released_as == model.native_precision;
}

bool exists_as_released_only(const Engine& engine, const Format& format) {
  if (format.family == FormatFamily::native) return true;
  return format.family == FormatFamily::fp4 && !format.released_as.empty() && engine.runs(FormatFamily::gguf);
}

bool can_split(const Engine& engine, Split split) {
  switch (split) {
    case Split::layer: return engine.layer_split || engine.pipeline_parallel;
    case Split::tensor: return engine.tensor_parallel;
    case Split::expert: return engine.expert_parallel;
    case Split::automatic:
    case Split::none: break;
  }
  return true;
}

std::string name_of_model(const Catalog& catalog, const ResolvedModel& model) {
  return model.index ? std::string(catalog.models()[*model.index].name) : model.custom->name;
}

Result<ResolvedModel> resolve_model(const Catalog& catalog, const ScenarioSpec& spec) {
  if (spec.custom_model) return ResolvedModel{std::nullopt, spec.custom_model};
  const auto index = find_text_model(catalog, "model", spec.model);
  if (!index) return index.error();
  return ResolvedModel{*index, nullptr};
}

Result<const Engine*> resolve_engine(const Catalog& catalog, const ScenarioSpec& spec) {
  const std::string_view id = spec.engine ? std::string_view(*spec.engine) : default_engine(catalog, spec);
  if (const Engine* engine = find_engine(catalog, id)) return engine;
  const auto id_of = [](const Engine& engine) { return std::string_view(engine.id); };
  return unknown(ErrorCode::unknown_engine, "engine", id,
                 nearest_ids(id, ids_of(catalog.engines(), id_of), catalog.engines().size()));
}

ScenarioSpec with_engine_of(const Catalog& catalog, const ScenarioSpec& before, ScenarioSpec after) {
  const Result<const Engine*> had = resolve_engine(catalog, before);
  const Result<const Engine*> brought = resolve_engine(catalog, after);
  if (had && brought && *had != *brought) after.engine = (*had)->id;
  return after;
}

ScenarioSpec with_format(const Catalog& catalog, const ScenarioSpec& spec, std::string_view format) {
  ScenarioSpec changed = spec;
  changed.quantization = std::string(format);
  return with_engine_of(catalog, spec, std::move(changed));
}

Result<System> resolve_system(const Catalog& catalog, const ScenarioSpec& spec, const Engine& engine) {
  const Result<DeviceList> devices = find_devices(catalog, spec.hardware);
  if (!devices) return devices.error();
  System system;
  system.devices = *devices;
  const auto backend = resolve_backend(spec, engine, {devices->begin(), devices->size()});
  if (!backend) return backend.error();
  system.backend = *backend;
  const auto host = resolve_host(catalog, spec.hardware.host, system);
  if (!host) return host.error();
  system.host = *host;
  if (spec.hardware.host.link) {
    const auto bus = find_link(catalog, "hardware.host.link", *spec.hardware.host.link);
    if (!bus) return bus.error();
    system.host.link = **bus;
  }
  const auto link = resolve_link(catalog, spec.hardware.interconnect, system);
  if (!link) return link.error();
  system.interconnect = *link;
  if (spec.hardware.usable_fraction) system.usable_fraction = *spec.hardware.usable_fraction;
  if (spec.hardware.reserved_bytes) {
    system.reserved = Bytes(*spec.hardware.reserved_bytes);
    system.reserved_given = true;
  }
  return system;
}

Result<const Format*> resolve_format(const Catalog& catalog, const ScenarioSpec& spec, const Engine& engine,
                                     const ResolvedModel& model) {
  const auto runnable = [&] {
    std::vector<std::string_view> ids;
    for (const Format& format : catalog.formats()) {
      if (engine.runs(format.family)) ids.emplace_back(format.id);
    }
    return ids;
  };
  std::string_view wanted;
  if (spec.quantization) {
    wanted = *spec.quantization;
  } else if (model.custom && !model.custom->quantization.empty()) {
    wanted = model.custom->quantization;
  } else if (!engine.default_format.empty()) {
    wanted = engine.default_format;
  }
  if (!wanted.empty()) {
    const Format* format = find_format(catalog, wanted);
    if (format == nullptr) {
      return unknown(ErrorCode::unknown_quantization, "quantization", wanted,
                     nearest_ids(wanted, runnable(), 2 * Catalog::kSuggestions));
    }
    if (engine.runs(format->family)) return format;
    for (const GgufTwin& twin : kGgufTwins) {
      const Format* file = twin.format == format->id ? catalog.find_format(twin.file) : nullptr;
      if (file != nullptr && engine.runs(file->family)) return file;
    }
    return Error{ErrorCode::unsupported, "quantization: " + engine.name + " does not run " + in_quotes(format->id) +
                                             "; it runs " + joined(runnable())};
  }
  const std::string_view precision = model.index ? catalog.models()[*model.index].native_precision : std::string_view();
  for (const Format& format : catalog.formats()) {
    if (!precision.empty() && format.released_as == precision && engine.runs(format.family)) return &format;
  }
  const Format* fallback = catalog.find_format(kFallbackFormat);
  if (fallback != nullptr && engine.runs(fallback->family)) return fallback;
  for (const Format& format : catalog.formats()) {
    if (engine.runs(format.family)) return &format;
  }
  return Error{ErrorCode::unsupported, "quantization: none of the known formats runs on " + engine.name};
}

namespace {

// What a workload needs, where no context is asked for.
std::uint32_t context_for(const Workload& workload) {
  return static_cast<std::uint32_t>(round_up(std::max(workload.context_needed(), 1U), kContextStep));
}

}  // namespace

WorkloadTargets targets_of(const WorkloadEntry& workload) {
  return {workload.ttft_good_s, workload.ttft_poor_s, workload.decode_good_tok_s, workload.decode_poor_tok_s,
          workload.context_wanted};
}

ScoreWeights weights_of(const ModeEntry& mode) {
  return {mode.weight_fit, mode.weight_speed, mode.weight_quality, mode.weight_context, mode.weight_efficiency};
}

bool generates(const Catalog& catalog, const ResolvedModel& model) {
  if (model.custom) return model.custom->architecture.topology != Topology::encoder;
  return catalog.models()[*model.index].generates();
}

void ask_no_output(Settings& settings, const ScenarioSpec& spec) {
  settings.workload.output = 0;
  if (!spec.context) settings.cache.context = context_for(settings.workload);
}

Result<Settings> resolve_settings(const Catalog& catalog, const ScenarioSpec& spec, const Engine& engine,
                                  const System& system) {
  if (auto error = check_engine_options(spec, engine)) return *std::move(error);
  const auto workload = resolve_workload(catalog, spec);
  if (!workload) return workload.error();
  const auto mode = resolve_mode(catalog, spec);
  if (!mode) return mode.error();
  const auto k = resolve_kv_type(engine, "kv_cache.k", spec.kv_k);
  if (!k) return k.error();
  const auto v = resolve_kv_type(engine, "kv_cache.v", spec.kv_v);
  if (!v) return v.error();

  Settings settings;
  settings.workload = *workload;
  if (const WorkloadEntry* entry = catalog.find_workload(workload->id)) settings.targets = targets_of(*entry);
  settings.mode = (*mode)->mode;
  settings.score_weights = weights_of(**mode);
  CacheSettings& cache = settings.cache;
  cache.context = spec.context.value_or(context_for(*workload));
  cache.parallel = spec.parallel.value_or(std::max(engine.default_parallel, 1U));
  const bool large = system.devices.empty() || engine.takes_as_large(*system.devices[0], system.backend);
  const std::uint32_t small_batch = engine.default_batch_small > 0 ? engine.default_batch_small : engine.default_batch;
  cache.batch = spec.batch.value_or(large ? engine.default_batch : small_batch);
  cache.ubatch = std::min(spec.ubatch.value_or(engine.default_ubatch), cache.batch);
  cache.flash_attention = spec.flash_attention.value_or(engine.default_flash_attention);
  cache.swa_full = spec.swa_full.value_or(false);
  // An engine that shares its cells does so only while it chooses the number of sequences itself.
  cache.unified = spec.kv_unified.value_or(engine.default_unified_kv && !spec.parallel);
  cache.k = *k;
  cache.v = *v;
  settings.gpu_layers = spec.gpu_layers;
  settings.cpu_moe_layers = spec.cpu_moe_layers;
  settings.kv_on_host = spec.kv_on_host;
  settings.split = spec.split;
  settings.tensor_parallel = spec.tensor_parallel.value_or(0);
  settings.pipeline_parallel = spec.pipeline_parallel.value_or(0);
  for (const Adapter& adapter : spec.adapters) settings.adapters.push_back(adapter);
  if (spec.speculation) settings.speculation = *spec.speculation;
  settings.projector = spec.mmproj;
  settings.max_sequences = spec.max_sequences.value_or(0);
  return settings;
}

Result<ResolvedScenario> resolve(const Catalog& catalog, const ScenarioSpec& spec) {
  ResolvedScenario out;
  auto model = resolve_model(catalog, spec);
  if (!model) return model.error();
  out.model = *model;
  const auto engine = resolve_engine(catalog, spec);
  if (!engine) return engine.error();
  out.engine = *engine;
  const auto format = resolve_format(catalog, spec, *out.engine, out.model);
  if (!format) return format.error();
  out.format = *format;
  auto system = resolve_system(catalog, spec, *out.engine);
  if (!system) return system.error();
  out.system = *std::move(system);
  auto settings = resolve_settings(catalog, spec, *out.engine, out.system);
  if (!settings) return settings.error();
  out.settings = *std::move(settings);
  if (out.model.index) out.known_to_engine = knows(*out.engine, catalog.models()[*out.model.index], out.format);
  if (!generates(catalog, out.model)) ask_no_output(out.settings, spec);
  const auto kernels = catalog.section("kernels");
  const std::string_view packages(reinterpret_cast<const char*>(kernels.data()), kernels.size());
  if (auto error = use_kernels(packages, spec.kernels, out.system.devices[0]->id, out.settings)) {
    return *std::move(error);
  }
  if (auto error = check_ranks(spec, out.system)) return *std::move(error);
  if (auto error = resolve_draft(catalog, spec, out)) return *std::move(error);
  out.mode = *resolve_mode(catalog, spec);
  if (!out.settings.workload.id.empty()) out.workload = catalog.find_workload(out.settings.workload.id);
  if (spec.hardware.device.custom) out.keep_alive.push_back(spec.hardware.device.custom);
  for (const DeviceSpec& other : spec.hardware.others) {
    if (other.custom) out.keep_alive.push_back(other.custom);
  }
  return out;
}

}  // namespace headroom
