#include <array>
#include <map>

#include "tests/truth/llama_cpp_truth.h"
#include "tests/truth/llama_memory.h"

namespace headroom::truth {
namespace {

// GGUF metadata of one model: a figure may be one for all layers or one per layer.
class Metadata {
 public:
  explicit Metadata(const Model& model) : model_(model) {}
  [[nodiscard]] const std::string& arch() const { return model_.arch; }
  [[nodiscard]] std::uint32_t get(const std::string& key, std::uint32_t missing = 0) const {
    return static_cast<std::uint32_t>(model_.number(key, missing));
  }
  [[nodiscard]] const MetaValue* array(const std::string& key) const {
    const auto it = model_.meta.find(key);
    return it != model_.meta.end() && it->second.is_array ? &it->second : nullptr;
  }
  [[nodiscard]] std::uint32_t at(const std::string& key, std::size_t layer, std::uint32_t missing = 0) const {
    const MetaValue* value = array(key);
    if (value == nullptr) return get(key, missing);
    return layer < value->numbers.size() ? static_cast<std::uint32_t>(value->numbers[layer]) : missing;
  }

 private:
  const Model& model_;
};

struct LayerTensors {
  std::map<std::string, std::array<std::uint64_t, 4>> shapes;
  [[nodiscard]] bool has(const std::string& name) const { return shapes.count(name) != 0; }
  [[nodiscard]] std::uint32_t dim(const std::string& name, std::size_t axis) const {
    const auto it = shapes.find(name);
    return it == shapes.end() ? 0 : static_cast<std::uint32_t>(it->second[axis]);
  }
};

std::uint32_t pattern(const std::string& arch) {
  static const std::map<std::string, std::uint32_t> kEvery = {{"gemma2", 2},  {"gemma3", 6},  {"cohere2", 4},
                                                              {"gpt-oss", 2}, {"exaone4", 4}, {"gemma4", 6}};
  const auto it = kEvery.find(arch);
  return it == kEvery.end() ? 0 : it->second;
}

bool slides(const Metadata& m, std::size_t layer) {
  if (m.arch() == "llama4") return (layer + 1) % 4 != 0;
  if (m.get("attention.sliding_window") == 0) return false;
  if (const MetaValue* flags = m.array("attention.sliding_window_pattern")) return flags->numbers[layer] != 0;
  const std::uint32_t every = pattern(m.arch());
  return every == 0 || layer % every < every - 1;
}

Mixer make_mixer(const Metadata& m, const LayerTensors& t, std::size_t layer, std::uint32_t hidden) {
  Mixer mixer;
  const std::string& arch = m.arch();
  std::uint32_t any_heads = 0;
  for (std::size_t i = 0; i < 256 && any_heads == 0; ++i) any_heads = m.at("attention.head_count", i);
  mixer.heads = m.at("attention.head_count", layer);
  mixer.kv_heads = m.at("attention.head_count_kv", layer, mixer.heads);
  const std::uint32_t head_dim = any_heads != 0 ? hidden / any_heads : 0;
  mixer.head_dim_k = m.get("attention.key_length", head_dim);
  mixer.head_dim_v = m.get("attention.value_length", head_dim);
  mixer.conv = m.get("ssm.conv_kernel");
  mixer.d_inner = m.get("ssm.inner_size");
  mixer.d_state = m.get("ssm.state_size");
  mixer.n_groups = m.get("ssm.group_count");
  mixer.dt_rank = m.get("ssm.time_step_rank");
  if (t.has("indexer.k_norm.weight") || t.has("indexer.attn_q_b.weight")) {
    mixer.indexer.heads = m.get("attention.indexer.head_count");
    mixer.indexer.dim = m.get("attention.indexer.key_length");
    mixer.indexer.topk = m.get("attention.indexer.top_k");
  }
  if (arch == "rwkv7") {
    mixer.kind = MixerKind::rwkv;
    mixer.key_head_dim = m.get("wkv.head_size");
  } else if (arch == "deepseek4") {
    mixer.kind = MixerKind::compressed_csa;
    mixer.compress_ratio = m.at("attention.compress_ratios", layer);
    mixer.latent_kv_dim = mixer.head_dim_k;
    mixer.window = m.get("attention.sliding_window");
    mixer.q_lora_rank = m.get("attention.q_lora_rank");
  } else if (t.has("ssm_conv1d_q.weight")) {
    mixer.kind = MixerKind::kda;
    mixer.key_heads = mixer.value_heads = any_heads;
    mixer.key_head_dim = mixer.value_head_dim = m.get("kda.head_dim");
  } else if (t.has("shortconv.conv.weight")) {
    mixer.kind = MixerKind::short_conv;
    mixer.conv = m.get("shortconv.l_cache");
  } else if (t.has("ssm_conv1d.weight")) {
    if (arch == "qwen3next" || arch == "qwen35" || arch == "qwen35moe") {
      mixer.kind = MixerKind::gated_delta;
      mixer.value_heads = mixer.dt_rank;
      mixer.value_head_dim = mixer.d_inner / mixer.value_heads;
      mixer.key_heads = mixer.n_groups;
      mixer.key_head_dim = mixer.d_state;
    } else if (t.has("ssm_x.weight")) {
      mixer.kind = MixerKind::mamba1;
    } else {
      mixer.kind = arch == "falcon-h1" ? MixerKind::attention_mamba2 : MixerKind::mamba2;
      mixer.ssm_heads = mixer.dt_rank;
      mixer.ssm_head_dim = mixer.d_inner / mixer.ssm_heads;
    }
  } else if (t.has("attn_kv_a_mqa.weight")) {
    mixer.kind = MixerKind::mla;
    mixer.q_lora_rank = m.get("attention.q_lora_rank");
    mixer.kv_lora_rank = t.dim("attn_kv_a_norm.weight", 0);
    mixer.rope_dim = m.get("attention.key_length") - mixer.kv_lora_rank;
    mixer.head_dim_k = m.get("attention.key_length_mla");
    mixer.head_dim_v = m.get("attention.value_length_mla");
    mixer.nope_dim = mixer.head_dim_k - mixer.rope_dim;
    mixer.heads = any_heads;
    mixer.kv_heads = 1;
  } else if (mixer.kv_heads == 0 || !(t.has("attn_q.weight") || t.has("attn_qkv.weight"))) {
    mixer.kind = MixerKind::none;
  } else if (slides(m, layer)) {
    mixer.window = arch == "llama4" ? 8192 : m.get("attention.sliding_window");
    mixer.chunked = arch == "llama4";
    mixer.head_dim_k = m.get("attention.key_length_swa", mixer.head_dim_k);
    mixer.head_dim_v = m.get("attention.value_length_swa", mixer.head_dim_v);
  }
  return mixer;
}

Ffn make_ffn(const Metadata& m, const LayerTensors& t) {
  Ffn ffn;
  ffn.kind = FfnKind::none;
  const bool dense = t.has("ffn_down.weight");
  if (dense) {
    ffn.kind = FfnKind::dense;
    ffn.width = t.dim("ffn_down.weight", 0);
    ffn.gated = t.has("ffn_gate.weight") || t.dim("ffn_up.weight", 1) == 2 * ffn.width;
  }
  if (t.has("ffn_down_exps.weight")) {
    ffn.kind = dense ? FfnKind::dense_and_moe : FfnKind::moe;
    ffn.experts = m.get("expert_count");
    ffn.experts_used = m.get("expert_used_count");
    ffn.expert_width = t.dim("ffn_down_exps.weight", 0);
    ffn.experts_gated = t.has("ffn_gate_exps.weight") || t.has("ffn_gate_up_exps.weight");
    ffn.shared_width = t.dim("ffn_down_shexp.weight", 0);
    ffn.shared_experts = ffn.shared_width != 0 ? 1 : 0;
    ffn.shared_gated = t.has("ffn_gate_shexp.weight");
    ffn.latent = t.has("ffn_routed_down.weight") ? t.dim("ffn_routed_down.weight", 1) : 0;
  }
  return ffn;
}

bool same(const Mixer& a, const Mixer& b) {
  return a.kind == b.kind && a.heads == b.heads && a.kv_heads == b.kv_heads && a.head_dim_k == b.head_dim_k &&
         a.head_dim_v == b.head_dim_v && a.window == b.window && a.compress_ratio == b.compress_ratio &&
         a.indexer.heads == b.indexer.heads;
}
bool same(const Ffn& a, const Ffn& b) {
  return a.kind == b.kind && a.width == b.width && a.experts == b.experts && a.expert_width == b.expert_width;
}

ModelProfile make_profile(const Model& model) {
  const Metadata m(model);
  ModelProfile profile;
  profile.id = model.name;
  profile.inventory = model.inventory;
  Architecture& arch = profile.arch;
  arch.gguf_arch = m.arch();
  arch.hidden = m.get("embedding_length");
  arch.max_context = m.get("context_length");
  arch.per_layer_embedding_dim = m.get("embedding_length_per_layer_input");
  const bool encoder = m.arch() == "bert" || m.arch() == "nomic-bert";
  arch.topology = encoder ? Topology::encoder : Topology::decoder;
  arch.no_lm_head = encoder;
  const std::uint32_t blocks = m.get("block_count");
  arch.mtp.layers = m.get("nextn_predict_layers");
  const std::uint32_t layers = blocks - arch.mtp.layers;
  const std::uint32_t shared = m.get("attention.shared_kv_layers");
  std::vector<LayerTensors> tensors(blocks);
  for (const Tensor& tensor : model.inventory.tensors) {
    if (tensor.name == "token_embd.weight") arch.vocab = static_cast<std::uint32_t>(tensor.ne[1]);
    if (tensor.name == "position_embd.weight") arch.position_rows = static_cast<std::uint32_t>(tensor.ne[1]);
    if (tensor.layer < 0) continue;
    const std::size_t name = tensor.name.find('.', 4) + 1;  // after "blk.N."
    tensors[static_cast<std::size_t>(tensor.layer)].shapes[tensor.name.substr(name)] = tensor.ne;
  }
  arch.layers.resize(layers);
  profile.group_of_layer.resize(layers);
  for (std::uint32_t layer = 0; layer < layers; ++layer) {
    const Mixer mixer = make_mixer(m, tensors[layer], layer, arch.hidden);
    const Ffn ffn = make_ffn(m, tensors[layer]);
    const bool shares = shared != 0 && layer >= blocks - shared;
    std::size_t group = 0;
    while (group < profile.groups.size()) {
      const LayerGroup& g = profile.groups[group];
      if (same(g.mixer, mixer) && same(g.ffn, ffn) && g.shares_kv == shares) break;
      ++group;
    }
    if (group == profile.groups.size()) {
      profile.groups.push_back({});
      profile.groups.back().mixer = mixer;
      profile.groups.back().ffn = ffn;
      profile.groups.back().shares_kv = shares;
      arch.mixers.push_back(mixer);
      arch.ffns.push_back(ffn);
    }
    ++profile.groups[group].count;
    const auto index = static_cast<std::uint8_t>(group);
    profile.group_of_layer[layer] = index;
    arch.layers[layer] = {index, index, shares};
    profile.has_experts = profile.has_experts || ffn.experts != 0;
  }
  return profile;
}

}  // namespace

std::map<std::string, ModelProfile> model_profiles() {
  std::map<std::string, ModelProfile> profiles;
  for (const Model& model : models()) profiles.emplace(model.name, make_profile(model));
  return profiles;
}

}  // namespace headroom::truth
