// The allocator with which ggml plans a compute buffer: best fit over a list of free blocks, in chunks no larger than
// the backend allows. Written anew from its observed behaviour; the plan's size is the sum of the chunks' high-water
// marks.
#pragma once

#include <cstdint>
#include <vector>

#include "core/units.h"

namespace headroom {

class BestFitAllocator {
 public:
  struct Block {
    std::uint32_t chunk = 0;
    std::uint64_t offset = 0, size = 0;
  };

  // `max_chunk` 0: one chunk without limit.
  BestFitAllocator(std::uint64_t alignment, std::uint64_t max_chunk);
  void reset();
  [[nodiscard]] Block allocate(std::uint64_t size);
  void release(Block block);
  [[nodiscard]] Bytes peak() const;

 private:
  struct Range {
    std::uint64_t offset = 0, size = 0;
  };
  struct Chunk {
    std::vector<Range> free;  // by rising offset; the last one is the unused tail
    std::uint64_t high_water = 0;
  };
  void add_chunk(std::uint64_t size);
  Block take(std::uint32_t chunk, std::size_t range, std::uint64_t size);

  std::uint64_t alignment_, max_chunk_;
  std::vector<Chunk> chunks_;
};

}  // namespace headroom
