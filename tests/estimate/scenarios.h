// The catalog and a front over it, and scenarios in one line.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "core/catalog/front.h"
#include "core/memory/memory.h"
#include "wasm/pack/catalog_pack.h"

namespace headroom::test {

inline const Catalog& catalog() {
  static const std::unique_ptr<Catalog> instance = [] {
    Result<std::unique_ptr<Catalog>> loaded = Catalog::load(catalog_pack());
    REQUIRE(loaded.ok());
    return std::move(loaded).value();
  }();
  return *instance;
}

inline Front& front() {
  static Front instance(catalog());
  return instance;
}

inline ScenarioSpec scenario(std::string model, std::string device, std::uint32_t count, std::string format,
                             std::string engine = {}) {
  ScenarioSpec spec;
  spec.model = std::move(model);
  spec.hardware.device.id = std::move(device);
  spec.hardware.device.count = count;
  spec.quantization = std::move(format);
  if (!engine.empty()) spec.engine = std::move(engine);
  return spec;
}

inline Answer answer(const ScenarioSpec& spec) {
  Result<Answer> result = front().estimate(spec);
  if (!result) FAIL(result.error().message);
  return std::move(result).value();
}

// What vLLM's sampler took more at its peak, until it filtered logits without sorting them (pull/33538): values,
// indices and the sort's own copies of both.
inline Bytes sorted_logits(const Answer& asked) {
  constexpr double kSortedBytes = 24;
  const Engine& engine = *asked.scenario.engine;
  Engine sorting = engine;
  sorting.sampler_bytes_per_logit += kSortedBytes;
  const System& system = asked.scenario.system;
  const Settings& settings = asked.scenario.settings;
  std::uint32_t sequences = engine.takes_as_large(*system.devices[0], system.backend) ? engine.profile_sequences_large
                                                                                      : engine.profile_sequences;
  if (settings.max_sequences > 0) sequences = settings.max_sequences;
  const Bytes before = sampler_peak(*asked.model, sorting, settings.cache, sequences);
  const Bytes now = asked.estimate.placement.devices[0].compute;
  return before > now ? before - now : Bytes(0);
}

inline double mib(Bytes bytes) { return bytes.as_double() / mebibytes(1).as_double(); }

}  // namespace headroom::test
