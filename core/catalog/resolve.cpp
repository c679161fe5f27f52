#include "core/catalog/resolve.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/as_text.h"
#include "core/catalog/draft_models.h"
#include "core/catalog/engine_choice.h"
#include "core/catalog/kernels.h"
#include "core/catalog/look_up.h"
#include "core/catalog/names.h"
#include "core/memory/memory.h"
#include "core/speed/speculation.h"

namespace headroom {
namespace {

constexpr std::string_view kDefaultWorkload = "chat";
constexpr std::string_view kDefaultMode = "balanced";
constexpr std::uint32_t kContextStep = 256;  // a context nobody asked for is rounded up to this many tokens

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

// The engine may support it; the estimator does not.
Error not_modelled(std::string_view field, const Engine& engine, std::string_view what) {
  return {ErrorCode::unsupported,
          std::string(field) + ": " + std::string(what) + " of " + engine.name + " is not modelled here"};
}

// Without flash attention llama.cpp's kernels read values in 16 or 32 bit only; the engines built on it do not start
// either (llama-context.cpp: "V cache quantization requires flash_attn").
Status check_cache_types(const Engine& engine, const CacheSettings& cache) {
  const bool quantized = cache.v.elements > 1;
  if (engine.cache != CachePolicy::cells || cache.flash_attention || !quantized) return std::nullopt;
  return Error{ErrorCode::unsupported, "kv_cache.v: " + engine.name +
                                           " reads a quantized cache of values with flash attention only, and "
                                           "flash_attention is false; kv_cache.k may be quantized"};
}

Status check_sequences(const ScenarioSpec& spec, const Engine& engine) {
  if (engine.cache != CachePolicy::cells) return std::nullopt;
  const auto check = [&](const char* field, const std::optional<std::uint32_t>& sequences) -> Status {
    if (sequences.value_or(1) <= kMostSequences) return std::nullopt;
    return Error{ErrorCode::bad_value, std::string(field) + ": " + std::to_string(*sequences) + " was given; " +
                                           engine.name + " allows at most " + std::to_string(kMostSequences) +
                                           " sequences"};
  };
  if (auto error = check("parallel", spec.parallel)) return error;
  return check("max_sequences", spec.max_sequences);
}

// Options that the engine does not have.
Status check_engine_options(const ScenarioSpec& spec, const Engine& engine) {
  if (spec.gpu_layers >= 0 && !engine.host_offload) return not_supported("gpu_layers", engine, "offload of layers");
  if (spec.cpu_moe_layers != kAuto && spec.cpu_moe_layers != 0 && !engine.expert_offload) {
    return not_supported("cpu_moe_layers", engine, "offload of experts");
  }
  if (spec.kv_on_host && !engine.host_offload) return not_supported("kv_on_host", engine, "offload of the cache");
  if (spec.mmproj_on_host && !engine.host_offload) return not_supported("mmproj_on_host", engine, "offload of towers");
  if (!can_split(engine, spec.split)) {
    if (spec.split == Split::tensor) return not_modelled("split", engine, "tensor parallelism");
    return not_supported("split", engine, spec.split == Split::layer ? "split by layers" : "expert parallelism");
  }
  if (spec.tensor_parallel.value_or(1) > 1 && !engine.tensor_parallel) {
    return not_modelled("tensor_parallel", engine, "tensor parallelism");
  }
  if (!spec.adapters.empty() && !engine.adapters) return not_supported("adapters", engine, "LoRA adapters");
  if (const SpeculationKind kind = spec.speculation_kind(); !can_speculate(engine, kind)) {
    const bool by_layers = kind == SpeculationKind::mtp;
    return not_supported(by_layers ? "speculation" : "draft", engine,
                         by_layers ? "multi-token prediction" : "draft models");
  }
  if (spec.pipeline_parallel.value_or(1) > 1 && !engine.pipeline_parallel && !engine.layer_split) {
    return not_supported("pipeline_parallel", engine, "pipeline parallelism");
  }
  if (spec.data_parallel.value_or(1) > 1 && engine.copy_holds == CopyHolds::nothing) {
    return not_supported("data_parallel", engine, "data parallelism");
  }
  if (spec.context_parallel.value_or(1) > 1 && !engine.context_parallel) {
    return not_supported("decode_context_parallel", engine, "context parallelism while generating");
  }
  if (spec.data_parallel.value_or(1) > 1 && spec.tensor_parallel.value_or(1) > 1 && engine.copy_per_device) {
    return not_supported("tensor_parallel", engine, "copies of several devices with data parallelism");
  }
  return std::nullopt;
}

Status check_ranks(const ScenarioSpec& spec, const System& system) {
  const std::size_t ranks = spec.ranks();
  if (ranks <= system.devices.size()) return std::nullopt;
  return Error{ErrorCode::bad_value, "tensor_parallel x pipeline_parallel x data_parallel: " + std::to_string(ranks) +
                                         " ranks were given; allowed are at most the " +
                                         std::to_string(system.devices.size()) + " devices"};
}

Architecture architecture_of(const Catalog& catalog, const ResolvedModel& model) {
  return model.custom ? model.custom->architecture : catalog.architecture(*model.index);
}

std::uint32_t vocabulary_of(const Catalog& catalog, const ResolvedModel& model) {
  return model.custom ? model.custom->architecture.vocab : catalog.models()[*model.index].vocab;
}

Status check_draft(const ModelEntry& draft, std::uint32_t vocabulary) {
  if (vocabulary == 0 || draft.vocab == 0 || same_vocabulary(draft.vocab, vocabulary)) return std::nullopt;
  return Error{ErrorCode::unsupported, "draft.model: " + in_quotes(draft.id) + " was given, whose vocabulary has " +
                                           std::to_string(draft.vocab) + " entries; allowed is a model with the " +
                                           std::to_string(vocabulary) + " of the one it drafts for"};
}

Status resolve_draft(const Catalog& catalog, const ScenarioSpec& spec, ResolvedScenario& out) {
  const Speculation& speculation = out.settings.speculation;
  if (spec.draft) {
    if (speculation.kind == SpeculationKind::mtp) {
      return Error{ErrorCode::bad_value, "speculation: mtp was given beside a draft model; allowed is one of them"};
    }
    const auto index = find_text_model(catalog, "draft.model", spec.draft->model);
    if (!index) return index.error();
    if (auto error = check_draft(catalog.models()[*index], vocabulary_of(catalog, out.model))) return error;
    out.draft = ResolvedModel{*index, nullptr};
    out.draft_format = out.format;
    if (spec.draft->quantization) {
      ScenarioSpec of_draft;
      of_draft.quantization = spec.draft->quantization;
      const auto format = resolve_format(catalog, of_draft, *out.engine, *out.draft, out.system);
      if (!format) return format.error();
      out.draft_format = *format;
    }
  }
  if (speculation.kind == SpeculationKind::draft_model && !spec.draft) {
    return Error{ErrorCode::bad_value, "speculation: draft_model was given; allowed only with a draft model in draft"};
  }
  return std::nullopt;
}

}  // namespace

bool engine_is_made(const ResolvedScenario& scenario) {
  return !lacking(*scenario.engine, scenario.system, scenario.format, scenario.traits);
}

bool engine_runs(const ResolvedScenario& scenario) { return scenario.known_to_engine && engine_is_made(scenario); }

std::string name_of_model(const Catalog& catalog, const ResolvedModel& model) {
  return model.index ? std::string(catalog.models()[*model.index].name) : model.custom->name;
}

Result<ResolvedModel> resolve_model(const Catalog& catalog, const ScenarioSpec& spec) {
  if (spec.custom_model) return ResolvedModel{std::nullopt, spec.custom_model};
  const auto index = find_text_model(catalog, "model", spec.model);
  if (!index) return index.error();
  return ResolvedModel{*index, nullptr};
}

namespace {

// The context for a workload where none is asked for, in tokens.
std::uint32_t context_for(const Workload& workload) {
  return static_cast<std::uint32_t>(round_up(std::max(workload.context_needed(), 1U), kContextStep));
}

// 0 where it is unknown.
std::uint32_t longest_context(const Catalog& catalog, const ResolvedModel& model) {
  return model.custom ? model.custom->architecture.max_context : catalog.models()[*model.index].max_context;
}

// A model that writes nothing is asked for no output.
void ask_no_output(Settings& settings, const ScenarioSpec& spec, const Engine& engine) {
  settings.workload.output = 0;
  CacheSettings& cache = settings.cache;
  if (engine.cache != CachePolicy::cells) return;
  // llama-server refuses an input that is more than one micro-batch.
  const std::uint32_t prompt = settings.workload.context_needed();
  if (!spec.batch) cache.batch = std::max(cache.batch, prompt);
  if (!spec.ubatch) cache.ubatch = std::min(std::max(cache.ubatch, prompt), cache.batch);
}

ModelTraits traits_of(const Catalog& catalog, const ResolvedModel& model) {
  if (model.custom) return {model.custom->architecture.gguf_arch, {}};
  return catalog.models()[*model.index].traits();
}

bool keeps_compressed(const Catalog& catalog, const ResolvedModel& model) {
  if (model.custom) return model.custom->architecture.has(MixerKind::compressed_csa);
  return catalog.models()[*model.index].compressed_cache;
}

// Drops what the model cannot do: a longer context than it has, images, a conversation.
void fit_to_model(const Catalog& catalog, const ScenarioSpec& spec, const ResolvedModel& model, Settings& settings) {
  if (settings.projector) {
    const Architecture arch = architecture_of(catalog, model);
    settings.projector = arch.vision_params + arch.audio_params > 0;
    settings.projector_on_host = settings.projector_on_host && settings.projector;
  }
  if (hears(catalog, model)) ask_in_pieces(settings, longest_context(catalog, model));
  if (spec.context) return;
  std::uint32_t& context = settings.cache.context;
  context = context_for(settings.workload);
  if (const std::uint32_t longest = longest_context(catalog, model); longest > 0) context = std::min(context, longest);
}

}  // namespace

void ask_in_pieces(Settings& settings, std::uint32_t longest) {
  Workload& workload = settings.workload;
  if (longest == 0) return;
  settings.targets.context_wanted = std::min(settings.targets.context_wanted, longest);
  if (workload.id.empty() || workload.context_needed() <= longest) return;
  workload.cached_prefix = 0;
  workload.prompt = std::min(workload.prompt, longest / 2);
  workload.output = std::min(workload.output, longest - workload.prompt);
}

std::string_view why_no_decode(const Catalog& catalog, const ResolvedModel& model) {
  if (model.custom) return model.custom->architecture.topology == Topology::encoder ? kReadsOnly : std::string_view();
  const ModelEntry& entry = catalog.models()[*model.index];
  if (!entry.generates()) return kReadsOnly;
  return entry.denoises() ? kDenoises : std::string_view();
}

bool hears(const Catalog& catalog, const ResolvedModel& model) {
  return model.index && catalog.models()[*model.index].kind == ModelKind::asr;
}

bool generates(const Catalog& catalog, const ResolvedModel& model) { return why_no_decode(catalog, model).empty(); }

Result<Settings> resolve_settings(const Catalog& catalog, const ScenarioSpec& spec, const Engine& engine,
                                  const System& system) {
  if (auto error = check_engine_options(spec, engine)) return *std::move(error);
  if (auto error = check_sequences(spec, engine)) return *std::move(error);
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
  if (const WorkloadEntry* entry = catalog.find_workload(workload->id)) settings.targets = entry->targets;
  settings.mode = (*mode)->mode;
  settings.score_weights = (*mode)->weights;
  settings.speculation = spec.speculation.value_or(Speculation());
  settings.speculation.kind = spec.speculation_kind();
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
  // Verifying a draft takes the logits of each of its tokens (llama.cpp: common_speculative_get_output_limits).
  if (spec.logits == LogitRows::last) cache.logit_rows = 1 + drafted_tokens(settings.speculation);
  cache.k = *k;
  cache.v = *v;
  if (auto error = check_cache_types(engine, cache)) return *std::move(error);
  settings.gpu_layers = spec.gpu_layers;
  settings.cpu_moe_layers = system.backend == Backend::cpu ? 0 : spec.cpu_moe_layers;
  settings.kv_on_host =
      spec.kv_on_host && system.backend != Backend::cpu;  // with the processor as the device everything is on the host
  settings.split = spec.split;
  settings.tensor_parallel = spec.tensor_parallel.value_or(0);
  settings.pipeline_parallel = spec.pipeline_parallel.value_or(0);
  settings.data_parallel = spec.data_parallel.value_or(1);
  settings.context_parallel = spec.context_parallel.value_or(1);
  for (const Adapter& adapter : spec.adapters) settings.adapters.push_back(adapter);
  settings.projector = spec.mmproj;
  settings.projector_on_host = spec.mmproj && spec.mmproj_on_host && system.backend != Backend::cpu;
  settings.max_sequences = spec.max_sequences.value_or(0);
  return settings;
}

Result<ResolvedScenario> resolve(const Catalog& catalog, const ScenarioSpec& spec) {
  ResolvedScenario out;
  auto model = resolve_model(catalog, spec);
  if (!model) return model.error();
  out.model = *model;
  out.traits = traits_of(catalog, out.model);
  const auto engine = resolve_engine(catalog, spec);
  if (!engine) return engine.error();
  out.engine = *engine;
  auto system = resolve_system(catalog, spec, *out.engine);
  if (!system) return system.error();
  out.system = *std::move(system);
  const auto format = resolve_format(catalog, spec, *out.engine, out.model, out.system);
  if (!format) return format.error();
  out.format = *format;
  auto settings = resolve_settings(catalog, spec, *out.engine, out.system);
  if (!settings) return settings.error();
  out.settings = *std::move(settings);
  if (out.model.index) out.known_to_engine = knows(*out.engine, catalog.models()[*out.model.index], out.format);
  if (!generates(catalog, out.model)) ask_no_output(out.settings, spec, *out.engine);
  fit_to_model(catalog, spec, out.model, out.settings);
  if (!spec.kv_k && !spec.kv_v && !out.engine->compressed_kv.empty() && keeps_compressed(catalog, out.model)) {
    const auto narrow = resolve_kv_type(*out.engine, "kv_cache", out.engine->compressed_kv);
    if (!narrow) return narrow.error();
    out.settings.cache.k = out.settings.cache.v = *narrow;
  }
  const std::string_view packages = as_text(catalog.section("kernels"));
  if (auto error = use_kernels(packages, spec.kernels, out.system.devices[0]->id, out.engine->id, out.settings)) {
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
