// The spelling of the estimator's choices in JSON: one table per kind, both ways.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "core/advice/advice.h"
#include "core/catalog/catalog.h"
#include "core/catalog/measurement_paste.h"
#include "core/hardware/device.h"
#include "core/model/format.h"
#include "core/placement/placement.h"
#include "core/scenario.h"
#include "core/speed/rates.h"
#include "core/speed/speed.h"

namespace headroom {

template <class Enum>
struct Named {
  Enum value;
  std::string_view name;
};

inline constexpr std::array<Named<DeviceClass>, 11> kDeviceClassNames{{{DeviceClass::datacenter, "datacenter"},
                                                                       {DeviceClass::workstation, "workstation"},
                                                                       {DeviceClass::consumer, "consumer"},
                                                                       {DeviceClass::laptop, "laptop"},
                                                                       {DeviceClass::edge, "edge"},
                                                                       {DeviceClass::unified, "unified"},
                                                                       {DeviceClass::apple, "apple"},
                                                                       {DeviceClass::apu, "apu"},
                                                                       {DeviceClass::cpu, "cpu"},
                                                                       {DeviceClass::phone, "phone"},
                                                                       {DeviceClass::asic, "asic"}}};
inline constexpr std::array<Named<Backend>, 7> kBackendNames{{{Backend::cuda, "cuda"},
                                                              {Backend::rocm, "rocm"},
                                                              {Backend::vulkan, "vulkan"},
                                                              {Backend::metal, "metal"},
                                                              {Backend::sycl, "sycl"},
                                                              {Backend::cpu, "cpu"},
                                                              {Backend::other, "other"}}};
// A device's dense throughput by data type.
struct NamedThroughput {
  const char* name;
  FlopsPerSecond DenseThroughput::*field;
};
inline constexpr std::array<NamedThroughput, 7> kThroughputs{{{"fp32", &DenseThroughput::fp32},
                                                              {"tf32", &DenseThroughput::tf32},
                                                              {"fp16", &DenseThroughput::fp16},
                                                              {"bf16", &DenseThroughput::bf16},
                                                              {"fp8", &DenseThroughput::fp8},
                                                              {"int8", &DenseThroughput::int8},
                                                              {"fp4", &DenseThroughput::fp4}}};
inline constexpr std::array<Named<ModelKind>, 9> kModelKindNames{{{ModelKind::llm, "llm"},
                                                                  {ModelKind::vlm, "vlm"},
                                                                  {ModelKind::embedding, "embedding"},
                                                                  {ModelKind::reranker, "reranker"},
                                                                  {ModelKind::asr, "asr"},
                                                                  {ModelKind::image, "image"},
                                                                  {ModelKind::video, "video"},
                                                                  {ModelKind::tts, "tts"},
                                                                  {ModelKind::audio, "audio"}}};
inline constexpr std::array<Named<FactConfidence>, 3> kFactConfidenceNames{
    {{FactConfidence::low, "low"}, {FactConfidence::medium, "medium"}, {FactConfidence::high, "high"}}};
inline constexpr std::array<Named<FormatFamily>, 11> kFormatFamilyNames{{{FormatFamily::gguf, "gguf"},
                                                                         {FormatFamily::gguf_ud, "gguf_ud"},
                                                                         {FormatFamily::plain, "plain"},
                                                                         {FormatFamily::fp8, "fp8"},
                                                                         {FormatFamily::int8, "int8"},
                                                                         {FormatFamily::int4_group, "int4_group"},
                                                                         {FormatFamily::fp4, "fp4"},
                                                                         {FormatFamily::mlx, "mlx"},
                                                                         {FormatFamily::exl, "exl"},
                                                                         {FormatFamily::native, "native"},
                                                                         {FormatFamily::ternary, "ternary"}}};
inline constexpr std::array<Named<LogitRows>, 2> kLogitRowsNames{{{LogitRows::all, "all"}, {LogitRows::last, "last"}}};
inline constexpr std::array<Named<Split>, 5> kSplitNames{{{Split::automatic, "auto"},
                                                          {Split::none, "none"},
                                                          {Split::layer, "layer"},
                                                          {Split::tensor, "tensor"},
                                                          {Split::expert, "expert"}}};
inline constexpr std::array<Named<SpeculationKind>, 3> kSpeculationNames{
    {{SpeculationKind::none, "none"}, {SpeculationKind::draft_model, "draft_model"}, {SpeculationKind::mtp, "mtp"}}};
inline constexpr std::array<Named<NumberUnits>, 4> kUnitNames{
    {{NumberUnits::half, "FP16"}, {NumberUnits::fp8, "FP8"}, {NumberUnits::int8, "INT8"}, {NumberUnits::fp4, "FP4"}}};

inline constexpr std::array<Named<FitStatus>, 4> kFitNames{{{FitStatus::fits, "fits"},
                                                            {FitStatus::tight, "tight"},
                                                            {FitStatus::offload, "offload"},
                                                            {FitStatus::does_not_fit, "does_not_fit"}}};
inline constexpr std::array<Named<Bound>, 5> kBoundNames{{{Bound::memory, "memory"},
                                                          {Bound::compute, "compute"},
                                                          {Bound::interconnect, "interconnect"},
                                                          {Bound::host, "host"},
                                                          {Bound::overhead, "overhead"}}};
inline constexpr std::array<Named<Confidence>, 4> kConfidenceNames{{{Confidence::measured, "measured"},
                                                                    {Confidence::calibrated, "calibrated"},
                                                                    {Confidence::extrapolated, "extrapolated"},
                                                                    {Confidence::theoretical, "theoretical"}}};
inline constexpr std::array<Named<BottleneckKind>, 6> kBottleneckNames{{{BottleneckKind::none, "none"},
                                                                        {BottleneckKind::memory, "memory"},
                                                                        {BottleneckKind::bandwidth, "bandwidth"},
                                                                        {BottleneckKind::compute, "compute"},
                                                                        {BottleneckKind::interconnect, "interconnect"},
                                                                        {BottleneckKind::host, "host"}}};

inline constexpr std::array<Named<PastedKind>, 10> kPastedNames{{{PastedKind::decode, "decode"},
                                                                 {PastedKind::prefill, "prefill"},
                                                                 {PastedKind::weights, "weights"},
                                                                 {PastedKind::kv_cache, "kv_cache"},
                                                                 {PastedKind::compute_buffer, "compute_buffer"},
                                                                 {PastedKind::device_used, "device_used"},
                                                                 {PastedKind::device_total, "device_total"},
                                                                 {PastedKind::device_share, "device_share"},
                                                                 {PastedKind::kv_tokens, "kv_tokens"},
                                                                 {PastedKind::max_concurrency, "max_concurrency"}}};

inline constexpr std::array<Named<LeftOut>, 10> kLeftOutNames{{{LeftOut::model, "model"},
                                                               {LeftOut::format, "format"},
                                                               {LeftOut::engine, "engine"},
                                                               {LeftOut::backend, "backend"},
                                                               {LeftOut::device, "device"},
                                                               {LeftOut::devices, "devices"},
                                                               {LeftOut::layers, "layers"},
                                                               {LeftOut::prompt_unknown, "prompt_unknown"},
                                                               {LeftOut::prompt_short, "prompt_short"},
                                                               {LeftOut::implausible, "implausible"}}};

// The name of a value; empty when the table lacks it.
template <class Enum, std::size_t N>
[[nodiscard]] constexpr std::string_view name_of(const std::array<Named<Enum>, N>& table, Enum value) {
  for (const Named<Enum>& entry : table) {
    if (entry.value == value) return entry.name;
  }
  return {};
}

template <class Enum, std::size_t N>
[[nodiscard]] constexpr std::optional<Enum> value_of(const std::array<Named<Enum>, N>& table, std::string_view name) {
  for (const Named<Enum>& entry : table) {
    if (entry.name == name) return entry.value;
  }
  return std::nullopt;
}

}  // namespace headroom
