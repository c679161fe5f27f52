#include "core/speed/calibration.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "core/hash.h"

namespace headroom {
namespace {

constexpr std::array<const char*, kSlots> kSlotNames = {
    "weight_bandwidth",  "weight_power",       "dequantization",  "layer",
    "graph_layer",       "expert_layer",       "beside_experts",  "recurrent_layer",
    "compressed_layer",  "indexed_layer",      "token",           "graph_step",
    "expert_bandwidth",  "kv_bandwidth",       "attention",       "layer_plain",
    "kv_plain",          "kv_quantized",       "kv_wide",         "hop",
    "batch_compute",     "vector_batch",       "reduce",          "reduce_bytes",
    "exchange",          "served_token",       "interference",    "together",
    "prefill_compute",   "prefill_energy",     "prefill_experts", "prefill_attention",
    "prefill_wide",      "prefill_scores",     "prefill_layer",   "prefill_expert_layer",
    "prefill_recurrent", "prefill_activation", "expert_tokens",   "prompt",
    "prefill_plain",     "prefill_overlap",    "prefill_reduce"};

constexpr double kGlobalWidth = 1.5;  // wide: the data decide

using L = Level;
// Widths: what separates members of a level in practice. Wide where devices of one family differ by design, narrow
// where a factor would only learn the noise of one source.
constexpr SlotLevel kWeightBandwidth[] = {{L::global, kGlobalWidth}, {L::backend, 0.3},        {L::engine_family, 0.2},
                                          {L::engine, 0.15},         {L::engine_backend, 0.1}, {L::family, 0.15},
                                          {L::device, 0.1},          {L::device_engine, 0.05}, {L::kernel, 0.2},
                                          {L::kernel_backend, 0.2},  {L::kernel_family, 0.06}};
constexpr SlotLevel kDequantization[] = {
    {L::global, kGlobalWidth}, {L::kernel_kin, 0.8}, {L::kernel, 0.25}, {L::backend, 0.5}, {L::kernel_backend, 0.25}};
constexpr SlotLevel kWeightPower[] = {{L::global, 0.7}};
constexpr SlotLevel kLayer[] = {{L::global, kGlobalWidth}, {L::backend, 0.7}, {L::engine_family, 0.4}, {L::engine, 0.3},
                                {L::engine_backend, 0.2},  {L::family, 0.3},  {L::device, 0.2}};
// Kernels of a captured graph follow one another within microseconds, a dozen of them per layer; a format whose
// products need their activations quantized has more.
constexpr SlotLevel kGraphLayer[] = {{L::global, 0.5}, {L::backend, 0.2}, {L::engine, 0.3},
                                     {L::family, 0.2}, {L::device, 0.2},  {L::kernel, 0.4}};
constexpr SlotLevel kGraphStep[] = {{L::global, 0.3}, {L::backend, 0.1}, {L::engine, 0.2}, {L::family, 0.1}};
constexpr SlotLevel kExpertLayer[] = {{L::global, kGlobalWidth}, {L::backend, 0.7}, {L::engine_family, 0.4},
                                      {L::engine, 0.3},          {L::family, 0.3},  {L::device, 0.3}};
constexpr SlotLevel kPerEngine[] = {
    {L::global, kGlobalWidth}, {L::backend, 0.6}, {L::engine_family, 0.4}, {L::engine, 0.4}};
// Some engines do the recurrence in one kernel, others in dozens.
constexpr SlotLevel kRecurrentLayer[] = {
    {L::global, kGlobalWidth}, {L::backend, 0.6}, {L::engine_family, 0.4}, {L::engine, 0.4}, {L::engine_backend, 0.8}};
constexpr SlotLevel kRecurrence[] = {
    {L::global, kGlobalWidth}, {L::backend, 0.6}, {L::engine_family, 0.4}, {L::engine_backend, 0.4}};
constexpr SlotLevel kExpertBandwidth[] = {{L::global, 0.7},        {L::backend, 0.3}, {L::engine_family, 0.2},
                                          {L::engine, 0.15},       {L::family, 0.15}, {L::kernel, 0.15},
                                          {L::kernel_backend, 0.4}};
constexpr SlotLevel kKvBandwidth[] = {{L::global, 0.7},  {L::backend, 0.4},        {L::engine_family, 0.3},
                                      {L::engine, 0.25}, {L::engine_backend, 0.3}, {L::family, 0.25}};
constexpr SlotLevel kAttention[] = {{L::global, kGlobalWidth}, {L::backend, 0.5},        {L::engine_family, 0.3},
                                    {L::engine, 0.2},          {L::engine_backend, 0.3}, {L::family, 0.15}};
constexpr SlotLevel kPerBackend[] = {{L::global, 0.5}, {L::backend, 0.4}};
constexpr SlotLevel kWide[] = {{L::global, 0.5}, {L::backend, 0.4}, {L::engine_family, 0.4}};
// Not by link: a hand-over is a copy and a wait that the host sees to, and four cards over NVLink took no less than
// others over PCIe.
constexpr SlotLevel kHop[] = {{L::global, kGlobalWidth}, {L::backend, 0.5}, {L::engine_family, 0.4}};
// Assumed: some microseconds for a small one-shot all-reduce over NVLink, an order of magnitude with no source in the
// facts. What rows of tensor parallel pay besides does not grow with the ranks and is of the layer (graph_layer).
constexpr SlotLevel kReduce[] = {{L::global, 0.3}, {L::engine_family, 0.2}, {L::link, 0.3}};
constexpr SlotLevel kReduceBytes[] = {{L::global, 0.7}, {L::engine_family, 0.3}, {L::link, 0.5}};
// Cards on a bus that reach each other only through the host's memory are far from the slot's rate.
constexpr SlotLevel kPrefillReduce[] = {{L::global, 0.2}, {L::engine_family, 0.3}, {L::link, 0.9}};
constexpr SlotLevel kPrompt[] = {{L::global, kGlobalWidth}, {L::backend, 0.6},        {L::engine_family, 0.4},
                                 {L::engine, 0.4},          {L::engine_backend, 0.3}, {L::family, 0.6}};
constexpr SlotLevel kToken[] = {{L::global, 0.4}, {L::backend, 0.5}, {L::engine_family, 0.3}, {L::engine, 0.3}};
constexpr SlotLevel kBatchCompute[] = {{L::global, kGlobalWidth}, {L::backend, 0.4}, {L::engine_family, 0.3},
                                       {L::family, 0.3},          {L::kernel, 0.3},  {L::device, 0.15}};
constexpr SlotLevel kVectorBatch[] = {{L::global, 0.7}, {L::backend, 0.4}, {L::family, 0.3}, {L::kernel, 0.3}};
constexpr SlotLevel kPrefillCompute[] = {{L::global, kGlobalWidth}, {L::backend, 0.4},        {L::engine_family, 0.3},
                                         {L::engine, 0.25},         {L::engine_backend, 0.3}, {L::family, 0.4},
                                         {L::cores, 0.6},           {L::device, 0.2},         {L::kernel, 0.2},
                                         {L::kernel_backend, 0.2},  {L::kernel_family, 0.2}};
constexpr SlotLevel kPrefillExperts[] = {{L::global, 0.7},       {L::backend, 0.3}, {L::engine_family, 0.3},
                                         {L::family, 0.2},       {L::kernel, 0.3},  {L::kernel_backend, 0.3},
                                         {L::kernel_family, 0.3}};
constexpr SlotLevel kPrefillAttention[] = {{L::global, kGlobalWidth}, {L::backend, 0.5}, {L::engine_family, 0.3},
                                           {L::engine_backend, 0.3},  {L::family, 0.3},  {L::device, 0.3}};
constexpr SlotLevel kExpertTokens[] = {{L::global, kGlobalWidth}, {L::backend, 0.6}, {L::engine_family, 0.4}};
// Assumed: a picojoule or two per flop of 16 bit, an order of magnitude with no source in the facts. Kept near it,
// since a factor of each device would say the same of the devices measured and nothing of others.
constexpr SlotLevel kEnergy[] = {{L::global, 0.2}, {L::backend, 0.2}, {L::family, 0.4}};
constexpr SlotLevel kActivation[] = {{L::global, 0.7}, {L::backend, 0.5}, {L::engine_family, 0.3}};
constexpr SlotLevel kWidePerBackend[] = {{L::global, kGlobalWidth}, {L::backend, 0.6}};

struct SlotRule {
  std::span<const SlotLevel> levels;
  double prior;
};

// Priors are orders of magnitude from the published behaviour of GPU kernels (launch about 5 us, streaming three
// quarters of the peak); every one is overruled by the fit.
SlotRule rule(Slot slot) {
  switch (slot) {
    case Slot::weight_bandwidth: return {kWeightBandwidth, 0.75};
    case Slot::weight_power: return {kWeightPower, 0.15};
    case Slot::dequantization: return {kDequantization, 1.0};
    case Slot::layer: return {kLayer, 20e-6};
    case Slot::graph_layer: return {kGraphLayer, 30e-6};
    case Slot::expert_layer: return {kExpertLayer, 15e-6};
    case Slot::beside_experts: return {kPerEngine, 10e-6};
    case Slot::recurrent_layer: return {kRecurrentLayer, 10e-6};
    case Slot::compressed_layer: return {kPerEngine, 60e-6};
    case Slot::indexed_layer: return {kPerEngine, 20e-6};
    case Slot::token: return {kToken, 150e-6};
    case Slot::graph_step: return {kGraphStep, 250e-6};
    case Slot::expert_bandwidth: return {kExpertBandwidth, 0.8};
    case Slot::kv_bandwidth: return {kKvBandwidth, 0.7};
    case Slot::attention: return {kAttention, 0.2};
    case Slot::layer_plain: return {kPerBackend, 1.0};
    case Slot::kv_plain: return {kPerBackend, 0.7};
    case Slot::kv_quantized: return {kPerBackend, 0.7};
    case Slot::kv_wide: return {kWide, 0.8};
    case Slot::hop: return {kHop, 50e-6};
    case Slot::batch_compute: return {kBatchCompute, 0.4};
    case Slot::vector_batch: return {kVectorBatch, 0.15};
    case Slot::reduce: return {kReduce, 5e-6};
    case Slot::reduce_bytes: return {kReduceBytes, 2.0};
    case Slot::exchange: return {kReduceBytes, 20e-6};
    case Slot::served_token: return {kPerEngine, 20e-6};
    case Slot::interference: return {kPerEngine, 0.8};
    case Slot::together: return {kPerEngine, 0.1};
    case Slot::prefill_compute: return {kPrefillCompute, 0.4};
    case Slot::prefill_energy: return {kEnergy, 1.5e-12};
    case Slot::prefill_experts: return {kPrefillExperts, 0.6};
    case Slot::prefill_attention: return {kPrefillAttention, 0.2};
    case Slot::prefill_wide: return {kWide, 0.8};
    case Slot::prefill_scores: return {kWidePerBackend, 8.0};
    case Slot::prefill_layer: return {kPerEngine, 60e-6};
    case Slot::prefill_expert_layer: return {kPerEngine, 60e-6};
    case Slot::prefill_recurrent: return {kRecurrence, 5.0};
    case Slot::prefill_activation: return {kActivation, 4.0};
    case Slot::expert_tokens: return {kExpertTokens, 8.0};
    case Slot::prompt: return {kPrompt, 3e-3};
    case Slot::prefill_plain: return {kPerBackend, 0.9};
    case Slot::prefill_overlap: return {kPerBackend, 0.7};
    case Slot::prefill_reduce: return {kPrefillReduce, 2.0};
    case Slot::count: break;
  }
  return {{}, 1.0};
}

std::uint64_t factor_key(Slot slot, Level level, std::string_view name) {
  constexpr std::uint64_t kEndOfName = 0;
  return Fnv1a()
      .add(name)
      .add(kEndOfName)
      .add(static_cast<std::uint64_t>(slot))
      .add(static_cast<std::uint64_t>(level))
      .value();
}

bool is_emulated(const Device& device, std::string_view kernel) {
  if (kernel.starts_with("fp8")) return device.tflops.fp8.value() <= 0;
  return (kernel == "nvfp4" || kernel == "mxfp4" || kernel == "fp4") && device.tflops.fp4.value() <= 0;
}

// NVIDIA's driver lets GeForce cards reach each other only through the host's memory
// (https://blog.chlc.cc/p/rtx4090-gpudirect-p2p-unlocked, https://github.com/tinygrad/open-gpu-kernel-modules).
bool reaches_peers(const Device& device) {
  const bool consumer = device.cls == DeviceClass::consumer || device.cls == DeviceClass::laptop;
  return !(consumer && device.default_backend == Backend::cuda);
}

// What Vulkan's shaders become is up to the compiler in the vendor's driver.
std::string kernel_compiler(const Device& device, Backend backend) {
  std::string name = backend_name(backend);
  if (backend == Backend::vulkan) name += "/" + device.vendor;
  return name;
}

}  // namespace

const char* slot_name(Slot slot) { return kSlotNames[static_cast<std::size_t>(slot)]; }
std::span<const SlotLevel> slot_levels(Slot slot) { return rule(slot).levels; }
double slot_prior(Slot slot) { return rule(slot).prior; }

const char* speed_class_name(SpeedClass cls) {
  switch (cls) {
    case SpeedClass::decode_dense: return "decode_dense";
    case SpeedClass::decode_experts: return "decode_experts";
    case SpeedClass::decode_deep: return "decode_deep";
    case SpeedClass::prefill: return "prefill";
    case SpeedClass::served: return "served";
    case SpeedClass::count: break;
  }
  return "";
}

const char* acquaintance_name(Acquaintance acquaintance) {
  switch (acquaintance) {
    case Acquaintance::device: return "device";
    case Acquaintance::family: return "family";
    case Acquaintance::none:
    case Acquaintance::count: break;
  }
  return "none";
}

const char* backend_name(Backend backend) {
  switch (backend) {
    case Backend::cuda: return "cuda";
    case Backend::rocm: return "rocm";
    case Backend::vulkan: return "vulkan";
    case Backend::metal: return "metal";
    case Backend::sycl: return "sycl";
    case Backend::cpu: return "cpu";
    case Backend::other:
    case Backend::count: break;
  }
  return "other";
}

std::string kernel_label(const Format& format, bool block_scaled) {
  // Finer than KernelClass where one class holds formats whose kernels differ.
  if (format.id == "BF16") return "bf16";
  if (format.id == "Q4_0" || format.id == "Q4_1") return "q4_0";
  if (format.id.find("NVFP4") != std::string::npos) return "nvfp4";
  if (format.id.find("MXFP4") != std::string::npos) return "mxfp4";
  switch (format.kernel) {
    case KernelClass::f32: return "f32";
    case KernelClass::f16: return "f16";
    case KernelClass::bits8: return "bits8";
    case KernelClass::bits6: return "bits6";
    case KernelClass::bits5: return "bits5";
    case KernelClass::bits4: return "bits4";
    case KernelClass::iq4: return "iq4";
    case KernelClass::bits3: return "bits3";
    case KernelClass::bits2: return "bits2";
    case KernelClass::iq_low: return "iq_low";
    case KernelClass::fp8: return block_scaled ? "fp8_block" : "fp8";
    case KernelClass::int8: return "int8";
    case KernelClass::int4_marlin: return "int4";
    case KernelClass::fp4: return "fp4";
    case KernelClass::mlx4: return "mlx4";
    case KernelClass::mlx8: return "mlx8";
    case KernelClass::exl: return "exl";
    case KernelClass::count: break;
  }
  return "f16";
}

std::string family_label(const Device& device) {
  // Of CPUs the memory tells more than the name: a server's cores reach less of what a dozen channels could give, the
  // less the more dies they stand on.
  if (device.cls == DeviceClass::cpu) return device.bandwidth < kManyChannels ? "few channels" : "many channels";
  // NVIDIA's chips with high-bandwidth memory behave unlike their siblings with graphics memory: their bandwidth
  // outruns the kernels, and their matrix units are others. The compute capability tells them apart (CUDA C++
  // Programming Guide).
  constexpr std::array<std::string_view, 4> kHighBandwidth = {"8.0", "9.0", "10.0", "10.3"};
  std::string label = device.architecture;
  if (std::find(kHighBandwidth.begin(), kHighBandwidth.end(), device.compute_capability) != kHighBandwidth.end()) {
    label += "+hbm";
  }
  // GeForce GTX 16: Turing without its matrix units.
  if (device.compute_capability == "7.5" && device.tflops.fp16.value() <= 0) label += "-tensor";
  return label;
}

// How much of a processor's peak its kernels reach is of the cores, not of the memory: "Zen 4 (Genoa)" is "Zen 4".
std::string cores_label(const Device& device) {
  if (device.cls != DeviceClass::cpu) return {};
  return device.architecture.substr(0, device.architecture.find(" ("));
}

std::string device_label(const Device& device) {
  // "apple-m3-max-40c-128gb" and "-48gb" are one chip; "nvidia-h100-sxm-80gb" and "-94gb" differ in bandwidth and keep
  // apart by it.
  std::string_view id = device.id;
  const std::size_t dash = id.rfind('-');
  if (dash != std::string_view::npos && id.size() > dash + 3 && id.ends_with("gb") &&
      std::all_of(id.begin() + static_cast<std::ptrdiff_t>(dash) + 1, id.end() - 2,
                  [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; })) {
    id = id.substr(0, dash);
  }
  return std::string(id) + "@" + std::to_string(std::lround(device.bandwidth.value() * 1e-9));
}

std::string engine_family(const Engine& engine) { return engine.cache == CachePolicy::cells ? "llama.cpp" : engine.id; }

bool is_serving(const Engine& engine) {
  return engine.cache == CachePolicy::blocks || engine.cache == CachePolicy::pages;
}

std::string range_group(const Device& device, Backend backend, const Engine& engine) {
  return kernel_compiler(device, backend) + (is_serving(engine) ? "/served" : "");
}

std::string link_label(const Link& link) {
  const auto has = [&link](std::string_view part) { return link.id.find(part) != std::string::npos; };
  if (link.switched || has("nvlink") || has("nvswitch")) return "nvlink";
  if (has("xgmi") || has("infinity")) return "xgmi";
  return "pcie";
}

Subject make_subject(const Device& device, Backend backend, const Engine& engine, std::string_view kernel,
                     const Link& link) {
  Subject subject;
  const auto name = [&subject](Level level) -> std::string& { return subject.names[static_cast<std::size_t>(level)]; };
  const std::string b = kernel_compiler(device, backend);
  name(Level::backend) = b;
  name(Level::engine_family) = engine_family(engine);
  name(Level::engine) = engine.id;
  name(Level::engine_backend) = engine.id + "/" + b;
  // What a device reaches with the kernels of serving engines says little of others.
  const bool serving = is_serving(engine);
  const std::string kind = serving ? "/" + b + "/served" : "/" + b;
  name(Level::family) = family_label(device) + kind;
  name(Level::cores) = cores_label(device);
  name(Level::device) = device_label(device) + kind;
  name(Level::device_engine) = name(Level::device) + "/" + name(Level::engine_family);
  std::string kernels(kernel);
  // Serving engines have kernels of their own; without units for a narrow float format they widen its weights.
  if (serving) kernels += is_emulated(device, kernel) ? "/widened" : "/served";
  // Blocks of 256 with scales of scales: a few shifts and masks more or less for each width.
  constexpr std::array<std::string_view, 5> kKQuants = {"bits2", "bits3", "bits4", "bits5", "bits6"};
  const bool k_quant = std::find(kKQuants.begin(), kKQuants.end(), kernels) != kKQuants.end();
  name(Level::kernel_kin) = k_quant ? "k_quant" : kernels;
  name(Level::kernel) = kernels;
  name(Level::kernel_backend) = kernels + "/" + b;
  name(Level::kernel_family) = kernels + "/" + name(Level::family);
  name(Level::link) = link_label(link);
  if (name(Level::link) == "pcie" && !reaches_peers(device)) name(Level::link) = "pcie_host";
  return subject;
}

void Calibration::add_factor(Slot slot, Level level, std::string_view name, double log_factor, std::uint32_t rows) {
  factors_.push_back({factor_key(slot, level, name), static_cast<float>(log_factor), rows});
}

void Calibration::set_range(SpeedClass cls, std::string_view group, Acquaintance acquaintance,
                            const ResidualRange& range) {
  groups_.push_back({cls, acquaintance, std::string(group), range});
}

void Calibration::seal() {
  std::sort(factors_.begin(), factors_.end(), [](const Factor& a, const Factor& b) { return a.key < b.key; });
}

const Calibration::Factor* Calibration::find(std::uint64_t key) const {
  const auto it = std::lower_bound(factors_.begin(), factors_.end(), key,
                                   [](const Factor& factor, std::uint64_t wanted) { return factor.key < wanted; });
  return it != factors_.end() && it->key == key ? &*it : nullptr;
}

Efficiencies Calibration::resolve(const Subject& subject) const {
  Efficiencies resolved;
  for (std::size_t i = 0; i < kSlots; ++i) {
    const Slot slot = static_cast<Slot>(i);
    double log_value = 0;
    for (const SlotLevel& level : slot_levels(slot)) {
      const Factor* factor = find(factor_key(slot, level.level, subject.names[static_cast<std::size_t>(level.level)]));
      if (factor != nullptr) log_value += static_cast<double>(factor->log_factor);
    }
    resolved.value[i] = slot_prior(slot) * std::exp(log_value);
  }
  return resolved;
}

std::uint32_t Calibration::rows(Slot slot, Level level, std::string_view name) const {
  const Factor* factor = find(factor_key(slot, level, name));
  return factor == nullptr ? 0 : factor->rows;
}

ResidualRange Calibration::range(SpeedClass cls, std::string_view group, Acquaintance acquaintance) const {
  const Group* best = nullptr;
  for (const Group& candidate : groups_) {
    if (candidate.cls != cls || candidate.acquaintance != acquaintance) continue;
    if (candidate.name == group) return candidate.range;
    if (candidate.name.empty()) best = &candidate;
  }
  return best == nullptr ? ResidualRange{} : best->range;
}

}  // namespace headroom
