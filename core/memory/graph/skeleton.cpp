#include "core/memory/graph/skeleton.h"
#include "core/memory/element_sizes.h"

#include <algorithm>

namespace headroom {
namespace {

constexpr std::uint64_t kRowIndex = 8;  // rows of the cache a token is stored to

constexpr std::uint64_t times(std::uint64_t a, std::uint64_t b) { return (Bytes(a) * b).value(); }

bool is_attention(MixerKind kind) {
  return kind == MixerKind::gqa || kind == MixerKind::gqa_shared_kv || kind == MixerKind::mla ||
         kind == MixerKind::attention_mamba2;
}

// Square matrices by which rows are turned before they are stored below 16 bit, so that no element stands out: for keys
// as wide as the largest power of two that divides a head, for values of the least such width (llama.cpp's
// attn_rot_k and attn_rot_v; sizes from the planned allocations).
std::uint64_t rotation_floats(const Mixer& mixer, const CacheSettings& cache) {
  constexpr std::uint32_t kNarrowest = 64;
  std::uint64_t floats = 0;
  if (cache.k.elements > 1 && mixer.head_dim_k % kNarrowest == 0) {
    const std::uint64_t edge = mixer.head_dim_k & (~mixer.head_dim_k + 1);
    floats += edge * edge;
  }
  if (cache.v.elements > 1 && mixer.head_dim_v % kNarrowest == 0) floats += std::uint64_t{kNarrowest} * kNarrowest;
  return floats;
}

// Every layer has a short cache; those that compress have entries beside it, and keys to choose among them.
void add_compressed(const Mixer& mixer, const CacheShape& shape, const Engine& engine, const CacheSettings& cache,
                    StepShape& step) {
  step.window_cells = window_cells(mixer.window, shape, engine, cache);
  if (mixer.compress_ratio == 0) return;
  const std::uint64_t entries = compressed_cells(mixer.compress_ratio, shape, engine);
  if (entries == step.widest_compressed) return;  // the same cache as another group's
  step.compressed_cells += entries;
  step.widest_compressed = std::max(step.widest_compressed, entries);
  if (mixer.indexer.heads != 0) step.compressed_index_cells = entries;
}

}  // namespace

StepShape step_shape(const ModelProfile& model, const Engine& engine, const CacheSettings& cache, bool host,
                     bool output) {
  StepShape step;
  const CacheShape shape = cache_shape(model, engine, cache);
  step.tokens = std::min(cache.ubatch, cache.batch);
  step.logits = cache.logits_of(step.tokens);
  step.sequences = cache.sequences();
  step.flash_attention = cache.flash_attention;
  step.host = host;
  step.output = output;
  if (model.arch.topology == Topology::encoder) return step;
  for (const LayerGroup& group : model.groups) {
    if (group.mixer.kind == MixerKind::compressed_csa) add_compressed(group.mixer, shape, engine, cache, step);
    if (!is_attention(group.mixer.kind)) continue;
    step.full_cells = shape.cells;
    const bool indexes = group.mixer.indexer.heads != 0;
    (group.mixer.kind == MixerKind::mla ? step.indexer : step.block_indexer) |= indexes;
    step.index_dim = std::max(step.index_dim, group.mixer.indexer.dim);
    if (group.mixer.kind == MixerKind::mla) continue;
    step.widest_v = std::max(step.widest_v, times(group.mixer.head_dim_v, group.mixer.kv_heads));
    if (shape.windowed && group.mixer.window != 0) {
      step.window_cells = window_cells(group.mixer.window, shape, engine, cache);
      step.window_rotation = rotation_floats(group.mixer, cache);
    } else {
      step.rotation = rotation_floats(group.mixer, cache);
    }
  }
  step.transposed_v = shape.transposed_v;
  return step;
}

bool has_skeleton(const ModelProfile& model) {
  if (model.arch.gguf_arch.empty() || model.groups.empty() || model.layer_count() == 0) return false;
  for (const LayerGroup& group : model.groups) {
    switch (group.mixer.kind) {
      case MixerKind::none:
      case MixerKind::gqa:
      case MixerKind::gqa_shared_kv:
      case MixerKind::mla:
      case MixerKind::gated_delta:
      case MixerKind::kda:
      case MixerKind::mamba1:
      case MixerKind::mamba2:
      case MixerKind::attention_mamba2:
      case MixerKind::short_conv:
      case MixerKind::rwkv: break;
      default: return false;
    }
  }
  // Names as GGUF gives them; another file's tensors say nothing about llama.cpp's graph.
  for (const Tensor& tensor : model.inventory.tensors) {
    if (tensor.layer == 0) return tensor.name.rfind("blk.0.", 0) == 0;
  }
  return false;
}

Skeleton::Skeleton(const ModelProfile& model, const StepShape& step)
    : model_(model), step_(step), traits_(gguf_graph_traits(model.arch.gguf_arch)) {
  go_on_with(step.tokens);
}

std::uint64_t Skeleton::floats(std::uint64_t count, std::uint64_t each) const {
  return times(times(count, each), times(kFloat, rows_));
}

void Skeleton::go_on_with(std::uint64_t rows) {
  rows_ = rows;
  e_ = floats(model_.arch.hidden);
}

void Skeleton::build(const std::vector<std::uint32_t>& layers, const std::vector<LayerTensors>& tensors) {
  g_.clear();
  go_on_with(step_.tokens);
  if (!step_.host) leaves(layers);
  inputs(layers);
  Id current = embedding_;
  if (traits_.scales_embedding) current = g_.add_in_place(e_, {current});
  const bool streams = traits_.residual_streams > 1;
  if (streams) {
    current = open_streams(current);
  } else {
    per_layer_inputs(current);
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    group_ = &model_.groups[model_.group_of_layer[layers[i]]];
    zeros_ = layer_zeros_[i];
    current = streams ? stream_layer(tensors[i], current)
                      : layer(tensors[i], i + 1 == layers.size() && step_.output, current);
  }
  if (streams && step_.output) current = merge_streams(current);
  if (step_.output) output(current);
  if (!streams) g_.consume({looked_up_});
  // Rows with the levels of a vision tower beside them are read in parts; plans on devices keep what came with them.
  if (traits_.embedding_rows > 1 && step_.flash_attention && !step_.host) {
    g_.consume({mixed_, given_, embedding_, full_.mask});
  }
}

// What opens a closed mask: a zero for every chosen cell, a tensor without an operation. Those are placed before the
// first node, for all layers at once, and each is free after its layer. A layer that is built stands for those left out
// after it.
void Skeleton::leaves(const std::vector<std::uint32_t>& layers) {
  layer_zeros_.assign(layers.size(), Graph::kNone);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::uint32_t end = i + 1 < layers.size() ? layers[i + 1] : layers[i] + 1;
    std::uint64_t chosen = 0;
    for (std::uint32_t layer = layers[i]; layer < end; ++layer) {
      const Mixer& mixer = model_.groups[model_.group_of_layer[layer]].mixer;
      const bool chooses = mixer.kind == MixerKind::mla && mixer.indexer.heads != 0;
      if (chooses) chosen += std::min<std::uint64_t>(mixer.indexer.topk, step_.full_cells);
    }
    if (chosen != 0) layer_zeros_[i] = g_.add(floats(chosen), {});
  }
}

