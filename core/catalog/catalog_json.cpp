#include "core/catalog/catalog_json.h"

#include <nlohmann/json.hpp>
#include <string>

#include "core/catalog/json_text.h"
#include "core/catalog/look_up.h"
#include "core/catalog/names.h"
#include "core/si.h"

namespace headroom {
namespace {

using nlohmann::json;

json positive_or_null(double value) { return value > 0 ? json(value) : json(nullptr); }
json price_or_null(double usd) { return usd >= 0 ? json(usd) : json(nullptr); }
json count_or_null(std::uint64_t value) { return value > 0 ? json(value) : json(nullptr); }
json text_or_null(std::string_view text) { return text.empty() ? json(nullptr) : json(text); }

// Flop/s to 10^12 flop/s; unknown (negative) is null, a unit that the part lacks is 0.
json tflops_json(FlopsPerSecond rate) { return rate.value() < 0 ? json(nullptr) : json(rate.value() / kTera); }

json throughput_json(const DenseThroughput& tflops) {
  json out;
  for (const NamedThroughput& entry : kThroughputs) out[entry.name] = tflops_json(tflops.*entry.field);
  return out;
}

json link_json(const Link& link) {
  if (link.per_direction.value() <= 0) return nullptr;
  return json_object({{"id", link.id},
                      {"name", link.name},
                      {"gbs_per_direction", link.per_direction.value() / kGiga},
                      {"latency_us", link.latency.value() / kMicro},
                      {"max_devices", count_or_null(link.max_devices)},
                      {"switched", link.switched}});
}

json backends_json(const std::array<bool, static_cast<std::size_t>(Backend::count)>& backends) {
  json out = json::array();
  for (const auto& entry : kBackendNames) {
    if (backends[static_cast<std::size_t>(entry.value)]) out.push_back(entry.name);
  }
  return out;
}

json model_row(const ModelEntry& model) {
  return json_object({{"id", model.id},
                      {"name", model.name},
                      {"family", model.family},
                      {"developer", model.developer},
                      {"kind", name_of(kModelKindNames, model.kind)},
                      {"total_params", count_or_null(model.total_params)},
                      {"active_params", count_or_null(model.active_params)},
                      {"max_context", count_or_null(model.max_context)},
                      {"release", text_or_null(model.release)},
                      {"license", text_or_null(model.license)},
                      {"hf_id", text_or_null(model.hf_id)},
                      {"native_precision", text_or_null(model.native_precision)},
                      {"capabilities", model.capabilities},
                      {"distribution", model.distribution},
                      {"gguf_supported", model.gguf_supported},
                      {"confidence", name_of(kFactConfidenceNames, model.confidence)}});
}

json device_row(const DeviceEntry& entry) {
  const Device& device = entry.device;
  return json_object({{"id", device.id},
                      {"name", device.name},
                      {"vendor", device.vendor},
                      {"class", name_of(kDeviceClassNames, device.cls)},
                      {"architecture", text_or_null(device.architecture)},
                      {"memory_bytes", count_or_null(device.memory.value())},
                      {"mem_bandwidth_gbs", positive_or_null(device.bandwidth.value() / kGiga)},
                      {"dense_tflops", throughput_json(device.tflops)},
                      {"unified_memory", device.unified_memory},
                      {"backend", name_of(kBackendNames, device.default_backend)},
                      {"tdp_w", positive_or_null(device.tdp.value())},
                      {"launch_year", count_or_null(device.launch_year)},
                      {"price_usd", price_or_null(entry.price_usd)},
                      {"confidence", name_of(kFactConfidenceNames, entry.confidence)}});
}

json format_row(const Format& format) {
  return json_object({{"id", format.id},
                      {"name", format.name},
                      {"bits_per_weight", format.nominal_bits},
                      {"family", name_of(kFormatFamilyNames, format.family)}});
}

json engine_row(const Engine& engine) {
  json families = json::array();
  for (const FormatFamily family : engine.formats) families.push_back(name_of(kFormatFamilyNames, family));
  json kv_types = json::array();
  for (const KvType& type : engine.kv_types) kv_types.push_back(type.id);
  return json_object({{"id", engine.id},
                      {"name", engine.name},
                      {"backends", backends_json(engine.backends)},
                      {"format_families", std::move(families)},
                      {"kv_types", std::move(kv_types)},
                      {"default_kv", engine.default_kv},
                      {"default_quantization", text_or_null(engine.default_format)},
                      {"host_offload", engine.host_offload},
                      {"expert_offload", engine.expert_offload},
                      {"tensor_parallel", engine.tensor_parallel},
                      {"data_parallel", engine.copy_holds != CopyHolds::nothing},
                      {"draft_models", engine.draft_models},
                      {"mtp", engine.mtp},
                      {"adapters", engine.adapters}});
}

json host_row(const Host& host) {
  return json_object({{"id", host.id}, {"name", host.name}, {"mem_bandwidth_gbs", host.bandwidth.value() / kGiga}});
}

json workload_row(const WorkloadEntry& entry) {
  return json_object({{"id", entry.workload.id},
                      {"prompt", entry.workload.prompt},
                      {"output", entry.workload.output},
                      {"cached_prefix", entry.workload.cached_prefix}});
}

template <class Rows, class Write>
json rows_of(const Rows& rows, const Write& write) {
  json out = json::array();
  for (const auto& row : rows) out.push_back(write(row));
  return out;
}

// The fact as it stands in the data, with the contract's names added where the fact has others.
json full_record(std::string_view text, const json& row) {
  json record = parse_or_discard(text);
  if (!record.is_object()) record = json::object();
  record.update(row);
  for (const char* list : {"sources", "conflicts"}) {
    if (record.find(list) == record.end()) record[list] = json::array();
  }
  return record;
}

}  // namespace

json catalog_json(const Catalog& catalog) {
  return json_object({{"models", rows_of(catalog.models(), model_row)},
                      {"hardware", rows_of(catalog.devices(), device_row)},
                      {"quantizations", rows_of(catalog.formats(), format_row)},
                      {"engines", rows_of(catalog.engines(), engine_row)},
                      {"workloads", rows_of(catalog.workloads(), workload_row)},
                      {"modes", rows_of(catalog.modes(),
                                        [](const ModeEntry& mode) {
                                          return json_object({{"id", mode.id}});
                                        })},
                      {"hosts", rows_of(catalog.hosts(), host_row)},
                      {"links", rows_of(catalog.links(), link_json)}});
}

Result<json> model_json(const Catalog& catalog, std::string_view id) {
  const auto index = catalog.find_model(id);
  if (!index) return unknown(ErrorCode::unknown_model, "id", id, catalog.nearest_models(id, Catalog::kSuggestions));
  return full_record(catalog.model_record(*index), model_row(catalog.models()[*index]));
}

Result<json> hardware_json(const Catalog& catalog, std::string_view id) {
  const auto index = catalog.find_device(id);
  if (!index) return unknown(ErrorCode::unknown_hardware, "id", id, catalog.nearest_devices(id, Catalog::kSuggestions));
  const DeviceEntry& entry = catalog.devices()[*index];
  json row = device_row(entry);
  row["peer_link"] = link_json(entry.device.peer);
  row["host_link"] = link_json(entry.device.host_link);
  row["price_date"] = text_or_null(entry.price_date);
  row["price_basis"] = text_or_null(entry.price_basis);
  row["rent_usd_hour"] = price_or_null(entry.rent_usd_hour);
  return full_record(catalog.device_record(*index), row);
}

}  // namespace headroom
