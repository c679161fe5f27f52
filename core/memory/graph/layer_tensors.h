// The tensors of some layers, found by the part of their GGUF name after "blk.<n>.".
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/profile.h"

namespace headroom {

class LayerTensors {
 public:
  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  [[nodiscard]] const Tensor* find(std::string_view name) const;
  // Row length and number of rows; 0 when there is no such tensor.
  [[nodiscard]] std::uint64_t width(std::string_view name) const;
  [[nodiscard]] std::uint64_t rows(std::string_view name) const;
  void add(std::string_view name, const Tensor* tensor) { tensors_.emplace_back(name, tensor); }

 private:
  std::vector<std::pair<std::string_view, const Tensor*>> tensors_;
};

// One entry per layer of `layers` (rising), in that order.
[[nodiscard]] std::vector<LayerTensors> collect_layer_tensors(const Inventory& inventory,
                                                              const std::vector<std::uint32_t>& layers);

}  // namespace headroom
