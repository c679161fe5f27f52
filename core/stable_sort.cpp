#include "core/stable_sort.h"

#include <algorithm>
#include <numeric>

namespace headroom {

std::vector<std::uint32_t> stable_order(std::size_t count, const void* context,
                                        bool (*before)(const void* context, std::uint32_t a, std::uint32_t b)) {
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    if (before(context, a, b)) return true;
    return a < b && !before(context, b, a);
  });
  return order;
}

}  // namespace headroom
