#include "core/catalog/scenario_json.h"
#include "core/catalog/adapter_targets.h"

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "core/catalog/custom_device.h"
#include "core/catalog/custom_model_json.h"
#include "core/catalog/finetune_json.h"
#include "core/catalog/json_fields.h"
#include "core/catalog/json_text.h"
#include "core/catalog/limits.h"
#include "core/catalog/names.h"
#include "core/catalog/number_format.h"

namespace headroom {
namespace {

using nlohmann::json;

bool says_auto(const json& value) {
  const auto* text = value.get_ptr<const std::string*>();
  return text != nullptr && *text == "auto";
}

DeviceSpec parse_device(JsonFields& fields, bool needed, std::vector<std::string>& unknown) {
  DeviceSpec spec;
  const json* device = fields.any("device");
  if (device == nullptr) {
    if (needed) fields.reject("device", "a hardware id such as \"nvidia-rtx-4090-24gb\", or a device record");
  } else if (device->is_object()) {
    auto custom = parse_custom_device(*device, fields.path_of("device"), unknown);
    if (custom.ok()) {
      spec.custom = std::make_shared<const CustomDevice>(std::move(custom).value());
    } else {
      fields.fail(custom.error());
    }
  } else {
    spec.id = fields.text("device").value_or("");
  }
  spec.count = fields.count("count", 1, kMaxDevices).value_or(1);
  return spec;
}

void parse_others(JsonFields& fields, HardwareSpec& spec, std::vector<std::string>& unknown) {
  const json* others = fields.array("others", kMaxDevices);
  if (others == nullptr) return;
  for (std::size_t i = 0; i < others->size() && !fields.failed(); ++i) {
    JsonFields entry((*others)[i], fields.path_of("others[" + std::to_string(i) + "]"), "{device, count}");
    spec.others.push_back(parse_device(entry, true, unknown));
    entry.list_unknown(unknown);
    if (entry.failed()) fields.fail(*entry.error());
  }
}

void parse_interconnect(JsonFields& fields, LinkSpec& spec, std::vector<std::string>& unknown) {
  const json* link = fields.any("interconnect");
  if (link == nullptr || says_auto(*link)) return;
  if (link->is_string()) {
    spec.id = fields.text("interconnect").value_or("");
    return;
  }
  JsonFields entry(*link, fields.path_of("interconnect"), "\"auto\", a link id, or {gbs_per_direction, latency_us}");
  spec.gbs_per_direction = entry.number("gbs_per_direction", limits::kLeastLinkGbs, limits::kMostGbs);
  spec.latency_us = entry.number("latency_us", 0, limits::kMostLatencyUs);
  if (!entry.failed() && !spec.gbs_per_direction) entry.reject("gbs_per_direction", "a number, needed here");
  entry.list_unknown(unknown);
  if (entry.failed()) fields.fail(*entry.error());
}

void parse_host(JsonFields& fields, HostSpec& spec, std::vector<std::string>& unknown) {
  const json* host = fields.any("host");
  if (host == nullptr) return;
  if (host->is_string()) {
    spec.id = fields.text("host");
    return;
  }
  JsonFields entry(*host, fields.path_of("host"), "a host id, or {memory_bytes, mem_bandwidth_gbs, link}");
  spec.id = entry.text("id");
  spec.memory_bytes = entry.whole("memory_bytes", 0, limits::kMostBytes);
  spec.mem_bandwidth_gbs = entry.number("mem_bandwidth_gbs", limits::kLeastGbs, limits::kMostGbs);
  spec.link = entry.text("link");
  entry.list_unknown(unknown);
  if (entry.failed()) fields.fail(*entry.error());
}

void parse_hardware(JsonFields& fields, ScenarioSpec& spec, bool needed) {
  const json* hardware = fields.any("hardware");
  if (hardware == nullptr) {
    if (needed) fields.reject("hardware", "{device: a hardware id}, which has no default");
    return;
  }
  // A bare id is the shortest way to name a machine.
  if (hardware->is_string()) {
    spec.hardware.device.id = fields.text("hardware").value_or("");
    return;
  }
  JsonFields entry(*hardware, fields.path_of("hardware"), "{device: a hardware id, count, ...}");
  if (!entry.failed()) {
    spec.hardware.device = parse_device(entry, needed, spec.unknown_fields);
    parse_others(entry, spec.hardware, spec.unknown_fields);
    parse_interconnect(entry, spec.hardware.interconnect, spec.unknown_fields);
    spec.hardware.usable_fraction =
        entry.number("usable_fraction", limits::kLeastUsableFraction, limits::kMostUsableFraction);
    spec.hardware.reserved_bytes = entry.whole("reserved_bytes", 0, limits::kMostBytes);
    parse_host(entry, spec.hardware.host, spec.unknown_fields);
    std::size_t devices = spec.hardware.device.count;
    for (const DeviceSpec& other : spec.hardware.others) devices += other.count;
    if (!entry.failed() && devices > kMaxDevices) {
      entry.fail({ErrorCode::bad_value, "hardware: " + std::to_string(devices) +
                                            " devices were given; allowed are at most " + std::to_string(kMaxDevices) +
                                            " in all"});
    }
    entry.list_unknown(spec.unknown_fields);
  }
  if (entry.failed()) fields.fail(*entry.error());
}

// The id of a catalog record (hr.model gives one): a record to import says what it is made from.
const std::string* catalog_id(const json& model) {
  for (const char* made_from : {"config", "gguf", "safetensors"}) {
    if (model.contains(made_from)) return nullptr;
  }
  const auto id = model.find("id");
  return id == model.end() ? nullptr : id->get_ptr<const std::string*>();
}

void parse_model(JsonFields& fields, ScenarioSpec& spec, bool needed) {
  const json* model = fields.any("model");
  if (model == nullptr) {
    if (needed) fields.reject("model", "a model id, {config: ...} or a record from importModel, which has no default");
    return;
  }
  if (model->is_object()) {
    if (const std::string* id = catalog_id(*model)) {
      spec.model = *id;
      return;
    }
    auto custom = parse_custom_model(*model);
    if (custom.ok()) {
      spec.custom_model = std::make_shared<const CustomModel>(std::move(custom).value());
    } else {
      fields.fail(custom.error());
    }
    return;
  }
  if (!model->is_string()) {
    fields.reject("model", "a model id, {config: ...} or a record from importModel");
    return;
  }
  spec.model = fields.text("model").value_or("");
}

// "auto", "all" or a number of layers.
std::int32_t parse_layers(JsonFields& fields, const char* name) {
  const json* value = fields.any(name);
  if (value == nullptr || says_auto(*value)) return kAuto;
  if (const auto* text = value->get_ptr<const std::string*>(); text != nullptr && *text == "all") return kAll;
  if (value->is_number()) {
    return static_cast<std::int32_t>(fields.count(name, 0, limits::kMostLayers).value_or(0));
  }
  fields.reject(name, "\"auto\", \"all\" or a number of layers");
  return kAuto;
}

// A number of ranks; "auto" and absence leave it to the estimator.
std::optional<std::uint32_t> parse_ranks(JsonFields& fields, const char* name) {
  const json* value = fields.any(name);
  if (value == nullptr || says_auto(*value)) return std::nullopt;
  return fields.count(name, 1, kMaxDevices);
}

// An id, where "auto" means the same as leaving it out.
std::optional<std::string> parse_id(JsonFields& fields, const char* name) {
  const json* value = fields.any(name);
  if (value == nullptr || says_auto(*value)) return std::nullopt;
  return fields.text(name);
}

Split parse_split(JsonFields& fields) {
  const auto name = fields.text("split");
  if (!name) return Split::automatic;
  if (const auto split = value_of(kSplitNames, *name)) return *split;
  fields.reject("split", "auto, layer, tensor, expert or none");
  return Split::automatic;
}

std::optional<LogitRows> parse_logits(JsonFields& fields) {
  const auto name = fields.text("logits");
  if (!name) return std::nullopt;
  const auto rows = value_of(kLogitRowsNames, *name);
  if (!rows) fields.reject("logits", "all or last");
  return rows;
}

void parse_kv_cache(JsonFields& fields, ScenarioSpec& spec) {
  const json* kv = fields.any("kv_cache");
  if (kv == nullptr || says_auto(*kv)) return;
  if (kv->is_string()) {
    spec.kv_k = spec.kv_v = fields.text("kv_cache");
    return;
  }
  JsonFields entry(*kv, "kv_cache", "a type such as \"q8_0\", or {k, v}");
  spec.kv_k = parse_id(entry, "k");
  spec.kv_v = parse_id(entry, "v");
  entry.list_unknown(spec.unknown_fields);
  if (entry.failed()) fields.fail(*entry.error());
}

void parse_adapters(JsonFields& fields, ScenarioSpec& spec) {
  const json* adapters = fields.array("adapters", decltype(Settings::adapters)::capacity());
  if (adapters == nullptr) return;
  for (std::size_t i = 0; i < adapters->size() && !fields.failed(); ++i) {
    JsonFields entry((*adapters)[i], "adapters[" + std::to_string(i) + "]", "{rank, count, targets}");
    Adapter adapter;
    adapter.rank = entry.count("rank", 1, limits::kMostAdapterRank).value_or(adapter.rank);
    adapter.count = entry.count("count", 1, limits::kMostAdapters).value_or(adapter.count);
    adapter.targets = read_adapter_targets(entry);
    entry.list_unknown(spec.unknown_fields);
    if (entry.failed()) fields.fail(*entry.error());
    spec.adapters.push_back(adapter);
  }
}

void parse_draft(JsonFields& fields, ScenarioSpec& spec) {
  const json* draft = fields.any("draft");
  if (draft == nullptr) return;
  DraftSpec parsed;
  if (draft->is_string()) {
    parsed.model = fields.text("draft").value_or("");
  } else {
    JsonFields entry(*draft, "draft", "a model id, or {model, quantization}");
    parsed.model = entry.text("model").value_or("");
    parsed.quantization = parse_id(entry, "quantization");
    if (!entry.failed() && parsed.model.empty()) entry.reject("model", "the id of the draft model");
    entry.list_unknown(spec.unknown_fields);
    if (entry.failed()) fields.fail(*entry.error());
  }
  spec.draft = std::move(parsed);
}

void parse_speculation(JsonFields& fields, ScenarioSpec& spec) {
  const json* speculation = fields.any("speculation");
  if (speculation == nullptr) return;
  Speculation parsed;
  std::optional<std::string> kind;
  if (speculation->is_string()) {
    kind = fields.text("speculation");
  } else {
    JsonFields entry(*speculation, "speculation", "\"draft_model\", \"mtp\", or {kind, draft_tokens, acceptance}");
    kind = entry.text("kind");
    parsed.draft_tokens = entry.count("draft_tokens", 1, limits::kMostDraftTokens).value_or(parsed.draft_tokens);
    parsed.acceptance = entry.number("acceptance", 0, 1).value_or(parsed.acceptance);
    entry.list_unknown(spec.unknown_fields);
    if (entry.failed()) fields.fail(*entry.error());
  }
  const auto known = value_of(kSpeculationNames, kind.value_or(""));
  if (!known) fields.reject("speculation", "null, or a kind of draft_model or mtp");
  if (!known || *known == SpeculationKind::none) return;
  parsed.kind = *known;
  spec.speculation = parsed;
}

void parse_kernels(JsonFields& fields, ScenarioSpec& spec) {
  const json* kernels = fields.array("kernels", limits::kMostKernels);
  if (kernels == nullptr) return;
  for (const json& kernel : *kernels) {
    const auto* name = kernel.get_ptr<const std::string*>();
    if (name == nullptr) {
      fields.reject("kernels", "a list of names of kernel packages");
      return;
    }
    spec.kernels.push_back(*name);
  }
}

void parse_workload(JsonFields& fields, ScenarioSpec& spec) {
  const json* workload = fields.any("workload");
  if (workload == nullptr) return;
  WorkloadSpec parsed;
  if (workload->is_string()) {
    parsed.id = fields.text("workload").value_or("");
  } else {
    JsonFields entry(*workload, "workload", "a workload id, or {prompt, output, cached_prefix}");
    // A row of catalog().workloads means that workload.
    if (const std::optional<std::string> id = entry.text("id")) {
      parsed.id = *id;
    } else {
      parsed.prompt = entry.count("prompt", 0, limits::kMostTokens).value_or(0);
      parsed.output = entry.count("output", 0, limits::kMostTokens).value_or(0);
      parsed.cached_prefix = entry.count("cached_prefix", 0, limits::kMostTokens).value_or(0);
    }
    entry.list_unknown(spec.unknown_fields);
    if (entry.failed()) fields.fail(*entry.error());
  }
  spec.workload = std::move(parsed);
}

// With what a person's own measurement was made.
constexpr std::array<std::pair<const char*, std::string PersonalFactors::*>, 5> kMeasuredIds{{
    {"engine", &PersonalFactors::engine},
    {"backend", &PersonalFactors::backend},
    {"device", &PersonalFactors::device},
    {"model", &PersonalFactors::model},
    {"quantization", &PersonalFactors::format},
}};

struct RunDepth {
  const char *from, *to;
  MeasuredDepths OwnRun::*depths;
};
constexpr std::array<RunDepth, 2> kRunDepths{{{"decode_depth", "decode_most_depth", &OwnRun::decode},
                                              {"prefill_depth", "prefill_most_depth", &OwnRun::prefill}}};

// Old links do not tell how it was run.
OwnRun parse_run(JsonFields& entry) {
  OwnRun run;
  run.devices = entry.count("devices", 1, kMaxDevices).value_or(0);
  run.fewest_users = entry.count("users", 1, limits::kMostParallel).value_or(1);
  run.most_users = std::max(entry.count("most_users", 1, limits::kMostParallel).value_or(1), run.fewest_users);
  for (const RunDepth& depth : kRunDepths) {
    MeasuredDepths& depths = run.*depth.depths;
    depths.from = entry.number(depth.from, 0, limits::kMostDepth).value_or(0);
    depths.to = std::max(entry.number(depth.to, 0, limits::kMostDepth).value_or(0), depths.from);
  }
  run.cache_bits = entry.number("cache_bits", 0, limits::kMostCacheBits).value_or(0);
  run.host = entry.number("host_share", 0, limits::kMostHostShare).value_or(0);
  return run;
}

void put_run(const OwnRun& run, json& out) {
  if (!run.told()) return;
  out["devices"] = run.devices;
  const auto put = [&out](const char* name, auto value, bool says) {
    if (says) out[name] = value;
  };
  put("users", run.fewest_users, run.fewest_users > 1);
  put("most_users", run.most_users, run.most_users > run.fewest_users);
  for (const RunDepth& depth : kRunDepths) {
    const MeasuredDepths& depths = run.*depth.depths;
    put(depth.from, depths.from, depths.from > 0);
    put(depth.to, depths.to, depths.to > depths.from);
  }
  put("cache_bits", run.cache_bits, run.cache_bits > 0);
  put("host_share", run.host, run.host > 0);
}

void parse_personal(JsonFields& fields, ScenarioSpec& spec) {
  const json* personal = fields.any("personal");
  if (personal == nullptr) return;
  JsonFields entry(*personal, "personal", "{decode, prefill, ...}: tokens per second as measured / as estimated");
  PersonalFactors factors;
  const auto factor = [&](const char* name) {
    return entry.number(name, limits::kLeastPersonalFactor, limits::kMostPersonalFactor).value_or(1);
  };
  factors.decode = factor("decode");
  factors.prefill = factor("prefill");
  factors.decode_spread = entry.number("decode_spread", 0, limits::kMostPersonalSpread).value_or(0);
  factors.prefill_spread = entry.number("prefill_spread", 0, limits::kMostPersonalSpread).value_or(0);
  for (const auto& [name, id] : kMeasuredIds) factors.*id = entry.text(name).value_or("");
  factors.run = parse_run(entry);
  entry.list_unknown(spec.unknown_fields);
  if (entry.failed()) fields.fail(*entry.error());
  spec.personal = factors;
}

void read_language(JsonFields& fields, ScenarioSpec& spec) {
  const auto tag = fields.text("language");
  if (!tag) return;
  if (const auto language = parse_language(*tag)) {
    spec.language = language_code(*language);
  } else {
    fields.reject("language", "en, es or zh");
  }
}

json device_json(const DeviceSpec& spec) {
  json out = json::object();
  out["device"] = spec.custom ? parse_or_discard(spec.custom->json) : json(spec.id);
  if (spec.count != 1) out["count"] = spec.count;
  return out;
}

json host_json(const HostSpec& spec) {
  json out = json::object();
  if (spec.id) out["id"] = *spec.id;
  if (spec.memory_bytes) out["memory_bytes"] = *spec.memory_bytes;
  if (spec.mem_bandwidth_gbs) out["mem_bandwidth_gbs"] = *spec.mem_bandwidth_gbs;
  if (spec.link) out["link"] = *spec.link;
  return out;
}

json hardware_json(const HardwareSpec& spec) {
  json out = device_json(spec.device);
  for (const DeviceSpec& other : spec.others) out["others"].push_back(device_json(other));
  const LinkSpec& link = spec.interconnect;
  if (!link.id.empty()) out["interconnect"] = link.id;
  if (link.gbs_per_direction) out["interconnect"] = json_object({{"gbs_per_direction", *link.gbs_per_direction}});
  if (link.gbs_per_direction && link.latency_us) out["interconnect"]["latency_us"] = *link.latency_us;
  if (spec.usable_fraction) out["usable_fraction"] = *spec.usable_fraction;
  if (spec.reserved_bytes) out["reserved_bytes"] = *spec.reserved_bytes;
  if (json host = host_json(spec.host); !host.empty()) out["host"] = std::move(host);
  return out;
}

json layers_json(std::int32_t layers) { return layers == kAll ? json("all") : json(layers); }

template <class T>
void put(json& out, const char* name, const std::optional<T>& value) {
  if (value) out[name] = *value;
}

void put_extras(json& out, const ScenarioSpec& spec) {
  for (const Adapter& adapter : spec.adapters) {
    json entry = json_object({{"rank", adapter.rank}, {"count", adapter.count}});
    if (adapter.targets != 0) entry["targets"] = adapter_targets_json(adapter.targets);
    out["adapters"].push_back(std::move(entry));
  }
  if (spec.draft) {
    out["draft"] = json_object({{"model", spec.draft->model}});
    put(out["draft"], "quantization", spec.draft->quantization);
  }
  if (spec.speculation) {
    out["speculation"] = json_object({{"kind", name_of(kSpeculationNames, spec.speculation->kind)},
                                      {"draft_tokens", spec.speculation->draft_tokens},
                                      {"acceptance", spec.speculation->acceptance}});
  }
  if (spec.mmproj) out["mmproj"] = true;
  if (spec.mmproj_on_host) out["mmproj_on_host"] = true;
  if (spec.finetune) out["finetune"] = to_json(*spec.finetune);
  if (!spec.kernels.empty()) out["kernels"] = spec.kernels;
}

}  // namespace

json to_json(const PersonalFactors& personal) {
  json out = json_object({{"decode", personal.decode}, {"prefill", personal.prefill}});
  if (personal.decode_spread > 0) out["decode_spread"] = personal.decode_spread;
  if (personal.prefill_spread > 0) out["prefill_spread"] = personal.prefill_spread;
  put_run(personal.run, out);
  for (const auto& [name, id] : kMeasuredIds) {
    if (!(personal.*id).empty()) out[name] = personal.*id;
  }
  return out;
}

Result<ScenarioSpec> parse_scenario(const json& value, ScenarioNeeds needs) {
  JsonFields fields(value, "", "an object {model, hardware, ...}");
  if (fields.failed()) return *fields.error();
  ScenarioSpec spec;
  parse_model(fields, spec, needs.model);
  parse_hardware(fields, spec, needs.hardware);
  spec.engine = parse_id(fields, "engine");
  spec.backend = parse_id(fields, "backend");
  spec.quantization = parse_id(fields, "quantization");
  parse_kv_cache(fields, spec);
  spec.context = fields.count("context", 1, limits::kMostTokens);
  spec.parallel = fields.count("parallel", 1, limits::kMostParallel);
  spec.max_sequences = fields.count("max_sequences", 1, limits::kMostParallel);
  spec.batch = fields.count("batch", 1, limits::kMostBatch);
  spec.ubatch = fields.count("ubatch", 1, limits::kMostBatch);
  spec.flash_attention = fields.boolean("flash_attention");
  spec.swa_full = fields.boolean("swa_full");
  spec.kv_unified = fields.boolean("kv_unified");
  spec.logits = parse_logits(fields);
  spec.kv_on_host = fields.boolean("kv_on_host").value_or(false);
  spec.gpu_layers = parse_layers(fields, "gpu_layers");
  spec.cpu_moe_layers = parse_layers(fields, "cpu_moe_layers");
  spec.split = parse_split(fields);
  spec.tensor_parallel = parse_ranks(fields, "tensor_parallel");
  spec.pipeline_parallel = parse_ranks(fields, "pipeline_parallel");
  spec.data_parallel = parse_ranks(fields, "data_parallel");
  spec.context_parallel = parse_ranks(fields, "decode_context_parallel");
  parse_adapters(fields, spec);
  parse_draft(fields, spec);
  parse_speculation(fields, spec);
  spec.mmproj = fields.boolean("mmproj").value_or(false);
  spec.mmproj_on_host = fields.boolean("mmproj_on_host").value_or(false);
  parse_finetune(fields, spec);
  parse_kernels(fields, spec);
  parse_workload(fields, spec);
  spec.mode = fields.text("mode");
  parse_personal(fields, spec);
  read_language(fields, spec);
  if (fields.failed()) return *fields.error();
  fields.list_unknown(spec.unknown_fields);
  return spec;
}

json to_json(const ScenarioSpec& spec) {
  json out = json::object();
  if (spec.custom_model) {
    out["model"] = parse_or_discard(spec.custom_model->json);
  } else if (!spec.model.empty()) {
    out["model"] = spec.model;
  }
  if (!spec.hardware.device.empty()) out["hardware"] = hardware_json(spec.hardware);
  put(out, "engine", spec.engine);
  put(out, "backend", spec.backend);
  put(out, "quantization", spec.quantization);
  if (spec.kv_k) out["kv_cache"]["k"] = *spec.kv_k;
  if (spec.kv_v) out["kv_cache"]["v"] = *spec.kv_v;
  put(out, "context", spec.context);
  put(out, "parallel", spec.parallel);
  put(out, "max_sequences", spec.max_sequences);
  put(out, "batch", spec.batch);
  put(out, "ubatch", spec.ubatch);
  put(out, "flash_attention", spec.flash_attention);
  put(out, "swa_full", spec.swa_full);
  put(out, "kv_unified", spec.kv_unified);
  if (spec.logits) out["logits"] = name_of(kLogitRowsNames, *spec.logits);
  if (spec.kv_on_host) out["kv_on_host"] = true;
  if (spec.gpu_layers != kAuto) out["gpu_layers"] = layers_json(spec.gpu_layers);
  if (spec.cpu_moe_layers != kAuto) out["cpu_moe_layers"] = layers_json(spec.cpu_moe_layers);
  if (spec.split != Split::automatic) out["split"] = name_of(kSplitNames, spec.split);
  put(out, "tensor_parallel", spec.tensor_parallel);
  put(out, "pipeline_parallel", spec.pipeline_parallel);
  put(out, "data_parallel", spec.data_parallel);
  put(out, "decode_context_parallel", spec.context_parallel);
  put_extras(out, spec);
  if (spec.workload && !spec.workload->id.empty()) {
    out["workload"] = spec.workload->id;
  } else if (spec.workload) {
    out["workload"] = json_object({{"prompt", spec.workload->prompt},
                                   {"output", spec.workload->output},
                                   {"cached_prefix", spec.workload->cached_prefix}});
  }
  put(out, "mode", spec.mode);
  if (spec.personal) out["personal"] = to_json(*spec.personal);
  if (spec.language != "en") out["language"] = spec.language;
  return out;
}

}  // namespace headroom
