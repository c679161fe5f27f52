#include "core/memory/compute_plan.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace headroom {
namespace {

constexpr std::uint64_t kAlignment = 64;

}  // namespace

std::vector<std::uint32_t> representative_layers(const ModelProfile& model) {
  constexpr std::uint32_t kEnds = 2;
  constexpr std::uint32_t kOccurrences = 2;
  const std::uint32_t count = model.layer_count();
  std::map<std::tuple<int, int, int>, std::uint32_t> seen;
  std::vector<std::uint32_t> layers;
  const auto group = [&](std::uint32_t layer) { return layer < count ? int{model.group_of_layer[layer]} : -1; };
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto neighbourhood = std::make_tuple(i == 0 ? -1 : group(i - 1), group(i), group(i + 1));
    if (++seen[neighbourhood] <= kOccurrences || i < kEnds || i + kEnds >= count) layers.push_back(i);
  }
  return layers;
}

ComputePlanner::ComputePlanner(const ModelProfile& model)
    : model_(model), layers_(representative_layers(model)), tensors_(collect_layer_tensors(model.inventory, layers_)) {}

Bytes ComputePlanner::plan(const StepShape& step, std::uint64_t max_chunk) const {
  Skeleton skeleton(model_, step);
  skeleton.build(layers_, tensors_);
  BestFitAllocator allocator(kAlignment, max_chunk);
  return skeleton.graph().peak(allocator);
}

}  // namespace headroom
