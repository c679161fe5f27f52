#include "core/speed/rates.h"

#include <algorithm>
#include <cmath>

namespace headroom {
namespace {

constexpr FlopsPerSecond kUnknown{0};

FlopsPerSecond positive(FlopsPerSecond rate) { return std::max(rate, kUnknown); }

FlopsPerSecond vector_rate(const DenseThroughput& t) {
  const FlopsPerSecond fp32 = positive(t.fp32);
  // Parts that publish only a 16 bit figure: vector units at half of it is the usual ratio.
  return fp32 > kUnknown ? fp32 : 0.5 * positive(t.fp16);
}

constexpr double kHalvesPerFloat = 2;

// Of the processor in a chip. The rates of processors and of boards that compute on theirs are told as such; of other
// chips those of the graphics are, beside which the processor is not known.
DenseThroughput processor_throughput(const Device& device) {
  const bool told =
      device.cls == DeviceClass::cpu || (device.cls == DeviceClass::edge && device.default_backend == Backend::cpu);
  if (told) return device.tflops;
  DenseThroughput guess;
  guess.fp32 = FlopsPerSecond(kProcessorFlopsPerByte * device.bandwidth.value());
  guess.fp16 = guess.fp32 * kHalvesPerFloat;
  return guess;
}

// ggml multiplies quantized weights on a CPU by integer dot products, four of 8 bit in the place of one of 32 bit: a
// higher rate is that of matrix units or of an NPU, which unpack nothing. Where the rate is unknown: AVX2 without VNNI
// does two of them in the time of one multiply-add of 32 bit.
FlopsPerSecond integer_rate(const DenseThroughput& processor) {
  constexpr double kIntegersPerFloat = 2, kDotProductsPerFloat = 4;
  const FlopsPerSecond known = positive(processor.int8), vector = vector_rate(processor);
  return known > kUnknown ? std::min(known, kDotProductsPerFloat * vector) : kIntegersPerFloat * vector;
}

// What ggml's products of matrices have of a CPU. The matrix units of Intel's servers (AMX) are rated at sixteen times
// its vector units of 16 bit, and made prompts twice as quick (https://github.com/ggml-org/llama.cpp/pull/8998). On a
// board a higher rate is that of its NPU.
FlopsPerSecond ggml_cpu_rate(const Device& device) {
  constexpr double kMatrixUnits = 2;
  const DenseThroughput processor = processor_throughput(device);
  const FlopsPerSecond vector = vector_rate(processor);
  const FlopsPerSecond half = std::max(positive(processor.fp16), positive(processor.bf16));
  const double units = device.cls == DeviceClass::cpu ? kMatrixUnits : 1;
  return std::max(vector, std::min(half, units * kHalvesPerFloat * vector));
}

// NVIDIA's cards with little power for their bandwidth reach a smaller share of it than others of their family: T4,
// RTX A5000 and laptops against RTX 3060 and 3090 Ti. Not seen of other makers' parts; that of a chip that shares its
// power with a processor says little.
double power_factor(const Device& device, Backend backend, const Engine& engine, const Efficiencies& efficiencies) {
  constexpr double kUsualJoulesPerByte = 0.4e-9;  // of GeForce cards; any value gives the same once fitted
  if (backend != Backend::cuda || is_serving(engine) || device.unified_memory) return 1;
  if (device.tdp.value() <= 0 || device.bandwidth.value() <= 0) return 1;
  return std::pow(device.tdp.value() / device.bandwidth.value() / kUsualJoulesPerByte,
                  efficiencies[Slot::weight_power]);
}

// Neither CUTLASS nor Triton multiplies experts in fewer than 16 bits at a gain on the Blackwell of cards and the GB10
// (https://github.com/vllm-project/vllm/issues/43507; prompts of a model take as long there in BF16, FP8 and NVFP4,
// data/measurements, source 8).
bool multiplies_experts_in_half(const Device& device, const Engine& engine) {
  return is_serving(engine) && device.compute_capability.starts_with("12.");
}

}  // namespace

Peak peak_of(const Device& device, Backend backend, const Engine& engine, std::string_view kernel) {
  const DenseThroughput& t = device.tflops;
  const FlopsPerSecond half = std::max({positive(t.fp16), positive(t.bf16), positive(t.fp32)});
  const bool llama = engine.cache == CachePolicy::cells;
  if (llama && backend == Backend::cpu) return {ggml_cpu_rate(device)};
  if (llama) {
    // CUDA: quantized products run on the int8 units and F16 ones accumulate in 16 bit, which GeForce parts do at full
    // rate; half the int8 rate is the 16 bit rate of all of them. BF16 accumulates in 32 bit.
    // Warp-wide mma instructions, which is what its kernels are written in, reach 63 % of what Hopper's warp group
    // instructions do (arXiv 2402.13499, section on tensor cores). Data centers' Blackwell doubled the units for the
    // instructions that followed those alone: prompts take as long on a B200 as on an H100 (data/measurements,
    // source 298).
    constexpr double kWarpWide = 0.63, kWithoutTensorMemory = 0.5;
    double reach = 1;
    if (backend == Backend::cuda && device.compute_capability == "9.0") reach = kWarpWide;
    if (backend == Backend::cuda && device.compute_capability.starts_with("10.")) {
      reach = kWarpWide * kWithoutTensorMemory;
    }
    if (backend == Backend::cuda && kernel != "bf16") return {reach * std::max(half, 0.5 * positive(t.int8))};
    return {reach * half};
  }
  // Products of weights with a scale per block run on the FP8 units of Hopper and of data centers' Blackwell. On Ada
  // vLLM widens the weights (https://github.com/vllm-project/vllm/issues/58241), and on a GB10 prompts of a 27B so
  // scaled take twice as long as in BF16 (data/measurements, source 8); assumed of the other servers and of Blackwell's
  // cards.
  const std::string_view capability = device.compute_capability;
  const bool by_blocks =
      backend != Backend::cuda || capability.empty() || capability == "9.0" || capability.starts_with("10.");
  const bool in_fp8 = kernel == "fp8" || (kernel == "fp8_block" && by_blocks);
  if (in_fp8 && positive(t.fp8) > kUnknown) return {positive(t.fp8), NumberUnits::fp8};
  if (kernel == "int8" && positive(t.int8) > kUnknown) return {positive(t.int8), NumberUnits::int8};
  // MXFP4 checkpoints keep their activations in 16 bit and so do the products, except where the units of data centers'
  // Blackwell take an 8 bit and a 4 bit operand together (PTX ISA, tcgen05.mma kind::mxf8f6f4; what TensorRT-LLM's and
  // vLLM's kernels for gpt-oss use there).
  if (kernel == "mxfp4" && device.compute_capability.starts_with("10.") && positive(t.fp8) > kUnknown) {
    return {positive(t.fp8), NumberUnits::fp8};
  }
  if ((kernel == "nvfp4" || kernel == "fp4") && positive(t.fp4) > kUnknown) return {positive(t.fp4), NumberUnits::fp4};
  return {half};
}

Rates make_rates(BytesPerSecond bandwidth, FlopsPerSecond matrix, FlopsPerSecond unpacking, const Efficiencies& e) {
  Rates r;
  const SecondsPerByte byte = reciprocal(bandwidth);
  const SecondsPerFlop flop = reciprocal(matrix);
  r.compute_known = matrix > kUnknown;
  r.peak_flop = flop;
  r.peak_byte = byte;
  r.weight_byte = std::max(byte / e[Slot::weight_bandwidth], byte);
  r.expert_byte = std::max(r.weight_byte / e[Slot::expert_bandwidth], byte);
  r.state_byte = r.weight_byte;
  r.unpack = Flops(e[Slot::dequantization]) * reciprocal(unpacking);
  r.kv_byte = std::max(r.weight_byte / e[Slot::kv_bandwidth], byte);
  r.kv_byte_plain = r.kv_byte / e[Slot::kv_plain];
  r.kv_quantized = 1 / e[Slot::kv_quantized];
  r.kv_wide = 1 / e[Slot::kv_wide];
  r.attention_flop = flop / e[Slot::attention];
  r.layer = Seconds(e[Slot::layer]);
  r.layer_plain = r.layer * e[Slot::layer_plain];
  r.expert_layer = Seconds(e[Slot::expert_layer]);
  r.beside_experts = Seconds(e[Slot::beside_experts]);
  r.recurrent_layer = Seconds(e[Slot::recurrent_layer]);
  r.compressed_layer = Seconds(e[Slot::compressed_layer]);
  r.indexed_layer = Seconds(e[Slot::indexed_layer]);
  r.token = Seconds(e[Slot::token]);
  r.batch_flop = flop / e[Slot::batch_compute];
  r.served_token = Seconds(e[Slot::served_token]);
  r.interference = e[Slot::interference];
  r.together = std::min(e[Slot::together], 1.0);
  r.prefill_flop = flop / e[Slot::prefill_compute];
  r.prefill_flop_plain = r.prefill_flop / e[Slot::prefill_plain];
  r.prefill_expert_flop_factor = 1 / e[Slot::prefill_experts];
  r.prefill_attention_flop = flop / e[Slot::prefill_attention];
  r.prefill_wide = 1 / e[Slot::prefill_wide];
  r.prefill_score_plain = Traffic(e[Slot::prefill_scores]) * byte;
  r.prefill_layer = Seconds(e[Slot::prefill_layer]);
  r.prefill_expert_layer = Seconds(e[Slot::prefill_expert_layer]);
  r.prefill_recurrent = reciprocal(unpacking) * e[Slot::prefill_recurrent];
  r.prefill_activation = Traffic(e[Slot::prefill_activation]) * byte;
  r.expert_tokens = e[Slot::expert_tokens];
  r.prompt = Seconds(e[Slot::prompt]);
  // A share: the fitted factor is unbounded, what it scales is not.
  r.prefill_overlap = std::min(e[Slot::prefill_overlap], 1.0);
  return r;
}

Rates make_rates(const Device& device, Backend backend, const Engine& engine, std::string_view kernel,
                 const Efficiencies& efficiencies) {
  const bool on_processor = backend == Backend::cpu;
  const DenseThroughput throughput = on_processor ? processor_throughput(device) : device.tflops;
  const FlopsPerSecond vectors = vector_rate(throughput);
  const FlopsPerSecond unpacking = on_processor ? integer_rate(throughput) : vectors;
  Efficiencies reached = efficiencies;
  reached.value[static_cast<std::size_t>(Slot::weight_bandwidth)] *=
      power_factor(device, backend, engine, efficiencies);
  const Peak units = peak_of(device, backend, engine, kernel);
  const FlopsPerSecond in_half = peak_of(device, backend, engine, "f16").rate;
  Rates rates = make_rates(device.bandwidth, units.rate, unpacking, reached);
  // Queries and the cache are in 16 bit whatever the weights are.
  if (in_half > kUnknown) {
    rates.attention_flop = reciprocal(in_half * efficiencies[Slot::attention]);
    rates.prefill_attention_flop = reciprocal(in_half * efficiencies[Slot::prefill_attention]);
  }
  // Attention of llama.cpp's kernels runs on the vector units except on CUDA (assumed of all of them: how prompts slow
  // down with depth follows these, not the matrix units, from RDNA3.5 to RDNA4).
  // llama.cpp on CUDA, HIP and Vulkan multiplies up to eight tokens as it does one, by vectors (MMVQ_MAX_BATCH_SIZE of
  // ggml-cuda, mul_mat_vec_max_cols of ggml-vulkan). On Metal the matrix units are no quicker than the vector units.
  // More go through the matrix units in tiles of columns, however few of them are used.
  constexpr double kVectorTokens = 8, kTileTokens = 32;
  const bool by_vectors = backend == Backend::cuda || backend == Backend::rocm || backend == Backend::vulkan;
  if (engine.cache == CachePolicy::cells && by_vectors && vectors > kUnknown) {
    rates.vector_tokens = kVectorTokens;
    rates.tile_tokens = kTileTokens;
    rates.vector_batch_flop = reciprocal(vectors * efficiencies[Slot::vector_batch]);
  }
  const double half = units.units == NumberUnits::half || units.rate <= kUnknown ? 1 : in_half / units.rate;
  if (half > 0 && multiplies_experts_in_half(device, engine)) {
    rates.prefill_expert_flop_factor = rates.prefill_expert_flop_factor / half;
  }
  // Long products are held back by the power limit too: parts of one chip with less power per flop reach a smaller
  // share of the peak. Narrower numbers take as much less energy as they are quicker.
  const double watts = device.tdp.value();
  if (watts > 0 && !is_serving(engine)) {
    const SecondsPerFlop power{efficiencies[Slot::prefill_energy] / watts};
    if (units.rate > kUnknown) {
      rates.prefill_flop += power * half;
      rates.prefill_flop_plain += power * half;
    }
  }
  if (engine.cache == CachePolicy::cells && backend != Backend::cuda && vectors > kUnknown) {
    rates.attention_flop = reciprocal(vectors * efficiencies[Slot::attention]);
    rates.prefill_attention_flop = reciprocal(vectors * efficiencies[Slot::prefill_attention]);
  }
  if (is_serving(engine)) {
    rates.layer = rates.layer_plain = Seconds(efficiencies[Slot::graph_layer]);
    rates.token = Seconds(efficiencies[Slot::graph_step]);
  }
  return rates;
}

}  // namespace headroom
