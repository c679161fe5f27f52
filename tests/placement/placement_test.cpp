// Who holds what: sums, splits, offload, shards, pools, and what cannot be.
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "core/memory/paged.h"
#include "core/placement/placement.h"
#include "tests/truth/llama_memory.h"

using namespace headroom;

namespace {

Format mix(const char* id) {
  Format format;
  format.id = format.mix = id;
  format.family = FormatFamily::gguf;
  return format;
}

Format sixteen_bit() {
  Format format;
  format.id = "BF16";
  format.family = FormatFamily::plain;
  return format;
}

Device card(std::uint64_t gib) {
  Device device;
  device.cls = DeviceClass::datacenter;
  device.memory = gibibytes(gib);
  device.default_backend = Backend::cuda;
  return device;
}

Engine vllm() {
  Engine engine;
  engine.id = "vllm";
  engine.cache = CachePolicy::blocks;
  engine.reserve = ReservePolicy::fraction_total;
  engine.memory_fraction = 0.9;
  engine.embedding_on_host = false;
  engine.tensor_parallel = engine.pipeline_parallel = engine.expert_parallel = true;
  engine.conv_state_bytes = 2;
  engine.sampler_bytes_per_logit = 38.5;
  return engine;
}

struct Question {
  ModelProfile model;
  Format format;
  WeightProfile weights;
  Engine engine = truth::llama_engine();
  System system;
  Settings settings;

  Question(const std::string& name, Format f) : format(std::move(f)) {
    static const std::map<std::string, ModelProfile> models = truth::model_profiles();
    const ModelProfile& facts = models.at(name);
    model = make_model_profile(name, facts.arch, facts.inventory);
    weights = make_weight_profile(model, format);
    system.host.memory = gibibytes(256);
    system.host.reserved = gibibytes(4);
  }
  void add(const Device& device, std::size_t count = 1) {
    for (std::size_t i = 0; i < count; ++i) system.devices.push_back(&device);
  }
  [[nodiscard]] Placement place_it() const {
    const DynamicMemory dynamic =
        make_dynamic_memory(model, engine, settings.cache, system.backend,
                            static_cast<std::uint32_t>(system.devices.size()), Precision::simulated);
    return place(model, weights, system, engine, settings, dynamic, {});
  }
};

Bytes sum_of_places(const Placement& p) {
  Bytes sum = p.host.total();
  for (const DeviceShare& share : p.devices) sum += share.total();
  return sum;
}

std::uint32_t layers_of(const Placement& p) {
  std::uint32_t sum = 0;
  for (const DeviceShare& share : p.devices) sum += share.layers;
  for (const std::uint16_t count : p.host.layers_of_group) sum += count;
  return sum;
}

}  // namespace

TEST_CASE("one card: parts sum to the whole and the embedding stays on the host") {
  const Device device = card(24);
  Question q("Llama-3.1-8B", mix("Q4_K_M"));
  q.add(device);
  const Placement p = q.place_it();
  CHECK(p.status == FitStatus::fits);
  CHECK(p.total() == sum_of_places(p));
  CHECK(p.weights == q.weights.file_bytes + q.weights.tied_head_copy);
  CHECK(p.host.weights == q.weights.token_embedding);
  CHECK(p.kv.value() == 32ULL * 8192 * 2 * 8 * 128 * 2);
  CHECK(layers_of(p) == q.model.layer_count());
  CHECK(p.offload_fraction == 0);
  CHECK(p.safe_context == q.model.arch.max_context);
  CHECK(p.max_parallel >= 8);
}

TEST_CASE("the safe context fits and the next one does not") {
  const Device device = card(12);
  Question q("Llama-3.1-8B", mix("Q8_0"));
  q.add(device);
  const Placement p = q.place_it();
  REQUIRE(p.safe_context > 8192);
  REQUIRE(p.safe_context < q.model.arch.max_context);
  q.settings.gpu_layers = kAll;
  q.settings.cache.context = p.safe_context;
  CHECK(q.place_it().status != FitStatus::does_not_fit);
  q.settings.cache.context = p.safe_context + 2048;
  CHECK(q.place_it().status == FitStatus::does_not_fit);
}

