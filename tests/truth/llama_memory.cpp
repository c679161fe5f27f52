#include "tests/truth/llama_memory.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/truth/llama_cpp_truth.h"

namespace headroom::truth {
namespace {

double number(const std::string& text, double missing) {
  return text.empty() ? missing : std::strtod(text.c_str(), nullptr);
}
std::uint32_t count(const std::string& text) {
  return static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, 10));
}

}  // namespace

BlockType kv_block(const std::string& type) {
  if (type == "q8_0") return {32, 34};
  if (type == "q5_1") return {32, 24};
  if (type == "q5_0") return {32, 22};
  if (type == "q4_1") return {32, 20};
  if (type == "q4_0" || type == "iq4_nl") return {32, 18};
  if (type == "f32") return {1, 4};
  return {1, 2};
}

CacheSettings MemoryRow::settings() const {
  CacheSettings cache;
  cache.context = n_ctx / n_seq;
  cache.parallel = n_seq;
  cache.ubatch = n_ubatch;
  cache.flash_attention = flash_attention;
  cache.swa_full = swa_full;
  cache.unified = n_seq > 1 && !caches.empty() && caches.front().streams == 1;
  cache.k = kv_block(kv_k);
  cache.v = kv_block(kv_v);
  return cache;
}

std::string MemoryRow::describe() const {
  std::ostringstream text;
  text << model << " c" << n_ctx << " ub" << n_ubatch << " np" << n_seq << (flash_attention ? " fa" : " nofa") << ' '
       << kv_k << ' ' << device << (swa_full ? " swa-full" : "");
  return text.str();
}

std::vector<MemoryRow> memory_rows() {
  std::vector<MemoryRow> rows;
  const std::string path = std::string(HEADROOM_SOURCE_DIR) + "/tests/truth/llama-cpp/memory.csv";
  std::ifstream file(path);
  if (!file) {
    std::fprintf(stderr, "cannot open %s\n", path.c_str());
    std::abort();
  }
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    const std::vector<std::string> f = split_csv(line);
    if (f.size() < 17) continue;
    MemoryRow row;
    row.model = f[0];
    row.n_ctx = count(f[1]);
    row.n_ubatch = count(f[2]);
    row.n_seq = count(f[3]);
    row.flash_attention = f[4] == "on";
    row.kv_k = f[5];
    row.kv_v = f[6];
    row.swa_full = f[7] == "1";
    row.device = f[8];
    if (!f[9].empty()) {
      for (const std::string& part : split_csv(f[9], ';')) {
        const std::vector<std::string> p = split_csv(part, ':');
        row.caches.push_back({p[0], count(p[1]), count(p[2]), count(p[3]), number(p[4], 0), number(p[5], 0)});
      }
    }
    row.recurrent_mib = number(f[10], 0);
    row.compute_device_mib = number(f[11], -1);
    row.compute_host_mib = number(f[12], -1);
    row.output_mib = number(f[13], 0);
    row.model_device_mib = number(f[14], -1);
    row.model_host_mib = number(f[15], -1);
    row.note = f[16];
    rows.push_back(std::move(row));
  }
  return rows;
}

Engine llama_engine() {
  Engine engine;
  engine.id = "llama.cpp";
  engine.layer_split = engine.host_offload = engine.expert_offload = true;
  return engine;
}

}  // namespace headroom::truth
