#include "core/catalog/mixer_json.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "core/catalog/formula.h"
#include "core/model/parameters.h"

namespace headroom {
namespace {

using nlohmann::json;

constexpr std::uint32_t kMostMixerWidth = 1U << 18U;
constexpr std::uint32_t kMostWindow = 1U << 30U;
constexpr double kMostMixerParams = 1e13;

struct KindName {
  std::string_view name;
  MixerKind kind;
};
constexpr std::array<KindName, 15> kMixerKinds{{{"none", MixerKind::none},
                                                {"gqa", MixerKind::gqa},
                                                {"gqa_shared_kv", MixerKind::gqa_shared_kv},
                                                {"mla", MixerKind::mla},
                                                {"gdn", MixerKind::gated_delta},
                                                {"gdn_olmo", MixerKind::gated_delta},
                                                {"kda", MixerKind::kda},
                                                {"mamba1", MixerKind::mamba1},
                                                {"mamba2", MixerKind::mamba2},
                                                {"shortconv", MixerKind::short_conv},
                                                {"lightning", MixerKind::lightning},
                                                {"lightning_ling", MixerKind::lightning},
                                                {"rglru", MixerKind::rglru},
                                                {"cross", MixerKind::cross},
                                                {"custom", MixerKind::custom}}};

std::optional<QkNorm> qk_norm_of(JsonFields& fields) {
  const auto name = fields.text("qk_norm");
  if (!name) return std::nullopt;
  if (*name == "none") return QkNorm::none;
  if (*name == "head") return QkNorm::head;
  if (*name == "head_ln") return QkNorm::head_ln;
  if (*name == "full") return QkNorm::full;
  if (*name == "full_ln") return QkNorm::full_ln;
  fields.reject("qk_norm", "none, head, head_ln, full or full_ln");
  return std::nullopt;
}

// {"q": 1, "o": 0}: what is not named stays.
void read_bias_flags(JsonFields& fields, MixerDefaults& to) {
  const json* value = fields.any("bias");
  if (value == nullptr) return;
  JsonFields bias(*value, fields.path_of("bias"));
  to.bias_q = bias.count("q", 0, 1).value_or(to.bias_q ? 1 : 0) != 0;
  to.bias_k = bias.count("k", 0, 1).value_or(to.bias_k ? 1 : 0) != 0;
  to.bias_v = bias.count("v", 0, 1).value_or(to.bias_v ? 1 : 0) != 0;
  to.bias_o = bias.count("o", 0, 1).value_or(to.bias_o ? 1 : 0) != 0;
  if (bias.failed()) fields.fail(*bias.error());
}

// A number for both, or {"k": n, "v": n}.
void read_head_dims(JsonFields& fields, std::uint32_t& k, std::uint32_t& v) {
  const json* value = fields.any("head_dim");
  if (value == nullptr) return;
  if (value->is_object()) {
    JsonFields dims(*value, fields.path_of("head_dim"));
    k = dims.count("k", 1, kMostMixerWidth).value_or(k);
    v = dims.count("v", 1, kMostMixerWidth).value_or(v);
    if (dims.failed()) fields.fail(*dims.error());
    return;
  }
  k = v = fields.count("head_dim", 1, kMostMixerWidth).value_or(k);
}

class KindReader {
 public:
  KindReader(const json& kind, const std::string& name, const MixerDefaults& defaults, const std::string& path)
      : fields_(kind, path), defaults_(defaults) {
    mixer_.name = name;
  }

  Result<Mixer> run() {
    if (fields_.failed()) return *fields_.error();
    const std::string type = fields_.text("type").value_or("gqa");
    const auto found =
        std::find_if(kMixerKinds.begin(), kMixerKinds.end(), [&](const KindName& k) { return k.name == type; });
    if (found == kMixerKinds.end()) {
      fields_.reject("type", "a known attention type");
      return *fields_.error();
    }
    mixer_.kind = found->kind;
    read_heads();
    mixer_.window = count("window", 0, kMostWindow);
    mixer_.chunked = fields_.boolean("chunked").value_or(false);
    switch (mixer_.kind) {
      case MixerKind::gqa:
      case MixerKind::gqa_shared_kv: read_softmax(); break;
      case MixerKind::mla: read_mla(); break;
      case MixerKind::gated_delta: read_linear_heads(); break;
      case MixerKind::kda: read_kda(); break;
      case MixerKind::mamba1: read_mamba1(); break;
      case MixerKind::mamba2: read_mamba2(fields_); break;
      case MixerKind::short_conv: mixer_.conv = need("conv"); break;
      case MixerKind::lightning: read_lightning(type == "lightning_ling"); break;
      case MixerKind::rglru: read_rglru(); break;
      case MixerKind::custom: read_custom(); break;
      default: break;
    }
    if (fields_.failed()) return *fields_.error();
    return mixer_;
  }

