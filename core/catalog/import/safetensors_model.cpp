#include "core/catalog/import/safetensors_model.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "core/catalog/import/hf_config.h"
#include "core/catalog/import/layer_set.h"
#include "core/catalog/import/message_text.h"
#include "core/model/parameters.h"

namespace headroom {
namespace {

constexpr std::int32_t kMaxLayers = 1024;

bool has(std::string_view name, std::string_view part) { return name.find(part) != std::string_view::npos; }

bool any_of(std::string_view name, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return has(name, part); });
}

// Names: the modules of Hugging Face transformers.
TensorClass checkpoint_class(std::string_view name, bool in_layer, bool matrix) {
  if (any_of(name, {"visual.", "vision_", "multi_modal_projector", "audio_tower", "image_newline"})) {
    return TensorClass::vision;
  }
  if (name.starts_with("mtp.") || has(name, ".eh_proj")) return TensorClass::mtp;
  if (!in_layer) {
    if (any_of(name, {"embed_tokens_per_layer"})) return TensorClass::per_layer_embedding;
    if (any_of(name, {"embed_tokens", "wte", "word_embeddings.", "tok_embeddings", "embed_in", "embedding.weight"})) {
      return TensorClass::token_embedding;
    }
    if (any_of(name, {"position_embeddings", "wpe", "embed_positions", "token_type_embeddings"})) {
      return TensorClass::position_embedding;
    }
    if (any_of(name, {"lm_head", "embed_out"}) || name == "output.weight") return TensorClass::output_head;
    return has(name, "norm") || has(name, "ln_f") ? TensorClass::norm : TensorClass::other;
  }
  if (any_of(name, {"shared_expert"})) return TensorClass::shared_experts;
  if (any_of(name, {".experts."})) return TensorClass::routed_experts;
  if (any_of(name, {"mlp.gate.", "router", "block_sparse_moe.gate.", "e_score_correction_bias"})) {
    return TensorClass::router;
  }
  const bool mixer =
      any_of(name, {"attn", "attention", "mixer", "mamba", "conv", "self_attention", "temporal_block", "recurrent"});
  if (mixer && !any_of(name, {"attention_norm", "attention_layernorm", "attn_norm"})) {
    if (any_of(name, {"mlp", "feed_forward"})) return TensorClass::ffn;
    return matrix && !has(name, "conv1d") ? TensorClass::attention : TensorClass::attention_small;
  }
  if (any_of(name, {"norm", "ln_"})) return TensorClass::norm;
  return any_of(name, {"mlp", "feed_forward", "ffn", "fc1", "fc2", "dense_h_to_4h", "block_sparse_moe"})
             ? TensorClass::ffn
             : TensorClass::other;
}

// "…experts.17.up_proj.weight" -> "…experts.up_proj.weight"
std::string without_expert(const std::string& name) {
  constexpr std::string_view kExperts = ".experts.";
  const std::size_t at = name.find(kExperts);
  if (at == std::string::npos) return name;
  const std::size_t digits = at + kExperts.size();
  std::size_t end = digits;
  while (end < name.size() && name[end] >= '0' && name[end] <= '9') ++end;
  if (end == digits || end >= name.size() || name[end] != '.') return name;
  return name.substr(0, digits) + name.substr(end + 1);
}

FileTensor file_tensor(const SafetensorsTensor& t) {
  FileTensor out;
  out.name = t.name;
  out.type = t.dtype;
  out.bytes = t.bytes();
  out.dims = static_cast<std::uint8_t>(std::clamp<std::size_t>(t.shape.size(), 1, out.ne.size()));
  for (std::size_t i = 0; i < t.shape.size(); ++i) {  // outer dimensions beyond the fourth are multiplied together
    const std::size_t d = std::min(t.shape.size() - 1 - i, out.ne.size() - 1);
    out.ne[d] *= t.shape[i];
  }
  return out;
}

std::uint32_t narrow(std::uint64_t value) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, UINT32_MAX));
}

