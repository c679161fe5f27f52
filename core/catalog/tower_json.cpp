#include "core/catalog/tower_json.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/catalog/formula.h"
#include "core/catalog/json_fields.h"
#include "core/model/parameters.h"

namespace headroom {
namespace {

using nlohmann::json;

constexpr std::uint32_t kMostTowerLayers = 1024;
constexpr std::uint32_t kMostTowerWidth = 1U << 18U;
constexpr std::uint32_t kMostTowerPositions = 1U << 20U;
constexpr std::size_t kMostTowers = 8;
constexpr double kMostTowerParams = 1e13;

// A formula field, 0 when absent.
double formula_field(JsonFields& fields, const char* name, std::span<const FormulaSymbol> symbols) {
  const auto text = fields.text(name);
  if (!text) return 0;
  const Result<double> value = evaluate_formula(*text, symbols);
  if (!value) {
    fields.fail(value.error());
    return 0;
  }
  if (!(*value >= 0 && *value <= kMostTowerParams)) {
    fields.reject(name, "a formula of a possible parameter count");
    return 0;
  }
  return *value;
}

// The facts write flags as true/false or as 1/0.
bool tower_flag(JsonFields& fields, const char* name, bool otherwise) {
  const json* value = fields.any(name);
  if (value == nullptr) return otherwise;
  if (value->is_boolean()) return value->get<bool>();
  if (value->is_number_integer()) return value->get<std::int64_t>() != 0;
  fields.reject(name, "true, false, 1 or 0");
  return otherwise;
}

NormKind tower_norm(JsonFields& fields) {
  const std::string name = fields.text("norm").value_or("ln");
  if (name == "rms") return NormKind::rms;
  if (name == "ln") return NormKind::layer;
  if (name == "lnw") return NormKind::layer_no_bias;
  if (name == "none") return NormKind::none;
  fields.reject("norm", "rms, ln, lnw or none");
  return NormKind::layer;
}

Tower read_tower(JsonFields& fields) {
  Tower t;
  t.layers = fields.count("layers", 1, kMostTowerLayers).value_or(0);
  t.hidden = fields.count("hidden", 1, kMostTowerWidth).value_or(1);
  t.ffn = fields.count("ffn", 1, kMostTowerWidth).value_or(1);
  t.heads = fields.count("heads", 1, kMostTowerWidth).value_or(1);
  t.kv_heads = fields.count("kv_heads", 1, kMostTowerWidth).value_or(t.heads);
  t.head_dim = fields.count("head_dim", 1, kMostTowerWidth).value_or(t.hidden / t.heads);
  t.patch = fields.count("patch", 1, kMostTowerWidth).value_or(0);
  t.channels = fields.count("channels", 0, kMostTowerWidth).value_or(t.channels);
  t.temporal = fields.count("temporal", 1, kMostTowerWidth).value_or(t.temporal);
  t.positions = fields.count("pos", 0, kMostTowerPositions).value_or(0);
  t.patch_bias = tower_flag(fields, "patch_bias", false);
  t.class_token = tower_flag(fields, "cls", false);
  t.attention_bias = tower_flag(fields, "attn_bias", true);
  t.key_bias = tower_flag(fields, "k_bias", t.attention_bias);
  t.mlp_bias = tower_flag(fields, "mlp_bias", true);
  t.gated = tower_flag(fields, "gated", false);
  t.pre_norm = tower_flag(fields, "pre_norm", false);
  t.post_norm = tower_flag(fields, "post_norm", false);
  t.norm = tower_norm(fields);
  const auto qk = fields.text("qk_norm");
  if (qk == "head") t.qk_norm = QkNorm::head;
  if (qk == "full") t.qk_norm = QkNorm::full;
  t.norms_per_layer = fields.count("norms_per_layer", 0, 16).value_or(t.norms_per_layer);
  t.layer_scales = fields.count("layer_scale", 0, 16).value_or(0);
  return t;
}

// Where neither the patches llama.cpp warms up with nor the size of pictures is stated, all that the tower has
// positions for.
VisionStep step_of(JsonFields& fields, const Tower& t) {
  const std::uint32_t side = t.patch > 0 ? fields.count("image", 1, kMostTowerWidth).value_or(0) / t.patch : 0;
  const std::uint32_t learned = t.positions > 0 && t.class_token ? t.positions - 1 : t.positions;
  VisionStep step;
  step.type = fields.text("type").value_or("");
  step.patches =
      fields.count("warmup_patches", 1, kMostTowerPositions).value_or(side > 0 ? VisionStep::square(side) : learned);
  step.patch = t.patch;
  step.hidden = t.hidden;
  step.ffn = t.ffn;
  step.heads = t.heads;
  step.deep = fields.count("deepstack", 0, kMostTowerLayers).value_or(0);
  step.gated = t.gated;
  step.masked = tower_flag(fields, "window_mask", false);
  return step;
}

double one_tower(JsonFields& fields, std::uint32_t hidden, VisionStep* step) {
  const FormulaSymbol text_width{"h", static_cast<double>(hidden)};
  if (fields.any("params_formula") != nullptr)
    return formula_field(fields, "params_formula", std::span(&text_width, 1));
  if (fields.any("layers") == nullptr) return 0;
  const Tower tower = read_tower(fields);
  if (step != nullptr) *step = step_of(fields, tower);
  const std::array symbols{text_width, FormulaSymbol{"vh", static_cast<double>(tower.hidden)},
                           FormulaSymbol{"vf", static_cast<double>(tower.ffn)},
                           FormulaSymbol{"L", static_cast<double>(tower.layers)}};
  return static_cast<double>(tower_params(tower)) + formula_field(fields, "extra", symbols);
}

}  // namespace

Result<TowerFacts> tower_from_json(const json& value, std::uint32_t hidden, const std::string& path) {
  JsonFields fields(value, path);
  TowerFacts facts;
  double params = 0;
  if (const json* towers = fields.array("towers", kMostTowers)) {
    for (std::size_t i = 0; i < towers->size(); ++i) {
      JsonFields tower((*towers)[i], path + ".towers[" + std::to_string(i) + "]");
      params += one_tower(tower, hidden, nullptr);
      if (tower.failed()) return *tower.error();
    }
  } else {
    params += one_tower(fields, hidden, &facts.step);
  }
  const std::array symbols{
      FormulaSymbol{"h", static_cast<double>(hidden)},
      FormulaSymbol{"vh", static_cast<double>(fields.count("hidden", 1, kMostTowerWidth).value_or(0))},
      FormulaSymbol{"vf", static_cast<double>(fields.count("ffn", 1, kMostTowerWidth).value_or(0))}};
  params += formula_field(fields, "projector", symbols);
  if (fields.failed()) return *fields.error();
  facts.params = static_cast<std::uint64_t>(params);
  return facts;
}

}  // namespace headroom
