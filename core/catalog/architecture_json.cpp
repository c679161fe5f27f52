#include "core/catalog/architecture_json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "core/catalog/formula.h"
#include "core/catalog/json_fields.h"
#include "core/catalog/mixer_json.h"
#include "core/catalog/tower_json.h"
#include "core/model/parameters.h"

namespace headroom {
namespace {

using nlohmann::json;

// Bounds that no published model comes near and that keep every count below 2^64.
constexpr std::uint32_t kMostModelLayers = 1024;
constexpr std::uint32_t kMostHidden = 1U << 18U;
constexpr std::uint32_t kMostFfn = 1U << 20U;
constexpr std::uint32_t kMostModelExperts = 1U << 13U;
constexpr std::uint32_t kMostModelVocab = 1U << 24U;
constexpr std::uint32_t kMostContext = 1U << 30U;
constexpr std::size_t kMostKinds = 64;
constexpr std::size_t kMostParts = 64;
constexpr std::uint64_t kMostStated = 1ULL << 45U;

NormKind read_norm_kind(JsonFields& fields, const char* name, NormKind otherwise) {
  const auto text = fields.text(name);
  if (!text) return otherwise;
  if (*text == "rms") return NormKind::rms;
  if (*text == "ln") return NormKind::layer;
  if (*text == "lnw") return NormKind::layer_no_bias;
  if (*text == "none") return NormKind::none;
  fields.reject(name, "rms, ln, lnw or none");
  return otherwise;
}

// [{"repeat": n, "seq": [name or number, ...]}, ...] as one flat list with an entry per layer.
std::vector<const json*> expand_layout(JsonFields& fields, const char* name, std::size_t layers) {
  std::vector<const json*> flat;
  const json* segments = fields.array(name, kMostModelLayers);
  if (segments == nullptr) return flat;
  for (std::size_t i = 0; i < segments->size(); ++i) {
    JsonFields segment((*segments)[i], fields.path_of(name) + "[" + std::to_string(i) + "]");
    const std::uint32_t repeat = segment.count("repeat", 1, kMostModelLayers).value_or(1);
    const json* sequence = segment.array("seq", kMostModelLayers);
    if (segment.failed()) {
      fields.fail(*segment.error());
      return flat;
    }
    if (sequence == nullptr || flat.size() + repeat * sequence->size() > layers) {
      fields.reject(name, "a layout of " + std::to_string(layers) + " layers");
      return flat;
    }
    for (std::uint32_t r = 0; r < repeat; ++r) {
      for (const json& entry : *sequence) flat.push_back(&entry);
    }
  }
  if (flat.size() != layers) fields.reject(name, "a layout of " + std::to_string(layers) + " layers");
  return flat;
}

// Index of `value` in `list`, appended when new.
template <class T, class Same>
std::uint8_t index_in(std::vector<T>& list, const T& value, Same same) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (same(list[i], value)) return static_cast<std::uint8_t>(i);
  }
  list.push_back(value);
  return static_cast<std::uint8_t>(list.size() - 1);
}

class ArchitectureReader {
 public:
  ArchitectureReader(const json& row, const std::string& path)
      : row_(row, path), arch_(row_.any("arch") ? *row_.any("arch") : kEmpty, row_.path_of("arch")) {}

  Result<Architecture> run() {
    if (!row_.failed()) read_identity();
    if (!row_.failed()) read_encoder_decoder();
    if (!row_.failed()) read_attention();
    if (!row_.failed()) read_ffns();
    if (!row_.failed()) read_embeddings_and_norms();
    if (!row_.failed()) read_mtp();
    if (!row_.failed()) read_extras();
    for (const JsonFields* fields : {&row_, &arch_}) {
      if (fields->failed()) return *fields->error();
    }
    set_parameter_counts(model_);
    return std::move(model_);
  }

 private:
  inline static const json kEmpty = json::object();

