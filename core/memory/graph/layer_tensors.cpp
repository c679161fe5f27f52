#include "core/memory/graph/layer_tensors.h"

#include <algorithm>

namespace headroom {

const Tensor* LayerTensors::find(std::string_view name) const {
  for (const auto& [key, tensor] : tensors_) {
    if (key == name) return tensor;
  }
  return nullptr;
}

std::uint64_t LayerTensors::width(std::string_view name) const {
  const Tensor* tensor = find(name);
  return tensor == nullptr ? 0 : tensor->ne[0];
}

std::uint64_t LayerTensors::rows(std::string_view name) const {
  const Tensor* tensor = find(name);
  return tensor == nullptr ? 0 : tensor->ne[1];
}

std::vector<LayerTensors> collect_layer_tensors(const Inventory& inventory, const std::vector<std::uint32_t>& layers) {
  std::vector<LayerTensors> found(layers.size());
  for (const Tensor& tensor : inventory.tensors) {
    if (tensor.layer < 0) continue;
    const auto layer = static_cast<std::uint32_t>(tensor.layer);
    const auto at = std::lower_bound(layers.begin(), layers.end(), layer);
    if (at == layers.end() || *at != layer) continue;
    const std::string_view name = tensor.name;
    constexpr std::size_t kPrefix = 4;  // "blk."
    const std::size_t dot = name.find('.', kPrefix);
    if (dot == std::string_view::npos) continue;
    found[static_cast<std::size_t>(at - layers.begin())].add(name.substr(dot + 1), &tensor);
  }
  return found;
}

}  // namespace headroom
