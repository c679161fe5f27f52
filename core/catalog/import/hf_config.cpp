#include "core/catalog/import/hf_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "core/catalog/import/foreign_json.h"
#include "core/catalog/import/hf/defaults.h"
#include "core/catalog/import/hf/family.h"
#include "core/catalog/import/hf/fields.h"
#include "core/catalog/import/hf/layers.h"
#include "core/catalog/import/hf/params.h"
#include "core/catalog/import/hf/parts.h"
#include "core/catalog/import/hf/quantization.h"
#include "core/catalog/import/hf/special.h"
#include "core/catalog/import/hf/vision.h"
#include "core/catalog/import/layer_set.h"
#include "core/catalog/import/message_text.h"
#include "core/catalog/json_text.h"
#include "core/model/parameters.h"

namespace headroom {
namespace {

using hf::Fields;

// Multi-modal models keep the text model in a section of its own, some within another ("thinker_config").
struct Section {
  const nlohmann::json* text = nullptr;
  const nlohmann::json* between = nullptr;  // the section around it, or null
};
Section text_section(const nlohmann::json& config, Fields& outer, std::string& path) {
  for (const char* name : {"text_config", "llm_config", "language_config", "thinker_config"}) {
    const nlohmann::json* inner = outer.object({name});
    if (inner == nullptr) continue;
    path += std::string(".") + name;
    Fields nested(*inner, path);
    const nlohmann::json* deeper = nested.object({"text_config"});
    if (deeper == nullptr) return {inner, nullptr};
    path += ".text_config";
    return {deeper, inner};
  }
  return {&config, nullptr};
}

// The first of the names of classes; empty when none is given.
std::string class_of(Fields& config) {
  const auto names = config.words({"architectures"});
  return names.empty() ? std::string() : names[0];
}

// The inner model_type decides where it is known: a multi-modal wrapper says little about the text model.
const hf::Family* family_of(Fields& inner, Fields& outer, std::string& model_type) {
  const std::string own = inner.text({"model_type"}).value_or("");
  const std::string wrapper = outer.text({"model_type"}).value_or("");
  model_type = own.empty() ? wrapper : own;
  const hf::Family* by_class = hf::find_family_of_class(class_of(inner));
  // Ling's second generation kept the model_type of the first.
  if (own == "bailing_moe" && by_class != nullptr) return by_class;
  for (const std::string& type : {own, wrapper}) {
    if (const hf::Family* family = hf::find_family(type)) return family;
  }
  return by_class;
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
  if (type == "yarn") {  // stretches the context that the model was first trained for
    const double trained = scaling.real({"original_max_position_embeddings"}, 0, hf::kMostTokens);
    const double stretched = trained * scaling.real({"factor"}, 1, hf::kMostHeads);
    if (stretched > model.max_context && stretched <= hf::kMostTokens) {
      model.max_context = static_cast<std::uint32_t>(stretched);
    }
  }
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
                                  "max_seq_len", "n_ctx", "max_target_positions", "context_length"},
                                 0, hf::kMostTokens);
  // Older models state the trained length first, and here what they were stretched to.
  model.max_context = std::max(model.max_context, config.get_or_nothing("model_max_length", hf::kMostTokens));
  const bool tied = outer.flag({"tie_word_embeddings", "tie_embeddings"}, family.tied);
  model.tied_embeddings = config.flag({"tie_word_embeddings", "tie_embeddings", "weight_tying"}, tied);
  model.norm = family.norm;
  model.norms_per_layer = family.norms_per_layer;
  model.embedding_norm = family.embedding_norm;
  model.lm_head_bias = (c.biases & hf::bias::kHead) != 0 || config.flag({"lm_head_bias"}, false);
  if (family.gguf_arch == "gpt2" || family.gguf_arch == "starcoder" || family.model_type == "gpt_neo")
    model.position_rows = model.max_context;
  if (family.model_type == "opt") {
    constexpr std::uint32_t kReserved = 2;  // OPT's position table starts two rows early
    model.position_rows = model.max_context + kReserved;
    const std::uint32_t projected = config.get({"word_embed_proj_dim"}, c.hidden, hf::kMostWidth);
    if (projected != c.hidden) model.embedding_dim = projected;
  }
  if (family.gguf_arch == "falcon" && config.flag({"new_decoder_architecture"}, false)) model.norms_per_layer = 2;
  if (family.gguf_arch == "falcon" && !config.flag({"parallel_attn"}, true)) model.norms_per_layer = 2;
  if (family.gguf_arch == "stablelm" && config.flag({"use_parallel_residual"}, false)) model.norms_per_layer = 1;
}

