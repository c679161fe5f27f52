#include "core/model/gguf_mix.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

#include "core/model/gguf_mix_table.h"

namespace headroom {
namespace {

using Type = GgmlType;
using Role = MixRole;
using namespace stack_place;

bool holds(MixWhen when, const MixFacts& facts) {
  const bool eight = facts.experts == 8;
  switch (when) {
    case MixWhen::always: return true;
    case MixWhen::grouped_4: return facts.heads_per_kv >= 4;
    case MixWhen::grouped_4_or_moe: return facts.heads_per_kv >= 4 || facts.experts >= 4;
    case MixWhen::eight_experts: return eight;
    case MixWhen::falcon: return facts.falcon;
    case MixWhen::not_falcon: return !facts.falcon;
    case MixWhen::neither: return !facts.falcon && !eight;
  }
  return false;
}

std::optional<Type> first_match(std::span<const MixRule> rules, const MixFacts& facts, const MixSlot& slot) {
  for (const MixRule& rule : rules) {
    if (rule.role == slot.role && (rule.where == kAnywhere || (slot.places & rule.where) != 0) &&
        holds(rule.when, facts)) {
      return rule.type;
    }
  }
  return std::nullopt;
}

bool is_unquantized(Type type) { return type == Type::f32 || type == Type::f16 || type == Type::bf16; }

Type wanted_type(const GgufMix& mix, const MixFacts& facts, const MixSlot& slot, std::uint64_t row) {
  if (is_unquantized(mix.base)) return mix.base;
  if (slot.role == Role::output) {
    return facts.falcon || row % ggml_block(mix.base).elements != 0 ? Type::q8_0 : mix.output;
  }
  if (mix.name == kMxfp4Moe) {
    const bool ffn = slot.role == Role::up || slot.role == Role::gate || slot.role == Role::down;
    return slot.stacked && (ffn || !facts.mxfp4_only_ffn) ? Type::mxfp4 : Type::q8_0;
  }
  if (slot.role == Role::embedding) return mix.embedding;
  if (mix.shared_rules) {
    if (const auto shared = first_match(shared_mix_rules(), facts, slot)) return *shared;
  }
  const Type type = first_match(mix.rules, facts, slot).value_or(mix.base);
  // With few K/V heads attn_v is small: the 70B class affords it more bits.
  const bool promote = mix.shared_rules && facts.class_70b && slot.role == Role::value;
  return promote && (type == Type::q3_k || type == Type::q4_k) ? Type::q5_k : type;
}

// What replaces a type whose block does not divide the row.
std::optional<Type> smaller_block(Type type) {
  switch (type) {
    case Type::q2_0:
    case Type::q2_k:
    case Type::q3_k:
    case Type::tq1_0:
    case Type::tq2_0: return Type::q4_0;
    case Type::q4_k: return Type::q5_0;
    case Type::q5_k: return Type::q5_1;
    case Type::q6_k: return Type::q8_0;
    case Type::iq1_s:
    case Type::iq1_m:
    case Type::iq2_xxs:
    case Type::iq2_xs:
    case Type::iq2_s:
    case Type::iq3_xxs:
    case Type::iq3_s:
    case Type::iq4_xs: return Type::iq4_nl;
    default: return std::nullopt;
  }
}

std::optional<Type> storable(Type type, std::uint64_t row) {
  constexpr std::uint32_t kSmallBlock = 32;
  const auto fits = [row](Type t) { return row % ggml_block(t).elements == 0; };
  if (fits(type)) return type;
  if (ggml_block(type).elements == kSmallBlock) return Type::f16;
  const std::optional<Type> next = smaller_block(type);
  if (!next) return std::nullopt;
  return fits(*next) ? *next : Type::f16;
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// Names the quantizer leaves alone whatever their shape.
constexpr std::array<std::string_view, 28> kKeptNames{
    "_norm.weight",
    "ffn_gate_inp.weight",
    "ffn_gate_tid2eid.weight",
    "altup",
    "laurel",
    "per_layer_model_proj",
    "ssm_conv1d",
    "shortconv.conv.weight",
    "indexer.k_proj.weight",
    "indexer.q_proj.weight",
    "time_mix_first.weight",
    "time_mix_lerp_fused.weight",
    "time_mix_decay_w1.weight",
    "time_mix_decay_w2.weight",
    "attn_rel_b.weight",
    "time_mix_w0.weight",
    "time_mix_w1.weight",
    "time_mix_w2.weight",
    "time_mix_v0.weight",
    "time_mix_v1.weight",
    "time_mix_v2.weight",
    "time_mix_a0.weight",
    "time_mix_a1.weight",
    "time_mix_a2.weight",
    "time_mix_g1.weight",
    "time_mix_g2.weight",
    "position_embd.weight",
    "token_types.weight",
};

constexpr std::array<std::pair<std::string_view, Role>, 9> kRoleNames{{
    {"attn_qkv.weight", Role::value},
    {"attn_kv_b.weight", Role::value},
    {"attn_v.weight", Role::value},
    {"attn_k.weight", Role::key},
    {"attn_q.weight", Role::query},
    {"attn_output.weight", Role::attention_output},
    {"ffn_up", Role::up},
    {"ffn_gate", Role::gate},
    {"ffn_down", Role::down},
}};

bool is_quantizable(const Tensor& t) {
  constexpr std::string_view kSuffix = "weight";
  const std::string_view name = t.name;
  if (!t.is_matrix() || name.size() < kSuffix.size() || name.substr(name.size() - kSuffix.size()) != kSuffix)
    return false;
  return std::none_of(kKeptNames.begin(), kKeptNames.end(), [name](std::string_view k) { return contains(name, k); });
}

MixRole role_of(const Tensor& t, bool tied) {
  if (!is_quantizable(t)) return Role::kept;
  const std::string_view name = t.name;
  if (name == "output.weight") return Role::output;
  if (name == "token_embd.weight" || name == "per_layer_token_embd.weight") {
    return tied ? Role::output : Role::embedding;
  }
  for (const auto& [part, role] : kRoleNames) {
    if (contains(name, part)) return role;
  }
  return Role::other;
}

bool is_spread(std::uint32_t i, std::uint32_t n) { return i < n / 8 || i >= 7 * n / 8 || (i - n / 8) % 3 == 2; }

// `counted` runs over the role, `index` is what the layer rules use.
std::uint8_t places_of(Role role, std::uint32_t counted, std::uint32_t index, std::uint32_t values,
                       std::uint32_t blocks) {
  std::uint8_t places = 0;
  const auto set = [&places](bool on, std::uint8_t bit) {
    places = static_cast<std::uint8_t>(places | (on ? bit : 0));
  };
  if (role == Role::value) {
    set(counted < 2, kFirstTwo);
    set(counted < 4, kFirstFour);
    set(is_spread(counted, values), kSpread);
    return places;
  }
  set(index < blocks / 16, kFirstSixteenth);
  set(index < blocks / 8, kFirstEighth);
  set(counted < blocks / 8, kCountedFirstEighth);
  set(is_spread(index, blocks), kSpread);
  set(index >= blocks / 8 && index < 7 * blocks / 8, kMiddle);
  return places;
}

// The quantizer knows a block only by the name "blk.N."; the two sides of an encoder-decoder have none.
std::int32_t block_of(const Tensor& t) { return t.name.rfind("blk.", 0) == 0 ? t.layer : -1; }

bool is_softmax(MixerKind kind) {
  switch (kind) {
    case MixerKind::gqa:
    case MixerKind::gqa_shared_kv:
    case MixerKind::mla:
    case MixerKind::attention_mamba2:
    case MixerKind::compressed_csa: return true;
    default: return false;
  }
}

// The quantizer divides head_count by head_count_kv of block 0. Files of some hybrids list zero K/V heads for their
// recurrent blocks; others write one number for all blocks.
std::uint32_t first_block_heads_per_kv(const Architecture& arch, const Inventory& inventory) {
  for (const Layer& layer : arch.layers) {
    const Mixer& m = arch.mixers[layer.mixer];
    if (is_softmax(m.kind)) {
      if (m.kind == MixerKind::compressed_csa) return m.heads;
      if (m.kind == MixerKind::mla) return inventory.mla_single_kv_head ? m.heads : 1;
      return m.kv_heads == 0 ? 0 : m.heads / m.kv_heads;
    }
    if (inventory.kv_heads_per_block) return 0;
  }
  return 0;
}

}  // namespace

MixFacts mix_facts(const Architecture& arch, const Inventory& inventory) {
  constexpr std::size_t kLayersOf70b = 80;
  MixFacts facts;
  facts.falcon = arch.gguf_arch == "falcon";
  facts.mxfp4_only_ffn = arch.gguf_arch == "bailingmoe3";
  facts.tied = std::none_of(inventory.tensors.begin(), inventory.tensors.end(),
                            [](const Tensor& t) { return t.name == "output.weight"; });
  for (const Ffn& ffn : arch.ffns) facts.experts = std::max(facts.experts, ffn.experts);
  facts.heads_per_kv = first_block_heads_per_kv(arch, inventory);
  facts.blocks = inventory.blocks != 0 ? inventory.blocks : static_cast<std::uint32_t>(arch.layers.size());
  if (arch.layers.size() == kLayersOf70b) {
    facts.class_70b =
        (arch.gguf_arch == "llama" && facts.heads_per_kv > 1) || arch.gguf_arch == "qwen2" || arch.gguf_arch == "deci";
  }
  return facts;
}

namespace {

// Blocks repeat the same few dozen names: each is classified once.
class RoleMemory {
 public:
  explicit RoleMemory(bool tied) : tied_(tied) {}
  Role operator()(const Tensor& t) {
    constexpr std::string_view kBlock = "blk.";
    const std::string_view name = t.name;
    if (name.rfind(kBlock, 0) != 0) return role_of(t, tied_);
    const std::size_t dot = name.find('.', kBlock.size());
    const std::string_view suffix = name.substr(dot == std::string_view::npos ? kBlock.size() : dot);
    const bool matrix = t.is_matrix();
    for (const Known& known : known_) {
      if (known.matrix == matrix && known.suffix == suffix) return known.role;
    }
    known_.push_back({suffix, matrix, role_of(t, tied_)});
    return known_.back().role;
  }