Skeleton::Cache Skeleton::cache_inputs(std::uint64_t cells, std::uint64_t rotation) {
  Cache cache;
  cache.cells = cells;
  if (rotation != 0) cache.rotation = g_.add(times(kFloat, rotation), {});
  cache.k_index = g_.add(times(kRowIndex, step_.tokens), {});
  const std::uint64_t indices = step_.transposed_v && step_.widest_v != 0 ? step_.widest_v : 1;
  cache.v_index = g_.add(times(kRowIndex, times(step_.tokens, indices)), {});
  cache.mask = g_.add(times(times(cells, step_.tokens), step_.mask_element()), {});
  return cache;
}

// The mask of the indexer's scores is halved with and without flash attention; its keys are turned by a square matrix.
Skeleton::Cache Skeleton::index_inputs() {
  Cache cache;
  cache.cells = step_.full_cells;
  cache.k_index = g_.add(times(kRowIndex, step_.tokens), {});
  cache.mask = g_.add(times(times(cache.cells, step_.tokens), kHalf), {});
  cache.rotation = g_.add(times(kFloat, times(step_.index_dim, step_.index_dim)), {});
  return cache;
}

// An encoder sees its own micro-batch only.
Skeleton::Cache Skeleton::self_attention_inputs() {
  Cache cache;
  cache.cells = step_.tokens;
  cache.mask = g_.add(times(times(cache.cells, step_.tokens), step_.mask_element()), {});
  return cache;
}

