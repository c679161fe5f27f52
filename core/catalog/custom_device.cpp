#include "core/catalog/custom_device.h"

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/catalog/catalog_json.h"
#include "core/catalog/json_fields.h"
#include "core/catalog/json_text.h"
#include "core/catalog/limits.h"
#include "core/catalog/names.h"
#include "core/catalog/nearest.h"
#include "core/si.h"

namespace headroom {
namespace {

using nlohmann::json;

// The host link of a card that states none: PCIe 4.0 x16 (data/links.json).
constexpr double kDefaultHostLinkGbs = 31.5;
constexpr double kDefaultHostLinkUs = 1.8;

template <class Enum, std::size_t N>
std::optional<Enum> parse_name(JsonFields& fields, const char* name, const std::array<Named<Enum>, N>& table) {
  const auto given = fields.text(name);
  if (!given) return std::nullopt;
  const auto value = value_of(table, *given);
  if (!value) {
    std::vector<std::string_view> names;
    names.reserve(N);
    for (const Named<Enum>& entry : table) names.push_back(entry.name);
    fields.reject(name, "one of " + joined(names));
  }
  return value;
}

// The backend whose kernels a vendor's parts usually run.
Backend backend_of(std::string_view vendor, DeviceClass cls) {
  if (cls == DeviceClass::cpu) return Backend::cpu;
  if (vendor == "NVIDIA") return Backend::cuda;
  if (vendor == "AMD") return cls == DeviceClass::apu ? Backend::vulkan : Backend::rocm;
  if (vendor == "Apple") return Backend::metal;
  if (vendor == "Intel") return Backend::sycl;
  return Backend::vulkan;
}

void parse_tflops(JsonFields& fields, Device& device, std::vector<std::string>& unknown_fields) {
  const FlopsPerSecond unknown(-1);
  for (const NamedThroughput& entry : kThroughputs) device.tflops.*entry.field = unknown;
  const json* given = fields.any("dense_tflops");
  if (given == nullptr) return;
  JsonFields entries(*given, fields.path_of("dense_tflops"), "{fp16, bf16, fp8, int8, ...} in 10^12 dense flop/s");
  for (const NamedThroughput& entry : kThroughputs) {
    const auto tflops = entries.number(entry.name, 0, limits::kMostTflops);
    if (tflops) device.tflops.*entry.field = FlopsPerSecond(*tflops * kTera);
  }
  entries.list_unknown(unknown_fields);
  if (entries.failed()) fields.fail(*entries.error());
}

// {gbs_per_direction, latency_us}; false when the field is absent or not of this shape.
bool parse_link(JsonFields& fields, const char* name, Link& link) {
  const json* given = fields.any(name);
  if (given == nullptr || !given->is_object() || given->find("gbs_per_direction") == given->end()) return false;
  JsonFields entry(*given, fields.path_of(name));
  const auto gbs = entry.number("gbs_per_direction", limits::kLeastLinkGbs, limits::kMostGbs);
  const auto latency = entry.number("latency_us", 0, limits::kMostLatencyUs);
  link.switched = entry.boolean("switched").value_or(false);
  link.max_devices = entry.count("max_devices", 1, limits::kMostLinked).value_or(0);
  if (entry.failed()) fields.fail(*entry.error());
  link.name = entry.text("name").value_or("");
  link.per_direction = BytesPerSecond(gbs.value_or(0) * kGiga);
  link.latency = Seconds(latency.value_or(kDefaultHostLinkUs) * kMicro);
  return true;
}

// Fields of the catalog's records that no estimate needs, or that repeat another field.
constexpr std::string_view kShownOnly[] = {"id",
                                           "memory_gb",
                                           "memory_gib_reported",
                                           "memory_type",
                                           "native_formats",
                                           "sources",
                                           "confidence",
                                           "conflicts",
                                           "notes",
                                           "verification",
                                           "exceptions",
                                           "price",
                                           "price_usd",
                                           "price_date",
                                           "price_basis",
                                           "launch",
                                           "launch_year",
                                           "rent_usd_hour",
                                           "cloud_usd_hour",
                                           "interconnect",
                                           "pcie",
                                           "market",
                                           "also_called",
                                           "mig_instances",
                                           "gpus_per_board",
                                           "measured_gemm_tflops",
                                           "l2_mb",
                                           "cache_mb",
                                           "logical_gpus",
                                           "mem_bw_achievable_gbs",
                                           "gpu_usable_fraction_legacy"};

Bytes gib_field(JsonFields& fields, const char* name) {
  constexpr double kUnit = gibibytes(1).as_double();
  return Bytes::from_double(fields.number(name, 0, limits::kMostBytes / kUnit).value_or(0) * kUnit);
}

// What the platform lets an accelerator use, in the scenario's field names and in those of the catalog's records.
void parse_limits(JsonFields& fields, Device& device) {
  constexpr double kLeast = limits::kLeastUsableFraction, kMost = limits::kMostUsableFraction;
  const auto by_platform = fields.number("gpu_usable_fraction_default", kLeast, kMost);
  device.usable_fraction = fields.number("usable_fraction", kLeast, kMost).value_or(by_platform.value_or(1.0));
  device.raised_limit = gib_field(fields, "gpu_usable_gb_raised");
}

}  // namespace

Result<CustomDevice> parse_custom_device(const json& record, const std::string& path,
                                         std::vector<std::string>& unknown) {
  CustomDevice custom;
  Device& device = custom.device;
  JsonFields fields(record, path, "a hardware id, or a record {name, memory_bytes, mem_bandwidth_gbs, ...}");
  device.name = fields.text("name").value_or("custom device");
  device.vendor = fields.text("vendor").value_or("");
  const auto told_class = parse_name(fields, "class", kDeviceClassNames);
  device.cls = told_class.value_or(DeviceClass::consumer);
  device.architecture = fields.text("architecture").value_or("");
  const auto gfx_target = fields.text("gfx_target");
  device.compute_capability = fields.text("compute_capability").value_or(gfx_target.value_or(""));
  const auto memory = fields.whole("memory_bytes", 1, limits::kMostBytes);
  if (!fields.failed() && !memory) fields.reject("memory_bytes", "a whole number of bytes, needed in a device record");
  device.memory = Bytes(memory.value_or(0));
  device.bandwidth =
      BytesPerSecond(fields.number("mem_bandwidth_gbs", limits::kLeastGbs, limits::kMostGbs).value_or(0) * kGiga);
  parse_tflops(fields, device, unknown);
  device.unified_memory = fields.boolean("unified_memory")
                              .value_or(device.cls == DeviceClass::apple || device.cls == DeviceClass::unified ||
                                        device.cls == DeviceClass::apu);
  parse_limits(fields, device);
  device.module = fields.text("form").value_or("") == "module";
  device.drives_display = fields.boolean("drives_display").value_or(told_class && device.usually_drives_display());
  device.tdp = Watts(fields.number("tdp_w", 0, limits::kMostWatts).value_or(0));
  device.default_backend = parse_name(fields, "backend", kBackendNames).value_or(backend_of(device.vendor, device.cls));
  device.backends[static_cast<std::size_t>(device.default_backend)] = true;
  device.backends[static_cast<std::size_t>(Backend::cpu)] = true;
  if (device.default_backend != Backend::cpu) device.backends[static_cast<std::size_t>(Backend::vulkan)] = true;
  parse_link(fields, "peer_link", device.peer);
  if (!parse_link(fields, "host_link", device.host_link)) {
    device.host_link.per_direction = BytesPerSecond(kDefaultHostLinkGbs * kGiga);
    device.host_link.latency = Seconds(kDefaultHostLinkUs * kMicro);
  }
  if (fields.failed()) return *fields.error();
  for (const std::string_view name : kShownOnly) (void)fields.any(name);
  fields.list_unknown(unknown);
  custom.json = record.dump(-1, ' ', false, json::error_handler_t::replace);
  return custom;
}

namespace {

// Whether the record, as JSON text, is one of the catalog's with nothing changed.
std::optional<std::string> catalog_id(const Catalog& catalog, const CustomDevice& device) {
  const json given = parse_or_discard(device.json);
  const auto id = given.find("id");
  const auto* name = id == given.end() ? nullptr : id->get_ptr<const std::string*>();
  if (name == nullptr) return std::nullopt;
  const auto known = hardware_json(catalog, *name);
  if (!known) return std::nullopt;
  for (const auto& field : given.items()) {
    const auto fact = known->find(field.key());
    if (fact == known->end() || *fact != field.value()) return std::nullopt;
  }
  return *name;
}

void use_catalog_id(const Catalog& catalog, DeviceSpec& device) {
  if (!device.custom) return;
  if (auto id = catalog_id(catalog, *device.custom)) device = {*std::move(id), nullptr, device.count};
}

}  // namespace

void use_catalog_ids(const Catalog& catalog, HardwareSpec& hardware) {
  use_catalog_id(catalog, hardware.device);
  for (DeviceSpec& other : hardware.others) use_catalog_id(catalog, other);
}

}  // namespace headroom
