// The full record of a row as JSON text, put together from what the pack keeps of it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/catalog/catalog.h"
#include "core/catalog/fact_table.h"

namespace headroom {

// In the pack's facts these characters, which JSON text never holds, stand for what the entry already says.
inline constexpr char kHfIdMark = '\x01';   // inside a text: the Hugging Face id
inline constexpr char kBaseMark = '\x03';   // the same: that id without its owner
inline constexpr char kTotalMark = '\x02';  // a whole value: the computed number of parameters

// A Hugging Face id without its owner.
[[nodiscard]] std::string_view base_of(std::string_view id);
// Fields of a model's fact that describe its architecture, all that architecture_from_json() reads.
[[nodiscard]] bool is_architecture_field(std::string_view name);
// Fields that ModelEntry and Device hold, which the pack's facts leave out.
[[nodiscard]] bool is_model_entry_field(std::string_view name);
[[nodiscard]] bool is_device_entry_field(std::string_view name);

// `facts` are the row's further fields. The model's record says quality per workload, too.
[[nodiscard]] std::string write_model_record(const ModelEntry& model, std::span<const FactTable::Field> facts,
                                             std::span<const WorkloadEntry> workloads);
// Only what architecture_from_json() needs; `facts` are those of the architecture.
[[nodiscard]] std::string write_architecture_record(const ModelEntry& model, std::span<const FactTable::Field> facts);
[[nodiscard]] std::string write_device_record(const DeviceEntry& device, std::span<const FactTable::Field> facts);

}  // namespace headroom
