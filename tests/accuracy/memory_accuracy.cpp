#include "tests/accuracy/memory_accuracy.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/memory/memory.h"
#include "core/memory/paged.h"
#include "core/memory/token_pools.h"
#include "tests/accuracy/errors.h"
#include "tests/accuracy/halves.h"
#include "tests/estimate/scenarios.h"
#include "tests/truth/llama_cpp_truth.h"
#include "tests/truth/llama_memory.h"

namespace headroom::accuracy {
namespace {

std::map<std::string, ModelProfile> profiles_of(const Catalog& catalog) {
  std::map<std::string, ModelProfile> profiles;
  for (const truth::Model& model : truth::models()) {
    const auto found = catalog.find_model(model.id);
    if (found) profiles.emplace(model.name, make_model_profile(model.id, catalog.architecture(*found)));
  }
  return profiles;
}

void llama_rows(const Catalog& catalog, std::vector<MemoryAccuracyRow>& out) {
  const auto profiles = profiles_of(catalog);
  const Engine engine = truth::llama_engine();
  constexpr double kPrinted = 0.045, kSlack = 16;
  Errors cache(0.0005);
  Errors first(0.10), second(0.10), host(0.10);
  for (const truth::MemoryRow& row : truth::memory_rows()) {
    const auto it = profiles.find(row.model);
    if (it == profiles.end()) continue;
    const CacheSettings settings = row.settings();
    const CacheFootprint footprint = cache_footprint(it->second, engine, settings);
    cache.add((footprint.kv + footprint.state).as_double() / kMib, row.kv_mib() + row.recurrent_mib, kPrinted);
    if (row.note == "weights_moved" || row.note == "kq_on_host" || row.compute_device_mib <= 0) continue;
    const ComputeBuffers buffers = compute_buffers(it->second, engine, settings, backend_of(row.device), 1);
    Errors& half = in_first_half(row.model) ? first : second;
    half.add(buffers.device.as_double() / kMib, row.compute_device_mib, kSlack);
    if (row.compute_host_mib > 0) host.add(buffers.host.as_double() / kMib, row.compute_host_mib, kSlack);
    if (verbose()) {
      std::printf("planned %s: device %.2f of %.2f, host %.2f of %.2f\n", row.describe().c_str(),
                  buffers.device.as_double() / kMib, row.compute_device_mib, buffers.host.as_double() / kMib,
                  row.compute_host_mib);
    }
  }
  const char* planner = "llama.cpp's planner";
  const char* goal = "median <= 1 %, 95 % within 10 % or 16 MiB";
  out.push_back(cache.row("KV cache and recurrent state", planner, "exact to its rounding", 0.0005, 1));
  out.back().key = "cache";
  out.push_back(first.row("compute buffer, device, first half of the models", planner, goal, 0.01, 0.95));
  out.back().key = "compute_first";
  out.push_back(second.row("compute buffer, device, second half", planner, goal, 0.01, 0.95));
  out.back().key = "compute_second";
  out.push_back(host.row("compute buffer, host", planner, goal, 0.01, 0.95));
  out.back().key = "compute_host";
}

// Weights on the device and on the host, all layers offloaded. The planner moved some tensors to the host that its
// device cannot hold (`weights_moved`); there only the sum says something. One file is incomplete: it lacks shared
// experts.
void weight_rows(const Catalog& catalog, std::vector<MemoryAccuracyRow>& out) {
  constexpr const char* kIncompleteFile = "Kimi-K3";
  constexpr double kPrinted = 1.01, kSumPrinted = 2;     // whole MiB each
  const Format* format = catalog.find_format("Q4_K_M");  // of every row
  const auto profiles = profiles_of(catalog);
  Errors errors(0);
  std::set<std::string> seen;
  for (const truth::MemoryRow& row : truth::memory_rows()) {
    const auto it = profiles.find(row.model);
    if (it == profiles.end() || format == nullptr || row.device != "gpu" || !seen.insert(row.model).second) continue;
    if (row.model == kIncompleteFile) continue;
    const WeightProfile weights = make_weight_profile(it->second, *format);
    const Bytes input = weights.token_embedding + weights.per_layer_embedding + weights.position_embedding;
    const double host = input.as_double() / kMib;
    const double device = (weights.file_bytes - input - weights.mtp + weights.tied_head_copy).as_double() / kMib;
    if (row.note == "weights_moved") {
      errors.add(device + host, row.model_device_mib + row.model_host_mib, kSumPrinted);
      continue;
    }
    errors.add(device, row.model_device_mib, kPrinted);
    errors.add(host, row.model_host_mib, kPrinted);
  }
  out.push_back(errors.row("weights by place, per model", "llama.cpp's planner", "exact to the printed MiB", 0.001, 1));
  out.back().key = "weights_place";
}

// Before 0.21 vLLM printed the tokens of the pool divided by its groups.
bool prints_pool(const std::string& version) {
  const double minor = number(version.size() > 2 ? version.substr(2) : "0");
  return version.rfind("0.", 0) != 0 || minor < 21;
}

void serving_rows(const Catalog& catalog, std::vector<MemoryAccuracyRow>& out) {
  enum Field { model, name, version, tp, dp, dcp, length, gib, tokens, concurrency, dtype, batch };
  Errors errors(0.05);
  for (const std::vector<std::string>& row : read_logs("vllm_logs.csv", 12)) {
    const auto found = catalog.find_model(row[model]);
    if (!found) continue;
    const ModelProfile profile = make_model_profile(row[model], catalog.architecture(*found));
    Engine engine = *catalog.find_engine(row[name] == "SGLang" ? "sglang" : "vllm");
    engine.prints_pooled_tokens = prints_pool(row[version]);
    if (engine.prints_pooled_tokens) engine.state_pages = 1;
    CacheSettings cache;
    cache.context = std::max(count(row[length]), 1U);
    if (!row[batch].empty()) cache.batch = count(row[batch]);
    if (row[dtype].rfind("fp8", 0) == 0) cache.k = cache.v = {1, 1};
    if (row[dtype].rfind("fp4", 0) == 0) cache.k = cache.v = {16, 9};
    const std::uint32_t ranks = std::max(count(row[tp]) / std::max(count(row[dp]), 1U), 1U);
    const std::uint32_t context_ranks = std::max(count(row[dcp]), 1U);
    const Bytes available = Bytes::from_double(number(row[gib]) * kGib);
    const PageCapacity capacity =
        engine.cache == CachePolicy::pages
            ? pool_capacity(token_pools(profile, engine, cache, ranks, context_ranks), cache, available)
            : page_capacity(page_plan(profile, engine, cache, ranks, context_ranks), engine, cache, available);
    if (verbose()) {
      std::printf("%-30s %-8s tp%s tokens %9.0f of %9.0f  concurrency %8.2f of %8.2f\n", row[model].c_str(),
                  row[version].c_str(), row[tp].c_str(), static_cast<double>(capacity.tokens), number(row[tokens]),
                  capacity.concurrency, number(row[concurrency]));
    }
    if (number(row[concurrency]) > 0) {
      errors.add(capacity.concurrency, number(row[concurrency]));
    } else if (number(row[tokens]) > 0) {
      errors.add(static_cast<double>(capacity.tokens), number(row[tokens]));
    }
  }
  out.push_back(errors.row("vLLM and SGLang: concurrency, else KV tokens, of the logged cache", "users' logs",
                           "median <= 5 %", 0.05, 0));
  out.back().key = "serving";
}

}  // namespace

std::vector<MemoryAccuracyRow> memory_accuracy(const Catalog& catalog) {
  std::vector<MemoryAccuracyRow> rows;
  weight_rows(catalog, rows);
  llama_rows(catalog, rows);
  serving_rows(catalog, rows);
  log_rows(rows);
  return rows;
}

std::string print(const std::vector<MemoryAccuracyRow>& rows) {
  std::string text;
  char line[256];
  for (const MemoryAccuracyRow& row : rows) {
    std::snprintf(line, sizeof line, "%-66s %6zu rows  median %7.3f %%  p95 %7.2f %%  inside %5.1f %%  %s (%s)\n",
                  row.what.c_str(), row.rows, 100 * row.median_error, 100 * row.p95, 100 * row.within,
                  row.met ? "met" : "missed", row.goal.c_str());
    text += line;
  }
  return text;
}

std::string shipped(const std::vector<MemoryAccuracyRow>& rows) {
  nlohmann::json file = {{"about", "Written by test_accuracy with HEADROOM_WRITE set, and compared with by it."}};
  const auto rounded = [](double value) { return std::round(value * 1e4) / 1e4; };
  for (const MemoryAccuracyRow& row : rows) {
    if (*row.key == 0) continue;
    file["memory"].push_back({{"class", row.key},
                              {"rows", row.rows},
                              {"median", rounded(row.median_error)},
                              {"within", rounded(row.within)},
                              {"goal", row.goal_value},
                              {"reached", row.met}});
  }
  return file.dump(1) + "\n";
}

TEST_CASE("the Accuracy screen ships what is computed here") {
  const std::string now = shipped(memory_accuracy(test::catalog()));
  const std::string path = std::string(HEADROOM_SOURCE_DIR) + "/data/accuracy_memory.json";
  if (std::getenv("HEADROOM_WRITE") != nullptr) std::ofstream(path) << now;
  std::ifstream file(path);
  const std::string held{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  CHECK_MESSAGE(held == now, "run test_accuracy with HEADROOM_WRITE=1 to renew data/accuracy_memory.json");
}

TEST_CASE("memory meets what is promised on the shipped truth") {
  const std::vector<MemoryAccuracyRow> rows = memory_accuracy(test::catalog());
  MESSAGE("\n" << print(rows));
  for (const MemoryAccuracyRow& row : rows) {
    INFO(row.what);
    CHECK(row.rows > 0);
    CHECK(row.met);
  }
}

}  // namespace headroom::accuracy