  void read_identity() {
    model_.hidden = row_.count("hidden", 1, kMostHidden).value_or(0);
    model_.vocab = row_.count("vocab", 0, kMostModelVocab).value_or(0);
    model_.max_context = row_.count("max_context", 1, kMostContext).value_or(0);
    model_.tied_embeddings = row_.boolean("tied_embeddings").value_or(false);
    model_.fp8_blocks = row_.boolean("fp8_blocks").value_or(false);
    model_.gguf_arch = row_.text("gguf_arch").value_or("");
    layer_count_ = row_.count("layers", 1, kMostModelLayers).value_or(0);
    ffn_width_ = row_.count("ffn", 1, kMostFfn).value_or(0);
    if (model_.hidden == 0) row_.reject("hidden", "a whole number");
    if (layer_count_ == 0) row_.reject("layers", "a whole number");
    const std::string kind = row_.text("kind").value_or("llm");
    if ((kind == "embedding" || kind == "reranker") && is_bidirectional(model_.gguf_arch)) {
      model_.topology = Topology::encoder;
    }
    if (const json* rope = row_.any("rope_scaling")) {
      JsonFields scaling(*rope, row_.path_of("rope_scaling"));
      const auto type = scaling.text("type");
      if (type == "llama3") model_.rope_table = RopeTable::frequencies;
      if (type == "longrope") model_.rope_table = RopeTable::long_short;
      model_.rotary_share = scaling.number("partial_rotary_factor", 0, 1).value_or(1);
      if (scaling.failed()) row_.fail(*scaling.error());
    }
  }

  // Architectures of llama.cpp whose attention looks both ways: no cache.
  static bool is_bidirectional(std::string_view gguf_arch) {
    constexpr std::array<std::string_view, 8> kNames{"bert",         "nomic-bert",   "nomic-bert-moe",  "modern-bert",
                                                     "jina-bert-v2", "jina-bert-v3", "gemma-embedding", "neo-bert"};
    return std::find(kNames.begin(), kNames.end(), gguf_arch) != kNames.end();
  }

  void add_part(ExtraPart::Where where, std::string name, std::uint64_t params, std::string source) {
    model_.extras.push_back({where, std::move(name), params, std::move(source)});
  }

  // T5 and Whisper are described by their type; the rest of their row is the decoder.
  void read_encoder_decoder() {
    const json* value = row_.any("encdec");
    if (value == nullptr) return;
    JsonFields fields(*value, row_.path_of("encdec"));
    model_.topology = Topology::encoder_decoder;
    model_.encoder_layers = fields.count("enc_layers", 1, kMostModelLayers).value_or(0);
    const std::string type = fields.text("type").value_or("");
    const std::uint64_t hidden = model_.hidden;
    if (type == "t5") {
      gated_ = fields.boolean("gated").value_or(false);
      const std::uint64_t heads = row_.count("heads", 1, kMostHidden).value_or(0);
      const std::uint64_t buckets = fields.count("rel_buckets", 0, kMostHidden).value_or(0);
      add_part(ExtraPart::Where::text, "relative position biases", 2 * buckets * heads, "");
    } else if (type == "whisper") {
      // Audio encoder: two convolutions of length 3 over mel bands, 1500 positions (30 s), decoder with 448 positions.
      constexpr std::uint32_t kEncoderPositions = 1500, kDecoderPositions = 448, kKernel = 3;
      const std::uint64_t mels = fields.count("mels", 1, kMostHidden).value_or(0);
      whisper_ = true;
      gated_ = false;
      model_.norm = NormKind::layer;
      model_.encoder_positions = kEncoderPositions;
      model_.position_rows = kDecoderPositions;
      add_part(ExtraPart::Where::text, "mel convolutions", (mels + hidden) * hidden * kKernel + 2 * hidden, "");
      add_part(ExtraPart::Where::text, "encoder positions", kEncoderPositions * hidden, "");
    } else {
      fields.reject("type", "t5 or whisper");
    }
    if (fields.failed()) row_.fail(*fields.error());
  }

  void read_attention() {
    const json* value = row_.any("attention");
    if (value == nullptr) {
      row_.reject("attention", "an object with kinds and layout");
      return;
    }
    JsonFields attention(*value, row_.path_of("attention"));
    const json* kinds = attention.any("kinds");
    if (kinds == nullptr || !kinds->is_object() || kinds->size() > kMostKinds) {
      attention.reject("kinds", "an object of at most 64 kinds");
      row_.fail(*attention.error());
      return;
    }
    MixerDefaults defaults = read_mixer_defaults(row_, arch_);
    if (whisper_) defaults.bias_q = defaults.bias_v = defaults.bias_o = true;  // the key projection has none
    std::vector<std::pair<std::string, std::uint8_t>> indices;
    for (const auto& item : kinds->items()) {
      Result<Mixer> mixer =
          mixer_from_json(item.value(), item.key(), defaults, attention.path_of("kinds") + "." + item.key());
      if (!mixer) {
        row_.fail(mixer.error());
        return;
      }
      indices.emplace_back(item.key(), static_cast<std::uint8_t>(model_.mixers.size()));
      model_.mixers.push_back(std::move(mixer).value());
    }
    for (const json* entry : expand_layout(attention, "layout", layer_count_)) {
      const auto* name = entry->get_ptr<const std::string*>();
      const auto found = std::find_if(indices.begin(), indices.end(),
                                      [&](const auto& index) { return name != nullptr && index.first == *name; });
      if (found == indices.end()) {
        attention.reject("layout", "names of kinds");
        break;
      }
      Layer layer;
      layer.mixer = found->second;
      model_.layers.push_back(layer);
    }
    const std::uint32_t shared = attention.count("kv_shared_last_layers", 0, layer_count_).value_or(0);
    for (std::size_t i = 0; i < model_.layers.size(); ++i) {
      Layer& layer = model_.layers[i];
      layer.shares_kv =
          i + shared >= model_.layers.size() || model_.mixers[layer.mixer].kind == MixerKind::gqa_shared_kv;
    }
    if (attention.failed()) row_.fail(*attention.error());
  }

