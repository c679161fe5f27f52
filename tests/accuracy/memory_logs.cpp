// Users' logs asked end to end: a scenario in, what the engine says it allocated out.
#include "core/memory/memory.h"
#include "tests/accuracy/errors.h"
#include "tests/accuracy/memory_accuracy.h"
#include "tests/estimate/scenarios.h"
#include "tests/truth/llama_memory.h"

namespace headroom::accuracy {
namespace {

// A device with room for any of the models: what is asked is the size, not the fit.
const char* device_of(Backend backend) {
  switch (backend) {
    case Backend::rocm: return "amd-mi300x-192gb";
    case Backend::vulkan: return "amd-ryzen-ai-max-plus-395-128gb";
    case Backend::metal: return "apple-m2-ultra-76c-192gb";
    case Backend::cpu: return "cpu-epyc-9654-12ch-ddr5-4800";
    default: return "nvidia-h100-sxm-80gb";
  }
}

// Weights, cache and compute buffer of all devices from the scenario alone; the logs state them apart. Recurrent state
// stands in some of the logs only, so it is left out of both sides.
void load_rows(std::vector<MemoryAccuracyRow>& out) {
  enum Field {
    model,
    format,
    build,
    context,
    ubatch,
    sequences,
    unified,
    flash,
    swa_full,
    mtp,
    logits,
    type,
    backend,
    devices,
    weights,
    kv,
    compute,
    reason
  };
  constexpr double kUnder = 0.03;
  Errors errors(kUnder), explained(kUnder);
  for (const std::vector<std::string>& row : read_logs("llama_loads.csv", 19)) {
    const Backend where = backend_of(row[backend]);
    ScenarioSpec spec = test::scenario(row[model], device_of(where), count(row[devices]), row[format], "llama.cpp");
    spec.backend = row[backend];
    spec.parallel = std::max(count(row[sequences]), 1U);
    spec.context = count(row[context]) / *spec.parallel;
    spec.ubatch = count(row[ubatch]);
    spec.kv_unified = row[unified] == "1";
    spec.flash_attention = row[flash] == "1";
    spec.swa_full = row[swa_full] == "1";
    if (row[logits] == "last") spec.logits = LogitRows::last;
    spec.kv_k = spec.kv_v = row[type];
    if (row[mtp] == "1") spec.speculation = Speculation{SpeculationKind::mtp};
    const Answer asked = test::answer(spec);
    Bytes sums[3];
    for (const DeviceShare& share : asked.estimate.placement.devices) {
      sums[0] += share.weights;
      sums[1] += share.kv;
      sums[2] += share.compute;
    }
    if (where == Backend::cpu) sums[0] = asked.estimate.placement.weights;
    const double got = (sums[0] + sums[1] + sums[2]).as_double() / kMib;
    const double want = number(row[weights]) + number(row[kv]) + number(row[compute]);
    if (verbose()) {
      std::printf("%-30s c%-6s weights %8.1f of %8s  kv %8.1f of %8s  compute %8.1f of %8s  total %+.2f %%  %s\n",
                  row[model].c_str(), row[context].c_str(), sums[0].as_double() / kMib, row[weights].c_str(),
                  sums[1].as_double() / kMib, row[kv].c_str(), sums[2].as_double() / kMib, row[compute].c_str(),
                  100 * (got / want - 1), row[reason].c_str());
    }
    (row[reason].empty() ? errors : explained).add(got, want);
  }
  const char* goal = "median <= 1.5 %, none under by more than 3 %";
  out.push_back(errors.row("real loads of llama.cpp, whole, from the scenario", "users' logs", goal, 0.015, 0));
  out.back().key = "loads";
  out.back().met = out.back().met && errors.most_under() <= kUnder;
  if (explained.row("", "", "", 1, 0).rows == 0) return;
  // A reason beside a row that agrees would be stale.
  out.push_back(explained.row("real loads with a reason beside the row to be off", "users' logs", "all off", 1, 0));
  out.back().met = out.back().within == 0;
}

// The KV cache alone, which llama.cpp's relatives lay out alike though their buffers differ: what a load printed of it.
void kv_rows(std::vector<MemoryAccuracyRow>& out) {
  enum Field { model, engine, build, context, ubatch, sequences, unified, flash, swa_full, k, v, kv, reason };
  constexpr double kPrinted = 0.005;
  const Engine* llama = test::catalog().find_engine("llama.cpp");
  Errors judged(kPrinted), explained(kPrinted);
  for (const std::vector<std::string>& row : read_logs("kv_loads.csv", 14)) {
    const auto found = test::catalog().find_model(row[model]);
    if (!found || llama == nullptr) continue;
    const ModelProfile profile = make_model_profile(row[model], test::catalog().architecture(*found));
    CacheSettings cache;
    cache.parallel = std::max(count(row[sequences]), 1U);
    cache.context = count(row[context]) / cache.parallel;
    cache.ubatch = count(row[ubatch]);
    cache.unified = row[unified] == "1";
    cache.flash_attention = row[flash] == "1";
    cache.swa_full = row[swa_full] == "1";
    cache.k = truth::kv_block(row[k]);
    cache.v = truth::kv_block(row[v]);
    const double got = cache_footprint(profile, *llama, cache).kv.as_double() / kMib, want = number(row[kv]);
    if (verbose() && std::abs(got / want - 1) > kPrinted) {
      std::printf("%-30s %-14s c%-7s kv %9.2f of %9s  %s\n", row[model].c_str(), row[engine].c_str(),
                  row[context].c_str(), got, row[kv].c_str(), row[reason].c_str());
    }
    (row[reason].empty() ? judged : explained).add(got, want);
  }
  out.push_back(judged.row("KV cache of real loads, llama.cpp and ik_llama.cpp", "users' logs",
                           "95 % to the printed figure", kPrinted, 0.95));
  out.back().key = "kv_loads";
  out.push_back(
      explained.row("KV cache of loads with a reason beside the row to be off", "users' logs", "all off", 1, 0));
  out.back().met = out.back().within == 0;
}

// What vLLM leaves the cache of a rank at a stated share of the card. Rows that a constant was read from are apart.
void pool_rows(std::vector<MemoryAccuracyRow>& out) {
  enum Field {
    model,
    device,
    format,
    ranks,
    version,
    eager,
    share,
    length,
    batch,
    most,
    type,
    weights,
    peak,
    kv,
    use,
    note
  };
  constexpr double kGoal = 0.05;
  constexpr int kCountsGraphs = 20;     // builds from 0.20 on take the graphs' estimate out of the pool
  constexpr int kFiltersUnsorted = 17;  // builds from 0.17 on filter logits without sorting them
  Errors tuned(kGoal), judged(kGoal), held(kGoal);
  for (const std::vector<std::string>& row : read_logs("vllm_pools.csv", 17)) {
    ScenarioSpec spec = test::scenario(row[model], row[device], count(row[ranks]), row[format], "vllm");
    spec.hardware.usable_fraction = number(row[share]);
    spec.context = count(row[length]);
    if (!row[batch].empty()) spec.batch = count(row[batch]);
    if (!row[most].empty()) spec.max_sequences = count(row[most]);
    if (!row[type].empty()) spec.kv_k = spec.kv_v = row[type];
    const Answer asked = test::answer(spec);
    const DeviceShare& rank = asked.estimate.placement.devices[0];
    const bool newest = row[version].rfind("0.1.", 0) == 0;  // a build from source
    const double minor = number(row[version].substr(2));
    const bool graphs = newest || minor >= kCountsGraphs;
    Bytes pool = rank.kv;
    if (!newest && minor < kFiltersUnsorted) pool -= test::sorted_logits(asked);
    if (!graphs || row[eager] == "1") pool += asked.scenario.engine->graph_bytes;
    const double got = pool.as_double() / kGib, want = number(row[kv]);
    if (verbose()) {
      std::printf(
          "%-28s %-34s x%s %-8s pool %7.2f of %7.2f %+6.1f %%  weights %6.2f of %6s (+%.2f)  peak %5.2f of %5s  %s "
          "%s\n",
          row[model].c_str(), row[device].c_str(), row[ranks].c_str(), row[version].c_str(), got, want,
          100 * (got / want - 1), rank.weights.as_double() / kGib, row[weights].c_str(),
          rank.projector.as_double() / kGib, rank.compute.as_double() / kGib, row[peak].c_str(), row[use].c_str(),
          row[note].c_str());
    }
    (row[use] == "tuned" ? tuned : row[use] == "held" ? held : judged).add(got, want);
  }
  const char* goal = "median <= 5 %";
  out.push_back(
      judged.row("vLLM: cache at a share of the card, rows no constant is from", "users' logs", goal, kGoal, 0));
  out.back().key = "pools";
  out.push_back(
      tuned.row("vLLM: cache at a share of the card, rows constants are from", "users' logs", goal, kGoal, 0));
}

// What SGLang leaves its pools at a stated share of what is free before it loads: tokens where the log says them.
void sglang_rows(std::vector<MemoryAccuracyRow>& out) {
  enum Field { model, device, format, ranks, share, length, pool, tokens, use, note };
  constexpr double kGoal = 0.05;
  Errors judged(kGoal), held(kGoal);
  for (const std::vector<std::string>& row : read_logs("sglang_pools.csv", 11)) {
    ScenarioSpec spec = test::scenario(row[model], row[device], count(row[ranks]), row[format], "sglang");
    spec.hardware.usable_fraction = number(row[share]);
    spec.context = count(row[length]);
    const Placement placement = test::answer(spec).estimate.placement;
    const double got_pool = placement.devices[0].kv.as_double() / kGib;
    const auto got = static_cast<double>(placement.kv_tokens);
    if (verbose()) {
      std::printf("%-28s %-34s x%s pool %7.2f of %7.2f  tokens %9.0f of %9s  %s\n", row[model].c_str(),
                  row[device].c_str(), row[ranks].c_str(), got_pool, number(row[pool]), got, row[tokens].c_str(),
                  row[note].c_str());
    }
    Errors& errors = row[use] == "held" ? held : judged;
    errors.add(row[tokens].empty() ? got_pool : got, number(row[row[tokens].empty() ? pool : tokens]));
  }
  out.push_back(judged.row("SGLang: tokens at a share of what is free before the load", "users' logs", "median <= 5 %",
                           kGoal, 0));
  out.back().key = "sglang_pools";
}

}  // namespace

void log_rows(std::vector<MemoryAccuracyRow>& rows) {
  load_rows(rows);
  kv_rows(rows);
  pool_rows(rows);
  sglang_rows(rows);
}

}  // namespace headroom::accuracy
