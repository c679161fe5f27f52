#include "core/memory/graph/allocator.h"

#include <algorithm>
#include <limits>

namespace headroom {
namespace {

// Beyond any device's memory, far below overflow when a handful are added.
constexpr std::uint64_t kUnlimited = std::uint64_t{1} << 60;

}  // namespace

BestFitAllocator::BestFitAllocator(std::uint64_t alignment, std::uint64_t max_chunk)
    : alignment_(alignment), max_chunk_(max_chunk == 0 ? kUnlimited : max_chunk) {}

void BestFitAllocator::reset() { chunks_.clear(); }

void BestFitAllocator::add_chunk(std::uint64_t size) {
  Chunk chunk;
  chunk.free.push_back({0, std::max(size, max_chunk_)});
  chunks_.push_back(std::move(chunk));
}

BestFitAllocator::Block BestFitAllocator::take(std::uint32_t chunk, std::size_t range, std::uint64_t size) {
  Chunk& c = chunks_[chunk];
  Range& from = c.free[range];
  const Block block{chunk, from.offset, size};
  from.offset += size;
  from.size -= size;
  if (from.size == 0) c.free.erase(c.free.begin() + static_cast<std::ptrdiff_t>(range));
  c.high_water = std::max(c.high_water, block.offset + size);
  return block;
}

BestFitAllocator::Block BestFitAllocator::allocate(std::uint64_t wanted) {
  const std::uint64_t size = round_up(std::min(wanted, kUnlimited / 2), alignment_);
  if (size == 0) return {};
  // Holes first: the smallest that is large enough of the last chunk that has one (ggml_dyn_tallocr_alloc compares the
  // holes of a chunk only with one another).
  std::uint32_t best_chunk = 0;
  std::size_t best_range = 0;
  bool hole = false;
  for (std::uint32_t c = 0; c < chunks_.size(); ++c) {
    const std::vector<Range>& free = chunks_[c].free;
    std::uint64_t best = std::numeric_limits<std::uint64_t>::max();
    for (std::size_t i = 0; i + 1 < free.size(); ++i) {
      if (free[i].size < size || free[i].size > best) continue;
      best = free[i].size;
      best_chunk = c;
      best_range = i;
      hole = true;
    }
  }
  if (hole) return take(best_chunk, best_range, size);
  // Then the tail whose chunk grows least, or else wastes least.
  bool found = false;
  std::int64_t best_reuse = std::numeric_limits<std::int64_t>::min();
  for (std::uint32_t c = 0; c < chunks_.size(); ++c) {
    if (chunks_[c].free.empty()) continue;
    const Range& tail = chunks_[c].free.back();
    if (tail.size < size) continue;
    const std::int64_t reuse = static_cast<std::int64_t>(chunks_[c].high_water) -
                               static_cast<std::int64_t>(tail.offset) - static_cast<std::int64_t>(size);
    const bool grows_less = best_reuse < 0 && reuse > best_reuse;
    const bool wastes_less = reuse >= 0 && reuse < best_reuse;
    if (!found || grows_less || wastes_less) {
      found = true;
      best_reuse = reuse;
      best_chunk = c;
    }
  }
  if (!found) {
    add_chunk(size);
    best_chunk = static_cast<std::uint32_t>(chunks_.size() - 1);
  }
  return take(best_chunk, chunks_[best_chunk].free.size() - 1, size);
}

void BestFitAllocator::release(Block block) {
  if (block.size == 0) return;
  std::vector<Range>& free = chunks_[block.chunk].free;
  const auto next = std::lower_bound(free.begin(), free.end(), block.offset,
                                     [](const Range& r, std::uint64_t at) { return r.offset < at; });
  const bool joins_next = next != free.end() && block.offset + block.size == next->offset;
  const bool joins_previous = next != free.begin() && (next - 1)->offset + (next - 1)->size == block.offset;
  if (joins_previous) {
    (next - 1)->size += block.size;
    if (joins_next) {
      (next - 1)->size += next->size;
      free.erase(next);
    }
  } else if (joins_next) {
    next->offset = block.offset;
    next->size += block.size;
  } else {
    free.insert(next, {block.offset, block.size});
  }
}

Bytes BestFitAllocator::peak() const {
  Bytes sum;
  for (const Chunk& chunk : chunks_) sum += Bytes(chunk.high_water);
  return sum;
}

}  // namespace headroom