// The tensors by what follows the layer number, for shapes without a config.json.
class Shapes {
 public:
  explicit Shapes(const std::vector<FileTensor>& tensors) {
    for (const FileTensor& t : tensors) {
      const LayerNumber number = layer_number(t.name);
      if (number.layer < 0) {
        outside_.push_back(&t);
      } else if (number.layer < kMaxLayers) {
        layers_[number.layer].push_back(&t);
      }
    }
  }
  [[nodiscard]] std::int32_t layer_count() const { return layers_.empty() ? 0 : layers_.rbegin()->first + 1; }
  [[nodiscard]] const FileTensor* outside(std::string_view part) const { return find(outside_, part); }
  [[nodiscard]] const FileTensor* layer(std::int32_t layer, std::string_view part) const {
    const auto it = layers_.find(layer);
    return it == layers_.end() ? nullptr : find(it->second, part);
  }

 private:
  static const FileTensor* find(const std::vector<const FileTensor*>& list, std::string_view part) {
    for (const FileTensor* t : list) {
      if (has(t->name, part) && t->name.ends_with("weight")) return t;
    }
    return nullptr;
  }
  std::map<std::int32_t, std::vector<const FileTensor*>> layers_;
  std::vector<const FileTensor*> outside_;
};

std::uint32_t rows(const FileTensor* t) { return t == nullptr ? 0 : narrow(t->ne[1]); }
std::uint32_t columns(const FileTensor* t) { return t == nullptr ? 0 : narrow(t->ne[0]); }

// Head counts are not in the shapes. One head as wide as all keys together gives the same cache and the same work.
Mixer infer_mixer(const Shapes& shapes, std::int32_t layer, bool& understood) {
  Mixer m;
  const FileTensor* latent = shapes.layer(layer, "kv_a_proj_with_mqa");
  const FileTensor* query = shapes.layer(layer, ".q_proj.");
  const FileTensor* key = shapes.layer(layer, ".k_proj.");
  if (latent != nullptr) {
    m.kind = MixerKind::mla;
    m.kv_lora_rank = columns(shapes.layer(layer, "kv_a_layernorm"));
    m.rope_dim = rows(latent) - std::min(rows(latent), m.kv_lora_rank);
    m.q_lora_rank = rows(shapes.layer(layer, "q_a_proj"));
    m.heads = m.kv_heads = 1;
    return m;
  }
  if (query == nullptr || key == nullptr || rows(key) == 0) {
    m.kind = MixerKind::custom;
    understood = false;
    return m;
  }
  m.kind = MixerKind::gqa;
  const std::uint32_t value = rows(shapes.layer(layer, ".v_proj."));
  m.heads = std::max(rows(query) / rows(key), 1U);
  m.kv_heads = 1;
  m.head_dim_k = rows(key);
  m.head_dim_v = value == 0 ? rows(key) : value;
  return m;
}

Ffn infer_ffn(const Shapes& shapes, std::int32_t layer) {
  Ffn ffn;
  const FileTensor* experts = shapes.layer(layer, ".experts.down_proj");
  if (experts == nullptr) experts = shapes.layer(layer, ".experts.w2");
  const FileTensor* down = shapes.layer(layer, ".down_proj");
  if (experts != nullptr) {
    ffn.kind = FfnKind::moe;
    ffn.experts = narrow(experts->ne[2]);
    ffn.expert_width = columns(experts);
    ffn.experts_used = ffn.experts;
    return ffn;
  }
  ffn.kind = down == nullptr ? FfnKind::none : FfnKind::dense;
  ffn.width = columns(down);
  return ffn;
}

void infer_architecture(const std::vector<FileTensor>& tensors, ImportedModel& model) {
  const Shapes shapes(tensors);
  Architecture& a = model.architecture;
  const FileTensor* embedding = nullptr;
  for (const char* part : {"embed_tokens.", "wte.", "tok_embeddings.", "word_embeddings.", "embed_in."}) {
    if (embedding == nullptr) embedding = shapes.outside(part);
  }
  a.hidden = columns(embedding);
  a.vocab = rows(embedding);
  a.tied_embeddings = shapes.outside("lm_head") == nullptr && shapes.outside("embed_out") == nullptr;
  LayerSet set(a);
  bool experts = false;
  for (std::int32_t i = 0; i < shapes.layer_count(); ++i) {
    const Ffn ffn = infer_ffn(shapes, i);
    experts = experts || ffn.kind == FfnKind::moe;
    set.add(infer_mixer(shapes, i, model.cache_known), ffn);
  }
  if (a.layers.empty()) model.cache_known = false;
  model.notes.push_back({"no_config", {}, {}});
  if (experts) model.notes.push_back({"experts_assumed", {}, {}});
  if (!model.cache_known) model.notes.push_back({"cache_unknown", {}, {}});
}

