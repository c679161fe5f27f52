#include "core/catalog/custom_device.h"

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/catalog/json_fields.h"
#include "core/catalog/limits.h"
#include "core/catalog/names.h"
#include "core/catalog/nearest.h"
#include "core/si.h"

namespace headroom {
namespace {

using nlohmann::json;

// What an unnamed card hangs on: PCIe 4.0 x16 (data/links).
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

void parse_tflops(JsonFields& fields, Device& device) {
  const FlopsPerSecond unknown(-1);
  for (const NamedThroughput& entry : kThroughputs) device.tflops.*entry.field = unknown;
  const json* given = fields.any("dense_tflops");
  if (given == nullptr) return;
  JsonFields entries(*given, fields.path_of("dense_tflops"), "{fp16, bf16, fp8, int8, ...} in 10^12 dense flop/s");
  for (const NamedThroughput& entry : kThroughputs) {
    const auto tflops = entries.number(entry.name, 0, limits::kMostTflops);
    if (tflops) device.tflops.*entry.field = FlopsPerSecond(*tflops * kTera);
  }
  if (entries.failed()) fields.fail(*entries.error());
}

// {gbs_per_direction, latency_us}; false when the field is absent or not of this shape (a catalog record describes its
// links otherwise, and they are then taken as unknown).
bool parse_link(JsonFields& fields, const char* name, Link& link) {
  const json* given = fields.any(name);
  if (given == nullptr || !given->is_object() || given->find("gbs_per_direction") == given->end()) return false;
  JsonFields entry(*given, fields.path_of(name));
  const auto gbs = entry.number("gbs_per_direction", limits::kLeastLinkGbs, limits::kMostGbs);
  const auto latency = entry.number("latency_us", 0, limits::kMostLatencyUs);
  link.switched = entry.boolean("switched").value_or(false);
  if (entry.failed()) fields.fail(*entry.error());
  link.name = entry.text("name").value_or("");
  link.per_direction = BytesPerSecond(gbs.value_or(0) * kGiga);
  link.latency = Seconds(latency.value_or(kDefaultHostLinkUs) * kMicro);
  return true;
}

}  // namespace

Result<CustomDevice> parse_custom_device(const json& record, const std::string& path) {
  CustomDevice custom;
  Device& device = custom.device;
  JsonFields fields(record, path, "a hardware id, or a record {name, memory_bytes, mem_bandwidth_gbs, ...}");
  device.name = fields.text("name").value_or("custom device");
  device.vendor = fields.text("vendor").value_or("");
  device.cls = parse_name(fields, "class", kDeviceClassNames).value_or(DeviceClass::consumer);
  device.architecture = fields.text("architecture").value_or("");
  device.compute_capability = fields.text("compute_capability").value_or("");
  const auto memory = fields.whole("memory_bytes", 1, limits::kMostBytes);
  if (!fields.failed() && !memory) fields.reject("memory_bytes", "a whole number of bytes, needed in a device record");
  device.memory = Bytes(memory.value_or(0));
  device.bandwidth =
      BytesPerSecond(fields.number("mem_bandwidth_gbs", limits::kLeastGbs, limits::kMostGbs).value_or(0) * kGiga);
  parse_tflops(fields, device);
  device.unified_memory = fields.boolean("unified_memory")
                              .value_or(device.cls == DeviceClass::apple || device.cls == DeviceClass::unified ||
                                        device.cls == DeviceClass::apu);
  device.usable_fraction =
      fields.number("usable_fraction", limits::kLeastUsableFraction, limits::kMostUsableFraction).value_or(1.0);
  device.drives_display = fields.boolean("drives_display").value_or(false);
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
  custom.json = record.dump(-1, ' ', false, json::error_handler_t::replace);
  return custom;
}

}  // namespace headroom