TEST_CASE("what is said to fit beside the host does, and the next step does not, whole layers staying where they are") {
  const Device small = card(8), large = card(24);
  for (const char* model : {"Llama-3.1-8B", "Kimi-Linear-48B-A3B", "Gemma-3-27B"}) {
    for (const Device* device : {&small, &large}) {
      for (const bool on_host : {false, true}) {
        for (const std::uint32_t parallel : {1U, 3U}) {
          Question q(model, mix("Q4_K_M"));
          q.add(*device);
          q.system.host.memory = gibibytes(24);
          q.settings.kv_on_host = on_host;
          q.settings.cache.parallel = parallel;
          const Placement p = q.place_it();
          CAPTURE(model);
          CAPTURE(on_host);
          CAPTURE(parallel);
          if (p.status == FitStatus::does_not_fit) continue;
          const auto fits = [&q](std::uint32_t context, std::uint32_t sequences) {
            q.settings.cache.context = context;
            q.settings.cache.parallel = sequences;
            return q.place_it().status != FitStatus::does_not_fit;
          };
          const std::uint32_t context = q.settings.cache.context;
          CHECK(fits(context, p.max_parallel));
          CHECK(fits(p.safe_context, parallel));
          q.settings.gpu_layers = static_cast<std::int32_t>(p.gpu_layers);
          q.settings.cpu_moe_layers = p.cpu_moe_layers > 0 ? kAll : 0;
          if (p.max_parallel < 256) CHECK_FALSE(fits(context, p.max_parallel + 1));
          if (p.safe_context < q.model.arch.max_context) CHECK_FALSE(fits(p.safe_context + 2048, parallel));
        }
      }
    }
  }
}

TEST_CASE("a part that shares the host's memory takes more than its platform allows only where that is what it takes") {
  Device device = card(64);
  device.unified_memory = true;
  device.usable_fraction = 0.2;
  Question q("Llama-3.1-8B", sixteen_bit());
  q.add(device);
  CHECK(q.place_it().status == FitStatus::offload);
  q.engine.host_offload = false;
  CHECK(q.place_it().status == FitStatus::does_not_fit);
  q.engine.host_offload = true;
  device.raised_limit = gibibytes(56);
  const Placement raised = q.place_it();
  CHECK(raised.status == FitStatus::tight);
  CHECK(raised.limit == MemoryLimit::raised);
  CHECK(raised.devices[0].usable == gibibytes(56));
  // What a person left to the host stays there, whatever the limit.
  q.settings.gpu_layers = 30;
  const Placement told = q.place_it();
  CHECK(told.limit == MemoryLimit::raised);
  CHECK(told.status == FitStatus::offload);
  q.settings.gpu_layers = kAuto;
  // What a person states is not second-guessed, and what fits by itself stays as it is.
  q.system.usable_fraction = 0.2;
  CHECK(q.place_it().status == FitStatus::offload);
  q.system.usable_fraction = -1;
  device.usable_fraction = 0.5;
  CHECK(q.place_it().limit == MemoryLimit::platform);
}

TEST_CASE("what shares the host's memory leaves the processor what it may not use itself, and no more than there is") {
  Device device = card(64);
  device.unified_memory = true;
  device.usable_fraction = 0.4;
  for (const std::string name : {"Llama-3.1-70B", "Kimi-Linear-48B-A3B"}) {
    CAPTURE(name);
    Question q(name, mix("Q4_K_M"));
    q.add(device);
    q.system.host.memory = device.memory;
    q.settings.cache.context = 4096;
    const Placement p = q.place_it();
    REQUIRE(p.status == FitStatus::offload);
    CHECK(p.devices[0].total() <= p.devices[0].usable);
    CHECK(p.devices[0].total() + p.host.total() <= p.host.usable);
    CHECK(layers_of(p) == q.model.layer_count());
    // What was found is the most that fits.
    q.settings.gpu_layers = static_cast<std::int32_t>(p.gpu_layers) + (p.cpu_moe_layers > 0 ? 0 : 1);
    q.settings.cpu_moe_layers = p.cpu_moe_layers > 0 ? static_cast<std::int32_t>(p.cpu_moe_layers) - 1 : 0;
    CHECK(q.place_it().status == FitStatus::does_not_fit);
    q.settings.gpu_layers = q.settings.cpu_moe_layers = kAuto;
    q.system.host.memory = gibibytes(30);
    CHECK(q.place_it().status == FitStatus::does_not_fit);
  }
}

