#include "core/catalog/engine_choice.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "core/catalog/look_up.h"
#include "core/catalog/names.h"
#include "core/speed/calibration.h"

namespace headroom {
namespace {

// For a scenario that names no engine: the first of these that runs its format on its devices and knows its model, or
// else the very first.
constexpr std::string_view kEngineOrder[] = {"llama.cpp", "ollama", "vllm", "mlx", "exllamav3", "transformers"};
constexpr std::string_view kLastResort = "transformers";  // of models that llama.cpp does not know
constexpr std::string_view kOllama = "ollama";
constexpr std::string_view kElsewhere = ":cloud";  // a tag of Ollama's that runs on its maker's machines
constexpr std::string_view kTernary = "ternary";   // weights trained as -1, 0 and 1: no other format holds them better

bool runs_by(const Engine& engine, const Device& device, Backend backend) {
  const bool ported = backend == Backend::other && engine.port_for(device) != nullptr;
  return (engine.runs_on(backend) || ported) &&
         (device.backends[static_cast<std::size_t>(backend)] || backend == device.default_backend);
}

bool all_run_by(const Engine& engine, Devices devices, Backend backend) {
  return std::all_of(devices.begin(), devices.end(),
                     [&](const Device* device) { return runs_by(engine, *device, backend); });
}

// The backend that an engine uses on these devices by default: not always the best one, but one that the engine and all
// of the devices have. The processor only where it is the device. `devices` is not empty.
std::optional<Backend> usual_backend(const Engine& engine, Devices devices) {
  const Device& first = *devices.front();
  if (all_run_by(engine, devices, first.default_backend)) return first.default_backend;
  for (const Named<Backend>& entry : kBackendNames) {
    if (entry.value == Backend::cpu && first.cls != DeviceClass::cpu) continue;
    if (all_run_by(engine, devices, entry.value)) return entry.value;
  }
  return std::nullopt;
}

// "X", or "X together with Y" where neither alone is the obstacle.
std::string name_of_hindrance(const Engine& engine, Devices devices) {
  for (const Device* device : devices) {
    if (!usual_backend(engine, {&device, 1})) return device->name;
  }
  const auto other =
      std::find_if(devices.begin(), devices.end(), [&](const Device* device) { return device != devices.front(); });
  const std::string first = devices.front()->name;
  return other == devices.end() ? first : first + " together with " + (*other)->name;
}

// For models that llama.cpp knows Ollama is llama.cpp under another name. It has code of its own for some others, which
// people run on their own machines.
bool has_code_of_its_own(const Engine& ollama, const ModelEntry* model, const Device* device) {
  const bool served = device != nullptr && device->cls == DeviceClass::datacenter;
  return model != nullptr && !served && !model->gguf_supported && knows(ollama, *model, nullptr);
}

// The engine of a scenario that names none.
std::string_view default_engine(const Catalog& catalog, const ScenarioSpec& spec) {
  const std::string_view wanted = spec.quantization   ? std::string_view(*spec.quantization)
                                  : spec.custom_model ? std::string_view(spec.custom_model->quantization)
                                                      : std::string_view();
  const Format* format = find_format(catalog, wanted);
  if (format == nullptr && !wanted.empty()) return kEngineOrder[0];
  const Result<DeviceList> found = find_devices(catalog, spec.hardware);
  const DeviceList list = found ? *found : DeviceList();  // an unknown device is reported elsewhere
  const Devices devices(list.begin(), list.size());
  const Device* device = devices.empty() ? nullptr : devices.front();
  // Data centers serve the checkpoint as published, not a GGUF file made of it. So do accelerators with software of
  // their own, even where no format is named.
  const bool as_published = format != nullptr
                                ? format->family != FormatFamily::gguf && format->family != FormatFamily::gguf_ud
                                : device != nullptr && device->default_backend == Backend::other;
  const bool served = device != nullptr && device->cls == DeviceClass::datacenter && as_published;
  const bool sliced =
      spec.tensor_parallel.value_or(1) > 1 || spec.split == Split::tensor || spec.split == Split::expert;
  const bool copied = spec.data_parallel.value_or(1) > 1;
  const auto backend = spec.backend ? value_of(kBackendNames, *spec.backend) : std::nullopt;
  const std::optional<std::size_t> index = spec.custom_model ? std::nullopt : catalog.find_model(spec.model);
  const ModelEntry* model = index ? &catalog.models()[*index] : nullptr;
  std::string_view second;  // the first of those that serve nobody, where serving is usual
  std::string_view as_if;   // the first that would run there, were it made for device and model
  for (const std::string_view id : kEngineOrder) {
    const Engine* engine = find_engine(catalog, id);
    if (engine == nullptr || (format != nullptr && !engine->runs(format->family))) continue;
    if (sliced && !engine->tensor_parallel) continue;
    if (copied && engine->copy_holds == CopyHolds::nothing) continue;
    if (spec.context_parallel.value_or(1) > 1 && !engine->context_parallel) continue;
    if (id == kOllama && !has_code_of_its_own(*engine, model, device)) continue;
    if (backend && !engine->runs_on(*backend)) continue;
    if (id == kLastResort && (model == nullptr || model->gguf_supported)) continue;
    if (device == nullptr) return id;
    const auto usual = usual_backend(*engine, devices);
    if (!usual) continue;
    const bool known = model == nullptr || knows(*engine, *model, format);
    const bool made = known && is_made_for(*engine, *device, *usual, format);
    const bool serves = !served || is_serving(*engine);
    if (made && serves) return id;
    if (made && second.empty()) second = id;
    if (serves && as_if.empty()) as_if = id;
  }
  if (!second.empty()) return second;
  return as_if.empty() ? kEngineOrder[0] : as_if;
}

}  // namespace

std::span<const std::string_view> usual_engines() { return kEngineOrder; }

std::vector<Backend> possible_backends(const Engine& engine, Devices devices) {
  std::vector<Backend> possible;
  for (const Named<Backend>& entry : kBackendNames) {
    if (all_run_by(engine, devices, entry.value)) possible.push_back(entry.value);
  }
  return possible;
}

bool is_made_for(const Engine& engine, const Device& device, Backend backend, const Format* format,
                 const ModelTraits& model) {
  if (backend == Backend::other && engine.port_for(device) == nullptr) return false;
  return engine.has_kernels(device, backend, format, model);
}

const LackingWords& words_of(Lacking::What what) {
  static constexpr LackingWords kWords[] = {
      {"no_engine", {}, "models.no_kernels", {}},
      {"no_kernels", "verdict.no_kernels", "models.no_kernels", "trace.no_kernels"},
      {"no_kernels_for_format", "verdict.no_kernels_for_format", {}, "trace.no_kernels_for_format"},
      {"no_kernels_for_model", "verdict.no_kernels_for_model", {}, "trace.no_kernels_for_model"},
  };
  return kWords[static_cast<std::size_t>(what)];
}

bool runs_on_all(const Engine& engine, const System& system) {
  const Devices devices(system.devices.begin(), system.devices.size());
  return all_run_by(engine, devices, system.backend) && !lacking(engine, system, nullptr);
}

std::optional<Lacking> lacking(const Engine& engine, const System& system, const Format* format,
                               const ModelTraits& model) {
  for (const Device* device : system.devices) {
    if (is_made_for(engine, *device, system.backend, format, model)) continue;
    if (system.backend == Backend::other && engine.port_for(*device) == nullptr) {
      return Lacking{device, Lacking::What::port};
    }
    if (!is_made_for(engine, *device, system.backend, nullptr)) return Lacking{device, Lacking::What::kernels};
    const bool of_model = !is_made_for(engine, *device, system.backend, nullptr, model);
    return Lacking{device, of_model ? Lacking::What::model_kernels : Lacking::What::format_kernels};
  }
  return std::nullopt;
}

std::optional<Lacking> forbidding(const Engine& engine, const System& system, const Format& format,
                                  const ModelTraits& model) {
  const std::optional<Lacking> lack = lacking(engine, system, &format, model);
  return lack && !words_of(lack->what).verdict.empty() ? lack : std::nullopt;
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

bool knows(const Engine& engine, const ModelEntry& model, const Format* format) {
  if (model.native_precision == kTernary && !model.gguf_supported) return engine.runs(FormatFamily::ternary);
  if (!engine.runs(FormatFamily::gguf) || model.gguf_supported) return true;
  if (format != nullptr && format->family == FormatFamily::mlx) return true;  // LM Studio has a second engine for it
  return engine.id == kOllama && !model.ollama.empty() && !model.ollama.ends_with(kElsewhere);  // has code of its own
}

bool exists_as_released_only(const Engine& engine, const Format& format) {
  if (format.family == FormatFamily::native || format.family == FormatFamily::ternary) return true;
  return format.family == FormatFamily::fp4 && engine.runs(FormatFamily::gguf);
}

bool is_offered(const Engine& engine, const ModelEntry& model, const Format& format) {
  if (!engine.runs(format.family) || !knows(engine, model, &format)) return false;
  // A checkpoint's own four bits have to be converted for a GGUF file, and then they are another format.
  if (format.family == FormatFamily::native && engine.runs(FormatFamily::gguf)) return false;
  if (model.native_precision == kTernary && !engine.runs(FormatFamily::gguf)) {
    return format.is_released_in(model.native_precision);
  }
  return !exists_as_released_only(engine, format) || format.is_released_in(model.native_precision);
}

std::vector<std::uint32_t> copy_counts(const Engine& engine, std::uint32_t devices) {
  std::vector<std::uint32_t> counts{1};
  if (engine.copy_holds == CopyHolds::nothing) return counts;
  for (std::uint32_t count = 2; count <= devices; ++count) {
    if (devices % count == 0 && (!engine.copy_per_device || count == devices)) counts.push_back(count);
  }
  return counts;
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

bool can_speculate(const Engine& engine, SpeculationKind kind) {
  switch (kind) {
    case SpeculationKind::draft_model: return engine.draft_models;
    case SpeculationKind::mtp: return engine.mtp;
    case SpeculationKind::none: break;
  }
  return true;
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

void drop_what_engine_lacks(const Catalog& catalog, ScenarioSpec& spec) {
  const Result<const Engine*> engine = resolve_engine(catalog, spec);
  if (!engine) return;
  const Engine& runs = **engine;
  if (spec.quantization) {
    const Format* format = find_format(catalog, *spec.quantization);
    if (format == nullptr || !runs.runs(format->family)) spec.quantization.reset();
  }
  const auto has_kv = [&](const std::optional<std::string>& wanted) {
    return !wanted || std::any_of(runs.kv_types.begin(), runs.kv_types.end(),
                                  [&](const KvType& type) { return type.id == *wanted; });
  };
  if (!has_kv(spec.kv_k)) spec.kv_k.reset();
  if (!has_kv(spec.kv_v)) spec.kv_v.reset();
  if (!runs.host_offload) {
    spec.gpu_layers = kAuto;
    spec.kv_on_host = spec.mmproj_on_host = false;
  }
  if (!runs.expert_offload) spec.cpu_moe_layers = kAuto;
  if (!can_split(runs, spec.split)) spec.split = Split::automatic;
  if (!runs.tensor_parallel) spec.tensor_parallel.reset();
  if (!runs.pipeline_parallel && !runs.layer_split) spec.pipeline_parallel.reset();
  if (runs.copy_holds == CopyHolds::nothing) spec.data_parallel.reset();
  if (!runs.context_parallel) spec.context_parallel.reset();
  if (runs.copy_per_device && spec.data_parallel.value_or(1) > 1) spec.tensor_parallel.reset();
  if (!can_speculate(runs, spec.speculation_kind())) spec.forget_drafts();
  if (!runs.adapters) spec.adapters.clear();
}

ScenarioSpec with_engine(const Catalog& catalog, ScenarioSpec spec, std::string_view engine) {
  spec.engine = std::string(engine);
  spec.backend.reset();
  drop_what_engine_lacks(catalog, spec);
  return spec;
}

}  // namespace headroom
