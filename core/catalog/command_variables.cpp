#include "core/catalog/command_variables.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/catalog/adapter_targets.h"
#include "core/catalog/record_json.h"

namespace headroom {
namespace {

constexpr const char* kYes = "yes";        // value of a variable that is only asked whether it is there
constexpr std::uint32_t kRepliesKept = 4;  // chat.py cuts a conversation until three replies fit beside what is left

std::string fraction_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

void put(Variables& out, std::string_view name, std::uint64_t value) { out.emplace(name, std::to_string(value)); }

void put_text(Variables& out, std::string_view name, std::string_view value) {
  if (!value.empty()) out.emplace(name, value);
}

void put_flag(Variables& out, std::string_view name, bool present) {
  if (present) out.emplace(name, kYes);
}

std::string_view word_of(const Words& words, std::string_view id) {
  const auto word = words.find(id);
  return word == words.end() ? std::string_view() : std::string_view(word->second);
}

// What an engine that loads checkpoints is given.
struct Checkpoint {
  std::string path;
  std::string_view quantize, dtype;
};

Checkpoint checkpoint_in(const ModelFiles& files, const Format& format, const EngineWords& words) {
  if (files.own == &format) return {files.repository, {}, {}};
  const std::string_view made = word_of(words.while_loading, format.id);
  if (files.unquantized && !made.empty()) return {files.repository, made, {}};
  if (files.unquantized && format.family == FormatFamily::plain) {
    return {files.repository, {}, files.own != nullptr ? word_of(words.dtypes, format.id) : std::string_view()};
  }
  return {"./" + files.name_in(format), {}, {}};
}

void put_model(Variables& out, const ResolvedScenario& scenario, const EngineWords& words, const ModelFiles& files) {
  const Format& format = *scenario.format;
  out.emplace("hf_id", files.repository);
  out.emplace("base", files.base);
  out.emplace("file", files.name_in(format));
  out.emplace("quantization", format.id);
  put_text(out, "format_name", word_of(words.formats, format.id));
  const Checkpoint checkpoint = checkpoint_in(files, format, words);
  out.emplace("checkpoint", checkpoint.path);
  out.emplace("folder", base_of(checkpoint.path));
  put_text(out, "quantize", checkpoint.quantize);
  put_text(out, "dtype", checkpoint.dtype);
  put_text(out, "gguf_ref", files.published);
  put_flag(out, "remote_code", files.remote_code);
  put_flag(out, "in_" + format.id, true);
}

void put_draft(Variables& out, const ResolvedScenario& scenario, const EngineWords& words, const Catalog& catalog) {
  const Speculation& speculation = scenario.settings.speculation;
  if (speculation.kind == SpeculationKind::none) return;
  put(out, "draft_tokens", speculation.draft_tokens);
  put(out, "verified_tokens", std::uint64_t{speculation.draft_tokens} + 1);  // and the one that follows them
  put_flag(out, "mtp", speculation.kind == SpeculationKind::mtp);
  if (!scenario.draft) return;
  const ModelFiles files = files_of(catalog, *scenario.draft);
  const Format& format = scenario.draft_format != nullptr ? *scenario.draft_format : *scenario.format;
  const Checkpoint checkpoint = checkpoint_in(files, format, words);
  out.emplace("draft_hf_id", files.repository);
  out.emplace("draft_base", files.base);
  put_text(out, "draft_format_name", word_of(words.formats, format.id));
  out.emplace("draft_checkpoint", checkpoint.path);
  out.emplace("draft_folder", base_of(checkpoint.path));
  out.emplace("draft_file", files.name_in(format));
  put_text(out, "draft_quantize", checkpoint.quantize);
  // An engine may take the drafter to be in the model's format unless told otherwise.
  put_flag(out, "draft_unquantized", format.family == FormatFamily::plain && &format != scenario.format);
}

// Variables that rule an engine out: kinds of models and parts of them.
void put_kind(Variables& out, const Answer& answer, const Catalog& catalog) {
  const Architecture& arch = answer.model->arch;
  put_flag(out, "rwkv", arch.has(MixerKind::rwkv));
  put_flag(out, "mamba1", arch.has(MixerKind::mamba1));
  put_flag(out, "compressed_attention", arch.has(MixerKind::compressed_csa));
  put_flag(out, "arch_" + arch.gguf_arch, true);
  const ResolvedModel& model = answer.scenario.model;
  const ModelKind kind = model.index ? catalog.models()[*model.index].kind : ModelKind::llm;
  put_flag(out, "embedding", kind == ModelKind::embedding);
  put_flag(out, "reranker", kind == ModelKind::reranker);
  put_flag(out, "speech", kind == ModelKind::asr);
  put_flag(out, "encoder_decoder", arch.topology == Topology::encoder_decoder);
  put_flag(out, "text_to_text", arch.topology == Topology::encoder_decoder && kind != ModelKind::asr);
}

// Id of the cache type with this block; empty when it is the engine's default.
std::string_view kv_name(const Engine& engine, const BlockType& block) {
  std::string_view name;
  for (const KvType& type : engine.kv_types) {
    if (type.block != block) continue;
    if (type.id == engine.default_kv) return {};
    if (name.empty()) name = type.id;
  }
  return name;
}

void put_kv_types(Variables& out, const CacheSettings& cache, const Engine& engine, const EngineWords& words) {
  const auto named = [&words](std::string_view id) {
    const std::string_view word = word_of(words.kv_types, id);
    return word.empty() ? id : word;
  };
  const std::string_view k = kv_name(engine, cache.k);
  const std::string_view v = kv_name(engine, cache.v);
  put_text(out, "kv_k", named(k));
  put_text(out, "kv_v", named(v));
  if (k == v) put_text(out, "kv", named(k));
  put_flag(out, "kv_mixed", k != v);
  put_flag(out, "kv_one", k.empty() != v.empty());
  put_flag(out, "kv_given", !k.empty() || !v.empty());
  if (!k.empty()) put(out, "kv_k_bits", static_cast<std::uint64_t>(cache.k.bits_per_weight()));
  if (!v.empty()) put(out, "kv_v_bits", static_cast<std::uint64_t>(cache.v.bits_per_weight()));
}

void put_cache(Variables& out, const ResolvedScenario& scenario, const Engine& engine) {
  const CacheSettings& cache = scenario.settings.cache;
  const std::uint64_t sequences = cache.sequences();
  put(out, "context", cache.context);
  put(out, "context_total", cache.context * sequences);  // also where sequences share it: each may fill its context
  put(out, "cells", round_up(cache.context, std::max(engine.cache_pad, 1U)) * sequences);
  put(out, "parallel", sequences);
  put_flag(out, "several", sequences > 1);
  if (const std::uint64_t most = scenario.settings.max_sequences; most > 0) {
    put(out, "max_sequences", most);
    put(out, "max_sequences_together", most * scenario.settings.data_parallel);
  }
  if (cache.batch != engine.default_batch) put(out, "batch", cache.batch);
  if (cache.ubatch != engine.default_ubatch) put(out, "ubatch", cache.ubatch);
  put_flag(out, "no_flash", !cache.flash_attention);
  put_flag(out, "swa_full", cache.swa_full);
  put_flag(out, "unified", cache.unified && sequences > 1);
  put_flag(out, "kv_on_host", scenario.settings.kv_on_host);
  const std::uint32_t room = std::max(cache.context / kRepliesKept, 1U);
  const std::uint32_t output = scenario.settings.workload.output;
  put(out, "reply", output > 0 ? std::min(output, room) : room);
}

// The share of the layers to put on the GPU; the share of the weights where single layers cannot be named.
double device_share(const Placement& placement, std::uint32_t layers) {
  if (placement.cpu_moe_layers > 0) return 1 - placement.offload_fraction;
  return layers > 0 ? std::min(1.0, static_cast<double>(placement.gpu_layers) / layers) : 1;
}

void put_layers(Variables& out, const Answer& answer, const Engine& engine, bool asked) {
  const Placement& placement = answer.estimate.placement;
  const ResolvedScenario& scenario = answer.scenario;
  const std::uint32_t layers = layers_to_place(answer);
  const bool whole = placement.gpu_layers >= layers;
  const bool on_cpu = scenario.system.backend == Backend::cpu;
  put_flag(out, "cpu_only", on_cpu);
  put(out, "gpu_layers", placement.gpu_layers);
  put_flag(out, "all_layers", whole);
  put_flag(out, "some_layers", !whole);
  if (placement.cpu_moe_layers > 0) put(out, "cpu_moe_layers", placement.cpu_moe_layers);
  put_flag(out, "no_cpu_moe", placement.cpu_moe_layers == 0);
  if (!on_cpu) {
    const bool everything = whole && placement.cpu_moe_layers == 0;
    put_flag(out, "everything", everything);
    constexpr double kSteps = 100;  // rounded down, because too much does not load
    if (!everything) {
      out.emplace("gpu_share", fraction_text(std::floor(device_share(placement, layers) * kSteps) / kSteps));
    }
    // An engine that places layers by itself is told how many, where a person said so or another engine would.
    const bool given = scenario.settings.gpu_layers != kAuto;
    if (engine.host_offload && (given || (!asked && !whole))) put(out, "layers_told", placement.gpu_layers);
  }
  if (placement.host.weights.value() > 0)
    put(out, "offload_gib", divide_up(placement.host.weights.value(), gibibytes(1).value()));
}

// A share per device, "3,2", in llama.cpp's order: it lists what other machines serve before its own devices
// (src/llama.cpp, llama_prepare_model_devices), which are those of the first machine. It divides MTP blocks and the
// output as it divides layers (src/llama-model.cpp, load_tensors), so that they count where they are to be.
std::string layer_shares(const Placement& placement, const WeightProfile& weights, const System& system) {
  std::string text;
  const std::uint32_t servers = system.servers();
  for (std::uint32_t turn = 1; turn <= servers; ++turn) {
    for (std::size_t i = 0; i < placement.devices.size(); ++i) {
      if (system.server_of(i) != turn % servers) continue;
      const DeviceShare& device = placement.devices[i];
      if (!text.empty()) text += ",";
      text += std::to_string(device.layers + (device.holds_output ? weights.slots_after_layers() : 0));
    }
  }
  return text;
}

// llama.cpp's rpc-server runs on every machine but the one that serves; it listens on this port unless told otherwise
// (tools/rpc/README.md).
std::string rpc_servers(std::uint64_t machines) {
  std::string text;
  for (std::uint64_t machine = 2; machine <= machines; ++machine) {
    text += (text.empty() ? "" : ",") + host_name(machine) + ":50052";
  }
  return text;
}

void put_division(Variables& out, const Answer& answer, const EngineWords& words) {
  const Placement& placement = answer.estimate.placement;
  const System& system = answer.scenario.system;
  if (system.devices.size() > 1) {
    put(out, "devices", system.devices.size());
    put_flag(out, "layer_split", placement.split == Split::layer);
    put_flag(out, "tensor_split", placement.split == Split::tensor);
    put_flag(out, "no_split", placement.split == Split::none);
    out.emplace("shares", layer_shares(placement, *answer.weights, system));
  }
  if (placement.tensor_parallel > 1) put(out, "tensor_parallel", placement.tensor_parallel);
  if (placement.pipeline_parallel > 1) put(out, "pipeline_parallel", placement.pipeline_parallel);
  if (placement.expert_parallel > 1) put(out, "expert_parallel", placement.expert_parallel);
  if (placement.ranks() > 1) put(out, "stage_ranks", placement.ranks());
  if (placement.data_parallel > 1) {
    put(out, "data_parallel", placement.data_parallel);
    put_flag(out, "attention_copies", answer.model->has_experts);
    put_flag(out, "independent_copies", !answer.model->has_experts);
  }
  if (placement.context_parallel > 1) put(out, "context_parallel", placement.context_parallel);
  const std::uint64_t ranks = std::uint64_t{placement.ranks()} * placement.pipeline_parallel;
  if (const std::uint64_t nodes = system.servers(); nodes > 1) {
    put(out, "nodes", nodes);
    put(out, "ranks", ranks);
    put(out, "node_ranks", divide_up(ranks, nodes));
    out.emplace("rpc_servers", rpc_servers(nodes));
    std::string hosts;
    for (std::uint64_t node = 1; node <= nodes; ++node) hosts += (node > 1 ? "," : "") + host_name(node);
    out.emplace("hosts", hosts);
    bool even = true;
    for (std::uint32_t node = 1; node < nodes; ++node) even = even && system.devices_in(node) == system.devices_in(0);
    put_text(out, "link_backend", word_of(words.links, system.interconnect.id));
    put_flag(out, "kv_on_nodes", out.contains("kv_given"));
    put_flag(out, "uneven_nodes", !even);
    put_flag(out, "mixed_division", placement.tensor_parallel > 1 && placement.pipeline_parallel > 1);
  }
}

void put_extras(Variables& out, const Answer& answer, const Engine& engine) {
  const ResolvedScenario& scenario = answer.scenario;
  const Settings& settings = scenario.settings;
  const double fraction =
      scenario.system.usable_fraction >= 0 ? scenario.system.usable_fraction : engine.memory_fraction;
  if (fraction < 1) out.emplace("memory_fraction", fraction_text(fraction));
  const bool projects = settings.projector && answer.estimate.placement.projector.value() > 0;
  put_flag(out, "mmproj", projects);
  put_flag(out, "mmproj_on_host", settings.projector_on_host);
  put_flag(out, "no_mmproj", !projects && answer.weights->vision.value() > 0);
  std::uint64_t adapters = 0;
  std::uint64_t rank = 0;
  std::uint16_t targets = 0;
  bool told = true;  // of every one which projections it targets
  for (const Adapter& adapter : settings.adapters) {
    adapters += adapter.count;
    rank = std::max<std::uint64_t>(rank, adapter.rank);
    targets = static_cast<std::uint16_t>(targets | adapter.targets);
    told = told && adapter.targets != 0;
  }
  if (adapters > 0) {
    put(out, "adapters", adapters);
    put(out, "adapter_rank", rank);
    if (told) {
      out.emplace("adapted_projections", projection_names(targets));
      out.emplace("adapted_layers", fused_names(targets));
    }
  }
}

// Ollama runs models by name. One that it cannot fetch, or that needs settings, gets a name through a Modelfile.
void put_ollama(Variables& out, const Answer& answer, const EngineWords& words, const ModelFiles& files,
                const Catalog& catalog) {
  const ResolvedScenario& scenario = answer.scenario;
  const std::string reference = ollama_reference(files, *scenario.format, answer.weights->file_bytes, words.tag_rule);
  put_text(out, "ollama", reference);
  // A model that llama.cpp does not know has files only in Ollama's library.
  const bool can_be_made = !scenario.model.index || catalog.models()[*scenario.model.index].gguf_supported;
  put_flag(out, "not_to_be_had", reference.empty() && !can_be_made);
  const auto layers = out.find("layers_told");
  if (!reference.empty() && layers == out.end()) return;
  std::string modelfile = "FROM " + (reference.empty() ? "./" + files.name_in(*scenario.format) + ".gguf" : reference);
  if (layers != out.end()) modelfile += "\\nPARAMETER num_gpu " + layers->second;
  out.emplace("modelfile", modelfile);
}

}  // namespace

std::string host_name(std::uint64_t machine) { return "HOST_" + std::to_string(machine); }

Variables variables_of(const Answer& answer, const Engine& engine, const EngineWords& words, const ModelFiles& files,
                       const Catalog& catalog, bool asked) {
  Variables out;
  put_model(out, answer.scenario, words, files);
  put_draft(out, answer.scenario, words, catalog);
  put_kind(out, answer, catalog);
  put_kv_types(out, answer.scenario.settings.cache, engine, words);
  put_cache(out, answer.scenario, engine);
  put_layers(out, answer, engine, asked);
  put_division(out, answer, words);
  put_extras(out, answer, engine);
  if (!words.tag_rule.format.empty()) put_ollama(out, answer, words, files, catalog);
  return out;
}

}  // namespace headroom