TEST_CASE("stages share layers that do not divide evenly as the engine does") {
  const Device device = card(192);
  const auto stages = [&](const char* model, std::uint32_t count, ExtraLayers extra) {
    Question q(model, mix("Q8_0"));
    q.engine = vllm();
    q.engine.extra_layers = extra;
    q.add(device, count);
    q.settings.pipeline_parallel = count;
    q.settings.tensor_parallel = 1;
    std::vector<int> layers;
    for (const DeviceShare& share : q.place_it().devices) layers.push_back(share.layers);
    return layers;
  };
  using Layers = std::vector<int>;
  // vLLM's get_pp_indices, SGLang's, and TensorRT-LLM's pp_layers.
  CHECK(stages("Llama-3.1-70B", 3, ExtraLayers::before_last) == Layers{27, 27, 26});
  CHECK(stages("Llama-3.1-70B", 3, ExtraLayers::last) == Layers{26, 27, 27});
  CHECK(stages("Llama-3.1-70B", 3, ExtraLayers::first) == Layers{27, 27, 26});
  CHECK(stages("Llama-3.1-70B", 6, ExtraLayers::before_last) == Layers{13, 13, 13, 14, 14, 13});
  CHECK(stages("Llama-3.1-70B", 6, ExtraLayers::last) == Layers{13, 13, 13, 13, 14, 14});
  CHECK(stages("Llama-3.1-70B", 6, ExtraLayers::first) == Layers{14, 14, 13, 13, 13, 13});
  CHECK(stages("Llama-3.1-70B", 4, ExtraLayers::before_last) == Layers{20, 20, 20, 20});
}

TEST_CASE("what does not fit moves to the host: layers of a dense model, experts of a sparse one") {
  const Device device = card(24);
  Question dense("Llama-3.1-70B", mix("Q4_K_M"));
  dense.add(device);
  const Placement p = dense.place_it();
  CHECK(p.status == FitStatus::offload);
  CHECK(p.gpu_layers > 20);
  CHECK(p.gpu_layers < 80);
  CHECK(p.offload_fraction > 0.3);
  CHECK(p.offload_fraction < 0.7);
  CHECK(p.devices[0].total() <= p.devices[0].usable);
  CHECK(layers_of(p) == 80);

  Question sparse("Qwen3-235B-A22B", mix("Q4_K_M"));
  sparse.add(device);
  const Placement s = sparse.place_it();
  CHECK(s.status == FitStatus::offload);
  CHECK(s.cpu_moe_layers > 50);
  CHECK(s.gpu_layers == 95);  // and the output
  CHECK(s.devices[0].total() <= s.devices[0].usable);

  sparse.engine.host_offload = sparse.engine.expert_offload = false;
  const Placement none = sparse.place_it();
  CHECK(none.status == FitStatus::does_not_fit);
  CHECK(none.reason.key == "placement.cannot_offload");
}

TEST_CASE("a person's counts are obeyed") {
  const Device device = card(80);
  Question q("Llama-3.1-8B", mix("Q4_K_M"));
  q.add(device);
  q.settings.gpu_layers = 10;
  Placement p = q.place_it();
  CHECK(p.gpu_layers == 10);
  CHECK(p.devices[0].layers == 9);  // the tenth is the output
  CHECK(p.devices[0].holds_output);
  CHECK(p.status == FitStatus::offload);
  CHECK(p.host.kv > Bytes(0));
  CHECK(p.kv == p.host.kv + p.devices[0].kv);
  q.settings.gpu_layers = 0;
  p = q.place_it();
  CHECK(p.devices[0].layers == 0);
  CHECK_FALSE(p.devices[0].holds_output);
  CHECK(p.devices[0].weights == Bytes(0));
  CHECK(p.devices[0].kv == Bytes(0));
  CHECK(p.devices[0].compute > Bytes(0));  // large batches are computed there all the same
  q.settings.gpu_layers = 1;
  p = q.place_it();
  CHECK(p.devices[0].layers == 0);
  CHECK(p.devices[0].holds_output);
  CHECK(p.gpu_layers == 1);
}

TEST_CASE("layer split over unequal cards follows their memory") {
  const Device big = card(48), small = card(24);
  Question q("Llama-3.1-70B", mix("Q4_K_M"));
  q.add(big);
  q.add(small);
  const Placement p = q.place_it();
  CHECK(p.status != FitStatus::does_not_fit);
  CHECK(p.status != FitStatus::offload);
  CHECK(p.split == Split::layer);
  CHECK(layers_of(p) == 80);
  CHECK(p.devices[0].layers > p.devices[1].layers);
  CHECK(p.devices[1].holds_output);
  CHECK_FALSE(p.devices[0].holds_output);
  CHECK(p.total() == sum_of_places(p));
  for (const DeviceShare& share : p.devices) CHECK(share.total() <= share.usable);
}

