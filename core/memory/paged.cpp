#include "core/memory/paged.h"

#include <algorithm>

#include "core/memory/cache_rules.h"
#include "core/memory/element_sizes.h"
#include "core/memory/paged_compressed.h"

namespace headroom {
namespace {

// Groups of layers may differ by a quarter before the smaller ones are padded (vLLM: max < min x 1.25).
constexpr std::uint64_t kSimilarNumerator = 5, kSimilarDenominator = 4;

std::uint64_t heads_per_rank(std::uint64_t heads, std::uint32_t ranks) {
  return std::max<std::uint64_t>(divide_up(heads, std::max(ranks, 1U)), heads == 0 ? 0 : 1);
}

std::uint64_t reach(const Mixer& m) {
  if (m.kind == MixerKind::compressed_csa && m.compress_ratio == 0) return m.window;
  return m.kind == MixerKind::gqa ? m.window : 0;
}

void add_kind(PagePlan& plan, const PagePlan::Kind& kind) {
  for (PagePlan::Kind& known : plan.kinds) {
    if (known.state == kind.state && known.window == kind.window && known.per_token == kind.per_token) {
      known.layers += kind.layers;
      return;
    }
  }
  plan.kinds.push_back(kind);
}

}  // namespace

Bytes layer_token_bytes(const LayerGroup& group, const Engine& engine, const CacheSettings& cache,
                        std::uint32_t ranks) {
  const Mixer& m = group.mixer;
  // SGLang's pools have rows for every layer, whether or not it reads another's (logs of Gemma 4 E4B).
  const bool owns = engine.cache == CachePolicy::pages || !(group.shares_kv || m.kind == MixerKind::gqa_shared_kv);
  if (!owns) return Bytes(0);
  switch (m.kind) {
    case MixerKind::gqa:
    case MixerKind::gqa_shared_kv:
    case MixerKind::attention_mamba2: {
      const std::uint64_t heads = heads_per_rank(m.kv_heads, ranks);
      return row_bytes(cache.k, (Bytes(heads) * m.head_dim_k).value()) +
             row_bytes(cache.v, (Bytes(heads) * m.head_dim_v).value()) +
             (m.indexer.heads != 0 ? row_bytes(cache.k, m.indexer.dim) : Bytes(0));
    }
    case MixerKind::mla: {
      // An 8 bit latent row keeps its rotary part at 16 bit and a scale per 128 values (vLLM's fp8_ds_mla: 656 bytes).
      constexpr std::uint32_t kScaled = 128;
      const bool eight_bit = is_eight_bit(cache.k);
      const Bytes latent =
          eight_bit ? Bytes(m.kv_lora_rank) + Bytes(m.kv_lora_rank / kScaled) * kFloat + Bytes(m.rope_dim) * kHalf
                    : row_bytes(cache.k, std::uint64_t{m.kv_lora_rank} + m.rope_dim);
      // SGLang's logs of a 16 bit cache (tests/truth) have an index of 16 bit.
      const bool narrow = eight_bit || engine.cache == CachePolicy::blocks;
      if (m.indexer.heads != 0) {
        return latent + (narrow ? indexer_row(m.indexer.dim) : row_bytes(cache.k, m.indexer.dim));
      }
      return eight_bit ? row_bytes(cache.k, std::uint64_t{m.kv_lora_rank} + m.rope_dim) : latent;
    }
    case MixerKind::compressed_csa: {
      // The window is small beside the compressed entries: one entry per `compress_ratio` tokens.
      const std::uint64_t ratio = std::max<std::uint32_t>(m.compress_ratio, 1);
      const Bytes entry =
          row_bytes(cache.k, m.latent_kv_dim) + row_bytes(cache.k, m.indexer.heads != 0 ? m.indexer.dim : 0);
      return m.compress_ratio == 0 ? row_bytes(cache.k, m.latent_kv_dim) : Bytes(divide_up(entry.value(), ratio));
    }
    case MixerKind::custom: return row_bytes(cache.k, m.custom_kv_per_token);
    default: return Bytes(0);
  }
}

std::uint64_t PagePlan::groups() const {
  std::uint64_t sum = 0;
  for (const Kind& kind : kinds) sum += kind.pool_groups;
  return sum;
}

std::uint64_t PagePlan::pages_per_sequence(std::uint64_t context, std::uint64_t batch) const {
  std::uint64_t sum = 0;
  for (const Kind& kind : kinds) {
    std::uint64_t pages = state_pages;
    if (!kind.state) {
      const std::uint64_t step = std::max<std::uint64_t>(kind.block_tokens, 1);
      const std::uint64_t whole = divide_up(context, step);
      pages = whole;
      // What precedes a chunk of the prompt within the window, the chunk, and one page for alignment.
      if (kind.window != 0) {
        pages = std::min(divide_up(std::min<std::uint64_t>(kind.window - 1 + batch, context), step) + 1, whole);
      }
    }
    sum += pages * kind.pool_groups;
  }
  return sum;
}

PagePlan page_plan(const ModelProfile& model, const Engine& engine, const CacheSettings& cache,
                   std::uint32_t tensor_parallel, std::uint32_t context_parallel) {
  if (engine.cache == CachePolicy::blocks && model.arch.has(MixerKind::compressed_csa))
    return compressed_page_plan(model, cache);
  PagePlan plan;
  plan.state_pages = std::max(engine.state_pages, 1U);
  const std::uint64_t block = std::max<std::uint32_t>(engine.block_tokens, 1);
  const std::uint64_t shares = std::max(context_parallel, 1U);
  Bytes state_page;
  Bytes widest;
  for (const LayerGroup& group : model.groups) {
    const Bytes per_token = layer_token_bytes(group, engine, cache, tensor_parallel);
    if (per_token > Bytes(0)) {
      const std::uint64_t window = cache.swa_full ? 0 : reach(group.mixer);
      add_kind(plan, {group.count, per_token, window, false, block * shares, 0});
      widest = std::max(widest, per_token);
    }
    const Bytes state = state_bytes(group, model.arch.hidden, engine);
    if (state > Bytes(0)) {
      const Bytes share = Bytes(divide_up(state.value(), std::max(tensor_parallel, 1U)));
      add_kind(plan, {group.count, Bytes(0), 0, true, 0, 0});
      state_page = std::max(state_page, share);
    }
  }
  if (plan.kinds.empty()) return plan;
  plan.page = widest * block;
  if (state_page > plan.page) {
    // Attention pages grow until one holds a layer's recurrent state.
    plan.page = widest > Bytes(0)
                    ? Bytes(round_up(divide_up(state_page.value(), widest.value()), block)) * widest.value()
                    : state_page;
  }
  std::uint64_t fewest = plan.kinds[0].layers, most = 0;
  for (PagePlan::Kind& kind : plan.kinds) {
    if (!kind.state) kind.block_tokens = plan.page.value() / kind.per_token.value() * shares;
    fewest = std::min(fewest, kind.layers);
    most = std::max(most, kind.layers);
  }
  const bool similar = most * kSimilarDenominator < fewest * kSimilarNumerator;
  plan.group_layers = std::max<std::uint64_t>(similar ? most : fewest, 1);
  for (PagePlan::Kind& kind : plan.kinds) kind.pool_groups = divide_up(kind.layers, plan.group_layers);
  return plan;
}

PageCapacity page_capacity(const PagePlan& plan, const Engine& engine, const CacheSettings& cache, Bytes available) {
  PageCapacity capacity;
  if (plan.kinds.empty() || plan.page_set() == Bytes(0)) return capacity;
  const std::uint64_t pages = available.value() / plan.page_set().value();
  const std::uint64_t per_sequence = plan.pages_per_sequence(cache.context, cache.batch);
  capacity.concurrency = per_sequence > 0 ? static_cast<double>(pages) / static_cast<double>(per_sequence) : 0;
  std::uint64_t block = 0;
  for (const PagePlan::Kind& kind : plan.kinds) {
    if (kind.state) continue;
    block = block == 0 ? kind.block_tokens : std::min(block, kind.block_tokens);
  }
  if (engine.prints_pooled_tokens || plan.groups() == 1) {
    capacity.tokens = (Bytes(pages / std::max<std::uint64_t>(plan.groups(), 1)) * block).value();
  } else {
    capacity.tokens = Bytes::from_double(capacity.concurrency * cache.context).value();
  }
  return capacity;
}

}  // namespace headroom