 private:
  std::uint32_t count(const char* name, std::uint32_t otherwise, std::uint32_t most = kMostMixerWidth) {
    return fields_.count(name, 0, most).value_or(otherwise);
  }
  std::uint32_t need(const char* name) { return need(fields_, name); }
  static std::uint32_t need(JsonFields& fields, const char* name) {
    const auto value = fields.count(name, 1, kMostMixerWidth);
    if (!value) fields.reject(name, "a whole number");
    return value.value_or(1);
  }

  void read_heads() {
    mixer_.heads = count("heads", defaults_.heads);
    mixer_.kv_heads = count("kv_heads", defaults_.kv_heads);
    mixer_.head_dim_k = defaults_.head_dim_k;
    mixer_.head_dim_v = defaults_.head_dim_v;
    read_head_dims(fields_, mixer_.head_dim_k, mixer_.head_dim_v);
  }

  void read_out_gate() {
    const auto gate = fields_.text("out_gate");
    if (!gate) return;
    if (*gate == "q")
      mixer_.out_gate = OutGate::fused_in_q;
    else if (*gate == "head")
      mixer_.out_gate = OutGate::per_head;
    else if (*gate == "full")
      mixer_.out_gate = OutGate::full;
    else
      fields_.reject("out_gate", "q, head or full");
  }

  void read_softmax() {
    MixerDefaults biases = defaults_;
    read_bias_flags(fields_, biases);
    mixer_.bias_q = biases.bias_q;
    mixer_.bias_k = biases.bias_k;
    mixer_.bias_v = biases.bias_v;
    mixer_.bias_o = biases.bias_o;
    mixer_.head_dim_v = count("v_head_dim", mixer_.head_dim_v);
    mixer_.v_equals_k = fields_.boolean("v_equals_k").value_or(false);
    mixer_.kv_weights_present = fields_.boolean("kv_weights_present").value_or(false);
    mixer_.sinks = fields_.boolean("sinks").value_or(false);
    mixer_.sub_norm = fields_.boolean("sub_norm").value_or(false);
    mixer_.qk_norm = qk_norm_of(fields_).value_or(defaults_.qk_norm);
    read_out_gate();
    read_indexer();
  }

  void read_indexer() {
    const json* value = fields_.any("indexer");
    if (value == nullptr) return;
    JsonFields indexer(*value, fields_.path_of("indexer"));
    mixer_.indexer.topk = need(indexer, "topk");
    if (!indexer.boolean("shared").value_or(false)) {
      mixer_.indexer.heads = need(indexer, "heads");
      mixer_.indexer.dim = need(indexer, "dim");
    }
    if (indexer.failed()) fields_.fail(*indexer.error());
  }

  void read_mla() {
    mixer_.q_lora_rank = count("q_lora_rank", 0);
    mixer_.kv_lora_rank = need("kv_lora_rank");
    mixer_.rope_dim = need("qk_rope_head_dim");
    mixer_.nope_dim = need("qk_nope_head_dim");
    mixer_.head_dim_k = mixer_.rope_dim + mixer_.nope_dim;
    mixer_.head_dim_v = need("v_head_dim");
    mixer_.qk_norm = qk_norm_of(fields_).value_or(QkNorm::none);
    read_out_gate();
    read_indexer();
  }

  void read_linear_heads() {
    mixer_.key_heads = need("key_heads");
    mixer_.value_heads = need("value_heads");
    mixer_.key_head_dim = need("key_head_dim");
    mixer_.value_head_dim = need("value_head_dim");
    mixer_.conv = need("conv");
  }

  void read_kda() {
    mixer_.heads = need("heads");
    mixer_.key_heads = mixer_.value_heads = mixer_.heads;
    mixer_.key_head_dim = mixer_.value_head_dim = need("head_dim");
    mixer_.conv = need("conv");
    mixer_.full_rank_gate = fields_.boolean("full_rank_gate").value_or(false);
  }

  void read_mamba1() {
    mixer_.d_inner = need("d_inner");
    mixer_.d_state = need("d_state");
    mixer_.dt_rank = need("dt_rank");
    mixer_.conv = need("conv");
    mixer_.proj_bias = fields_.boolean("proj_bias").value_or(false);
    mixer_.dt_bc_norm = fields_.boolean("dtbc_norm").value_or(false);
  }

