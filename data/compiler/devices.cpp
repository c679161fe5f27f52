#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/catalog/json_fields.h"
#include "core/catalog/limits.h"
#include "core/catalog/names.h"
#include "core/si.h"
#include "data/compiler/readers.h"

namespace headroom::facts {
namespace {

using nlohmann::json;

constexpr double kLeastGib = 0.1;
constexpr double kMostGib = static_cast<double>(limits::kMostBytes) / gibibytes(1).as_double();
constexpr std::uint32_t kMostPerBoard = 64, kMostFormats = 32;
// A link between siblings that the link table does not know (PCIe-like protocols of accelerators).
constexpr double kUnknownLinkAchievable = 0.75;
constexpr double kUnknownLinkLatency = 3e-6;

// Which backends the engines offer for a vendor's parts, the usual one first.
struct VendorBackends {
  std::string_view vendor;
  std::array<Backend, 2> backends;
};
constexpr std::array<VendorBackends, 4> kVendorBackends{{{"NVIDIA", {Backend::cuda, Backend::vulkan}},
                                                         {"AMD", {Backend::rocm, Backend::vulkan}},
                                                         {"Intel", {Backend::sycl, Backend::vulkan}},
                                                         {"Apple", {Backend::metal, Backend::vulkan}}}};

class DeviceReader {
 public:
  DeviceReader(const Row& row, const std::vector<Link>& links) : fields_(row.json, row.where), links_(links) {}

  DeviceEntry run() {
    read_identity();
    read_memory();
    read_throughput();
    read_links();
    choose_backends();
    return std::move(entry_);
  }
  JsonFields& fields() { return fields_; }

 private:
  void read_identity() {
    device_.id = fields_.text("id").value_or("");
    device_.name = fields_.text("name").value_or("");
    device_.vendor = fields_.text("vendor").value_or("");
    entry_.also_called = fields_.text("also_called").value_or("");
    if (const auto market = fields_.text("market")) {
      entry_.china_only = *market == "china";
      if (!entry_.china_only) fields_.reject("market", "china, or left out");
    }
    if (const auto form = fields_.text("form")) {
      device_.module = *form == "module";
      if (!device_.module) fields_.reject("form", "module, or left out");
    }
    device_.architecture = fields_.text("architecture").value_or("");
    device_.compute_capability = fields_.text("compute_capability").value_or(fields_.text("gfx_target").value_or(""));
    const auto cls = value_of(kDeviceClassNames, fields_.text("class").value_or(""));
    if (cls)
      device_.cls = *cls;
    else
      fields_.reject("class", "a known device class");
    const auto confidence = value_of(kFactConfidenceNames, fields_.text("confidence").value_or(""));
    if (confidence)
      entry_.confidence = *confidence;
    else
      fields_.reject("confidence", "low, medium or high");
    const std::string launch = fields_.text("launch").value_or("");
    device_.launch_year = static_cast<std::uint32_t>(std::atoi(launch.c_str()));
    device_.tdp = Watts(fields_.number("tdp_w", 0, limits::kMostWatts).value_or(0));
    entry_.per_board = static_cast<std::uint32_t>(fields_.count("gpus_per_board", 1, kMostPerBoard).value_or(1));
  }

  // What vendors call GB is a binary unit for every memory on a part; a driver reports that less what it keeps.
  void read_memory() {
    const double nominal = fields_.number("memory_gb", kLeastGib, kMostGib).value_or(0);
    const double gib = fields_.number("memory_gib_reported", kLeastGib, kMostGib).value_or(nominal);
    if (gib <= 0) fields_.reject("memory_gb", "a number of GB");
    device_.memory = Bytes::from_double(gib * static_cast<double>(gibibytes(1).value()));
    device_.bandwidth =
        BytesPerSecond(fields_.number("mem_bandwidth_gbs", limits::kLeastGbs, limits::kMostGbs).value_or(0) * kGiga);
    const auto usable =
        fields_.number("gpu_usable_fraction_default", limits::kLeastUsableFraction, limits::kMostUsableFraction);
    device_.usable_fraction = usable.value_or(1);
    // A fraction is stated where the part shares the host's memory.
    device_.unified_memory = usable.has_value() || device_.cls == DeviceClass::edge ||
                             device_.cls == DeviceClass::unified || device_.cls == DeviceClass::cpu;
    device_.raised_limit = Bytes::from_double(fields_.number("gpu_usable_gb_raised", kLeastGib, nominal).value_or(0) *
                                              static_cast<double>(gibibytes(1).value()));
    device_.drives_display = device_.usually_drives_display();  // a fraction already leaves room for the desktop
  }

  // null: no such unit, unless the part is said to run the format, then its rate is unknown.
  void read_throughput() {
    const json* value = fields_.any("dense_tflops");
    if (value == nullptr) {
      fields_.reject("dense_tflops", "an object");
      return;
    }
    JsonFields tflops(*value, fields_.path_of("dense_tflops"));
    const json* native = fields_.array("native_formats", kMostFormats);
    for (const NamedThroughput& entry : kThroughputs) {
      const auto rate = tflops.number(entry.name, 0, limits::kMostTflops);
      const bool runs = native != nullptr && std::find(native->begin(), native->end(), entry.name) != native->end();
      device_.tflops.*entry.field = FlopsPerSecond(rate ? *rate * kTera : runs ? -1 : 0);
    }
    // Consumer Blackwell multiplies block-scaled fp8 at the full rate with 32-bit sums, too; the rate of plain fp8 is
    // half of it (mmapeak on an RTX 5090: 737 against 370).
    const auto full_rate = tflops.number("fp8_acc16", 0, limits::kMostTflops);
    if (full_rate && device_.compute_capability.starts_with("12.")) {
      device_.tflops.fp8 = FlopsPerSecond(*full_rate * kTera);
    }
    if (tflops.failed()) fields_.fail(*tflops.error());
  }