TEST_CASE("a device that holds nothing but the embedding must hold that") {
  const Device none = card(0), large = card(80);
  Question q("Llama-3.1-8B", sixteen_bit());
  q.add(none);
  q.add(large);
  CHECK(q.place_it().status == FitStatus::fits);  // its embedding is on the host
  q.engine.embedding_on_host = false;
  const Placement p = q.place_it();
  CHECK(p.devices[0].weights > p.devices[0].usable);
  CHECK(p.status == FitStatus::does_not_fit);
}

TEST_CASE("tensor parallel shards sum to at least the whole, and heads must divide") {
  const Device device = card(80);
  Question q("Llama-3.1-70B", sixteen_bit());
  q.engine = vllm();
  q.settings.cache.batch = 8192;
  q.add(device, 4);
  const Placement p = q.place_it();
  CHECK(p.tensor_parallel == 4);
  CHECK(p.split == Split::tensor);
  CHECK(p.weights >= q.weights.file_bytes);
  CHECK(p.status == FitStatus::fits);
  CHECK(p.kv_tokens > 100000);
  for (const DeviceShare& share : p.devices) CHECK(share.total() <= share.usable);
  q.settings.tensor_parallel = 3;
  const Placement bad = q.place_it();
  CHECK(bad.status == FitStatus::does_not_fit);
  CHECK(bad.reason.key == "placement.heads_not_divisible");
  // The weights once, over the ranks, and the cache that was asked for: not a copy of the attention on every rank.
  CHECK(bad.weights.as_double() == doctest::Approx(q.weights.file_bytes.as_double()).epsilon(0.01));
  CHECK(bad.kv > Bytes(0));
}

TEST_CASE("sequences are bounded by llama.cpp's own limit, and for others by memory alone") {
  const Device device = card(80);
  Question q("Qwen2.5-0.5B", sixteen_bit());
  q.settings.cache.context = 512;
  q.add(device);
  CHECK(q.place_it().max_parallel == 256);
  q.engine.cache = CachePolicy::growing_array;
  q.engine.reserve = ReservePolicy::needed;
  const std::uint32_t most = q.place_it().max_parallel;
  CHECK(most > 1000);
  q.settings.cache.parallel = most;
  CHECK(q.place_it().status != FitStatus::does_not_fit);
}

TEST_CASE("a latent cache is not divided by tensor parallelism") {
  const Device device = card(141);
  Question q("DeepSeek-R1", sixteen_bit());
  q.engine = vllm();
  const PagePlan one = page_plan(q.model, q.engine, q.settings.cache, 1);
  const PagePlan eight = page_plan(q.model, q.engine, q.settings.cache, 8);
  CHECK(one.page == eight.page);
  // 61 layers of 576 values, two bytes each.
  CHECK(one.page_set().value() == 61ULL * 576 * 2 * 16);
}

TEST_CASE("more context or sequences never need less, and nothing is NaN") {
  const Device device = card(80);
  for (const char* name : {"Llama-3.1-8B", "Gemma-3-27B", "Qwen3-Next-80B-A3B", "DeepSeek-V2-Lite"}) {
    Question q(name, mix("Q4_K_M"));
    q.add(device);
    Bytes last;
    for (std::uint32_t context = 1024; context <= 32768; context *= 2) {
      q.settings.cache.context = context;
      const Placement p = q.place_it();
      INFO(name << " " << context);
      CHECK(p.total() >= last);
      CHECK(std::isfinite(p.offload_fraction));
      last = p.total();
    }
    q.settings.cache.parallel = 4;
    CHECK(q.place_it().total() >= last);
  }
}

TEST_CASE("nothing to place on is said, not guessed") {
  Question q("Llama-3.1-8B", mix("Q4_K_M"));
  const Placement p = q.place_it();
  CHECK(p.status == FitStatus::does_not_fit);
  CHECK(p.reason.key == "placement.no_device");
}

TEST_CASE("a trace leads from the total to layers and rows") {
  const Device device = card(24);
  Question q("Llama-3.1-8B", mix("Q4_K_M"));
  q.add(device);
  const DynamicMemory dynamic =
      make_dynamic_memory(q.model, q.engine, q.settings.cache, Backend::cuda, 1, Precision::closed_form);
  Trace trace;
  const Placement p = place(q.model, q.weights, q.system, q.engine, q.settings, dynamic, {}, {}, &trace);
  REQUIRE(trace.root().inputs.size() == 1);
  const TraceNode& memory = trace.root().inputs[0];
  CHECK(memory.value == doctest::Approx(p.total().as_double()));
  CHECK(memory.inputs.size() >= 5);
}