// Inputs come first and in this order: the allocator places them before anything is computed. Token embeddings are
// looked up on the host and may be mixed with given ones, which takes copies of an embedding row per token.
void Skeleton::inputs(const std::vector<std::uint32_t>& layers) {
  const bool encoder = model_.arch.topology == Topology::encoder;
  const bool positions_on_host = model_.arch.position_rows != 0 && !step_.host;
  if (positions_on_host) {
    device_inputs();
    return;
  }
  if (traits_.residual_streams > 1 && !step_.host) {
    first_stream_inputs();
    return;
  }
  const std::uint64_t row = times(e_, traits_.embedding_rows);
  Id ids = Graph::kNone, mixed_ids = Graph::kNone;
  if (step_.host) {
    ids = g_.add(times(kIndex, step_.tokens), {});
    mixed_ids = g_.add(times(kIndex, step_.tokens), {});
  }
  mixed_ = g_.add(row, {});
  given_ = step_.host ? Graph::kNone : g_.add(row, {});
  const Id slots = g_.add(times(kRowIndex, step_.tokens), {});
  if (!step_.host) embedding_ = g_.add(row, {});
  if (traits_.rope) g_.add(times(kIndex, step_.tokens), {});
  if (encoder) {
    full_ = self_attention_inputs();
  } else {
    if (step_.full_cells != 0) full_ = cache_inputs(step_.full_cells, step_.rotation);
    if (step_.indexer) index_ = index_inputs();
    if (step_.block_indexer) {
      index_.k_index = g_.add(times(kRowIndex, step_.tokens), {});
      index_.v_index = g_.add(times(kRowIndex, step_.tokens), {});
    }
    if (step_.window_cells != 0) window_ = cache_inputs(step_.window_cells, step_.window_rotation);
  }
  out_ids_ = g_.add(times(kIndex, step_.logits), {});
  Id looked_up = given_;
  if (step_.host) {
    leaves(layers);
    g_.add(row, {});
    embedding_ = g_.add(row, {ids});
    looked_up = g_.add(row, {mixed_ids});
  }
  g_.add(row, {mixed_});
  g_.consume({looked_up, slots});
}

// Where learned positions are added on the host, the device receives only the sum.
void Skeleton::device_inputs() {
  embedding_ = g_.add(e_, {});
  if (model_.arch.topology == Topology::encoder) {
    full_ = self_attention_inputs();
  } else {
    full_ = cache_inputs(step_.full_cells, step_.rotation);
  }
  out_ids_ = g_.add(times(kIndex, step_.logits), {});
}

Skeleton::Id Skeleton::norm(Id x, bool bias, std::uint64_t size) {
  Id y = g_.add(size, {x});
  y = g_.add_in_place(size, {y});
  return bias ? g_.add_in_place(size, {y}) : y;
}

Skeleton::Id Skeleton::norm_in_place(Id x, std::uint64_t size) {
  return g_.add_in_place(size, {g_.add_in_place(size, {x})});
}

Skeleton::Id Skeleton::pick_rows(Id x, bool last) {
  if (!last) return x;
  return g_.add(times(model_.arch.hidden, times(kFloat, step_.logits)), {x, out_ids_});
}

