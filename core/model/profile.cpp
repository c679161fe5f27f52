#include "core/model/profile.h"

#include <algorithm>
#include <utility>

#include "core/model/inventory.h"
#include "core/model/inventory/layouts.h"
#include "core/model/parameters.h"

namespace headroom {
namespace {

// By what layers are grouped, from fine to coarse; a coarser key is used when there are too many groups.
enum class Detail : std::uint8_t { widths, kinds, mixer_kind };

struct GroupKey {
  std::uint32_t mixer = 0, ffn = 0;
  bool shares_kv = false;
  friend bool operator==(const GroupKey&, const GroupKey&) = default;
};

GroupKey key_of(const Architecture& arch, const Layer& layer, Detail detail) {
  GroupKey key{layer.mixer, layer.ffn, layer.shares_kv};
  if (detail != Detail::widths) key.ffn = static_cast<std::uint32_t>(arch.ffns[layer.ffn].kind);
  if (detail == Detail::mixer_kind) key.mixer = static_cast<std::uint32_t>(arch.mixers[layer.mixer].kind);
  return key;
}

// Keys of the groups, and the group of every layer; past the capacity a layer joins the last group.
std::vector<GroupKey> assign_groups(const Architecture& arch, Detail detail,
                                    std::vector<std::uint8_t>& group_of_layer) {
  std::vector<GroupKey> keys;
  group_of_layer.clear();
  for (const Layer& layer : arch.layers) {
    const GroupKey key = key_of(arch, layer, detail);
    auto found = std::find(keys.begin(), keys.end(), key);
    if (found == keys.end()) {
      keys.push_back(key);
      found = keys.end() - 1;
    }
    const auto index = static_cast<std::size_t>(found - keys.begin());
    group_of_layer.push_back(static_cast<std::uint8_t>(std::min(index, kMaxGroups - 1)));
  }
  return keys;
}

// Sums of a group's layers; averaged at the end.
void add_layer(const Architecture& arch, const Layer& layer, LayerGroup& group) {
  const Mixer& mixer = arch.mixers[layer.mixer];
  const Ffn& ffn = arch.ffns[layer.ffn];
  if (group.count == 0) {
    group.mixer = mixer;
    group.ffn = ffn;
    group.ffn.width = 0;
    group.shares_kv = layer.shares_kv;
  }
  const FfnParams params = ffn_params(arch, ffn);
  group.mixer_params += static_cast<double>(mixer_params(arch, mixer));
  group.ffn_params += static_cast<double>(params.dense);
  group.expert_params += static_cast<double>(params.expert);
  group.shared_params += static_cast<double>(params.shared);
  group.router_params += static_cast<double>(params.router);
  group.norm_params += arch.norms_per_layer * static_cast<double>(norm_params(arch.norm, arch.hidden));
  group.ffn.width += ffn.width;
  ++group.count;
}

void average(LayerGroup& group) {
  if (group.count == 0) return;
  const double n = group.count;
  for (double* sum : {&group.mixer_params, &group.ffn_params, &group.expert_params, &group.shared_params,
                      &group.router_params, &group.norm_params}) {
    *sum /= n;
  }
  group.ffn.width /= group.count;
}

void make_groups(ModelProfile& model) {
  std::vector<GroupKey> keys;
  for (const Detail detail : {Detail::widths, Detail::kinds, Detail::mixer_kind}) {
    keys = assign_groups(model.arch, detail, model.group_of_layer);
    if (keys.size() <= kMaxGroups) break;
  }
  model.groups.resize(std::min(keys.size(), kMaxGroups));
  for (std::size_t i = 0; i < model.arch.layers.size(); ++i) {
    add_layer(model.arch, model.arch.layers[i], model.groups[model.group_of_layer[i]]);
  }
  for (LayerGroup& group : model.groups) average(group);
}

bool is_recurrent(MixerKind kind) {
  switch (kind) {
    case MixerKind::gated_delta:
    case MixerKind::kda:
    case MixerKind::mamba1:
    case MixerKind::mamba2:
    case MixerKind::lightning:
    case MixerKind::short_conv:
    case MixerKind::rglru:
    case MixerKind::rwkv: return true;
    default: return false;
  }
}

WeightPart part_inside(TensorClass cls) {
  switch (cls) {
    case TensorClass::attention:
    case TensorClass::attention_small: return WeightPart::mixer;
    case TensorClass::ffn: return WeightPart::ffn;
    case TensorClass::routed_experts: return WeightPart::routed_experts;
    case TensorClass::shared_experts: return WeightPart::shared_experts;
    default: return WeightPart::block_other;
  }
}

WeightPart part_of(const Tensor& t, TensorClass cls, std::size_t layers) {
  switch (cls) {
    case TensorClass::token_embedding: return WeightPart::token_embedding;
    case TensorClass::output_head: return WeightPart::output_head;
    case TensorClass::per_layer_embedding: return WeightPart::per_layer_embedding;
    case TensorClass::position_embedding: return WeightPart::position_embedding;
    case TensorClass::mtp: return WeightPart::mtp;
    default: break;
  }
  if (t.layer < 0) return WeightPart::other;
  return static_cast<std::size_t>(t.layer) < layers ? part_inside(cls) : WeightPart::mtp;
}

bool same_kind(const WeightKind& a, const WeightKind& b) {
  return a.row == b.row && a.rows == b.rows && a.part == b.part && a.cls == b.cls && a.recurrent == b.recurrent &&
         a.slot.role == b.slot.role && a.slot.places == b.slot.places && a.slot.stacked == b.slot.stacked &&
         a.source == b.source && a.depth == b.depth;
}

void make_kinds(ModelProfile& model) {
  const std::vector<Tensor>& tensors = model.inventory.tensors;
  const std::vector<MixSlot> slots = mix_slots(model.inventory, model.mix_facts);
  std::vector<std::uint32_t>& kind_of = model.kind_of_tensor;
  kind_of.assign(tensors.size(), ModelProfile::kNoKind);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& t = tensors[i];
    WeightKind kind;
    kind.cls = t.cls == TensorClass::other ? tensor_class(t.name, t.is_matrix()) : t.cls;
    if (kind.cls == TensorClass::vision) continue;
    kind.part = part_of(t, kind.cls, model.arch.layers.size());
    kind.recurrent = kind.part == WeightPart::mixer &&
                     is_recurrent(model.groups[model.group_of_layer[static_cast<std::size_t>(t.layer)]].mixer.kind);
    kind.slot = slots[i];
    kind.source = t.source;
    kind.row = t.ne[0];
    kind.rows = t.ne[1];
    kind.depth = t.ne[2] * t.ne[3];
    auto found = std::find_if(model.kinds.begin(), model.kinds.end(),
                              [&kind](const WeightKind& k) { return same_kind(k, kind); });
    if (found == model.kinds.end()) {
      model.kinds.push_back(kind);
      found = model.kinds.end() - 1;
    }
    ++found->count;
    kind_of[i] = static_cast<std::uint32_t>(found - model.kinds.begin());
  }
  std::uint32_t first = 0;
  std::vector<std::uint32_t> next;
  for (WeightKind& kind : model.kinds) {
    kind.first = first;
    next.push_back(first);
    first += kind.count;
  }
  model.kind_layers.resize(first);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (kind_of[i] < next.size()) model.kind_layers[next[kind_of[i]]++] = static_cast<std::int16_t>(tensors[i].layer);
  }
}

