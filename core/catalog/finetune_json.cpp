#include "core/catalog/finetune_json.h"

#include <array>
#include <nlohmann/json.hpp>

#include "core/catalog/json_text.h"
#include "core/catalog/limits.h"
#include "core/catalog/names.h"

namespace headroom {
namespace {

using nlohmann::json;

constexpr std::array<Named<TuneMethod>, 3> kMethodNames{
    {{TuneMethod::full, "full"}, {TuneMethod::lora, "lora"}, {TuneMethod::qlora, "qlora"}}};
constexpr std::array<Named<Optimizer>, 3> kOptimizerNames{
    {{Optimizer::adamw, "adamw"}, {Optimizer::adamw_8bit, "adamw_8bit"}, {Optimizer::sgd, "sgd"}}};

constexpr std::array<Named<TunePrecision>, 2> kPrecisionNames{
    {{TunePrecision::mixed, "mixed"}, {TunePrecision::bf16, "bf16"}}};

}  // namespace

void parse_finetune(JsonFields& fields, ScenarioSpec& spec) {
  const json* finetune = fields.any("finetune");
  if (finetune == nullptr) return;
  TuneSettings settings;
  if (const auto* name = finetune->get_ptr<const std::string*>()) {
    const auto method = value_of(kMethodNames, *name);
    if (!method) fields.reject("finetune", "full, lora or qlora, or {method, ...}");
    settings.method = method.value_or(settings.method);
    spec.finetune = settings;
    return;
  }
  JsonFields entry(*finetune, "finetune", "full, lora or qlora, or {method, optimizer, rank, sequence, batch, ...}");
  if (const auto name = entry.text("method")) {
    const auto method = value_of(kMethodNames, *name);
    if (!method) entry.reject("method", "full, lora or qlora");
    settings.method = method.value_or(settings.method);
  }
  if (const auto name = entry.text("optimizer")) {
    const auto optimizer = value_of(kOptimizerNames, *name);
    if (!optimizer) entry.reject("optimizer", "adamw, adamw_8bit or sgd");
    settings.optimizer = optimizer.value_or(settings.optimizer);
  }
  if (const auto name = entry.text("precision")) {
    const auto precision = value_of(kPrecisionNames, *name);
    if (!precision) entry.reject("precision", "mixed or bf16");
    settings.precision = precision.value_or(settings.precision);
  }
  settings.rank = entry.count("rank", 1, limits::kMostAdapterRank).value_or(settings.rank);
  settings.sequence = entry.count("sequence", 1, limits::kMostTokens).value_or(settings.sequence);
  settings.batch = entry.count("batch", 1, limits::kMostTrainingBatch).value_or(settings.batch);
  settings.checkpointing = entry.boolean("checkpointing").value_or(settings.checkpointing);
  settings.flash_attention = entry.boolean("flash_attention").value_or(settings.flash_attention);
  entry.list_unknown(spec.unknown_fields);
  if (entry.failed()) fields.fail(*entry.error());
  spec.finetune = settings;
}

json to_json(const TuneSettings& settings) {
  return json_object({{"method", name_of(kMethodNames, settings.method)},
                      {"optimizer", name_of(kOptimizerNames, settings.optimizer)},
                      {"precision", name_of(kPrecisionNames, settings.precision)},
                      {"rank", settings.rank},
                      {"sequence", settings.sequence},
                      {"batch", settings.batch},
                      {"checkpointing", settings.checkpointing},
                      {"flash_attention", settings.flash_attention}});
}

json tuning_json(const Tuning& tuning) {
  const TuneFootprint& parts = tuning.footprint;
  json out = to_json(tuning.settings);
  out["quantization"] = tuning.base == nullptr ? json(nullptr) : json(tuning.base->id);
  out["weights_bytes"] = parts.weights.value();
  out["master_bytes"] = parts.master.value();
  out["adapters_bytes"] = parts.adapters.value();
  out["gradients_bytes"] = parts.gradients.value();
  out["optimizer_bytes"] = parts.optimizer.value();
  out["activations_bytes"] = parts.activations.value();
  out["logits_bytes"] = parts.logits.value();
  out["overhead_bytes"] = parts.overhead.value();
  out["total_bytes"] = parts.total().value();
  out["device_bytes"] = tuning.share.total().value();
  const double device = tuning.share.total().as_double();
  out["device_range_bytes"] = json_object({{"p10", Bytes::from_double(device * kTuneLow).value()},
                                           {"p90", Bytes::from_double(device * kTuneHigh).value()}});
  out["usable_bytes"] = tuning.usable.value();
  out["fits"] = tuning.fits();
  return out;
}

}  // namespace headroom