  void read_mamba2(JsonFields& fields) {
    mixer_.d_inner = need(fields, "d_inner");
    mixer_.d_state = need(fields, "d_state");
    mixer_.n_groups = need(fields, "n_groups");
    mixer_.ssm_heads = need(fields, "n_heads");
    mixer_.ssm_head_dim = need(fields, "head_dim");
    mixer_.conv = need(fields, "conv");
    mixer_.conv_bias = fields.boolean("conv_bias").value_or(true);
    mixer_.ssm_norm = fields.boolean("norm").value_or(true);
    mixer_.proj_bias = fields.boolean("proj_bias").value_or(false);
  }

  // Ling's variant normalizes queries and keys and states the width of its output norm.
  void read_lightning(bool ling) {
    mixer_.key_heads = mixer_.value_heads = mixer_.heads;
    mixer_.key_head_dim = mixer_.value_head_dim = mixer_.head_dim_k;
    if (!ling) return;
    mixer_.qk_norm = QkNorm::head;
    const std::uint32_t usual = mixer_.heads * mixer_.head_dim_k;
    const std::uint32_t norm = count("gnorm", usual);
    if (norm < usual) fields_.reject("gnorm", "a width of at least heads x head_dim");
    mixer_.extra_params = norm - std::min(norm, usual);
  }

  void read_rglru() {
    mixer_.lru_width = need("width");
    mixer_.lru_blocks = need("blocks");
    mixer_.conv = need("conv");
  }

  // Kinds that the facts describe by a formula for the parameters and by cache widths.
  void read_custom() {
    if (const json* ssm = fields_.any("ssm")) {
      mixer_.kind = MixerKind::attention_mamba2;
      JsonFields state_space(*ssm, fields_.path_of("ssm"));
      read_mamba2(state_space);
      if (state_space.failed()) fields_.fail(*state_space.error());
      return;
    }
    mixer_.custom_params = params_formula();
    mixer_.custom_kv_per_token = count("kv_per_token", 0);
    mixer_.custom_state_elements = fields_.whole("state_elements", 0, 1ULL << 40U).value_or(0);
    if (fields_.any("latent_kv_dim") != nullptr) {
      mixer_.kind = MixerKind::compressed_csa;
      mixer_.latent_kv_dim = need("latent_kv_dim");
      mixer_.compress_ratio = count("compress_ratio", 0);
      mixer_.q_lora_rank = count("q_lora_rank", 0);
      mixer_.output_rank = count("o_lora_rank", 0);
      mixer_.output_groups = count("o_groups", 0);
      read_indexer();
    } else if (defaults_.rwkv) {
      mixer_.kind = MixerKind::rwkv;
    }
  }

  std::uint64_t params_formula() {
    const std::array symbols{
        FormulaSymbol{"h", double(defaults_.hidden)},   FormulaSymbol{"H", double(mixer_.heads)},
        FormulaSymbol{"K", double(mixer_.kv_heads)},    FormulaSymbol{"d", double(mixer_.head_dim_k)},
        FormulaSymbol{"dv", double(mixer_.head_dim_v)}, FormulaSymbol{"L", double(defaults_.layers)}};
    const Result<double> params = evaluate_formula(fields_.text("params").value_or(""), symbols);
    if (!params) {
      fields_.fail(params.error());
      return 0;
    }
    if (!(*params >= 0 && *params <= kMostMixerParams)) {
      fields_.reject("params", "a formula of a possible parameter count");
      return 0;
    }
    return static_cast<std::uint64_t>(*params);
  }

  JsonFields fields_;
  const MixerDefaults& defaults_;
  Mixer mixer_;
};

}  // namespace

MixerDefaults read_mixer_defaults(JsonFields& row, JsonFields& arch) {
  MixerDefaults defaults;
  defaults.hidden = row.count("hidden", 1, kMostMixerWidth).value_or(1);
  defaults.layers = row.count("layers", 1, kMostMixerWidth).value_or(1);
  defaults.heads = row.count("heads", 1, kMostMixerWidth).value_or(0);
  defaults.kv_heads = row.count("kv_heads", 0, kMostMixerWidth).value_or(0);
  if (defaults.kv_heads == 0) defaults.kv_heads = defaults.heads;
  if (defaults.heads > 0) defaults.head_dim_k = defaults.head_dim_v = defaults.hidden / defaults.heads;
  read_head_dims(row, defaults.head_dim_k, defaults.head_dim_v);
  read_bias_flags(arch, defaults);
  defaults.qk_norm = qk_norm_of(arch).value_or(QkNorm::none);
  defaults.rwkv =
      row.text("gguf_arch").value_or("").starts_with("rwkv") || row.text("family").value_or("").starts_with("RWKV");
  return defaults;
}

Result<Mixer> mixer_from_json(const json& kind, const std::string& name, const MixerDefaults& defaults,
                              const std::string& path) {
  return KindReader(kind, name, defaults, path).run();
}

}  // namespace headroom