Skeleton::Id Skeleton::layer(const LayerTensors& t, bool last, Id current) {
  if (model_.arch.topology == Topology::encoder) return encoder_layer(t, current);
  const bool own_ffn_norm = t.has("ffn_norm.weight") || t.has("ffn_norm");
  if (traits_.order != BlockOrder::sequential && !(traits_.order == BlockOrder::ffn_block && own_ffn_norm)) {
    return parallel_layer(t, traits_.order, last, current);
  }
  Id x = current;
  if (t.has("attn_norm.weight")) x = norm(current, t.has("attn_norm.bias"), e_);
  const bool post = traits_.post_norms;
  Id o = Graph::kNone;
  if (group_->mixer.kind == MixerKind::none) {
    o = feed_forward(t, x);  // a layer of feed-forward alone (Nemotron-H)
  } else {
    o = project(t, mix(t, x));
  }
  o = pick_rows(o, last);
  const Id residual = pick_rows(current, last);
  if (last) go_on_with(step_.logits);
  if (post && t.has("post_attention_norm.weight")) o = norm_in_place(o, e_);
  const Id sum = g_.add_in_place(e_, {o, residual});
  if (group_->ffn.kind == FfnKind::none || group_->mixer.kind == MixerKind::none) return sum;
  Id ffn_input = sum;
  if (own_ffn_norm || (t.has("post_attention_norm.weight") && !post)) {
    ffn_input = norm(sum, t.has("ffn_norm.bias"), e_);
  }
  Id d = feed_forward(t, ffn_input);
  if (post && t.has("post_ffw_norm.weight")) d = norm_in_place(d, e_);
  const Id out = g_.add_in_place(e_, {d, sum});
  return t.has("inp_gate.weight") ? add_per_layer_input(out) : out;
}

Skeleton::Id Skeleton::parallel_layer(const LayerTensors& t, BlockOrder order, bool last, Id current) {
  Id x = norm(current, t.has("attn_norm.bias"), e_);
  // Only the stores into the cache fix an order; what reads the same input as the queries is computed beside them on
  // devices that run independent products together, and the sum over the feed-forward waits for the attention.
  const Id q = queries(t, x);
  const bool own_norm = t.has("ffn_norm.weight");
  const bool early = !step_.host && !own_norm && !last && group_->ffn.kind == FfnKind::dense;
  const Id activation = early ? dense_activation(t, x, false) : Graph::kNone;
  const Mixer& m = group_->mixer;
  const Id weighted = early ? attend(q, layer_cache_inputs(), m.heads, m.head_dim_v, true) : Graph::kNone;
  const auto attention = [&] {
    go_on_with(step_.tokens);
    const Id o = early ? weighted : attend(q, layer_cache_inputs(), m.heads, m.head_dim_v, true);
    const Id picked = pick_rows(project(t, o), last);
    if (last) go_on_with(step_.logits);
    return picked;
  };
  const auto ffn = [&] {
    if (last) go_on_with(step_.logits);
    if (early) return dense_down(t, activation, false);
    if (own_norm) return feed_forward(t, norm(pick_rows(current, last), t.has("ffn_norm.bias"), e_));
    return feed_forward(t, pick_rows(x, last));
  };
  switch (order) {
    case BlockOrder::ffn_residual_attention: {
      const Id d = ffn();
      const Id sum = g_.add_in_place(e_, {d, pick_rows(current, last)});
      return g_.add_in_place(e_, {sum, attention()});
    }
    case BlockOrder::ffn_attention_residual: {
      const Id d = ffn();
      const Id sum = g_.add_in_place(e_, {d, attention()});
      return g_.add_in_place(e_, {sum, pick_rows(current, last)});
    }
    case BlockOrder::attention_ffn_residual: {
      const Id o = attention();
      const Id sum = g_.add_in_place(e_, {o, ffn()});
      return g_.add_in_place(e_, {sum, pick_rows(current, last)});
    }
    case BlockOrder::ffn_block:
    case BlockOrder::sequential: break;
  }
  const Id d = ffn();
  const Id o = attention();
  const Id sum = g_.add_in_place(e_, {o, pick_rows(current, last)});
  return g_.add_in_place(e_, {d, sum});
}

// BERT: norms follow the sums.
Skeleton::Id Skeleton::encoder_layer(const LayerTensors& t, Id current) {
  const Id o = project(t, mix(t, current));
  Id sum = g_.add_in_place(e_, {o, current});
  sum = norm(sum, true, e_);
  const Id d = feed_forward(t, sum);
  return norm(g_.add_in_place(e_, {d, sum}), true, e_);
}

void Skeleton::output(Id current) {
  if (!model_.arch.has_logits()) return;
  go_on_with(step_.logits);
  const Id x = norm(current, false, e_);
  const std::uint64_t size = floats(model_.arch.vocab);
  const Id logits = g_.add(size, {x});
  if (traits_.logit_softcap) g_.add_in_place(size, {logits});
}

}  // namespace headroom
