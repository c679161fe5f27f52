#include "core/catalog/near_measurements.h"

#include <algorithm>
#include <iterator>

#include "core/catalog/names.h"

namespace headroom {

std::vector<NearMeasurement> near_measurements(const Measurements& measurements, const ResolvedScenario& scenario,
                                               const Catalog& catalog, std::size_t count) {
  if (!scenario.model.index || scenario.system.devices.empty() || !scenario.system.homogeneous()) return {};
  MeasurementQuery query;
  query.device = scenario.system.devices[0]->id;
  query.devices = static_cast<std::uint32_t>(scenario.system.devices.size());
  query.model = catalog.models()[*scenario.model.index].id;
  query.format = scenario.format->id;
  query.engine = scenario.engine->id;
  query.backend = name_of(kBackendNames, scenario.system.backend);
  query.users = scenario.settings.cache.sequences();
  query.prompt = scenario.settings.workload.prompt;
  query.output = scenario.settings.workload.output;
  return measurements.nearest(query, count);
}

Confidence confidence_with(const Estimate& estimate, const ResolvedScenario& scenario,
                           const std::vector<NearMeasurement>& near) {
  const Speed& speed = estimate.speed;
  const bool resident = estimate.placement.offload_fraction <= 0 && !scenario.settings.kv_on_host;
  if (!speed.known || !resident) return speed.confidence;
  const std::uint32_t users = scenario.settings.cache.sequences();
  const auto as_many = [users](const PublicMeasurement& m) {
    const std::uint32_t measured = std::max(m.users, 1U);
    return measured <= 2 * users && users <= 2 * measured && (measured > 1) == (users > 1);
  };
  // Programs that run llama.cpp's kernels, by the names that measurements give them; not all are in the catalog.
  constexpr std::string_view kOfLlamaCpp[] = {"llama.cpp", "llamafile", "ollama", "lm-studio"};
  const bool llama = scenario.engine->cache == CachePolicy::cells;
  for (const NearMeasurement& m : near) {
    const bool of_llama =
        std::find(std::begin(kOfLlamaCpp), std::end(kOfLlamaCpp), m.measurement->engine) != std::end(kOfLlamaCpp);
    const bool same_kernels = m.same_engine || (llama && of_llama);
    if (m.same_devices && m.same_backend && same_kernels && as_many(*m.measurement)) return Confidence::measured;
  }
  return speed.confidence;
}

}  // namespace headroom
