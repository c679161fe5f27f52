// A computation graph reduced to what its buffer depends on: sizes, who reads what, and what may be done in place.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "core/memory/graph/allocator.h"

namespace headroom {

class Graph {
 public:
  using Id = std::uint32_t;
  static constexpr Id kNone = 0xFFFFFFFF;

  // A node of `size` bytes that reads `inputs` (kNone entries are ignored). In execution order.
  Id add(std::uint64_t size, std::initializer_list<Id> inputs);
  // The same, and it overwrites its first input of the same size that nobody else will read.
  Id add_in_place(std::uint64_t size, std::initializer_list<Id> inputs);
  // Makes no tensor of its own (a store into the cache): keeps its inputs alive until here.
  void consume(std::initializer_list<Id> inputs) { add(0, inputs); }
  void clear();
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] std::uint64_t size_of(Id node) const { return nodes_[node].size; }  // bytes
  // Bytes the allocator reserves to run the nodes in order.
  [[nodiscard]] Bytes peak(BestFitAllocator& allocator) const;

 private:
  struct Node {
    std::uint64_t size = 0;
    std::uint32_t first_input = 0;
    std::uint16_t input_count = 0;
    bool in_place = false;
  };
  Id append(std::uint64_t size, std::initializer_list<Id> inputs, bool in_place);

  std::vector<Node> nodes_;
  std::vector<Id> inputs_;
};

}  // namespace headroom
