#include <algorithm>

#include "core/memory/compute_plan.h"
#include "core/memory/element_sizes.h"

namespace headroom {
namespace {

constexpr std::uint64_t kFewestTokens = 32;  // ggml's GGML_OP_OFFLOAD_MIN_BATCH

// Floats per token that the widest stage of a layer keeps at once, beside the embeddings.
Bytes feed_forward_stage(const Ffn& ffn) {
  constexpr std::uint64_t kGated = 3;  // gate, up and their product
  const Bytes dense = Bytes(ffn.width) * (ffn.gated ? kGated : 1);
  const Bytes routed = Bytes(ffn.expert_width) * ffn.experts_used * (ffn.experts_gated ? kGated : 1);
  return std::max(dense, routed);
}

Bytes mixer_stage(const Mixer& m) {
  constexpr std::uint64_t kCopies = 2;
  switch (m.kind) {
    case MixerKind::mla: {
      const std::uint64_t row = std::uint64_t{m.kv_lora_rank} + m.rope_dim;
      return Bytes(m.heads) * (kCopies * row + m.nope_dim + m.rope_dim);
    }
    case MixerKind::mamba1:
    case MixerKind::mamba2:
    case MixerKind::attention_mamba2: return Bytes(m.d_inner) * 5;  // input, convolution, scan, gate, product
    case MixerKind::gated_delta:
    case MixerKind::kda: return (Bytes(m.key_heads) * m.key_head_dim + Bytes(m.value_heads) * m.value_head_dim) * 4;
    default: return Bytes(m.heads) * (std::uint64_t{m.head_dim_k} + m.head_dim_v);
  }
}

Bytes embedding_rows(const ModelProfile& model, const GraphTraits& traits) {
  constexpr std::uint64_t kCopies = 4;  // looked up, given, mixed and the one passed on
  const Bytes row = Bytes(model.arch.hidden) * traits.embedding_rows;
  return row * kCopies + Bytes(model.arch.per_layer_embedding_dim) * model.layer_count();
}

// All rows of logits, as floats per token of the micro-batch.
Bytes logit_floats(const ModelProfile& model, const StepShape& step) {
  if (!step.output || !model.arch.has_logits()) return Bytes(0);
  return Bytes(divide_up((Bytes(model.arch.vocab) * step.logits).value(), std::max<std::uint64_t>(step.tokens, 1)));
}

// DeepSeek-V4, whose residual is several streams wide: rows of the hidden width that stand beside the logits, and
// beside the scores where there is no flash attention. Read off the planned allocations (tests/truth/llama-cpp).
Bytes compressed_stage(const ModelProfile& model, const StepShape& step) {
  constexpr std::uint64_t kBesideLogits = 10, kHalvesBesideScores = 7, kQueryCopies = 3;
  const Bytes hidden(model.arch.hidden);
  const Bytes logits = hidden * kBesideLogits + logit_floats(model, step);
  if (step.flash_attention) return logits;
  Bytes heads, queries;
  for (const LayerGroup& group : model.groups) {
    heads = std::max(heads, Bytes(group.mixer.heads));
    queries = std::max(queries, Bytes(group.mixer.heads) * group.mixer.latent_kv_dim);
  }
  const Bytes scores = heads * (step.window_cells + step.widest_compressed);
  return std::max(logits, scores + queries * kQueryCopies + Bytes(hidden.value() * kHalvesBesideScores / 2));
}

Bytes value_indices(const StepShape& step) {
  constexpr std::uint64_t kIndexFloats = 2;  // 8 bytes
  if (!step.transposed_v) return Bytes(0);
  return Bytes(kIndexFloats) * step.widest_v * ((step.full_cells != 0 ? 1 : 0) + (step.window_cells != 0 ? 1 : 0));
}

}  // namespace

Bytes attention_masks(const StepShape& step) {
  // The masks of indexer keys are halved with and without flash attention.
  const Bytes index = Bytes(step.compressed_index_cells + (step.indexer ? step.full_cells : 0)) * step.tokens * kHalf;
  return Bytes(step.full_cells + step.window_cells + step.compressed_cells) * step.tokens * step.mask_element() + index;
}

Bytes closed_form_buffer(const ModelProfile& model, const StepShape& step) {
  const GraphTraits traits = gguf_graph_traits(model.arch.gguf_arch);
  const Bytes masks = attention_masks(step);
  if (step.compressed_cells != 0) return compressed_stage(model, step) * (kFloat * step.tokens) + masks;
  Bytes stage, scores, zeros;
  for (const LayerGroup& group : model.groups) {
    stage = std::max({stage, feed_forward_stage(group.ffn), mixer_stage(group.mixer)});
    if (!step.flash_attention && step.full_cells != 0) {
      const bool windowed = group.mixer.window != 0 && step.window_cells != 0;
      scores = std::max(scores, Bytes(group.mixer.heads) * (windowed ? step.window_cells : step.full_cells));
    }
    if (group.mixer.kind == MixerKind::mla && group.mixer.indexer.heads != 0) {
      // llama.cpp allocates a zero for every chosen cell of every layer before the first layer; the logits later reuse
      // that room. So it is with the scores of all cells and their mask, where those are wider than what the queries
      // free.
      zeros += Bytes(std::min<std::uint64_t>(group.mixer.indexer.topk, step.full_cells)) * group.count;
      const Bytes left = Bytes(group.mixer.heads) * group.mixer.kv_lora_rank;
      const Bytes scores_and_mask = Bytes(step.full_cells + step.full_cells / 2);
      const Bytes mla = mixer_stage(group.mixer) + Bytes(model.arch.hidden);
      stage = std::max(stage, mla + (scores_and_mask - left));
    }
  }
  if (scores > Bytes(0)) {
    for (const LayerGroup& group : model.groups) {
      stage = std::max(stage, scores + Bytes(group.mixer.heads) * group.mixer.head_dim_v);
    }
  }
  const Bytes logits = logit_floats(model, step);
  // Logits are computed last and reuse the room of a mask or of scores, if that is large enough.
  const Bytes hole = std::max({Bytes(masks.value() / (kFloat * step.tokens)), scores, zeros});
  stage += zeros;
  const Bytes top = hole < logits + Bytes(model.arch.hidden) ? std::max(stage, logits) : stage;
  Bytes floats = embedding_rows(model, traits) + value_indices(step) + top;
  if (step.host) floats += Bytes(model.arch.hidden);
  return floats * (kFloat * step.tokens) + masks;
}

FetchedStages fetched_stages(const ModelProfile& model, const CacheSettings& cache) {
  const std::uint64_t tokens = std::min(cache.ubatch, cache.batch);
  FetchedStages stages;
  if (tokens < kFewestTokens) return stages;
  const Bytes row(model.arch.hidden);
  for (const LayerGroup& group : model.groups) {
    const Mixer& m = group.mixer;
    stages.attention = std::max(stages.attention, Bytes(m.heads) * (std::uint64_t{m.head_dim_k} + m.head_dim_v));
    // Gate and up, the last product: its matrix stands beside both.
    const Bytes wide = Bytes(std::max(group.ffn.width, group.ffn.shared_width)) * (group.ffn.gated ? 2 : 1);
    stages.feed_forward = std::max(stages.feed_forward, wide);
  }
  stages.attention = stages.attention * (kFloat * tokens);
  stages.feed_forward = stages.feed_forward * (kFloat * tokens);
  if (model.arch.has_logits()) {
    stages.output = (Bytes(model.arch.vocab) + row) * (kFloat * cache.logits_of(tokens));
  }
  return stages;
}

Bytes attention_scores(const ModelProfile& model, const CacheSettings& cache) {
  if (cache.flash_attention) return Bytes(0);
  return Bytes(model.most_heads()) * cache.context * (kFloat * std::min(cache.ubatch, cache.batch));
}

// ggml's scheduler (ggml_backend_sched_split_graph) runs the products of a large batch on the device though their
// weights are on the host: the tensor is copied into the buffer, beside inputs and activations, and leaves it after its
// product. Last comes the way down, with what goes in and comes out of it and the residual.
Bytes streaming_stage(const ModelProfile& model, const StepShape& step) {
  if (!model.has_experts || step.tokens < kFewestTokens) return Bytes(0);
  const GraphTraits traits = gguf_graph_traits(model.arch.gguf_arch);
  Bytes widest;
  for (const LayerGroup& group : model.groups) {
    const Bytes routed = (Bytes(group.ffn.expert_width) + Bytes(model.arch.hidden)) * group.ffn.experts_used;
    widest = std::max(widest, routed);
  }
  const Bytes floats = embedding_rows(model, traits) + value_indices(step) + widest + Bytes(model.arch.hidden);
  return floats * (kFloat * step.tokens) + attention_masks(step);
}

Bytes host_inputs(const ModelProfile& model, const StepShape& step) {
  const GraphTraits traits = gguf_graph_traits(model.arch.gguf_arch);
  constexpr std::uint64_t kDeepstackRows = 10;
  constexpr std::uint64_t kPositionRows = 5;
  constexpr std::uint64_t kCompressedRows = 2;
  Bytes rows = step.compressed_cells != 0 ? Bytes(model.arch.hidden) * kCompressedRows : embedding_rows(model, traits);
  if (traits.embedding_rows > 1) rows = Bytes(model.arch.hidden) * kDeepstackRows;
  if (model.arch.position_rows != 0) rows = Bytes(model.arch.hidden) * kPositionRows;
  // With streams the embedding is scaled before it leaves the host.
  if (traits.residual_streams > 1) rows += Bytes(model.arch.hidden);
  Bytes masks = attention_masks(step);
  if (model.arch.topology == Topology::encoder) masks = Bytes(step.tokens) * step.tokens * step.mask_element();
  return (rows + value_indices(step)) * (kFloat * step.tokens) + masks +
         Bytes(step.rotation + step.window_rotation) * kFloat;
}

}  // namespace headroom