  Ffn dense_ffn(std::uint32_t width) {
    Ffn ffn;
    ffn.kind = FfnKind::dense;
    ffn.width = width;
    ffn.gated = gated_.value_or(arch_.boolean("gated").value_or(true));
    if (const json* bias = arch_.any("bias")) {
      JsonFields flags(*bias, arch_.path_of("bias"));
      ffn.bias_up = flags.count("up", 0, 1).value_or(0) != 0;
      ffn.bias_down = flags.count("down", 0, 1).value_or(0) != 0;
    }
    if (whisper_) ffn.bias_up = ffn.bias_down = true;
    ffn.sub_norm = arch_.boolean("ffn_sub_norm").value_or(false);
    return ffn;
  }

  // The mixture-of-experts fields alone; kind and dense width are set per layer.
  std::optional<Ffn> moe_ffn() {
    const json* value = row_.any("moe");
    if (value == nullptr) return std::nullopt;
    JsonFields moe(*value, row_.path_of("moe"));
    Ffn ffn = dense_ffn(0);
    ffn.kind = FfnKind::moe;
    ffn.experts = moe.count("experts", 1, kMostModelExperts).value_or(0);
    ffn.experts_used = moe.count("experts_used", 1, kMostModelExperts).value_or(0);
    ffn.expert_width = moe.count("moe_ffn", 1, kMostFfn).value_or(0);
    ffn.experts_gated = moe.boolean("gated").value_or(ffn.gated);
    ffn.expert_bias = moe.boolean("expert_bias").value_or(false);
    ffn.shared_experts = moe.count("shared_experts", 0, kMostModelExperts).value_or(0);
    const std::uint64_t shared = std::uint64_t{ffn.shared_experts} * ffn.expert_width;
    ffn.shared_width = moe.count("shared_ffn", 0, kMostFfn)
                           .value_or(static_cast<std::uint32_t>(std::min<std::uint64_t>(shared, kMostFfn)));
    ffn.shared_gated = moe.boolean("shared_gated").value_or(ffn.experts_gated);
    ffn.shared_gate = moe.boolean("shared_gate").value_or(false);
    ffn.router_bias = moe.boolean("router_bias").value_or(false);
    ffn.latent = moe.count("latent", 0, kMostHidden).value_or(0);
    ffn.latent_norm = moe.boolean("latent_norm").value_or(false);
    ffn.dense_residual_width = moe.count("dense_residual_ffn", 0, kMostFfn).value_or(0);
    ffn.zero_experts = moe.count("zero_experts", 0, kMostModelExperts).value_or(0);
    first_dense_ = moe.count("first_dense_layers", 0, kMostModelLayers).value_or(0);
    moe_every_ = moe.count("moe_every", 1, kMostModelLayers).value_or(1);
    moe_offset_ = moe.count("moe_offset", 0, kMostModelLayers).value_or(0);
    if (ffn.experts == 0) moe.reject("experts", "a whole number");
    if (ffn.expert_width == 0) moe.reject("moe_ffn", "a whole number");
    if (ffn.experts_used == 0 || ffn.experts_used > ffn.experts) {
      moe.reject("experts_used", "a whole number from 1 to experts");
    }
    if (moe.failed()) row_.fail(*moe.error());
    return ffn;
  }

