#include "core/catalog/import/hf_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/catalog/import/hf/family.h"
#include "core/catalog/import/hf/fields.h"
#include "core/catalog/import/hf/layers.h"
#include "core/catalog/import/hf/parts.h"
#include "core/catalog/import/hf/quantization.h"
#include "core/catalog/import/hf/special.h"
#include "core/catalog/import/hf/vision.h"
#include "core/catalog/import/layer_set.h"
#include "core/catalog/import/message_text.h"
#include "core/model/parameters.h"

namespace headroom {
namespace {

using hf::Fields;

// Multi-modal models keep the text model in a section of its own.
const nlohmann::json& text_section(const nlohmann::json& config, Fields& outer, std::string& path) {
  for (const char* name : {"text_config", "llm_config", "language_config", "thinker_config"}) {
    const nlohmann::json* inner = outer.object({name});
    if (inner == nullptr) continue;
    path += std::string(".") + name;
    Fields nested(*inner, path);
    const nlohmann::json* deeper = nested.object({"text_config"});
    if (deeper != nullptr) path += ".text_config";
    return deeper == nullptr ? *inner : *deeper;
  }
  return config;
}

// The inner model_type decides where it is known: a multi-modal wrapper says little about the text model.
const hf::Family* family_of(Fields& inner, Fields& outer, std::string& model_type) {
  const std::string own = inner.text({"model_type"}).value_or("");
  const std::string wrapper = outer.text({"model_type"}).value_or("");
  model_type = own.empty() ? wrapper : own;
  const hf::Family* family = hf::find_family(own);
  return family != nullptr ? family : hf::find_family(wrapper);
}

void add_mtp(Fields& config, Architecture& model) {
  const std::uint32_t layers =
      config.get({"num_nextn_predict_layers", "mtp_num_hidden_layers", "num_mtp_layers"}, 0, hf::kMostLayers);
  if (layers == 0 || model.layers.empty()) return;
  model.mtp.layers = layers;
  model.mtp.mixer = model.layers.back().mixer;
  model.mtp.ffn = model.layers.back().ffn;
}

bool caches_heads(MixerKind kind) {
  return kind == MixerKind::gqa || kind == MixerKind::mla || kind == MixerKind::attention_mamba2;
}

// Rotary factors that a conversion to GGUF writes as tensors of their own.
void read_rope_table(Fields& config, Architecture& model) {
  const nlohmann::json* rope = config.object({"rope_scaling", "rope_parameters"});
  if (rope == nullptr) return;
  Fields scaling(*rope, config.path_of("rope_scaling"));
  const std::string type = scaling.text({"rope_type", "type"}).value_or("");
  if (type == "llama3") model.rope_table = RopeTable::frequencies;
  if (type == "longrope" || type == "su") model.rope_table = RopeTable::long_short;
  if (scaling.error()) config.fail(scaling.error()->message);
}

// Embeddings, norms and head.
void read_outside(const hf::Context& c, Fields& outer, Architecture& model) {
  Fields& config = c.config;
  const hf::Family& family = c.family;
  model.vocab = config.required({"vocab_size", "padded_vocab_size"}, hf::kMostVocab);
  model.max_context = config.get({"max_position_embeddings", "n_positions", "seq_length", "max_sequence_length",
                                  "max_seq_len", "n_ctx", "model_max_length", "max_target_positions"},
                                 0, hf::kMostTokens);
  const bool tied = outer.flag({"tie_word_embeddings", "tie_embeddings"}, family.tied);
  model.tied_embeddings = config.flag({"tie_word_embeddings", "tie_embeddings"}, tied);
  model.norm = family.norm;
  model.norms_per_layer = family.norms_per_layer;
  model.embedding_norm = family.embedding_norm;
  model.parallel_block = family.parallel_block;
  model.lm_head_bias = (c.biases & hf::bias::kHead) != 0 || config.flag({"lm_head_bias"}, false);
  if (family.gguf_arch == "gpt2" || family.gguf_arch == "starcoder") model.position_rows = model.max_context;
  if (family.model_type == "opt") {
    constexpr std::uint32_t kReserved = 2;  // OPT's position table starts two rows early
    model.position_rows = model.max_context + kReserved;
    const std::uint32_t projected = config.get({"word_embed_proj_dim"}, c.hidden, hf::kMostWidth);
    if (projected != c.hidden) model.embedding_dim = projected;
  }
  if (family.gguf_arch == "falcon" && config.flag({"new_decoder_architecture"}, false)) model.norms_per_layer = 2;
  if (family.gguf_arch == "stablelm" && config.flag({"use_parallel_residual"}, false)) {
    model.norms_per_layer = 1;
    model.parallel_block = true;
  }
}

}  // namespace

Result<ImportedModel> model_from_config(const nlohmann::json& config, std::string_view name) {
  if (!config.is_object()) return Error{ErrorCode::bad_json, "config: a JSON object is expected"};
  std::string path = "config";
  Fields outer(config, path);
  const nlohmann::json& text = text_section(config, outer, path);
  Fields fields(text, path);

  ImportedModel model;
  model.source = ImportSource::config;
  std::string model_type;
  const hf::Family* known = family_of(fields, outer, model_type);
  const hf::Family& family = known == nullptr ? hf::generic_family() : *known;
  if (known == nullptr) {
    model.notes.push_back((model_type.empty() ? std::string("config.model_type is missing")
                                              : "model_type " + quote(model_type) + " is not known") +
                          ": read as a common decoder, so the size may be off");
  }
  const std::uint32_t hidden =
      fields.required({"hidden_size", "n_embd", "d_model", "dim", "model_dim"}, hf::kMostWidth);
  const std::uint32_t layers = fields.required(
      {"num_decoder_layers", "decoder_layers", "num_hidden_layers", "n_layer", "num_layers", "n_layers"},
      hf::kMostLayers);
  hf::Context context = hf::make_context(family, hidden, layers, fields);
  const hf::LayerPlan plan = hf::plan_layers(family, layers, fields);
  context.window = plan.window;
  for (const std::string& word : plan.unknown) {
    model.notes.push_back("layer type " + quote(word) + " is not known: read as full attention");
  }

  Architecture& a = model.architecture;
  a.gguf_arch = family.gguf_arch;
  a.hidden = hidden;
  LayerSet set(a);
  const std::vector<Ffn> ffns = hf::make_ffns(context, plan);
  for (std::uint32_t i = 0; i < layers; ++i) {
    const Mixer mixer = hf::make_mixer(context, plan.kinds[i], i);
    const bool softmax = family.special != hf::Special::rwkv && caches_heads(mixer.kind);
    if (softmax && (mixer.heads == 0 || mixer.kv_heads == 0)) {
      fields.fail(fields.path_of("num_attention_heads") + ": missing or 0; layer " + std::to_string(i) + " attends");
    }
    set.add(mixer, ffns[i]);
  }
  read_outside(context, outer, a);
  read_rope_table(fields, a);
  hf::apply_special(context, a);
  add_mtp(fields, a);
  if (const nlohmann::json* section = outer.object({"vision_config"})) {
    Fields vision(*section, "config.vision_config");
    const std::uint64_t params = hf::vision_params(vision, hidden);
    if (params != 0) a.extras.push_back({ExtraPart::Where::vision, "vision tower", params, "config.json"});
    if (vision.error()) fields.fail(vision.error()->message);
    model.notes.emplace_back("the vision tower's projector is counted in its common form");
  }
  if (fields.error()) return *fields.error();
  if (outer.error()) return *outer.error();
  set_parameter_counts(a);
  model.format = hf::stored_format(outer);
  if (model.format.empty()) model.format = hf::stored_format(fields);
  model.name = outer.text({"_name_or_path", "name"}).value_or(std::string(name));
  return model;
}

}  // namespace headroom
