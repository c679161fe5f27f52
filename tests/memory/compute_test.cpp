// Compute buffers against llama.cpp's planned allocations.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/memory/compute_plan.h"
#include "core/memory/memory.h"
#include "tests/truth/llama_memory.h"

using namespace headroom;

namespace {

constexpr double kSlackMib = 16;

struct Errors {
  std::vector<double> relative;
  std::size_t near = 0;
  void add(double got, double want) {
    const double error = std::abs(got / want - 1);
    relative.push_back(error);
    if (error <= 0.10 || std::abs(got - want) <= kSlackMib) ++near;
  }
  [[nodiscard]] double median() {
    std::sort(relative.begin(), relative.end());
    return relative[relative.size() / 2];
  }
  [[nodiscard]] double share_near() const { return static_cast<double>(near) / static_cast<double>(relative.size()); }
};

Backend backend_of(const std::string& device) {
  if (device == "vulkan") return Backend::vulkan;
  return device == "gpu" ? Backend::cuda : Backend::cpu;
}

// Rows whose buffers are those of the placement that was asked for.
bool comparable(const truth::MemoryRow& row) {
  return row.note != "weights_moved" && row.note != "kq_on_host" && row.compute_device_mib > 0;
}

}  // namespace

TEST_CASE("simulated compute buffers meet llama.cpp's, per device and on the host") {
  const auto models = truth::model_profiles();
  const Engine engine = truth::llama_engine();
  Errors device, host;
  for (const truth::MemoryRow& row : truth::memory_rows()) {
    if (!comparable(row)) continue;
    const ComputeBuffers buffers =
        compute_buffers(models.at(row.model), engine, row.settings(), backend_of(row.device), 1);
    device.add(buffers.device.as_double() / truth::kMib, row.compute_device_mib);
    if (row.compute_host_mib > 0) host.add(buffers.host.as_double() / truth::kMib, row.compute_host_mib);
  }
  CHECK(device.relative.size() > 4000);
  CHECK(device.median() <= 0.01);
  CHECK(device.share_near() >= 0.95);
  CHECK(host.median() <= 0.01);
  CHECK(host.share_near() >= 0.95);
}

TEST_CASE("an indexer's zeros stand before the first layer and leave as the layers go") {
  const auto models = truth::model_profiles();
  const Engine engine = truth::llama_engine();
  std::size_t rows = 0;
  for (const truth::MemoryRow& row : truth::memory_rows()) {
    if (row.model != "GLM-5" && row.model != "DeepSeek-V3.2") continue;
    if (row.device != "gpu" || !comparable(row)) continue;
    const Bytes device = compute_buffers(models.at(row.model), engine, row.settings(), Backend::cuda, 1).device;
    INFO(row.describe());
    CHECK(std::abs(device.as_double() / truth::kMib - row.compute_device_mib) <= 0.05);
    ++rows;
  }
  CHECK(rows > 30);
}

TEST_CASE("the closed form is close enough to rank by") {
  const auto models = truth::model_profiles();
  const Engine engine = truth::llama_engine();
  Errors errors;
  for (const truth::MemoryRow& row : truth::memory_rows()) {
    if (!comparable(row) || row.device == "vulkan") continue;
    const ComputeCurve curve = make_compute_curve(models.at(row.model), engine, row.settings(), backend_of(row.device),
                                                  1, Precision::closed_form);
    errors.add(curve.at(row.settings().context).device.as_double() / truth::kMib, row.compute_device_mib);
  }
  CHECK(errors.median() <= 0.01);
  CHECK(errors.share_near() >= 0.90);
}

TEST_CASE("a few layers stand for all of them") {
  const Engine engine = truth::llama_engine();
  std::size_t same = 0, all = 0;
  for (const auto& entry : truth::model_profiles()) {
    const std::string& name = entry.first;
    const ModelProfile& model = entry.second;
    const StepShape step = step_shape(model, engine, CacheSettings{}, false, true);
    std::vector<std::uint32_t> layers;
    for (std::uint32_t i = 0; i < model.layer_count(); ++i) layers.push_back(i);
    Skeleton skeleton(model, step);
    skeleton.build(layers, collect_layer_tensors(model.inventory, layers));
    BestFitAllocator allocator(64, 0);
    const double whole = skeleton.graph().peak(allocator).as_double();
    const double sampled = ComputePlanner(model).plan(step, 0).as_double();
    INFO(name);
    CHECK(std::abs(sampled / whole - 1) <= 0.10);
    same += std::abs(sampled / whole - 1) <= 0.001 ? 1 : 0;
    ++all;
    CHECK(representative_layers(model).size() <= model.layer_count());
  }
  CHECK(static_cast<double>(same) >= 0.95 * static_cast<double>(all));
}