  FfnKind kind_of_layer(std::size_t layer, const std::vector<const json*>& layout, bool has_experts) {
    if (!layout.empty()) {
      const auto* name = layout[layer]->get_ptr<const std::string*>();
      if (name != nullptr && *name == "none") return FfnKind::none;
      if (name != nullptr && *name == "dense") return FfnKind::dense;
      if (name != nullptr && has_experts && *name == "moe") return FfnKind::moe;
      if (name != nullptr && has_experts && *name == "dense+moe") return FfnKind::dense_and_moe;
      row_.reject("ffn_layout", "none, dense, moe or dense+moe per layer");
      return FfnKind::none;
    }
    if (!has_experts || layer < first_dense_) return FfnKind::dense;
    const std::int64_t from_offset = static_cast<std::int64_t>(layer) - static_cast<std::int64_t>(moe_offset_);
    return from_offset % static_cast<std::int64_t>(moe_every_) == 0 ? FfnKind::moe : FfnKind::dense;
  }

  void read_ffns() {
    moe_ = moe_ffn();
    const std::vector<const json*> layout = expand_layout(row_, "ffn_layout", layer_count_);
    const std::vector<const json*> widths = expand_layout(row_, "ffn_per_layer", layer_count_);
    if (row_.failed()) return;
    for (std::size_t i = 0; i < model_.layers.size(); ++i) {
      std::uint32_t width = ffn_width_;
      if (!widths.empty()) {
        if (!widths[i]->is_number_unsigned() || widths[i]->get<std::uint64_t>() > kMostFfn) {
          row_.reject("ffn_per_layer", "whole numbers");
          return;
        }
        width = widths[i]->get<std::uint32_t>();
      }
      const FfnKind kind = kind_of_layer(i, layout, moe_.has_value());
      Ffn ffn = dense_ffn(width);
      if (kind == FfnKind::moe || kind == FfnKind::dense_and_moe) {
        ffn = *moe_;
        if (kind == FfnKind::dense_and_moe) ffn.width = width;
      }
      if (kind == FfnKind::none) ffn = Ffn{};
      ffn.kind = kind;
      const bool needs_width = kind == FfnKind::dense || kind == FfnKind::dense_and_moe;
      if (needs_width && width == 0) {
        row_.reject("ffn", "a whole number");
        return;
      }
      model_.layers[i].ffn =
          index_in(model_.ffns, ffn, [](const Ffn& a, const Ffn& b) { return a.kind == b.kind && a.width == b.width; });
      if (model_.ffns.size() > kMostKinds) {
        row_.reject("ffn_per_layer", "at most 64 different widths");
        return;
      }
    }
  }

  void read_embeddings_and_norms() {
    if (!whisper_) model_.norm = read_norm_kind(arch_, "norm", NormKind::rms);
    model_.embedding_norm = read_norm_kind(arch_, "emb_norm", NormKind::none);
    model_.final_norm = arch_.boolean("final_norm").value_or(true);
    model_.embedding_dim = arch_.count("emb_dim", 1, kMostHidden).value_or(0);
    model_.position_rows = arch_.count("pos_emb", 0, kMostContext).value_or(model_.position_rows);
    model_.token_type_rows = arch_.count("type_emb", 0, kMostHidden).value_or(0);
    model_.no_lm_head = arch_.boolean("no_lm_head").value_or(false);
    model_.per_layer_embedding_dim = arch_.count("per_layer_embedding_dim", 0, kMostHidden).value_or(0);
    if (const json* bias = arch_.any("bias")) {
      JsonFields flags(*bias, arch_.path_of("bias"));
      model_.lm_head_bias = flags.count("lm_head", 0, 1).value_or(0) != 0;
    }
    const json* norms = arch_.any("norms_per_layer");
    if (norms != nullptr && norms->is_object()) {
      read_norms_by_mixer(*norms);
    } else {
      model_.norms_per_layer = arch_.number("norms_per_layer", 0, 16).value_or(2);
    }
  }

  // {"full": 2, "none": 1}: the mean over the layers.
  void read_norms_by_mixer(const json& by_mixer) {
    JsonFields norms(by_mixer, arch_.path_of("norms_per_layer"));
    const double otherwise = norms.number("default", 0, 16).value_or(2);
    double sum = 0;
    for (const Layer& layer : model_.layers) {
      sum += norms.number(model_.mixers[layer.mixer].name, 0, 16).value_or(otherwise);
    }
    if (norms.failed()) arch_.fail(*norms.error());
    model_.norms_per_layer = sum / static_cast<double>(model_.layers.size());
  }

