#include "core/catalog/import/hf/special.h"

#include <algorithm>

#include "core/catalog/import/layer_set.h"
#include "core/model/parameters.h"

namespace headroom::hf {
namespace {

void add_text(Architecture& model, const char* name, std::uint64_t params) {
  if (params != 0) model.extras.push_back({ExtraPart::Where::text, name, params, "config.json"});
}

// The last layers reuse the cache of an earlier one; their K and V projections are in the checkpoint all the same.
void share_kv(Context& c, Architecture& model) {
  const std::uint32_t shared = std::min(c.config.get({"num_kv_shared_layers"}, 0, kMostLayers), c.layers);
  for (std::uint32_t i = c.layers - shared; i < c.layers; ++i) model.layers[i].shares_kv = true;
}

void per_layer_embedding(Context& c, Architecture& model) {
  const std::uint64_t width = c.config.get({"hidden_size_per_layer_input"}, 0, kMostWidth);
  if (width == 0) return;
  const std::uint64_t rows = c.config.get({"vocab_size_per_layer_input"}, model.vocab, kMostVocab);
  model.per_layer_embedding_dim = static_cast<std::uint32_t>(width);
  add_text(model, "per-layer embeddings", rows * c.layers * width);
  add_text(model, "per-layer model projection", std::uint64_t{c.hidden} * c.layers * width + width);
  add_text(model, "per-layer gates", c.layers * (std::uint64_t{2} * c.hidden * width + c.hidden));
}

void gemma3n(Context& c, Architecture& model) {
  constexpr std::uint32_t kStreams = 4, kRank = 64;  // defaults of the family's configuration
  const std::uint64_t streams = c.config.get({"altup_num_inputs"}, kStreams, kMostHeads);
  const std::uint64_t rank = c.config.get({"laurel_rank"}, kRank, kMostWidth);
  const std::uint64_t hidden = c.hidden;
  const std::uint64_t altup = hidden + streams * streams + streams * streams * streams + streams * hidden + hidden;
  add_text(model, "altup projections", streams == 0 ? 0 : 2 * (streams - 1) * hidden * hidden);
  add_text(model, "altup and laurel", c.layers * (altup + 2 * hidden * rank + hidden));
  per_layer_embedding(c, model);
  share_kv(c, model);
}

void gemma4(Context& c, Architecture& model) {
  Fields& config = c.config;
  const std::uint32_t global_dim = config.get({"global_head_dim"}, 0, kMostWidth);
  const std::uint32_t global_kv = config.get({"num_global_key_value_heads"}, 0, kMostHeads);
  const bool same_kv = config.flag({"attention_k_eq_v"}, false);
  for (Mixer& m : model.mixers) {
    if (m.window != 0) continue;
    if (global_dim != 0) m.head_dim_k = m.head_dim_v = global_dim;
    if (global_kv != 0) m.kv_heads = global_kv;
    m.v_equals_k = same_kv;
  }
  std::uint64_t scales = 0;
  for (Ffn& ffn : model.ffns) {
    if (ffn.kind != FfnKind::moe) continue;
    ffn.kind = FfnKind::dense_and_moe;  // both in every layer, each with norms of its own
    ffn.width = config.get({"intermediate_size"}, 0, kMostWidth);
    ffn.gated = true;
    model.norms_per_layer = 7;
    scales = c.layers * (std::uint64_t{c.hidden} + ffn.experts);
  }
  add_text(model, "router scales", scales);
  add_text(model, "layer scales", c.layers);
  per_layer_embedding(c, model);
  share_kv(c, model);
  if (!config.flag({"use_double_wide_mlp"}, false)) return;
  const std::vector<Layer> layers = model.layers;  // those without a cache of their own are twice as wide
  model.layers.clear();
  LayerSet set(model);
  for (const Layer& layer : layers) {
    const Mixer mixer = model.mixers[layer.mixer];
    Ffn ffn = model.ffns[layer.ffn];
    if (layer.shares_kv) ffn.width *= 2;
    set.add(mixer, ffn, layer.shares_kv);
  }
}

void encoder(Context& c, Architecture& model) {
  model.topology = Topology::encoder;
  model.final_norm = c.family.gguf_arch == "modern-bert";
  model.no_lm_head = true;
  model.token_type_rows = c.config.get({"type_vocab_size"}, 0, kMostVocab);
  const bool learned = (c.family.parts & part::kPositions) != 0;
  model.position_rows = learned ? c.config.get({"max_position_embeddings"}, 0, kMostTokens) : 0;
  constexpr std::uint32_t kLost = 2;  // rows up to the padding token's
  if ((c.family.parts & part::kFirstPositions) != 0 && model.max_context > kLost) model.max_context -= kLost;
  if ((c.family.parts & part::kPooler) != 0) add_text(model, "pooler", std::uint64_t{c.hidden} * c.hidden + c.hidden);
  const std::uint64_t buckets = c.config.get({"position_buckets"}, 0, kMostTokens);  // DeBERTa, in both directions
  add_text(model, "relative positions", buckets == 0 ? 0 : (2 * buckets + 2) * c.hidden);
  // A gated feed-forward part that joins gate and value has no bias there (GTE).
  for (Ffn& ffn : model.ffns) ffn.bias_up = ffn.bias_up && !ffn.gated;
}

// BART and its successors. Those with learned positions keep two rows more, for encoder and decoder each.
void bart(Context& c, Architecture& model) {
  model.topology = Topology::encoder_decoder;
  model.encoder_layers = c.config.get({"encoder_layers"}, c.layers, kMostLayers);
  const bool learned = c.family.embedding_norm != NormKind::none;
  constexpr std::uint64_t kReserved = 2;
  const std::uint64_t rows = learned ? model.max_context + kReserved : 0;
  add_text(model, "positions of encoder and decoder", 2 * rows * c.hidden);
  if (learned) add_text(model, "the encoder's embedding norm", std::uint64_t{2} * c.hidden);
}

// LongCat-Flash: two rounds of attention and dense feed-forward in a layer, and experts beside the second.
void longcat(Context& c, Architecture& model) {
  const std::uint64_t dense = c.config.get({"ffn_hidden_size"}, 0, kMostWidth);
  constexpr std::uint32_t kRounds = 2;
  for (Mixer& m : model.mixers) {
    m.custom_params = kRounds * mixer_params(model, m);
    m.custom_kv_per_token = kRounds * (m.kv_lora_rank + m.rope_dim);
    m.kind = MixerKind::custom;
  }
  constexpr std::uint64_t kMatrices = 3;
  add_text(model, "dense feed-forward parts", kMatrices * c.layers * kRounds * c.hidden * dense);
}

void t5(Context& c, Architecture& model) {
  model.topology = Topology::encoder_decoder;
  model.encoder_layers = c.config.get({"num_layers"}, c.layers, kMostLayers);
  const std::uint32_t dim = c.config.get({"d_kv"}, 64, kMostWidth);
  const bool gated = c.config.text({"feed_forward_proj"}).value_or("relu").rfind("gated", 0) == 0;
  for (Mixer& m : model.mixers) m.head_dim_k = m.head_dim_v = dim;
  for (Ffn& ffn : model.ffns) ffn.gated = gated;
  const std::uint64_t buckets = c.config.get({"relative_attention_num_buckets"}, 32, kMostWidth);
  add_text(model, "relative position biases", 2 * buckets * c.heads[0]);
}

void whisper(Context& c, Architecture& model) {
  constexpr std::uint64_t kKernel = 3;  // of both convolutions over the mel bands
  model.topology = Topology::encoder_decoder;
  model.encoder_layers = c.config.get({"encoder_layers"}, c.layers, kMostLayers);
  model.encoder_positions = c.config.get({"max_source_positions"}, 1500, kMostTokens);
  model.position_rows = c.config.get({"max_target_positions"}, 448, kMostTokens);
  model.max_context = model.position_rows;
  for (Mixer& m : model.mixers) m.bias_k = false;
  const std::uint64_t mels = c.config.get({"num_mel_bins"}, 80, kMostWidth);
  const std::uint64_t hidden = c.hidden;
  add_text(model, "mel convolutions", (mels + hidden) * hidden * kKernel + 2 * hidden);
  add_text(model, "encoder positions", model.encoder_positions * hidden);
}

void rwkv7(Context& c, Architecture& model) {
  Fields& config = c.config;
  const std::uint64_t hidden = c.hidden;
  const std::uint64_t ranks = std::uint64_t{config.get({"decay_low_rank_dim"}, 64, kMostWidth)} +
                              config.get({"a_low_rank_dim"}, 64, kMostWidth) +
                              config.get({"v_low_rank_dim"}, 32, kMostWidth) +
                              config.get({"gate_low_rank_dim"}, 128, kMostWidth);
  Mixer m;
  m.kind = MixerKind::rwkv;
  m.name = "rwkv";
  m.key_head_dim = m.value_head_dim = config.get({"head_dim"}, 64, kMostWidth);
  m.key_heads = m.value_heads = m.key_head_dim == 0 ? 0 : c.hidden / m.key_head_dim;
  // receptance, key, value, output; low-rank pairs; biases of decay, rate and value; six token shifts of the mixer and
  // one of the channel mix; three vectors of the removal and bonus terms; a group norm
  m.custom_params = 4 * hidden * hidden + 2 * hidden * ranks + (3 + 7 + 3 + 2) * hidden;
  model.mixers = {m};
  for (Layer& layer : model.layers) layer.mixer = 0;
  for (Ffn& ffn : model.ffns) ffn.gated = false;
}

void deepseek_v4(Context& c, Architecture& model) {
  add_text(model, "hyper-connections", hyper_connection_params(c));
  std::uint64_t used = 0;
  for (const Ffn& ffn : model.ffns) used = std::max<std::uint64_t>(used, ffn.experts_used);
  add_text(model, "hash routing tables", c.config.get({"num_hash_layers"}, 0, kMostLayers) * used * model.vocab);
}

}  // namespace

void apply_special(Context& context, Architecture& model) {
  switch (context.family.special) {
    case Special::none: break;
    case Special::encoder: encoder(context, model); break;
    case Special::bart: bart(context, model); break;
    case Special::longcat: longcat(context, model); break;
    case Special::t5: t5(context, model); break;
    case Special::whisper: whisper(context, model); break;
    case Special::rwkv: rwkv7(context, model); break;
    case Special::gemma3n: gemma3n(context, model); break;
    case Special::gemma4: gemma4(context, model); break;
    case Special::deepseek_v4: deepseek_v4(context, model); break;
  }
}

}  // namespace headroom::hf