GgmlType source_type(std::string_view dtype) {
  if (dtype == "F32") return GgmlType::f32;
  return dtype == "F16" ? GgmlType::f16 : GgmlType::bf16;
}

void add_tensors(const std::vector<FileTensor>& tensors, ImportedModel& model) {
  Inventory inventory;
  StoredWeights stored;
  std::map<std::string_view, std::uint64_t> by_type;
  const auto stack = static_cast<std::int32_t>(model.architecture.layers.size());
  for (const FileTensor& t : tensors) {
    const LayerNumber number = layer_number(t.name);
    Tensor out;
    out.name = t.name;
    out.ne = t.ne;
    out.dims = t.dims;
    out.cls = checkpoint_class(t.name, number.layer >= 0, t.elements() > t.ne[0]);
    const bool tower = out.cls == TensorClass::vision;
    out.layer = tower ? -1 : number.layer;
    if (!tower && stack > 0 && number.layer >= stack) out.cls = TensorClass::mtp;
    out.source = source_type(t.type);
    by_type[t.type] += t.bytes;
    stored.tensor_bytes.push_back(t.bytes);
    stored.total_bytes += t.bytes;
    inventory.tensors.push_back(std::move(out));
  }
  std::uint64_t most = 0;
  for (const auto& [type, bytes] : by_type) {
    if (bytes > most) {
      most = bytes;
      stored.dominant_type = type;
    }
  }
  model.inventory = std::move(inventory);
  model.stored = std::move(stored);
}

// What the dtype with the most bytes says where no config does.
std::string format_of(const std::string& dtype) {
  if (dtype == "BF16") return "BF16";
  if (dtype == "F16") return "FP16";
  if (dtype == "F32") return "FP32";
  return dtype.starts_with("F8_") ? "FP8" : "";
}

}  // namespace

std::vector<FileTensor> checkpoint_tensors(const std::vector<SafetensorsHeader>& shards) {
  std::vector<FileTensor> out;
  std::map<std::string, std::size_t> joined;
  for (const SafetensorsHeader& shard : shards) {
    for (const SafetensorsTensor& tensor : shard.tensors) {
      if (tensor.bytes() == 0) continue;
      FileTensor t = file_tensor(tensor);
      const std::string name = without_expert(t.name);
      if (name == t.name) {
        out.push_back(std::move(t));
        continue;
      }
      const auto [it, first] = joined.emplace(name, out.size());
      if (first) {
        t.name = name;
        t.dims = 3;
        out.push_back(std::move(t));
      } else {
        ++out[it->second].ne[2];
        out[it->second].bytes += t.bytes;
      }
    }
  }
  return out;
}

Result<ImportedModel> model_from_checkpoint(const std::vector<FileTensor>& tensors, const nlohmann::json* config,
                                            std::string_view name) {
  if (tensors.empty()) return bad_file("safetensors: the file holds no tensors");
  ImportedModel model;
  if (config != nullptr) {
    auto described = model_from_config(*config, name);
    if (!described) return described.error();
    model = std::move(*described);
  } else {
    model.name = std::string(name);
    infer_architecture(tensors, model);
  }
  model.source = ImportSource::safetensors;
  add_tensors(tensors, model);
  if (config == nullptr) {
    Architecture& a = model.architecture;
    for (const Tensor& t : model.inventory->tensors) {
      (t.cls == TensorClass::vision ? a.vision_params : a.text_params) += t.elements();
    }
    a.text_active_params = a.text_params;
    model.format = format_of(model.stored->dominant_type);
  }
  model.file_bytes = model.stored->total_bytes;
  return model;
}

}  // namespace headroom
