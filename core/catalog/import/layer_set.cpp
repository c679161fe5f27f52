#include "core/catalog/import/layer_set.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace headroom {
namespace {

constexpr std::size_t kMaxDistinct = 255;  // Layer counts them in 8 bits

template <class T>
std::uint8_t index_of(std::vector<T>& list, const T& value) {
  const auto it = std::find(list.begin(), list.end(), value);
  if (it != list.end()) return static_cast<std::uint8_t>(it - list.begin());
  if (list.size() < kMaxDistinct) list.push_back(value);
  return static_cast<std::uint8_t>(list.size() - 1);
}

}  // namespace

Layer LayerSet::find_or_add(const Mixer& mixer, const Ffn& ffn) {
  Layer layer;
  layer.mixer = index_of(architecture_.mixers, mixer);
  layer.ffn = index_of(architecture_.ffns, ffn);
  return layer;
}

void LayerSet::add(const Mixer& mixer, const Ffn& ffn, bool shares_kv) {
  Layer layer = find_or_add(mixer, ffn);
  layer.shares_kv = shares_kv;
  architecture_.layers.push_back(layer);
}

}  // namespace headroom