  const Link* find_link(std::string_view id) {
    for (const Link& link : links_) {
      if (link.id == id) return &link;
    }
    return nullptr;
  }

  void read_links() {
    if (const json* pcie = fields_.any("pcie")) {
      JsonFields lanes(*pcie, fields_.path_of("pcie"));
      const std::string id = "pcie" + std::to_string(lanes.count("gen", 1, 9).value_or(0)) + "-x" +
                             std::to_string(lanes.count("lanes", 1, 64).value_or(0));
      const Link* link = find_link(id);
      if (link != nullptr)
        device_.host_link = *link;
      else
        fields_.reject("pcie", "a generation and a number of lanes that links.json knows");
    }
    if (const auto id = fields_.text("host_link")) {
      const Link* link = find_link(*id);
      if (link != nullptr)
        device_.host_link = *link;
      else
        fields_.reject("host_link", "an id of links.json");
    }
    device_.peer = device_.host_link;
    const json* value = fields_.any("interconnect");
    if (value == nullptr) return;
    JsonFields peer(*value, fields_.path_of("interconnect"));
    const auto both_ways = peer.number("gbs_bidirectional", limits::kLeastLinkGbs, limits::kMostGbs);
    if (both_ways) {
      Link link;
      link.achievable = kUnknownLinkAchievable;
      link.latency = Seconds(kUnknownLinkLatency);
      if (const auto id = peer.text("link")) {
        const Link* known = find_link(*id);
        if (known != nullptr)
          link = *known;
        else
          peer.reject("link", "an id of links.json");
      }
      link.name = peer.text("type").value_or("");
      link.per_direction = BytesPerSecond(*both_ways / 2 * kGiga);
      link.max_devices = peer.count("max_gpus", 1, limits::kMostLinked).value_or(0);
      link.per_server = peer.count("gpus_per_server", 1, limits::kMostLinked).value_or(0);
      link.switched = peer.boolean("switched").value_or(false);
      device_.peer = std::move(link);
    }
    if (peer.failed()) fields_.fail(*peer.error());
  }

  void allow(Backend backend) { device_.backends[static_cast<std::size_t>(backend)] = true; }

  void choose_backends() {
    // Parts that the vendor's usual software does not run on, nor a processor's: Gaudi, Hailo.
    const bool own_software = device_.architecture.starts_with("Gaudi") || device_.architecture.starts_with("Hailo");
    const bool processor = !own_software && (device_.cls == DeviceClass::cpu || device_.cls == DeviceClass::edge);
    const bool shares_a_processor = device_.unified_memory && !own_software;
    if (processor || shares_a_processor) allow(Backend::cpu);
    device_.default_backend = processor ? Backend::cpu : Backend::other;
    if (device_.cls == DeviceClass::cpu) return;
    for (const VendorBackends& vendor : kVendorBackends) {
      if (vendor.vendor != device_.vendor || own_software) continue;
      for (const Backend backend : vendor.backends) allow(backend);
      device_.default_backend = vendor.backends[0];
    }
    if (device_.vendor == "AMD" && !runs_rocm()) {
      device_.backends[static_cast<std::size_t>(Backend::rocm)] = false;
      device_.default_backend = Backend::vulkan;
    }
    if (device_.vendor == "Intel" && device_.unified_memory) device_.default_backend = Backend::vulkan;
    const bool phone_or_arm = device_.cls == DeviceClass::phone || device_.vendor == "Qualcomm";
    if (device_.vendor != "Apple" && phone_or_arm && device_.cls != DeviceClass::datacenter) {
      allow(Backend::vulkan);
      device_.default_backend = Backend::cpu;
    }
    if (device_.default_backend == Backend::other) allow(Backend::other);
  }

  // ROCm's current releases cover CDNA, Vega 20, RDNA2 and later.
  [[nodiscard]] bool runs_rocm() const {
    constexpr std::array<std::string_view, 6> kSupported{"gfx906", "gfx908", "gfx90a", "gfx94", "gfx95", "gfx1"};
    const std::string_view target = device_.compute_capability;
    if (target.empty()) return device_.cls == DeviceClass::datacenter;
    if (target.starts_with("gfx101")) return false;  // RDNA1 never was
    return std::any_of(kSupported.begin(), kSupported.end(), [&](auto prefix) { return target.starts_with(prefix); });
  }

  JsonFields fields_;
  const std::vector<Link>& links_;
  DeviceEntry entry_;
  Device& device_ = entry_.device;
};

}  // namespace

std::vector<DeviceEntry> read_devices(const std::vector<Row>& rows, const std::vector<Link>& links,
                                      Problems& problems) {
  std::vector<DeviceEntry> devices;
  for (const Row& row : rows) {
    DeviceReader reader(row, links);
    devices.push_back(reader.run());
    if (reader.fields().failed()) problems.add("data", reader.fields().error()->message);
  }
  return devices;
}

}  // namespace headroom::facts