 private:
  struct Known {
    std::string_view suffix;
    bool matrix;
    Role role;
  };
  std::vector<Known> known_;
  bool tied_;
};

}  // namespace

std::vector<MixSlot> mix_slots(const Inventory& inventory, const MixFacts& facts) {
  const std::vector<Tensor>& tensors = inventory.tensors;
  std::vector<MixSlot> slots(tensors.size());
  RoleMemory role_of_tensor(facts.tied);
  std::array<std::vector<std::uint32_t>, static_cast<std::size_t>(Role::other) + 1> members;
  for (std::uint32_t i = 0; i < tensors.size(); ++i) {
    slots[i].role = role_of_tensor(tensors[i]);
    slots[i].stacked = tensors[i].ne[2] > 1;
    members[static_cast<std::size_t>(slots[i].role)].push_back(i);
  }
  const auto before = [&tensors](std::uint32_t a, std::uint32_t b) {
    const Tensor& x = tensors[a];
    const Tensor& y = tensors[b];
    return block_of(x) != block_of(y) ? block_of(x) < block_of(y) : x.name < y.name;
  };
  for (const Role role : {Role::value, Role::up, Role::gate, Role::down}) {
    std::vector<std::uint32_t>& order = members[static_cast<std::size_t>(role)];
    std::sort(order.begin(), order.end(), before);
    const auto count = static_cast<std::uint32_t>(order.size());
    for (std::uint32_t counted = 0; counted < count; ++counted) {
      const Tensor& t = tensors[order[counted]];
      const bool by_block = facts.experts > 1 && block_of(t) >= 0;
      const std::uint32_t index = by_block ? static_cast<std::uint32_t>(t.layer) : counted;
      slots[order[counted]].places = places_of(role, counted, index, count, facts.blocks);
    }
  }
  return slots;
}

std::optional<GgmlType> mix_type(const GgufMix& mix, const MixFacts& facts, const MixSlot& slot, std::uint64_t row,
                                 GgmlType source) {
  if (slot.role == Role::kept) return source;
  return storable(wanted_type(mix, facts, slot, row), row);
}

bool mix_needs_imatrix(const GgufMix& mix, MixRole role, GgmlType type) {
  if (mix.imatrix == ImatrixNeed::always) return true;
  if (mix.imatrix == ImatrixNeed::never || role == Role::output || role == Role::embedding) return false;
  switch (type) {
    case Type::iq1_s:
    case Type::iq1_m:
    case Type::iq2_xxs:
    case Type::iq2_xs:
    case Type::iq2_s:
    case Type::iq3_xxs: return true;
    default: return false;
  }
}

Bytes stored_bytes(GgmlType type, std::uint64_t row, std::uint64_t rows) {
  const BlockType block = ggml_block(type);
  return Bytes(divide_up(row, block.elements)) * block.bytes * rows;
}

}  // namespace headroom