void count_parameters_outside(ModelProfile& model) {
  const Architecture& arch = model.arch;
  for (const WeightKind& kind : model.kinds) {
    const std::uint64_t elements = kind.row * kind.rows * kind.depth * kind.count;
    if (kind.part == WeightPart::token_embedding) model.embedding_params += elements;
    if (kind.part == WeightPart::output_head && kind.rows > 1) model.head_params += elements;
    model.has_experts = model.has_experts || kind.part == WeightPart::routed_experts;
  }
  const bool headless = gguf::layout_of(arch.gguf_arch).headless || arch.no_lm_head;
  if (model.head_params == 0 && !headless) {
    model.head_params = model.embedding_params;
    model.copies_tied_head = true;
  }
  model.total_params = arch.total_params();
  model.active_params = arch.active_params();
}

}  // namespace

ModelProfile make_model_profile(std::string id, Architecture arch) {
  Inventory inventory = make_inventory(arch);
  return make_model_profile(std::move(id), std::move(arch), std::move(inventory));
}

ModelProfile make_model_profile(std::string id, Architecture arch, Inventory inventory) {
  ModelProfile model;
  model.id = std::move(id);
  model.arch = std::move(arch);
  model.samples = model.arch.topology != Topology::encoder;
  model.inventory = std::move(inventory);
  model.mix_facts = headroom::mix_facts(model.arch, model.inventory);
  make_groups(model);
  make_kinds(model);
  count_parameters_outside(model);
  return model;
}

}  // namespace headroom
