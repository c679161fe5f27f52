#include <algorithm>

#include "core/memory/element_sizes.h"
#include "core/memory/paged_compressed.h"

namespace headroom {
namespace {

// vLLM's pages of DeepSeek V4 (https://github.com/vllm-project/vllm/issues/54703 prints them, to the byte).
constexpr std::uint64_t kBlock = 256;           // tokens of a page of compressed entries
constexpr std::uint64_t kWindowBlock = 64;      // of a page of the window's rows
constexpr std::uint64_t kOverlappingBlock = 4;  // of a page of what a compressor that overlaps keeps
constexpr std::uint64_t kPlainBlock = 8;        // of one that does not
constexpr std::uint64_t kPageAlignment = 576;   // bytes, of every page where rows are of 8 bit
constexpr std::uint64_t kRope = 64;             // values of a row that keep 16 bit
constexpr std::uint64_t kScaled = 64;           // values that share a scale of one byte

Bytes aligned(std::uint64_t bytes, const CacheSettings& cache) {
  return Bytes(is_eight_bit(cache.k) ? round_up(bytes, kPageAlignment) : bytes);
}

// A latent row: of 8 bit with its rotary part in 16 bit, its scales filled up to 8 bytes.
std::uint64_t row(const Mixer& m, const CacheSettings& cache) {
  if (!is_eight_bit(cache.k)) return row_bytes(cache.k, m.latent_kv_dim).value();
  const std::uint64_t plain = m.latent_kv_dim - std::min<std::uint64_t>(kRope, m.latent_kv_dim);
  return plain + kHalf * kRope + round_up(divide_up(plain, kScaled), 8);
}

// What a compressor keeps of one token: value and score in 32 bit, of both halves where windows overlap.
std::uint64_t kept(const Mixer& m, std::uint64_t width) {
  const std::uint64_t halves = m.compress_ratio == kOverlappingRatio ? 2 : 1;
  return 2 * halves * width * kFloat;
}

struct Pages {  // of all layers that have them
  std::uint64_t layers = 0;
  Bytes page;
  void add(std::uint64_t count, Bytes each) {
    layers += count;
    page += each * count;
  }
};

}  // namespace

PagePlan compressed_page_plan(const ModelProfile& model, const CacheSettings& cache) {
  Pages entries, windows, overlapping, plain;
  std::uint64_t window = 0, ratio = 1;
  for (const LayerGroup& group : model.groups) {
    const Mixer& m = group.mixer;
    if (m.kind != MixerKind::compressed_csa) continue;
    window = std::max<std::uint64_t>(window, m.window);
    windows.add(group.count, aligned(kWindowBlock * row(m, cache), cache));
    if (m.compress_ratio == 0) continue;
    const std::uint64_t cells = std::max<std::uint64_t>(kBlock / m.compress_ratio, 1);
    entries.add(group.count, aligned(cells * row(m, cache), cache));
    const bool overlaps = m.compress_ratio == kOverlappingRatio;
    Pages& compressors = overlaps ? overlapping : plain;
    const std::uint64_t block = overlaps ? kOverlappingBlock : kPlainBlock;
    compressors.add(group.count, aligned(block * kept(m, m.latent_kv_dim), cache));
    if (!overlaps) ratio = std::max<std::uint64_t>(ratio, m.compress_ratio);
    if (m.indexer.heads == 0) continue;
    entries.add(group.count, aligned(cells * indexer_row(m.indexer.dim).value(), cache));
    compressors.add(group.count, aligned(block * kept(m, m.indexer.dim), cache));
  }
  PagePlan plan;
  plan.page = std::max({entries.page, overlapping.page, plain.page});
  if (plan.page == Bytes(0)) plan.page = windows.page;
  const auto add = [&plan](const Pages& pages, std::uint64_t reach, std::uint64_t block) {
    if (pages.layers == 0) return;
    const std::uint64_t groups = divide_up(pages.page.value(), plan.page.value());
    plan.kinds.push_back({pages.layers, Bytes(pages.page.value() / block), reach, false, block, groups});
  };
  add(entries, 0, kBlock);
  add(windows, window, kWindowBlock);
  add(overlapping, std::uint64_t{2} * kOverlappingRatio, kOverlappingBlock);
  add(plain, ratio, kPlainBlock);
  return plan;
}

}  // namespace headroom
