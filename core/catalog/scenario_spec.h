// A scenario as a person states it: the contract's JSON as plain values, before anything is looked up or defaulted.
// Ids are strings; what may be left out is optional, and then the engine's or platform's default holds (resolve.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/catalog/custom_model.h"
#include "core/hardware/device.h"
#include "core/memory/finetune.h"
#include "core/scenario.h"
#include "core/speed/speed.h"

namespace headroom {

// A device that is not in the catalog.
struct CustomDevice {
  Device device;
  std::string json;  // the record as given
};

struct DeviceSpec {
  std::string id;                              // catalog id; empty when `custom` is set
  std::shared_ptr<const CustomDevice> custom;  // inline record, else null
  std::uint32_t count = 1;
  [[nodiscard]] bool empty() const { return id.empty() && !custom; }
};

// Between the devices: an id of the link table, or explicit figures; neither means automatic.
struct LinkSpec {
  std::string id;
  std::optional<double> gbs_per_direction;  // 10^9 bytes/s
  std::optional<double> latency_us;         // microseconds; with `gbs_per_direction` only
  [[nodiscard]] bool is_automatic() const { return id.empty() && !gbs_per_direction; }
};

struct HostSpec {
  std::optional<std::string> id;  // a preset of the catalog's host table
  std::optional<std::uint64_t> memory_bytes;
  std::optional<double> mem_bandwidth_gbs;
  std::optional<std::string> link;  // id of the link between host and devices
};

struct HardwareSpec {
  DeviceSpec device;
  std::vector<DeviceSpec> others;
  LinkSpec interconnect;
  std::optional<double> usable_fraction;
  std::optional<std::uint64_t> reserved_bytes;  // per device
  HostSpec host;
};

struct DraftSpec {
  std::string model;                        // catalog id
  std::optional<std::string> quantization;  // left out: that of the scenario
};

struct WorkloadSpec {
  std::string id;  // catalog id; empty when the figures are given
  std::uint32_t prompt = 0, output = 0, cached_prefix = 0;
};

struct ScenarioSpec {
  std::string model;                                // catalog id; empty when `custom_model` is set
  std::shared_ptr<const CustomModel> custom_model;  // config.json or import record, else null
  HardwareSpec hardware;
  std::optional<std::string> engine, backend, quantization;
  std::optional<std::string> kv_k, kv_v;
  std::optional<std::uint32_t> context, parallel, max_sequences, batch, ubatch;
  std::optional<bool> flash_attention, swa_full, kv_unified;
  std::optional<LogitRows> logits;
  bool kv_on_host = false;
  std::int32_t gpu_layers = kAuto;      // kAuto, kAll or a count
  std::int32_t cpu_moe_layers = kAuto;  // likewise
  Split split = Split::automatic;
  std::optional<std::uint32_t> tensor_parallel, pipeline_parallel;  // left out: automatic
  std::optional<std::uint32_t> data_parallel, context_parallel;     // left out: one copy, each token everywhere
  std::vector<Adapter> adapters;
  std::optional<DraftSpec> draft;
  std::optional<Speculation> speculation;
  bool mmproj = false, mmproj_on_host = false;
  std::optional<TuneSettings> finetune;  // left out: the model is run, not trained
  std::vector<std::string> kernels;
  std::optional<WorkloadSpec> workload;
  std::optional<std::string> mode;
  std::optional<PersonalFactors> personal;  // of this machine; left out: not measured
  std::string language = "en";              // of the sentences in the answer: en, es, zh
  std::vector<std::string> unknown_fields;  // paths of fields that nobody reads, reported as warnings

  // Layers told by number are those of one model and machine.
  void forget_layers() {
    gpu_layers = kAuto;
    cpu_moe_layers = kAuto;
  }
  // So are ranks told by number.
  void forget_ranks() {
    tensor_parallel.reset();
    pipeline_parallel.reset();
    data_parallel.reset();
    context_parallel.reset();
  }
  // Devices that these numbers ask for; what is automatic asks for one.
  [[nodiscard]] std::size_t ranks() const {
    return std::size_t{tensor_parallel.value_or(1)} * pipeline_parallel.value_or(1) * data_parallel.value_or(1);
  }
  // Speculation is set up for one model, too.
  void forget_drafts() {
    draft.reset();
    speculation.reset();
  }
  [[nodiscard]] SpeculationKind speculation_kind() const {
    if (speculation) return speculation->kind;
    return draft ? SpeculationKind::draft_model : SpeculationKind::none;
  }
};

}  // namespace headroom
