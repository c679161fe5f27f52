// One named attention kind of a model's fact becomes a Mixer.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/catalog/json_fields.h"
#include "core/model/architecture.h"
#include "core/result.h"

namespace headroom {

// What the row says for all kinds, unless a kind says otherwise.
struct MixerDefaults {
  std::uint32_t hidden = 0, layers = 0, heads = 0, kv_heads = 0, head_dim_k = 0, head_dim_v = 0;
  bool bias_q = false, bias_k = false, bias_v = false, bias_o = false;
  QkNorm qk_norm = QkNorm::none;
  bool rwkv = false;  // a custom kind of this model is an RWKV time mix
};
[[nodiscard]] MixerDefaults read_mixer_defaults(JsonFields& row, JsonFields& arch);

// Errors (bad_value): an unknown type, a wrong or missing figure.
[[nodiscard]] Result<Mixer> mixer_from_json(const nlohmann::json& kind, const std::string& name,
                                            const MixerDefaults& defaults, const std::string& path);

}  // namespace headroom
