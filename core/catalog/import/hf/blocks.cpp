#include <cmath>
#include <optional>

#include "core/catalog/import/hf/parts.h"
#include "core/catalog/import/quotient.h"
#include "core/catalog/json_text.h"

namespace headroom::hf {
namespace {

using nlohmann::json;

// "attention" or "ffn" of a layer, or null.
const json* block_part(Fields& config, std::uint32_t layer, const char* part) {
  const json* blocks = config.list({"block_configs"});
  if (blocks == nullptr || layer >= blocks->size() || !(*blocks)[layer].is_object()) return nullptr;
  const auto it = (*blocks)[layer].find(part);
  return it != (*blocks)[layer].end() && it->is_object() ? &*it : nullptr;
}

bool left_out(const json& part) {
  const auto it = part.find("no_op");
  return it != part.end() && it->is_boolean() && it->get<bool>();
}

}  // namespace

void read_block_heads(Context& context) {
  for (std::uint32_t i = 0; i < context.layers; ++i) {
    const json* attention = block_part(context.config, i, "attention");
    if (attention == nullptr) continue;
    const double group = number_member(*attention, "n_heads_in_group").value_or(1);
    if (group >= 1 && group <= kMostHeads) {
      context.kv_heads[i] = quotient(context.heads[i], static_cast<std::uint32_t>(group));
    }
  }
}

void read_block_kinds(Fields& config, LayerPlan& plan) {
  for (std::uint32_t i = 0; i < plan.kinds.size(); ++i) {
    const json* attention = block_part(config, i, "attention");
    if (attention != nullptr && left_out(*attention)) plan.kinds[i] = LayerKind::absent;
  }
}

std::uint32_t block_width(const Context& context, std::uint32_t layer, std::uint32_t fallback) {
  constexpr std::uint32_t kStep = 256;  // widths are two thirds of the stated multiple, rounded up to this
  const json* ffn = block_part(context.config, layer, "ffn");
  if (ffn == nullptr) return fallback;
  if (left_out(*ffn)) return 0;
  const auto multiple = number_member(*ffn, "ffn_mult");
  if (!multiple || !(*multiple > 0) || *multiple * context.hidden > kMostWidth) return fallback;
  const auto width = static_cast<std::uint32_t>(2 * *multiple * context.hidden / 3);
  return (width + kStep - 1) / kStep * kStep;
}

}  // namespace headroom::hf
