// Sorting that keeps the order of what is equal. std::stable_sort is several kilobytes for every type it sorts; here
// all share one sort of positions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace headroom {

// Positions below `count` in their order; `before` is asked with `context`.
[[nodiscard]] std::vector<std::uint32_t> stable_order(std::size_t count, const void* context,
                                                      bool (*before)(const void* context, std::uint32_t a,
                                                                     std::uint32_t b));

template <class T, class Before>
void stable_sort(std::vector<T>& values, const Before& before) {
  struct Context {
    const std::vector<T>& values;
    const Before& before;
  };
  const Context context{values, before};
  const auto order = stable_order(values.size(), &context, [](const void* erased, std::uint32_t a, std::uint32_t b) {
    const auto& [all, less] = *static_cast<const Context*>(erased);
    return static_cast<bool>(less(all[a], all[b]));
  });
  std::vector<T> sorted;
  sorted.reserve(values.size());
  for (const std::uint32_t position : order) sorted.push_back(std::move(values[position]));
  values = std::move(sorted);
}

}  // namespace headroom
