// Profiles of models and of models in formats, computed when first asked for and kept while they are in use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <utility>

#include "core/catalog/catalog.h"
#include "core/catalog/resolve.h"
#include "core/model/profile.h"

namespace headroom {

// The last `Capacity` values, newest first. Few enough that a linear search is the fastest one.
template <class Key, class Value, std::size_t Capacity>
class RecentlyUsed {
 public:
  // The value of `key`, made by `make` when it is not there.
  template <class Make>
  std::shared_ptr<const Value> get(const Key& key, const Make& make) {
    for (auto it = items_.begin(); it != items_.end(); ++it) {
      if (it->first == key) {
        items_.splice(items_.begin(), items_, it);
        return items_.front().second;
      }
    }
    items_.emplace_front(key, std::make_shared<const Value>(make()));
    if (items_.size() > Capacity) items_.pop_back();
    return items_.front().second;
  }

 private:
  std::list<std::pair<Key, std::shared_ptr<const Value>>> items_;
};

// Of a model of the catalog.
[[nodiscard]] ModelProfile make_model_profile(const Catalog& catalog, std::size_t model);

class ProfileStore {
 public:
  explicit ProfileStore(const Catalog& catalog) : catalog_(catalog) {}

  [[nodiscard]] std::shared_ptr<const ModelProfile> model(const ResolvedModel& model);
  [[nodiscard]] std::shared_ptr<const WeightProfile> weights(const ResolvedModel& model, const Format& format);

 private:
  // A catalog index or a custom model's fingerprint, told apart by the first member.
  using ModelKey = std::pair<bool, std::uint64_t>;
  static ModelKey key_of(const ResolvedModel& model);

  static constexpr std::size_t kModels = 24;
  static constexpr std::size_t kWeights = 192;  // a screen full of formats for a handful of models
  const Catalog& catalog_;
  RecentlyUsed<ModelKey, ModelProfile, kModels> models_;
  RecentlyUsed<std::pair<ModelKey, const Format*>, WeightProfile, kWeights> weights_;
};

}  // namespace headroom
