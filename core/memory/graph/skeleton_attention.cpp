#include <algorithm>

#include "core/memory/graph/skeleton.h"

namespace headroom {

Skeleton::Id Skeleton::mix(const LayerTensors& t, Id x) {
  switch (group_->mixer.kind) {
    case MixerKind::mla: return mla(t, x);
    case MixerKind::mamba1: return mamba1(t, x);
    case MixerKind::mamba2: return mamba2(t, x);
    case MixerKind::gated_delta: return gated_delta(t, x);
    case MixerKind::kda: return kda(t, x);
    case MixerKind::short_conv: return short_conv(x);
    case MixerKind::rwkv: return x;
    default: break;
  }
  if (model_.arch.topology == Topology::encoder) return self_attention(t, x);
  if (group_->mixer.indexer.heads != 0) select_blocks(x);
  return attend(queries(t, x), layer_cache_inputs(), group_->mixer.heads, group_->mixer.head_dim_v, true);
}

// Stores keys and values in the cache; what is left to read is the queries.
Skeleton::Id Skeleton::queries(const LayerTensors& t, Id x) {
  return t.has("attn_qkv.weight") ? fused_queries(t, x) : separate_queries(t, x);
}

Skeleton::Id Skeleton::project(const LayerTensors& t, Id mixed) {
  const Id o = g_.add(e_, {mixed});
  if (group_->mixer.kind == MixerKind::attention_mamba2) return o;
  return t.has("attn_output.bias") ? g_.add_in_place(e_, {o}) : o;
}

const Skeleton::Cache& Skeleton::layer_cache_inputs() const {
  const bool windowed = step_.window_cells != 0 && group_->mixer.window != 0;
  return windowed ? window_ : full_;
}

// Scores, softmax in place, and the weighted sum; with flash attention the sum alone. `contiguous`: the sum is copied
// out of its permuted form.
Skeleton::Id Skeleton::attend(Id q, const Cache& cache, std::uint64_t heads, std::uint64_t head_v, bool contiguous) {
  const std::uint64_t out = floats(heads, head_v);
  if (step_.flash_attention) return turned(g_.add(out, {q, cache.mask}), out, cache);
  const std::uint64_t scores = floats(heads, cache.cells);
  Id s = g_.add(scores, {q});
  if (traits_.score_softcap) s = g_.add_in_place(scores, {s});
  s = g_.add_in_place(scores, {s, cache.mask});
  const Id sum = g_.add(out, {s});
  return contiguous ? g_.add(out, {sum}) : sum;
}

Skeleton::Id Skeleton::fused_queries(const LayerTensors& t, Id x) {
  const Mixer& m = group_->mixer;
  const Cache& cache = layer_cache_inputs();
  const std::uint64_t size = floats(t.rows("attn_qkv.weight"));
  Id qkv = g_.add(size, {x});
  if (t.has("attn_qkv.bias")) qkv = g_.add_in_place(size, {qkv});
  Id q = qkv, k = qkv;
  if (traits_.rope) {
    q = g_.add(floats(m.heads, m.head_dim_k), {qkv});
    k = g_.add(floats(m.kv_heads, m.head_dim_k), {qkv});
  }
  g_.consume({turned(k, floats(m.kv_heads, m.head_dim_k), cache), cache.k_index});
  g_.consume({turned(qkv, floats(m.kv_heads, m.head_dim_v), cache), cache.v_index});
  return turned(q, floats(m.heads, m.head_dim_k), cache);
}

// What meets a quantized cache is turned as its rows are.
Skeleton::Id Skeleton::turned(Id x, std::uint64_t size, const Cache& cache) {
  return cache.rotation == Graph::kNone ? x : g_.add(size, {x, cache.rotation});
}

Skeleton::Id Skeleton::separate_queries(const LayerTensors& t, Id x) {
  const Mixer& m = group_->mixer;
  const Cache& cache = layer_cache_inputs();
  const std::uint64_t q_size = floats(t.rows("attn_q.weight"));
  const std::uint64_t k_size = floats(m.kv_heads, m.head_dim_k);
  Id q = g_.add(q_size, {x});
  if (t.has("attn_q.bias")) q = g_.add_in_place(q_size, {q});
  if (t.has("attn_q_norm.weight")) q = norm_in_place(q, q_size);
  if (traits_.rope) q = g_.add_in_place(q_size, {q});
  if (t.has("attn_k.weight")) {
    Id v = Graph::kNone;
    if (t.has("attn_v.weight")) {
      const std::uint64_t v_size = floats(t.rows("attn_v.weight"));
      v = g_.add(v_size, {x});
      if (t.has("attn_v.bias")) v = g_.add_in_place(v_size, {v});
    }
    Id k = g_.add(k_size, {x});
    if (t.has("attn_k.bias")) k = g_.add_in_place(k_size, {k});
    if (t.has("attn_k_norm.weight")) k = norm_in_place(k, k_size);
    if (traits_.rope) k = g_.add_in_place(k_size, {k});
    q = turned(q, q_size, cache);
    g_.consume({turned(k, k_size, cache), cache.k_index});
    if (v != Graph::kNone) g_.consume({turned(v, g_.size_of(v), cache), cache.v_index});
    return q;
  }
  return turned(q, q_size, cache);
}

// An encoder attends over its own micro-batch: keys and values are tensors of the graph, halved for flash attention.
Skeleton::Id Skeleton::self_attention(const LayerTensors& t, Id x) {
  const Mixer& m = group_->mixer;
  const std::uint64_t q_size = floats(m.heads, m.head_dim_k), k_size = floats(m.kv_heads, m.head_dim_k);
  const std::uint64_t v_size = floats(m.kv_heads, m.head_dim_v);
  Id q = Graph::kNone, k = Graph::kNone, v = Graph::kNone;
  if (t.has("attn_qkv.weight")) {
    const Id qkv = g_.add(floats(t.rows("attn_qkv.weight")), {x});
    q = k = v = qkv;
    if (traits_.rope) {
      q = g_.add(q_size, {qkv});
      k = g_.add(k_size, {qkv});
    }
  } else {
    q = g_.add(q_size, {x});
    k = g_.add(k_size, {x});
    v = g_.add(v_size, {x});
  }
  const std::uint64_t out = floats(m.heads, m.head_dim_v);
  if (step_.flash_attention) {
    const Id k_half = g_.add(k_size / 2, {k});
    const Id v_half = g_.add(v_size / 2, {v});
    return g_.add(out, {q, k_half, v_half, full_.mask});
  }
  const std::uint64_t scores = floats(m.heads, full_.cells);
  const Id v_turned = g_.add(v_size, {v});
  const Id s = g_.add_in_place(scores, {g_.add(scores, {q, k}), full_.mask});
  return g_.add(out, {g_.add(out, {s, v_turned})});
}

// The sparse-attention indexer stores its keys before anything else of the layer is computed.
void Skeleton::store_index_keys(Id x) {
  const Indexer& indexer = group_->mixer.indexer;
  const std::uint64_t size = floats(indexer.dim), rope = floats(std::min(group_->mixer.rope_dim, indexer.dim));
  const Id k = g_.add_in_place(size, {g_.add(size, {g_.add(size, {x})})});
  const Id joined = g_.add(size, {g_.add(rope, {k}), k});
  g_.consume({g_.add(size, {joined, index_.rotation}), index_.k_index});
}

// Scores of every cell, the best of them, and a mask that leaves only those. `compressed`: the queries' low rank.
Skeleton::Id Skeleton::select_tokens(Id x, Id compressed) {
  const Indexer& indexer = group_->mixer.indexer;
  const std::uint64_t cells = full_.cells;
  const std::uint64_t size = floats(indexer.heads, indexer.dim);
  const std::uint64_t rope = floats(indexer.heads, std::min(group_->mixer.rope_dim, indexer.dim));
  const Id zeros = g_.add_in_place(g_.size_of(zeros_), {zeros_});
  const Id q = g_.add(size, {compressed});
  const Id joined = g_.add(size, {g_.add(rope, {q}), q});
  const Id turned = g_.add(size, {joined, index_.rotation});
  const Id weights = g_.add(floats(indexer.heads), {x});
  // The closed mask waits for nothing: a device that runs independent nodes together takes it forward.
  const std::uint64_t mask_size = (Bytes(cells) * step_.tokens * step_.mask_element()).value();
  Id closed = step_.host ? Graph::kNone : g_.add(mask_size, {full_.mask});
  Id scores = g_.add(floats(cells), {turned, weights});
  scores = g_.add_in_place(floats(cells), {scores, index_.mask});
  const std::uint64_t best = floats(std::min<std::uint64_t>(indexer.topk, cells));
  const Id chosen = g_.add(best, {g_.add(best, {scores})});
  if (step_.host) closed = g_.add(mask_size, {full_.mask});
  g_.consume({zeros, chosen});
  return g_.add(mask_size, {closed, full_.mask});
}

// The indexer that chooses blocks of cells (MiniMax-M3): scores of every head and cell, their copy through the
// softmax, and their sum over the heads.
void Skeleton::select_blocks(Id x) {
  const Indexer& indexer = group_->mixer.indexer;
  const std::uint64_t scores = floats(indexer.heads, full_.cells);
  const Id q = g_.add(floats(indexer.heads, indexer.dim), {x});
  const Id k = g_.add(floats(indexer.dim), {x});
  g_.consume({k, index_.k_index});
  const Id v = g_.add(floats(indexer.dim), {x});
  g_.consume({v, index_.v_index});
  const Id raw = g_.add(scores, {q});
  const Id soft = g_.add(scores, {raw, full_.mask});
  g_.consume({raw, g_.add(floats(full_.cells), {soft})});
}

Skeleton::Id Skeleton::mla(const LayerTensors& t, Id x) {
  const Mixer& m = group_->mixer;
  const std::uint64_t heads = m.heads;
  const std::uint64_t nope = t.width("attn_k_b.weight"), head_v = t.rows("attn_v_b.weight");
  const std::uint64_t row = std::uint64_t{m.kv_lora_rank} + m.rope_dim;
  const std::uint64_t q_size = floats(heads, nope + m.rope_dim);
  const bool indexes = m.indexer.heads != 0;
  if (indexes) store_index_keys(x);
  Id compressed = x;
  if (t.has("attn_q_a.weight")) {
    const std::uint64_t rank = floats(t.rows("attn_q_a.weight"));
    compressed = norm_in_place(g_.add(rank, {x}), rank);
  }
  const Id q = g_.add(q_size, {compressed});
  const Id kv = g_.add(floats(row), {x});
  const Id q_rope = g_.add(floats(heads, m.rope_dim), {q});
  const Id k_rope = g_.add(floats(m.rope_dim), {kv});
  const std::uint64_t latent = floats(m.kv_lora_rank);
  Id c = g_.add(latent, {kv});
  c = g_.add_in_place(latent, {c});
  const Id absorbed = g_.add(floats(heads, m.kv_lora_rank), {q});
  const Id q_all = g_.add(floats(heads, row), {absorbed, q_rope});
  const Id k_all = g_.add(floats(row), {c, k_rope});
  g_.consume({k_all, full_.k_index});
  Cache cache = full_;
  if (indexes) cache.mask = select_tokens(x, compressed);
  const Id latents = attend(q_all, cache, heads, m.kv_lora_rank, false);
  const std::uint64_t out = floats(heads, head_v);
  return g_.add(out, {g_.add(out, {latents})});
}

}  // namespace headroom
