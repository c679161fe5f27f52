#include "core/memory/graph/graph.h"

namespace headroom {

Graph::Id Graph::append(std::uint64_t size, std::initializer_list<Id> inputs, bool in_place) {
  Node node;
  node.size = size;
  node.first_input = static_cast<std::uint32_t>(inputs_.size());
  for (const Id input : inputs) {
    if (input != kNone) inputs_.push_back(input);
  }
  node.input_count = static_cast<std::uint16_t>(inputs_.size() - node.first_input);
  node.in_place = in_place;
  nodes_.push_back(node);
  return static_cast<Id>(nodes_.size() - 1);
}

Graph::Id Graph::add(std::uint64_t size, std::initializer_list<Id> inputs) { return append(size, inputs, false); }

Graph::Id Graph::add_in_place(std::uint64_t size, std::initializer_list<Id> inputs) {
  return append(size, inputs, true);
}

void Graph::clear() {
  nodes_.clear();
  inputs_.clear();
}

Bytes Graph::peak(BestFitAllocator& allocator) const {
  allocator.reset();
  std::vector<std::uint32_t> readers(nodes_.size(), 0);
  for (const Id input : inputs_) ++readers[input];
  std::vector<BestFitAllocator::Block> blocks(nodes_.size());
  std::vector<bool> owned(nodes_.size(), false);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    const Id* inputs = inputs_.data() + node.first_input;
    if (node.in_place) {
      for (std::uint16_t k = 0; k < node.input_count && !owned[i]; ++k) {
        const Id input = inputs[k];
        if (!owned[input] || readers[input] != 1 || nodes_[input].size != node.size) continue;
        owned[input] = false;
        blocks[i] = blocks[input];
        owned[i] = true;
      }
    }
    if (!owned[i]) {
      blocks[i] = allocator.allocate(node.size);
      owned[i] = true;
    }
    for (std::uint16_t k = 0; k < node.input_count; ++k) {
      const Id input = inputs[k];
      if (--readers[input] == 0 && owned[input]) {
        allocator.release(blocks[input]);
        owned[input] = false;
      }
    }
  }
  return allocator.peak();
}

}  // namespace headroom