// Towers that see and hear. What is not counted is named.
void add_towers(Fields& outer, Fields& inner, Fields& fields, ImportedModel& model) {
  Architecture& a = model.architecture;
  const auto add = [&](const char* name, ExtraPart::Where where, std::uint64_t params) {
    if (params != 0) a.extras.push_back({where, name, params, "config.json"});
    return params != 0;
  };
  for (Fields* config : {&outer, &inner}) {
    if (const nlohmann::json* section = config->object({"vision_config"})) {
      Fields vision(*section, config->path_of("vision_config"));
      hf::ImportedTower tower = hf::vision_tower(vision, hf::seen_by(*config, outer, a.hidden));
      a.vision_step = std::move(tower.facts.step);
      const bool known = add("vision tower", ExtraPart::Where::vision, tower.facts.params);
      if (vision.error()) fields.fail(vision.error()->message);
      if (!known) {
        model.notes.push_back({"tower_unknown", {}, {}});
      } else if (tower.common_projector) {
        model.notes.push_back({"projector_common", {}, {}});
      }
    }
    if (const nlohmann::json* section = config->object({"audio_config"})) {
      Fields audio(*section, config->path_of("audio_config"));
      const bool known = add("audio tower", ExtraPart::Where::audio, hf::audio_params(audio, a.hidden));
      if (audio.error()) fields.fail(audio.error()->message);
      model.notes.push_back({known ? "audio_whisper" : "audio_unknown", {}, {}});
    }
    if (&outer == &inner) break;
  }
  for (const char* name : {"talker_config", "code2wav_config", "token2wav_config"}) {
    if (outer.has({name})) model.notes.push_back({"speaks", name, {}});
  }
}

ImportNote doubt_of_type(const std::string& model_type) {
  if (model_type.empty()) return {"type_missing", {}, {}};
  return {"type_unknown", quote(model_type), {}};
}

// `doubt` goes with what a layer cannot be made of.
void add_layers(hf::Context& context, const hf::LayerPlan& plan, const std::string& doubt, Architecture& model) {
  LayerSet set(model);
  const std::vector<Ffn> ffns = hf::make_ffns(context, plan);
  for (std::uint32_t i = 0; i < context.layers; ++i) {
    const Mixer mixer = hf::make_mixer(context, plan.kinds[i], i);
    const bool softmax = context.family.special != hf::Special::rwkv && caches_heads(mixer.kind);
    if (softmax && (mixer.heads == 0 || mixer.kv_heads == 0)) {
      context.config.fail(context.config.path_of("num_attention_heads") + ": missing or 0; layer " + std::to_string(i) +
                          " attends" + doubt);
    }
    set.add(mixer, ffns[i]);
  }
}

}  // namespace

Result<ImportedModel> model_from_config(const nlohmann::json& given, std::string_view name) {
  if (!given.is_object()) return Error{ErrorCode::bad_json, "config: a JSON object is expected"};
  const std::optional<nlohmann::json> renamed = hf::config_of_params(given);
  const nlohmann::json& config = renamed ? *renamed : given;
  if (Status foreign = foreign_json(config)) return *foreign;
  std::string path = "config";
  Fields outer(config, path);
  const Section section = text_section(config, outer, path);
  nlohmann::json completed;
  std::string taken;
  const bool nested = section.text != &config;
  if (nested) {
    completed = *section.text;
    taken = hf::add_defaults(text_member(completed, "model_type"), completed);
  }
  Fields fields(nested ? completed : config, path);
  static const nlohmann::json kNothing = nlohmann::json::object();
  Fields between(section.between == nullptr ? kNothing : *section.between, path);

  ImportedModel model;
  model.source = ImportSource::config;
  std::string model_type;
  const hf::Family* known = family_of(fields, outer, model_type);
  const hf::Family& family = known == nullptr ? hf::generic_family() : *known;
  if (fields.has({"num_hidden_groups"})) {  // ALBERT
    return Error{ErrorCode::unsupported,
                 "config.model_type: " + quote(model_type) +
                     " uses the weights of one layer for all; give its safetensors file, whose size is what it is"};
  }
  if (known == nullptr) model.notes.push_back(doubt_of_type(model_type));
  if (fields.has({"sparse_attention_config"})) {
    model.notes.push_back({"sparse_index", {}, {}});
  }
  if (!taken.empty()) model.notes.push_back({"left_out", path, taken});
  const std::uint32_t hidden =
      fields.required({"hidden_size", "n_embd", "n_embed", "d_model", "dim", "model_dim"}, hf::kMostWidth);
  const std::uint32_t layers = fields.required(
      {"num_decoder_layers", "decoder_layers", "num_hidden_layers", "n_layer", "num_layers", "n_layers"},
      hf::kMostLayers);
  hf::Context context = hf::make_context(family, hidden, layers, fields);
  hf::LayerPlan plan = hf::plan_layers(family, layers, fields);
  hf::read_block_kinds(fields, plan);
  context.window = plan.window;
  for (const std::string& word : plan.unknown) {
    model.notes.push_back({"layer_type", quote(word), {}});
  }

  Architecture& a = model.architecture;
  a.gguf_arch = family.gguf_arch;
  a.hidden = hidden;
  add_layers(context, plan, known == nullptr ? "; model_type " + quote(model_type) + " is not known" : "", a);
  read_outside(context, outer, a);
  read_rope_table(fields, a);
  hf::apply_special(context, a);
  add_mtp(fields, a);
  add_towers(outer, section.between == nullptr ? outer : between, fields, model);
  if (fields.error()) return *fields.error();
  if (outer.error()) return *outer.error();
  if (between.error()) return *between.error();
  set_parameter_counts(a);
  hf::StoredFormat format = hf::stored_format(outer, fields);
  model.format = std::move(format.id);
  a.fp8_blocks = format.scaled_by_blocks;
  if (!format.doubt.empty()) model.notes.push_back(std::move(format.doubt));
  model.name = outer.text({"_name_or_path", "name"}).value_or(std::string(name));
  return model;
}

}  // namespace headroom
