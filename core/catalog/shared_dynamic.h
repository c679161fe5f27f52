// The buffers of one model on many machines: they differ by engine, backend, settings and the number of devices only,
// so that a ranking of hardware simulates each kind of machine once instead of every machine by a rule of thumb.
#pragma once

#include <cstdint>
#include <deque>

#include "core/memory/memory.h"

namespace headroom {

class SharedDynamic {
 public:
  // `model` is the same each time. Valid as long as this.
  [[nodiscard]] const DynamicMemory& of(const ModelProfile& model, const Engine& engine, const CacheSettings& cache,
                                        Backend backend, std::uint32_t devices) {
    for (const Entry& entry : entries_) {
      const bool alike = entry.engine == &engine && entry.backend == backend && entry.devices == devices;
      if (alike && entry.cache == cache) return entry.dynamic;
    }
    entries_.push_back({&engine, backend, devices, cache,
                        make_dynamic_memory(model, engine, cache, backend, devices, Precision::simulated)});
    return entries_.back().dynamic;
  }

 private:
  struct Entry {
    const Engine* engine = nullptr;
    Backend backend = Backend::cuda;
    std::uint32_t devices = 1;
    CacheSettings cache;
    DynamicMemory dynamic;
  };
  std::deque<Entry> entries_;
};

}  // namespace headroom
