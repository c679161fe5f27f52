#include <algorithm>
#include <array>
#include <optional>

#include "core/memory/cache_rules.h"
#include "core/memory/compute_plan.h"
#include "core/memory/element_sizes.h"
#include "core/memory/memory.h"

namespace headroom {
namespace {

// Vulkan allocates in pieces of at most this size.
constexpr std::uint64_t kVulkanChunk = std::uint64_t{1} << 30;
// Under layer split llama.cpp keeps this many copies of a device's inputs, to run micro-batches one after another
// (ggml's GGML_SCHED_MAX_COPIES).
constexpr std::uint64_t kPipelineCopies = 4;

Bytes pipeline_copies(const ModelProfile& model, const StepShape& step) {
  const Bytes rows = Bytes(model.arch.hidden) * (kFloat * step.tokens);
  return attention_masks(step) * (kPipelineCopies - 1) + rows * kPipelineCopies;
}

// Values of the widest feed-forward where one worst case step is run.
std::uint64_t profiled_values(const Ffn& ffn, std::uint64_t hidden) {
  // The product is written while gate and up still stand; experts write into one buffer for both directions.
  const std::uint64_t dense = std::uint64_t{ffn.width} * (ffn.gated ? 3 : 2);
  const std::uint64_t out = std::max(std::uint64_t{ffn.expert_width} * (ffn.experts_gated ? 2 : 1), hidden);
  return std::max(dense, (out + ffn.expert_width) * ffn.experts_used);
}

std::uint64_t eager_values(const Ffn& ffn) {
  constexpr std::uint64_t kGated = 3;
  return std::max<std::uint64_t>(ffn.width, std::uint64_t{ffn.expert_width} * ffn.experts_used) * kGated;
}

std::uint64_t step_values(const ModelProfile& model, const Engine& engine) {
  constexpr std::uint64_t kResiduals = 4;  // hidden rows alive at once
  const bool eager = engine.reserve == ReservePolicy::needed;
  std::uint64_t widest = 0;
  for (const LayerGroup& group : model.groups) {
    widest = std::max(widest, eager ? eager_values(group.ffn) : profiled_values(group.ffn, model.arch.hidden));
  }
  return widest + std::uint64_t{model.arch.hidden} * kResiduals;
}

// Latent attention adds the scores of the rotary part to those of the rest, so that they are kept however it is
// computed, beside keys and values of every head.
Bytes kept_scores(const ModelProfile& model, const Engine& engine, const CacheSettings& cache, std::uint64_t tokens) {
  Bytes most;
  for (const LayerGroup& group : model.groups) {
    const Mixer& m = group.mixer;
    if (m.kind == MixerKind::compressed_csa) continue;  // attends to few entries that it has chosen
    const std::uint64_t seen =
        m.window == 0 ? cache.context : std::min<std::uint64_t>(cache.context, m.window + tokens);
    const Bytes scores = Bytes(m.heads) * seen * tokens * kHalf;
    if (m.kind == MixerKind::mla && engine.latent_scores > 0) {
      const Bytes unpacked = Bytes(m.heads) * (std::uint64_t{m.nope_dim} + m.head_dim_v) * seen * kHalf;
      most = std::max(most, scores * engine.latent_scores + unpacked);
    } else if (!cache.flash_attention || !engine.fuses(m.head_dim_k, m.head_dim_v)) {
      most = std::max(most, scores);
    }
  }
  return most;
}

}  // namespace

StepParts step_parts(const ModelProfile& model, const Engine& engine, const CacheSettings& cache) {
  const bool eager = engine.reserve == ReservePolicy::needed;
  StepParts parts;
  parts.tokens = eager ? std::min({cache.ubatch, cache.batch, cache.context}) : cache.batch;
  parts.values = step_values(model, engine);
  parts.layer = Bytes(parts.values) * kHalf * parts.tokens;
  if (!eager) return parts;
  parts.in_flight = std::min(engine.in_flight, parts.layer * model.layer_count());
  parts.scores = kept_scores(model, engine, cache, parts.tokens);
  parts.logits = Bytes(model.arch.vocab) * kFloat * cache.sequences();
  return parts;
}

namespace {

// Engines that run one worst-case step to see how much memory is left: one prompt batch, then sampling every sequence.
ComputeBuffers profiled_step(const ModelProfile& model, const Engine& engine, const CacheSettings& cache) {
  ComputeBuffers buffers;
  buffers.middle = step_parts(model, engine, cache).layer;
  buffers.device = std::max(buffers.middle, sampler_peak(model, engine, cache, engine.profile_sequences));
  return buffers;
}

// Engines that free activations as they go (MLX, ExLlama, Transformers): one chunk of the prompt, logits of one row.
ComputeBuffers eager_step(const ModelProfile& model, const Engine& engine, const CacheSettings& cache) {
  const StepParts parts = step_parts(model, engine, cache);
  ComputeBuffers buffers;
  buffers.middle = parts.layer + parts.in_flight + parts.scores;
  buffers.device = buffers.middle + parts.logits;
  return buffers;
}

// ggml's fused attention kernels of CUDA and HIP multiply 16 bit values: for a prompt they make a copy of the layer's
// cache where it is of another type (ggml_cuda_flash_attn_ext_get_alloc_size,
// https://github.com/ggml-org/llama.cpp/pull/23907). The copy of the widest layer.
Bytes converted_cache(const ModelProfile& model, const Engine& engine, const CacheSettings& cache, Backend backend) {
  const bool converts = backend == Backend::cuda || backend == Backend::rocm;
  const bool k = cache.k != kHalfFloats, v = cache.v != kHalfFloats;
  if (!converts || !cache.flash_attention || (!k && !v)) return Bytes(0);
  CacheSettings halves = cache;
  halves.k = halves.v = kHalfFloats;
  const CacheLayout layout = cache_layout(model, engine, halves);
  const CacheCells cells = cache_cells(layout, engine, halves);
  Bytes widest;
  for (const CacheLayout::Layer& layer : layout.layers) {
    if (layer.parts.empty()) continue;
    const CacheLayout::Part& attended = layer.parts[0];  // others are of indexers
    const Bytes row = (k ? attended.k_row : Bytes(0)) + (v ? attended.v_row : Bytes(0));
    widest = std::max(widest, row * cells[attended.extent]);
  }
  return widest;
}

struct LlamaStep {
  StepShape whole, middle;
  std::uint64_t max_chunk = 0;
};

LlamaStep llama_step(const ModelProfile& model, const Engine& engine, const CacheSettings& cache, Backend backend) {
  LlamaStep step;
  step.whole = step_shape(model, engine, cache, backend == Backend::cpu, true);
  step.middle = step.whole;
  step.middle.output = false;
  step.max_chunk = backend == Backend::vulkan ? kVulkanChunk : 0;
  return step;
}

template <class Plan>
ComputeBuffers llama_buffers(const ModelProfile& model, const LlamaStep& step, Backend backend, std::uint32_t devices,
                             const Plan& plan) {
  ComputeBuffers buffers;
  buffers.device = plan(step.whole);
  if (backend == Backend::cpu) return buffers;
  buffers.host = host_inputs(model, step.whole);
  buffers.streaming = streaming_stage(model, step.whole);
  if (devices > 1) {
    buffers.middle = plan(step.middle);
    buffers.pipeline = pipeline_copies(model, step.whole);
    buffers.host_pipeline = attention_masks(step.whole) * (kPipelineCopies - 1);
  } else {
    buffers.middle = buffers.device;
  }
  return buffers;
}

ComputeBuffers closed_form(const ModelProfile& model, const Engine& engine, const CacheSettings& cache, Backend backend,
                           std::uint32_t devices) {
  const LlamaStep step = llama_step(model, engine, cache, backend);
  return llama_buffers(model, step, backend, devices,
                       [&](const StepShape& shape) { return closed_form_buffer(model, shape); });
}

ComputeBuffers simulated(const ComputePlanner& planner, const ModelProfile& model, const Engine& engine,
                         const CacheSettings& cache, Backend backend, std::uint32_t devices) {
  const LlamaStep step = llama_step(model, engine, cache, backend);
  return llama_buffers(model, step, backend, devices,
                       [&](const StepShape& shape) { return planner.plan(shape, step.max_chunk); });
}

ComputeBuffers buffers_by_policy(const ModelProfile& model, const Engine& engine, const CacheSettings& cache,
                                 Backend backend, std::uint32_t devices, const ComputePlanner* planner) {
  if (engine.cache != CachePolicy::cells) {
    return engine.reserve == ReservePolicy::needed ? eager_step(model, engine, cache)
                                                   : profiled_step(model, engine, cache);
  }
  ComputeBuffers buffers = planner != nullptr ? simulated(*planner, model, engine, cache, backend, devices)
                                              : closed_form(model, engine, cache, backend, devices);
  buffers.converted = converted_cache(model, engine, cache, backend);
  return buffers;
}

constexpr std::array kParts = {&ComputeBuffers::device,    &ComputeBuffers::middle,   &ComputeBuffers::host,
                               &ComputeBuffers::streaming, &ComputeBuffers::pipeline, &ComputeBuffers::host_pipeline,
                               &ComputeBuffers::converted};

// The closed form's share that the simulation cannot give: linear interpolation, rounded up.
Bytes between(Bytes a, Bytes b, double share) {
  if (a == b) return a;
  const double low = a.as_double(), high = b.as_double();
  return Bytes::from_double(low + (high - low) * share);
}

}  // namespace

Bytes sampler_peak(const ModelProfile& model, const Engine& engine, const CacheSettings& cache,
                   std::uint32_t sequences) {
  const double logits = model.samples ? static_cast<double>(sequences) * model.arch.vocab : 0;
  return Bytes(model.arch.hidden) * cache.batch * kHalf + Bytes::from_double(logits * engine.sampler_bytes_per_logit);
}

ComputeBuffers compute_buffers(const ModelProfile& model, const Engine& engine, const CacheSettings& cache,
                               Backend backend, std::uint32_t devices) {
  if (engine.cache != CachePolicy::cells || !has_skeleton(model)) {
    return buffers_by_policy(model, engine, cache, backend, devices, nullptr);
  }
  const ComputePlanner planner(model);
  return buffers_by_policy(model, engine, cache, backend, devices, &planner);
}

Bytes draft_buffer(const ModelProfile& model, const Engine& engine, const CacheSettings& cache, Backend backend) {
  return buffers_by_policy(model, engine, cache, backend, 1, nullptr).device;
}

ComputeBuffers ComputeCurve::at(std::uint32_t context) const {
  if (knots.empty()) return {};
  if (context <= knots[0].context) return knots[0].buffers;
  for (std::size_t i = 1; i < knots.size(); ++i) {
    if (context > knots[i].context) continue;
    const Knot& low = knots[i - 1];
    const Knot& high = knots[i];
    if (high.jumps) return high.buffers;
    const double share = static_cast<double>(context - low.context) / static_cast<double>(high.context - low.context);
    ComputeBuffers buffers;
    for (const auto part : kParts) buffers.*part = between(low.buffers.*part, high.buffers.*part, share);
    return buffers;
  }
  return knots.back().buffers;
}

namespace {

// How buffers grow with each further sequence, whose recurrent states and rows of logits they hold. A buffer is the
// maximum over the stages of a step, which bends upwards only, so that a straight line to many sequences never lies
// below what fewer need.
template <class Buffers>
void measure_growth(ComputeCurve& curve, const CacheSettings& cache, const Buffers& buffers) {
  if (cache.unified) return;  // all sequences share one stream of cells, whose length decides instead
  CacheSettings more = cache;
  more.parallel = std::max(kMostSequences, 2 * curve.sequences);
  const ComputeBuffers now = curve.at(cache.context), then = buffers(more);
  const std::uint32_t further = more.parallel - curve.sequences;
  const auto growth = [further](Bytes before, Bytes after) {
    return Bytes(divide_up((after - before).value(), further));
  };
  curve.per_sequence = growth(now.device, then.device);
  curve.middle_per_sequence = growth(now.middle, then.middle);
  curve.converted_per_sequence = growth(now.converted, then.converted);
}

double deviation(Bytes a, Bytes b) {
  const double x = a.as_double(), y = b.as_double();
  return y > 0 ? (x > y ? x - y : y - x) / y : 0;
}

}  // namespace

ComputeCurve make_compute_curve(const ModelProfile& model, const Engine& engine, const CacheSettings& cache,
                                Backend backend, std::uint32_t devices, Precision precision) {
  constexpr double kTolerance = 0.005;
  constexpr std::uint32_t kShortest = 256;
  const bool exact = precision == Precision::simulated && engine.cache == CachePolicy::cells && has_skeleton(model);
  std::optional<ComputePlanner> planner;
  if (exact) planner.emplace(model);
  const auto at = [&](std::uint32_t context) {
    CacheSettings settings = cache;
    settings.context = context;
    ComputeCurve::Knot knot{
        context, buffers_by_policy(model, engine, settings, backend, devices, planner ? &*planner : nullptr), false};
    return knot;
  };
  const std::uint32_t longest = std::max({model.arch.longest_context(), cache.context, kShortest + 1});
  ComputeCurve curve;
  curve.knots.push_back(at(kShortest));
  // A step is never longer than the context, so the curve has a bend where the context reaches a full step.
  const std::uint32_t full_step = exact ? 0 : std::min(cache.ubatch, cache.batch);
  for (const std::uint32_t context : {std::min(cache.context, full_step), std::max(cache.context, full_step)}) {
    if (context > curve.knots.back().context && context < longest) curve.knots.push_back(at(context));
  }
  curve.knots.push_back(at(longest));
  // New knots go where the curve is furthest off, halfway between two others; `middles` keeps what was computed there.
  InlineVector<ComputeCurve::Knot, ComputeCurve::kMaxKnots> middles;
  const auto middle_of = [&](std::size_t i) {
    const std::uint32_t low = curve.knots[i].context, high = curve.knots[i + 1].context;
    return at(low + (high - low) / 2);
  };
  for (std::size_t i = 0; i + 1 < curve.knots.size(); ++i) middles.push_back(middle_of(i));
  while (curve.knots.size() < curve.knots.capacity()) {
    double worst = kTolerance;
    std::size_t where = middles.size();
    for (std::size_t i = 0; i < middles.size(); ++i) {
      const double error = deviation(curve.at(middles[i].context).device, middles[i].buffers.device);
      if (error <= worst) continue;
      worst = error;
      where = i;
    }
    if (where == middles.size()) break;
    curve.knots.insert(where + 1, middles[where]);
    middles[where] = middle_of(where);
    middles.insert(where + 1, middle_of(where + 1));
  }
  // What is still far off with all knots in use is a jump.
  for (std::size_t i = 0; i < middles.size(); ++i) {
    const Bytes middle = middles[i].buffers.device, estimated = curve.at(middles[i].context).device;
    curve.knots[i + 1].jumps = middle > estimated && deviation(estimated, middle) > kTolerance;
  }
  curve.sequences = cache.sequences();
  measure_growth(curve, cache, [&](const CacheSettings& more) {
    return buffers_by_policy(model, engine, more, backend, devices, planner ? &*planner : nullptr);
  });
  // More context never needs less memory. The allocator happens to find holes at some lengths, which the curve ignores;
  // the context asked for stays exact.
  for (std::size_t i = 1; i < curve.knots.size(); ++i) {
    if (curve.knots[i].context == cache.context) continue;
    ComputeBuffers& now = curve.knots[i].buffers;
    const ComputeBuffers& before = curve.knots[i - 1].buffers;
    for (const auto part : kParts) now.*part = std::max(now.*part, before.*part);
  }
  return curve;
}

DynamicMemory make_dynamic_memory(const ModelProfile& model, const Engine& engine, const CacheSettings& cache,
                                  Backend backend, std::uint32_t devices, Precision precision) {
  return {cache_layout(model, engine, cache), make_compute_curve(model, engine, cache, backend, devices, precision)};
}

}  // namespace headroom
