#include "core/memory/graph/skeleton.h"

#include <algorithm>

namespace headroom {
namespace {

constexpr std::uint64_t kFloat = 4;
constexpr std::uint64_t kIndex = 4;      // token positions and ids
constexpr std::uint64_t kRowIndex = 8;   // rows of the cache a token is stored to

constexpr std::uint64_t times(std::uint64_t a, std::uint64_t b) { return (Bytes(a) * b).value(); }

}  // namespace

Skeleton::Skeleton(const ModelProfile& model, const StepShape& step)
    : model_(model), step_(step), traits_(gguf_graph_traits(model.arch.gguf_arch)) {
  f_ = times(kFloat, step_.tokens);
  e_ = times(model.arch.hidden, f_);
}

void Skeleton::build(const std::vector<std::uint32_t>& layers, const std::vector<LayerTensors>& tensors) {
  g_.clear();
  inputs();
  Id current = embedding_;
  if (traits_.scales_embedding) current = g_.add_in_place(e_, {current});
  for (std::size_t i = 0; i < layers.size(); ++i) {
    group_ = &model_.groups[model_.group_of_layer[layers[i]]];
    current = layer(tensors[i], layers[i], i + 1 == layers.size(), current);
  }
  if (step_.output) output(current);
}

Skeleton::Cache Skeleton::cache_inputs(std::uint64_t cells, std::uint64_t widest_v) {
  Cache cache;
  cache.cells = cells;
  cache.k_index = g_.add(times(kRowIndex, step_.tokens), {});
  const std::uint64_t indices = step_.transposed_v && widest_v != 0 ? widest_v : 1;
  cache.v_index = g_.add(times(kRowIndex, times(step_.tokens, indices)), {});
  const std::uint64_t mask_element = step_.flash_attention ? 2 : kFloat;
  cache.mask = g_.add(times(times(cells, step_.tokens), mask_element), {});
  return cache;
}

// Inputs come first and in this order: the allocator places them before anything is computed.
void Skeleton::inputs() {
  Id ids = Graph::kNone, mixed_ids = Graph::kNone;
  if (step_.host) {
    ids = g_.add(times(kIndex, step_.tokens), {});
    mixed_ids = g_.add(times(kIndex, step_.tokens), {});
  }
  const Id mixed = g_.add(e_, {});
  const Id node1 = step_.host ? Graph::kNone : g_.add(e_, {});
  const Id slots = g_.add(times(kRowIndex, step_.tokens), {});
  if (!step_.host) embedding_ = g_.add(e_, {});
  if (traits_.rope) g_.add(times(kIndex, step_.tokens), {});
  if (step_.full_cells != 0) full_ = cache_inputs(step_.full_cells, step_.widest_v);
  if (step_.window_cells != 0) window_ = cache_inputs(step_.window_cells, step_.widest_window_v);
  out_ids_ = g_.add(times(kIndex, step_.tokens), {});
  Id looked_up = node1;
  if (step_.host) {
    g_.add(e_, {});
    embedding_ = g_.add(e_, {ids});
    looked_up = g_.add(e_, {mixed_ids});
  }
  g_.add(e_, {mixed});
  g_.consume({looked_up, slots});
}

Skeleton::Id Skeleton::norm(Id x, bool bias, std::uint64_t size) {
  Id y = g_.add(size, {x});
  y = g_.add_in_place(size, {y});
  return bias ? g_.add_in_place(size, {y}) : y;
}

Skeleton::Id Skeleton::norm_in_place(Id x, std::uint64_t size) {
  return g_.add_in_place(size, {g_.add_in_place(size, {x})});
}

const Skeleton::Cache& Skeleton::layer_cache_inputs() const {
  const bool windowed = step_.window_cells != 0 && group_->mixer.window != 0;
  return windowed ? window_ : full_;
}

Skeleton::Id Skeleton::layer(const LayerTensors& t, std::uint32_t index, bool last, Id current) {
  (void)index;
  Id residual = current;
  Id x = current;
  if (t.has("attn_norm.weight")) x = norm(current, t.has("attn_norm.bias"), e_);
  Id normed = x;
  Id o = mixer(t, x);
  const bool parallel = t.has("attn_norm.weight") && !t.has("ffn_norm.weight") &&
                        !t.has("post_attention_norm.weight") && group_->ffn.kind != FfnKind::none &&
                        group_->mixer.kind == MixerKind::gqa;
  if (last && step_.output) {
    o = g_.add(e_, {o, out_ids_});
    const bool same = normed == residual;
    residual = g_.add(e_, {residual, out_ids_});
    if (parallel && !same) normed = g_.add(e_, {normed, out_ids_});
  }
  const bool post = traits_.post_norms;
  if (post && t.has("post_attention_norm.weight")) o = norm_in_place(o, e_);
  Id ffn_input = normed, ffn_residual = Graph::kNone;
  if (!parallel) {
    ffn_residual = g_.add_in_place(e_, {o, residual});
    ffn_input = ffn_residual;
    if (group_->ffn.kind == FfnKind::none) return ffn_residual;
    if (t.has("ffn_norm.weight") || t.has("ffn_norm") || (t.has("post_attention_norm.weight") && !post)) {
      ffn_input = norm(ffn_residual, t.has("ffn_norm.bias"), e_);
    }
  }
  Id d = feed_forward(t, ffn_input);
  if (post && t.has("post_ffw_norm.weight")) d = norm_in_place(d, e_);
  if (parallel) return g_.add_in_place(e_, {g_.add_in_place(e_, {d, o}), residual});
  return g_.add_in_place(e_, {d, ffn_residual});
}

void Skeleton::output(Id current) {
  const Id x = norm(current, false, e_);
  if (model_.arch.no_lm_head) return;
  const std::uint64_t size = times(model_.arch.vocab, f_);
  const Id logits = g_.add(size, {x});
  if (traits_.logit_softcap) g_.add_in_place(size, {logits});
}

Skeleton::Id Skeleton::mixer(const LayerTensors& t, Id x) {
  switch (group_->mixer.kind) {
    case MixerKind::mla: return mla(t, x);
    default: return gqa(t, x);
  }
}

Skeleton::Id Skeleton::attend(Id q, const Cache& cache, std::uint64_t heads, std::uint64_t head_v) {
  const std::uint64_t out = times(times(heads, head_v), f_);
  if (step_.flash_attention) return g_.add(out, {q, cache.mask});
  const std::uint64_t scores = times(times(heads, cache.cells), f_);
  Id s = g_.add(scores, {q});
  if (traits_.score_softcap) s = g_.add_in_place(scores, {s});
  s = g_.add_in_place(scores, {s, cache.mask});
  return g_.add(out, {g_.add(out, {s})});
}

Skeleton::Id Skeleton::gqa(const LayerTensors& t, Id x) {
  const Mixer& m = group_->mixer;
  const Cache& cache = layer_cache_inputs();
  const std::uint64_t q_size = times(times(m.heads, m.head_dim_k), f_);
  const std::uint64_t k_size = times(times(m.kv_heads, m.head_dim_k), f_);
  Id q = Graph::kNone;
  if (t.has("attn_qkv.weight")) {
    const std::uint64_t size = times(t.rows("attn_qkv.weight"), f_);
    Id qkv = g_.add(size, {x});
    if (t.has("attn_qkv.bias")) qkv = g_.add_in_place(size, {qkv});
    q = qkv;
    Id k = qkv;
    if (traits_.rope) {
      q = g_.add(q_size, {qkv});
      k = g_.add(k_size, {qkv});
    }
    g_.consume({k, cache.k_index});
    g_.consume({qkv, cache.v_index});
  } else {
    const std::uint64_t size = times(t.rows("attn_q.weight"), f_);
    q = g_.add(size, {x});
    if (t.has("attn_q.bias")) q = g_.add_in_place(size, {q});
    if (t.has("attn_q_norm.weight")) q = norm_in_place(q, size);
    if (traits_.rope) q = g_.add_in_place(size, {q});
    if (t.has("attn_k.weight")) {
      Id v = Graph::kNone;
      if (t.has("attn_v.weight")) {
        const std::uint64_t v_size = times(t.rows("attn_v.weight"), f_);
        v = g_.add(v_size, {x});
        if (t.has("attn_v.bias")) v = g_.add_in_place(v_size, {v});
      }
      Id k = g_.add(k_size, {x});
      if (t.has("attn_k.bias")) k = g_.add_in_place(k_size, {k});
      if (t.has("attn_k_norm.weight")) k = norm_in_place(k, k_size);
      if (traits_.rope) k = g_.add_in_place(k_size, {k});
      g_.consume({k, cache.k_index});
      if (v != Graph::kNone) g_.consume({v, cache.v_index});
    }
  }
  Id o = attend(q, cache, m.heads, m.head_dim_v);
  o = g_.add(e_, {o});
  return t.has("attn_output.bias") ? g_.add_in_place(e_, {o}) : o;
}

Skeleton::Id Skeleton::mla(const LayerTensors& t, Id x) {
  const Mixer& m = group_->mixer;
  const std::uint64_t heads = m.heads;
  const std::uint64_t nope = t.width("attn_k_b.weight"), head_v = t.rows("attn_v_b.weight");
  const std::uint64_t row = std::uint64_t{m.kv_lora_rank} + m.rope_dim;
  const std::uint64_t q_size = times(times(heads, nope + m.rope_dim), f_);
  Id q = Graph::kNone;
  if (t.has("attn_q_a.weight")) {
    const std::uint64_t rank = times(t.rows("attn_q_a.weight"), f_);
    q = norm_in_place(g_.add(rank, {x}), rank);
    q = g_.add(q_size, {q});
  } else {
    q = g_.add(q_size, {x});
  }
  const Id kv = g_.add(times(row, f_), {x});
  const Id q_rope = g_.add(times(times(heads, m.rope_dim), f_), {q});
  const Id k_rope = g_.add(times(m.rope_dim, f_), {kv});
  const std::uint64_t latent = times(m.kv_lora_rank, f_);
  Id c = g_.add(latent, {kv});
  c = g_.add_in_place(latent, {c});
  const Id absorbed = g_.add(times(heads, latent), {q});
  const Id q_all = g_.add(times(times(heads, row), f_), {absorbed, q_rope});
  const Id k_all = g_.add(times(row, f_), {c, k_rope});
  g_.consume({k_all, full_.k_index});
  Id o = Graph::kNone;
  if (step_.flash_attention) {
    o = g_.add(times(heads, latent), {q_all, full_.mask});
  } else {
    const std::uint64_t scores = times(times(heads, full_.cells), f_);
    Id s = g_.add(scores, {q_all});
    s = g_.add_in_place(scores, {s, full_.mask});
    o = g_.add(times(heads, latent), {s});
  }
  const std::uint64_t out = times(times(heads, head_v), f_);
  o = g_.add(out, {o});
  o = g_.add(out, {o});
  return g_.add(e_, {o});
}

Skeleton::Id Skeleton::feed_forward(const LayerTensors& t, Id x) {
  if (t.has("ffn_gate_inp.weight")) return experts(t, x);
  return dense(t, x, false);
}

Skeleton::Id Skeleton::dense(const LayerTensors& t, Id x, bool shared) {
  const bool gated = t.has(shared ? "ffn_gate_shexp.weight" : "ffn_gate.weight");
  const std::uint64_t width = t.width(shared ? "ffn_down_shexp.weight" : "ffn_down.weight");
  const std::uint64_t up_rows = t.rows(shared ? "ffn_up_shexp.weight" : "ffn_up.weight");
  const std::uint64_t size = times(width, f_);
  Id a = Graph::kNone;
  if (gated) {
    const Id gate = g_.add(size, {x});
    const Id up = g_.add(size, {x});
    a = g_.add(size, {gate, up});
  } else if (up_rows == 2 * width) {
    a = g_.add(size, {g_.add(2 * size, {x})});
  } else {
    Id up = g_.add(size, {x});
    if (t.has(shared ? "ffn_up_shexp.bias" : "ffn_up.bias")) up = g_.add_in_place(size, {up});
    a = g_.add_in_place(size, {up});
  }
  const Id down = g_.add(e_, {a});
  return t.has(shared ? "ffn_down_shexp.bias" : "ffn_down.bias") ? g_.add_in_place(e_, {down}) : down;
}

Skeleton::Id Skeleton::experts(const LayerTensors& t, Id x) {
  const Ffn& ffn = group_->ffn;
  const std::uint64_t used = ffn.experts_used;
  const std::uint64_t all = times(ffn.experts, f_), chosen = times(used, f_);
  Id probabilities = g_.add(all, {x});
  probabilities = g_.add_in_place(all, {probabilities});
  const Id sorted = g_.add(all, {probabilities});
  Id weights = g_.add(chosen, {probabilities, sorted});
  const Id sum = g_.add(f_, {weights});
  weights = g_.add_in_place(chosen, {weights, sum});
  const std::uint64_t size = times(times(used, t.width("ffn_down_exps.weight")), f_);
  Id a = Graph::kNone;
  if (t.has("ffn_up_exps.weight")) {
    const Id up = g_.add(size, {x, sorted});
    if (t.has("ffn_gate_exps.weight")) {
      const Id gate = g_.add(size, {x, sorted});
      a = g_.add(size, {gate, up});
    } else {
      a = g_.add_in_place(size, {up});
    }
  } else {
    a = g_.add(size, {g_.add(2 * size, {x, sorted})});
  }
  const std::uint64_t rows = times(used, e_);
  Id down = g_.add(rows, {a, sorted});
  down = g_.add_in_place(rows, {down, weights});
  Id sum_of_experts = g_.add(e_, {down});
  if (t.has("ffn_down_shexp.weight")) {
    const Id from_shared = dense(t, x, true);
    sum_of_experts = g_.add_in_place(e_, {sum_of_experts, from_shared});
  }
  return sum_of_experts;
}

}  // namespace headroom
