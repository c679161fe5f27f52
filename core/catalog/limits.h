// The ranges a scenario's figures must lie in: wide enough for any machine that exists or is announced, narrow enough
// that sums and products of them stay finite and the estimate stays quick.
#pragma once

#include <cstdint>

namespace headroom::limits {

inline constexpr std::uint32_t kMostTokens = 1U << 27U;  // context, prompt, output: sums stay below 2^32
inline constexpr std::uint32_t kMostParallel = 1U << 16U;
inline constexpr std::uint32_t kMostBatch = 1U << 20U;
inline constexpr std::uint32_t kMostLayers = 4096;
inline constexpr std::uint32_t kMostAdapterRank = 4096;
inline constexpr std::uint32_t kMostAdapters = 4096;
inline constexpr std::uint32_t kMostTrainingBatch = 1U << 16U;
inline constexpr std::uint32_t kMostDraftTokens = 64;
inline constexpr std::uint32_t kMostKernels = 16;
inline constexpr std::uint64_t kMostBytes = 1ULL << 50U;  // 1 PiB of memory
inline constexpr double kLeastGbs = 0.1, kMostGbs = 1e8;  // 10^9 bytes/s of a memory; a wafer's SRAM reaches 2e7
inline constexpr double kLeastLinkGbs = 0.001;            // of a link: a slow network
inline constexpr double kMostLatencyUs = 1e6;
inline constexpr double kMostTflops = 1e6;
inline constexpr double kMostWatts = 1e6;
inline constexpr std::uint32_t kMostLinked = 1U << 20U;  // devices within reach of a link
inline constexpr double kLeastUsableFraction = 0.01, kMostUsableFraction = 1.0;

// Measured / estimated on a person's own machine. Further off, the measurement is of another machine or model.
inline constexpr double kLeastPersonalFactor = 0.1, kMostPersonalFactor = 10;
inline constexpr double kMostPersonalSpread = 0.9;       // of repeated measurements, as a share
inline constexpr double kMostDepth = 2.0 * kMostTokens;  // in the cache: what was there and a prompt
inline constexpr double kMostCacheBits = 32;             // of a value
inline constexpr double kMostHostShare = 2;              // of the weights, and the cache

}  // namespace headroom::limits
