// What llama.cpp planned to allocate for the models of tests/truth/llama-cpp, and those models as profiles.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/engine/engine.h"
#include "core/model/profile.h"
#include "core/scenario.h"

namespace headroom::truth {

inline constexpr double kMib = 1024.0 * 1024.0;  // bytes; llama.cpp logs MiB

struct CacheRow {
  std::string name;
  std::uint64_t cells = 0, layers = 0, streams = 1;
  double k_mib = 0, v_mib = 0;
};

// One planned configuration; MiB as printed, negative where the row has no such figure.
struct MemoryRow {
  std::string model;
  std::uint32_t n_ctx = 0, n_ubatch = 0, n_seq = 1;
  bool flash_attention = true, swa_full = false;
  std::string kv_k, kv_v, device, note;
  std::vector<CacheRow> caches;
  double recurrent_mib = 0, compute_device_mib = -1, compute_host_mib = -1, output_mib = 0;
  double model_device_mib = -1, model_host_mib = -1;
  [[nodiscard]] double kv_mib() const {
    double sum = 0;
    for (const CacheRow& cache : caches) sum += cache.k_mib + cache.v_mib;
    return sum;
  }
  [[nodiscard]] CacheSettings settings() const;
  [[nodiscard]] std::string describe() const;
};

[[nodiscard]] std::vector<MemoryRow> memory_rows();
[[nodiscard]] std::map<std::string, ModelProfile> model_profiles();
// llama.cpp's policy as the truth was planned: no padding beyond 256 cells, everything on one device.
[[nodiscard]] Engine llama_engine();
[[nodiscard]] BlockType kv_block(const std::string& type);

}  // namespace headroom::truth