  void read_mtp() {
    const json* value = row_.any("mtp");
    if (value == nullptr) return;
    JsonFields mtp(*value, row_.path_of("mtp"));
    model_.mtp.layers = mtp.count("layers", 0, 64).value_or(0);
    model_.mtp.norms = mtp.count("norms", 0, 64).value_or(model_.mtp.norms);
    model_.mtp.shared_norms = mtp.count("shared_norms", 0, 64).value_or(0);
    model_.mtp.own_embeddings = mtp.count("own_embeddings", 0, 8).value_or(0);
    model_.mtp.mixer = model_.layers.back().mixer;
    if (const auto name = mtp.text("kind")) {
      const auto found = std::find_if(model_.mixers.begin(), model_.mixers.end(),
                                      [&](const Mixer& mixer) { return mixer.name == *name; });
      if (found == model_.mixers.end())
        mtp.reject("kind", "the name of an attention kind");
      else
        model_.mtp.mixer = static_cast<std::uint8_t>(found - model_.mixers.begin());
    }
    const std::string ffn = mtp.text("ffn").value_or(moe_ ? "moe" : "dense");
    if (ffn != "dense" && (ffn != "moe" || !moe_)) mtp.reject("ffn", "dense, or moe in a model with experts");
    if (mtp.failed()) {
      row_.fail(*mtp.error());
      return;
    }
    const Ffn wanted = ffn == "moe" ? *moe_ : dense_ffn(ffn_width_);
    model_.mtp.ffn = index_in(model_.ffns, wanted,
                              [](const Ffn& a, const Ffn& b) { return a.kind == b.kind && a.width == b.width; });
  }

  void read_extras() {
    read_formula_parts();
    for (const auto& [name, where] :
         {std::pair{"vision", ExtraPart::Where::vision}, {"audio", ExtraPart::Where::audio}}) {
      const json* tower = row_.any(name);
      if (tower == nullptr) continue;
      const Result<TowerFacts> facts = tower_from_json(*tower, model_.hidden, row_.path_of(name));
      if (!facts) {
        row_.fail(facts.error());
        continue;
      }
      add_part(where, std::string(name) + " tower", facts->params, "");
      if (where == ExtraPart::Where::vision) model_.vision_step = facts->step;
    }
    const json* stated = row_.array("stated_parts", kMostParts);
    if (stated == nullptr) return;
    for (std::size_t i = 0; i < stated->size(); ++i) {
      JsonFields part((*stated)[i], row_.path_of("stated_parts") + "[" + std::to_string(i) + "]");
      const std::uint64_t params = part.whole("params", 0, kMostStated).value_or(0);
      add_part(ExtraPart::Where::stated, part.text("name").value_or(""), params, part.text("source").value_or(""));
      if (part.failed()) row_.fail(*part.error());
    }
  }

  void read_formula_parts() {
    const json* parts = arch_.array("extra", kMostParts);
    if (parts == nullptr) return;
    const auto number = [&](const char* name) {
      return static_cast<double>(row_.count(name, 0, kMostContext).value_or(0));
    };
    const std::array symbols{FormulaSymbol{"h", number("hidden")},   FormulaSymbol{"V", number("vocab")},
                             FormulaSymbol{"L", number("layers")},   FormulaSymbol{"H", number("heads")},
                             FormulaSymbol{"K", number("kv_heads")}, FormulaSymbol{"f", number("ffn")}};
    for (std::size_t i = 0; i < parts->size(); ++i) {
      JsonFields part((*parts)[i], arch_.path_of("extra") + "[" + std::to_string(i) + "]");
      const Result<double> params = evaluate_formula(part.text("formula").value_or(""), symbols);
      if (!params) {
        row_.fail(params.error());
      } else if (!(*params >= 0 && *params <= static_cast<double>(kMostStated))) {
        part.reject("formula", "a formula of a possible parameter count");
        row_.fail(*part.error());
      } else {
        add_part(ExtraPart::Where::text, part.text("name").value_or(""), static_cast<std::uint64_t>(*params), "");
      }
    }
  }

  JsonFields row_;
  JsonFields arch_;
  Architecture model_;
  std::uint32_t layer_count_ = 0, ffn_width_ = 0;
  std::uint32_t first_dense_ = 0, moe_every_ = 1, moe_offset_ = 0;
  std::optional<Ffn> moe_;
  std::optional<bool> gated_;  // set by an encoder-decoder type, else the row says
  bool whisper_ = false;
};

}  // namespace

Result<Architecture> architecture_from_json(const json& row, const std::string& path) {
  return ArchitectureReader(row, path).run();
}

}  // namespace headroom