TEST_CASE("a hole of the last chunk is taken before a tighter one of an earlier chunk") {
  BestFitAllocator allocator(64, 1024);
  const auto tight = allocator.allocate(256), between = allocator.allocate(256), end = allocator.allocate(512);
  const auto loose = allocator.allocate(512), held = allocator.allocate(256);
  REQUIRE(between.chunk == 0);
  REQUIRE(held.chunk == 1);
  // The last free block of a chunk is its tail and no hole.
  allocator.release(tight);
  allocator.release(end);
  allocator.release(loose);
  const auto taken = allocator.allocate(256);
  CHECK(taken.chunk == 1);
  CHECK(taken.offset == 0);
}

TEST_CASE("the curve is exact where it was asked for and never falls by much") {
  const Engine engine = truth::llama_engine();
  for (const auto& entry : truth::model_profiles()) {
    const std::string& name = entry.first;
    const ModelProfile& model = entry.second;
    CacheSettings cache;
    cache.context = 8192;
    const ComputeCurve curve = make_compute_curve(model, engine, cache, Backend::cuda, 1, Precision::simulated);
    INFO(name);
    CHECK(curve.at(8192).device == compute_buffers(model, engine, cache, Backend::cuda, 1).device);
    for (std::size_t i = 1; i < curve.knots.size(); ++i) CHECK(curve.knots[i].context > curve.knots[i - 1].context);
  }
}

TEST_CASE("hostile shapes saturate, they neither wrap nor crash") {
  ModelProfile model;
  model.arch.gguf_arch = "llama";
  model.arch.hidden = 0xFFFFFFFF;
  model.arch.vocab = 0xFFFFFFFF;
  model.arch.max_context = 0xFFFFFFFF;
  model.arch.layers.resize(200);
  model.group_of_layer.resize(200);
  LayerGroup group;
  group.count = 200;
  group.mixer.heads = group.mixer.kv_heads = group.mixer.head_dim_k = group.mixer.head_dim_v = 0xFFFFFFFF;
  group.ffn.width = group.ffn.experts = group.ffn.experts_used = group.ffn.expert_width = 0xFFFFFFFF;
  model.groups.push_back(group);
  const Engine engine = truth::llama_engine();
  CacheSettings cache;
  cache.context = 0xFFFFFFFF;
  cache.parallel = 0xFFFFFFFF;
  cache.ubatch = cache.batch = 0xFFFFFFFF;
  CHECK(cache_footprint(model, engine, cache).kv == Bytes::max());
  const ComputeCurve curve = make_compute_curve(model, engine, cache, Backend::cuda, 2, Precision::simulated);
  CHECK(curve.at(0xFFFFFFFF).device >= gibibytes(1));
  CHECK(adapter_bytes(model, {0xFFFFFFFF, 0xFFFFFFFF}) == Bytes::max());
}

TEST_CASE("more context, sequences or micro-batch never shrink a cache") {
  const Engine engine = truth::llama_engine();
  for (const auto& entry : truth::model_profiles()) {
    const std::string& name = entry.first;
    const ModelProfile& model = entry.second;
    Bytes last;
    for (std::uint32_t context = 256; context <= 131072; context *= 2) {
      CacheSettings cache;
      cache.context = context;
      const CacheFootprint now = cache_footprint(model, engine, cache);
      INFO(name << " " << context);
      CHECK(now.kv >= last);
      last = now.kv;
      CacheSettings more = cache;
      more.parallel = 4;
      CHECK(cache_footprint(model, engine, more).kv >= now.kv);
      more = cache;
      more.ubatch = 2048;
      CHECK(cache_footprint(model, engine, more).kv >= now.kv);
    }
  }
}

TEST_CASE("a server that computes the last logits only makes room for those") {
  const auto models = truth::model_profiles();
  const Engine engine = truth::llama_engine();
  const ModelProfile& model = models.at("Qwen3-4B");
  CacheSettings cache;
  cache.context = 2048;
  cache.parallel = 4;
  cache.unified = true;
  const auto mib_of = [&](std::uint32_t rows, Backend backend) {
    cache.logit_rows = rows;
    return compute_buffers(model, engine, cache, backend, 1).device.as_double() / truth::kMib;
  };
  // llama-server of October 2026 with four slots: 85.01 MiB (index-file:71453436919), a hidden row per token less than
  // the plans with all logits have.
  const double hidden = 4.0 * 512 * model.arch.hidden / truth::kMib;
  CHECK(std::abs(mib_of(1, Backend::cuda) - 85.01) <= hidden + 0.1);
  CHECK(mib_of(0, Backend::cuda) > 3 * mib_of(1, Backend::cuda));
  // A row for every token of the micro-batch is all there is, however many drafted tokens are verified.
  CHECK(mib_of(512, Backend::cuda) == mib_of(0, Backend::cuda));
  CHECK(mib_of(4, Backend::cpu) < mib_of(0, Backend::cpu));
}
