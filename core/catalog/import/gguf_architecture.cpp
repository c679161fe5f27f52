#include "core/catalog/import/gguf_architecture.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <utility>

#include "core/catalog/import/foreign_gguf.h"
#include "core/catalog/import/gguf_block.h"
#include "core/catalog/import/gguf_file_type.h"
#include "core/catalog/import/gguf_keys.h"
#include "core/catalog/import/gguf_tensor_class.h"
#include "core/catalog/import/gguf_types.h"
#include "core/catalog/import/gguf_windows.h"
#include "core/catalog/import/layer_set.h"
#include "core/catalog/import/message_text.h"
#include "core/catalog/import/quotient.h"

namespace headroom {
namespace {

// The tensors, sorted into blocks.
struct Blocks {
  std::vector<GgufBlock> decoder;  // index = block number
  std::vector<GgufBlock> encoder;
  GgufBlock outside;
};

Result<Blocks> sort_tensors(const GgufHeader& header) {
  Blocks blocks;
  for (const GgufTensor& t : header.tensors) {
    const GgufTensorName name = split_gguf_name(t.name);
    if (name.block < 0) {
      blocks.outside.add(name.part, t);
      continue;
    }
    const auto number = static_cast<std::size_t>(name.block);
    if (number >= kMaxLayers) {
      return bad_file("GGUF: tensor " + quote(t.name) + " belongs to block " + std::to_string(number) + "; up to " +
                      std::to_string(kMaxLayers - 1) + " are accepted");
    }
    auto& list = name.encoder ? blocks.encoder : blocks.decoder;
    if (list.size() <= number) list.resize(number + 1);
    list[number].add(name.part, t);
  }
  return blocks;
}

// The metadata of all layers at once.
struct Hyper {
  std::uint32_t layers = 0;  // without multi-token prediction
  std::uint32_t mtp_layers = 0;
  std::uint32_t hidden = 0;
  std::uint32_t shared_kv_layers = 0;
  bool heads_known = false;
  std::vector<std::uint32_t> heads, kv_heads, compress_ratios;
  std::uint32_t key_length = 0, value_length = 0, key_length_swa = 0, value_length_swa = 0;
  LayerWindows windows;
  GgufLayerFacts common;
};

std::uint32_t first_nonzero(const std::vector<std::uint32_t>& values) {
  const auto it = std::find_if(values.begin(), values.end(), [](std::uint32_t v) { return v != 0; });
  return it == values.end() ? 0 : *it;
}

void read_common(GgufKeys& keys, GgufLayerFacts& f) {
  f.key_length_mla = keys.number("attention.key_length_mla", 0, kMaxWidth);
  f.value_length_mla = keys.number("attention.value_length_mla", 0, kMaxWidth);
  f.indexer.heads = keys.number("attention.indexer.head_count", 0, kMaxHeads);
  f.indexer.dim = keys.number("attention.indexer.key_length", 0, kMaxWidth);
  f.indexer.topk = keys.number("attention.indexer.top_k", 0, kMaxTokens);
  f.indexer_block = keys.number("attention.indexer.block_size", 1, kMaxTokens);
  f.ssm_inner = keys.number("ssm.inner_size", 0, kMaxWidth);
  f.ssm_state = keys.number("ssm.state_size", 0, kMaxWidth);
  f.ssm_rank = keys.number("ssm.time_step_rank", 0, kMaxWidth);
  f.ssm_groups = keys.number("ssm.group_count", 0, kMaxHeads);
  f.ssm_conv = keys.number("ssm.conv_kernel", 0, kMaxWidth);
  f.kda_head_dim = keys.number("kda.head_dim", 0, kMaxWidth);
  f.short_conv = keys.number("shortconv.l_cache", 0, kMaxWidth);
  f.wkv_head_size = keys.number("wkv.head_size", 0, kMaxWidth);
  f.experts = keys.number("expert_count", 0, kMaxExperts);
  f.experts_used = keys.number("expert_used_count", 0, kMaxExperts);
  f.shared_experts = keys.number("expert_shared_count", 0, kMaxExperts);
}

Hyper read_hyper(const std::string& name, const Blocks& blocks, GgufKeys& keys) {
  Hyper h;
  const auto found = static_cast<std::uint32_t>(blocks.decoder.size());
  const std::uint32_t stated = keys.number("block_count", found, kMaxLayers);
  const std::uint32_t all =
      keys.has("decoder_block_count") ? keys.number("decoder_block_count", found, kMaxLayers) : stated;
  if (found > all) {
    keys.report("the file has tensors of block " + std::to_string(found - 1) + ", but block_count is " +
                std::to_string(all));
  }
  h.mtp_layers = std::min(keys.number("nextn_predict_layers", 0, kMaxLayers), all);
  // The prediction blocks are counted only where the file has them.
  if (found + h.mtp_layers <= all) h.mtp_layers = 0;
  h.layers = all - h.mtp_layers;
  const std::uint32_t embedding = blocks.outside.ne("token_embd.weight", 0);
  h.hidden = keys.number("embedding_length", embedding, kMaxWidth);
  h.heads_known = keys.has("attention.head_count");
  h.heads = keys.per_layer("attention.head_count", h.layers, 0, kMaxHeads);
  h.kv_heads =
      keys.has("attention.head_count_kv") ? keys.per_layer("attention.head_count_kv", h.layers, 0, kMaxHeads) : h.heads;
  const std::uint32_t head_dim = quotient(h.hidden, first_nonzero(h.heads));
  h.key_length = keys.number("attention.key_length", head_dim, kMaxWidth);
  h.value_length = keys.number("attention.value_length", head_dim, kMaxWidth);
  h.key_length_swa = keys.number("attention.key_length_swa", h.key_length, kMaxWidth);
  h.value_length_swa = keys.number("attention.value_length_swa", h.value_length, kMaxWidth);
  h.shared_kv_layers = keys.number("attention.shared_kv_layers", 0, kMaxLayers);
  h.compress_ratios = keys.per_layer("attention.compress_ratios", h.layers, 0, kMaxTokens);
  h.windows = gguf_windows(name, h.layers, keys);
  read_common(keys, h.common);
  h.common.hidden = h.hidden;
  return h;
}

GgufLayerFacts layer_facts(const Hyper& h, std::uint32_t i) {
  GgufLayerFacts f = h.common;
  f.heads = h.heads[i];
  f.kv_heads = h.kv_heads[i];
  f.window = h.windows.window[i];
  f.chunked = h.windows.chunked && f.window != 0;
  f.key_length = f.window != 0 ? h.key_length_swa : h.key_length;
  f.value_length = f.window != 0 ? h.value_length_swa : h.value_length;
  f.compress_ratio = h.compress_ratios[i];
  f.shares_kv = h.shared_kv_layers != 0 && i + h.shared_kv_layers >= h.layers;
  return f;
}

bool owns_cache(MixerKind kind) {
  switch (kind) {
    case MixerKind::gqa:
    case MixerKind::mla:
    case MixerKind::attention_mamba2:
    case MixerKind::compressed_csa: return true;
    default: return false;
  }
}

void add_layers(const Hyper& h, const Blocks& blocks, ImportedModel& model) {
  LayerSet set(model.architecture);
  std::uint32_t empty = 0;
  for (std::uint32_t i = 0; i < h.layers; ++i) {
    static const GgufBlock kNothing;
    const GgufBlock& block = i < blocks.decoder.size() ? blocks.decoder[i] : kNothing;
    const GgufLayerFacts facts = layer_facts(h, i);
    const Mixer mixer = gguf_mixer(block, facts);
    set.add(mixer, gguf_ffn(block, facts), facts.shares_kv);
    if (block.empty()) ++empty;
    const bool widths = mixer.kind == MixerKind::mla ? mixer.kv_lora_rank != 0 : mixer.kv_heads * mixer.head_dim_k != 0;
    if (mixer.kind == MixerKind::custom || (owns_cache(mixer.kind) && !widths)) model.cache_known = false;
  }
  if (empty != 0) {
    model.notes.push_back({"empty_layers", std::to_string(empty), std::to_string(h.layers)});
  }
  if (h.mtp_layers != 0 && h.layers < blocks.decoder.size()) {
    const GgufBlock& block = blocks.decoder[h.layers];
    GgufLayerFacts facts = layer_facts(h, h.layers == 0 ? 0 : h.layers - 1);
    facts.window = 0;
    const Layer layer = set.find_or_add(gguf_mixer(block, facts), gguf_ffn(block, facts));
    model.architecture.mtp = {h.mtp_layers, layer.mixer, layer.ffn, 0};
  }
}

NormKind norm_kind(const GgufBlock& block, std::string_view stem) {
  const std::string weight = std::string(stem) + ".weight";
  if (!block.has(weight)) return NormKind::none;
  return block.has(std::string(stem) + ".bias") ? NormKind::layer : NormKind::rms;
}

void add_outside(const GgufBlock& outside, GgufKeys& keys, Architecture& a) {
  const bool encoder = a.topology == Topology::encoder;
  a.vocab = outside.ne("token_embd.weight", 1);
  if (a.vocab == 0) a.vocab = keys.number("vocab_size", 0, kMaxVocab);
  a.max_context = keys.number("context_length", 0, kMaxTokens);
  a.no_lm_head = encoder && !outside.has("output.weight");
  a.tied_embeddings = !a.no_lm_head && outside.has("token_embd.weight") && !outside.has("output.weight");
  a.lm_head_bias = outside.has("output.bias");
  a.final_norm = outside.has_prefix("output_norm") || outside.has_prefix("dec.output_norm");
  a.embedding_norm = norm_kind(outside, "token_embd_norm");
  a.position_rows = outside.ne("position_embd.weight", 1);
  a.token_type_rows = outside.ne("token_types.weight", 1);
  a.per_layer_embedding_dim = keys.number("embedding_length_per_layer_input", 0, kMaxWidth);
  const std::uint32_t embedding = outside.ne("token_embd.weight", 0);
  if (embedding != 0 && embedding != a.hidden) a.embedding_dim = embedding;
  if (outside.has("rope_freqs.weight")) a.rope_table = RopeTable::frequencies;
  if (outside.has("rope_factors_long.weight")) a.rope_table = RopeTable::long_short;
}

// Norms of the residual stream per layer, and their kind.
void add_norms(const Inventory& inventory, const std::vector<GgufBlock>& blocks, Architecture& a) {
  std::uint64_t count = 0;
  for (const Tensor& t : inventory.tensors) {
    const bool weight = !t.name.ends_with(".bias");
    if (t.cls == TensorClass::norm && weight && t.layer >= 0 && t.ne[0] == a.hidden) ++count;
  }
  if (!a.layers.empty()) a.norms_per_layer = static_cast<double>(count) / static_cast<double>(a.layers.size());
  a.norm = NormKind::rms;
  if (!blocks.empty() && (blocks[0].has("attn_norm.bias") || blocks[0].has("attn_output_norm.bias"))) {
    a.norm = NormKind::layer;
  }
}

// Weights that the shapes of mixers, feed-forward parts and norms do not give, by name.
void add_extras(const Inventory& inventory, Architecture& a) {
  constexpr std::array<std::string_view, 4> kBesideShapes{"ffn_gate_tid2eid", "ffn_gate_inp.scale",
                                                          "ffn_down_exps.scale", "channel_mix_lerp"};
  std::map<std::string, std::uint64_t> sums;
  for (const Tensor& t : inventory.tensors) {
    const std::string_view part = split_gguf_name(t.name).part;
    bool extra = t.cls == TensorClass::other || t.cls == TensorClass::per_layer_embedding;
    for (const std::string_view stem : kBesideShapes) extra = extra || part.starts_with(stem);
    // Norms of another width than the residual stream's are not in the count per layer.
    extra = extra || (t.cls == TensorClass::norm && t.ne[0] != a.hidden);
    if (extra) sums[std::string(part)] += t.elements();
  }
  for (const auto& [name, params] : sums) {
    a.extras.push_back({ExtraPart::Where::text, name, params, "the file's tensors"});
  }
}

// Classes, layers and bytes of the tensors; sums of weights by part of the model.
void add_inventory(const GgufHeader& header, const Hyper& h, ImportedModel& model) {
  Inventory inventory;
  StoredWeights stored;
  std::map<std::string_view, std::uint64_t> by_type;
  Architecture& a = model.architecture;
  std::uint64_t idle = 0;  // weights of experts that a token does not visit
  for (const GgufTensor& t : header.tensors) {
    const GgufTensorName name = split_gguf_name(t.name);
    const GgufTensorType& type = *gguf_tensor_type(t.type);
    Tensor out;
    out.name = t.name;
    out.ne = t.ne;
    out.dims = t.dims;
    out.layer = name.encoder ? -1 : name.block;
    out.cls = gguf_tensor_class(name, t.elements() > t.ne[0]);
    if (!name.encoder && name.block >= static_cast<std::int32_t>(h.layers)) out.cls = TensorClass::mtp;
    out.source = type.ggml.value_or(GgmlType::f32);
    const std::uint64_t elements = t.elements();
    if (out.cls == TensorClass::mtp) {
      a.mtp.params += elements;
    } else if (out.cls == TensorClass::vision) {
      a.vision_params += elements;
    } else {
      a.text_params += elements;
    }
    if (out.cls == TensorClass::routed_experts && h.common.experts > h.common.experts_used) {
      idle += elements / h.common.experts * (h.common.experts - h.common.experts_used);
    }
    by_type[type.name] += t.bytes;
    stored.tensor_bytes.push_back(t.bytes);
    inventory.tensors.push_back(std::move(out));
  }
  a.text_active_params = a.text_params - std::min(idle, a.text_params);
  stored.total_bytes = header.tensor_bytes;
  std::uint64_t most = 0;
  for (const auto& [type, bytes] : by_type) {
    if (bytes > most) {
      most = bytes;
      stored.dominant_type = type;
    }
  }
  inventory.blocks = h.layers + h.mtp_layers;
  model.inventory = std::move(inventory);
  model.stored = std::move(stored);
}

std::string model_name(const GgufHeader& header) {
  const std::string_view name = header.text_value("general.name");
  if (!name.empty()) return std::string(name);
  const std::string_view base = header.text_value("general.basename");
  return std::string(base.empty() ? std::string_view("unnamed GGUF model") : base);
}

void add_notes(const std::string& architecture, ImportedModel& model) {
  if (architecture.empty()) model.notes.push_back({"architecture_missing", {}, {}});
  if (!model.cache_known) {
    model.notes.push_back({"attention_unknown", quote(architecture), {}});
  }
}

Status missing_parts(const GgufHeader& header) {
  const auto count = header.unsigned_value("split.count");
  if (!count || *count <= 1) return std::nullopt;
  const std::uint64_t number = header.unsigned_value("split.no").value_or(0);
  return bad_file("GGUF: this is part " + std::to_string(number + 1) + " of " + std::to_string(*count) +
                  "; give all parts together");
}

}  // namespace

Result<ImportedModel> architecture_from_gguf(const GgufHeader& header) {
  if (Status missing = missing_parts(header)) return *missing;
  if (Status foreign = foreign_gguf(header)) return *foreign;
  if (header.tensors.empty()) return bad_file("GGUF: the file holds no tensors (vocabulary or metadata only)");
  auto blocks = sort_tensors(header);
  if (!blocks) return blocks.error();
  const std::string name(header.text_value("general.architecture"));
  GgufKeys keys(header, name);
  const Hyper hyper = read_hyper(name, *blocks, keys);

  ImportedModel model;
  model.source = ImportSource::gguf;
  model.name = model_name(header);
  Architecture& a = model.architecture;
  a.gguf_arch = name;
  a.hidden = hyper.hidden;
  if (!blocks->encoder.empty()) {
    a.topology = blocks->decoder.empty() ? Topology::encoder : Topology::encoder_decoder;
    a.encoder_layers = static_cast<std::uint32_t>(blocks->encoder.size());
  } else if (header.unsigned_value(name + ".attention.causal") == 0U) {
    a.topology = Topology::encoder;
  }
  add_layers(hyper, *blocks, model);
  add_outside(blocks->outside, keys, a);
  add_inventory(header, hyper, model);
  add_norms(*model.inventory, blocks->decoder, a);
  add_extras(*model.inventory, a);
  model.inventory->kv_heads_per_block = keys.is_list("attention.head_count_kv");
  if (keys.problem()) return *keys.problem();
  if (const auto file_type = header.unsigned_value("general.file_type")) model.format = gguf_file_type_name(*file_type);
  if (model.format.empty()) model.format = gguf_mix_of_type(model.stored->dominant_type);
  model.file_bytes = header.header_bytes + header.tensor_bytes;
  add_notes(name, model);
  return model;
}

}  // namespace headroom
