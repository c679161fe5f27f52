#include "core/catalog/near_measurements.h"

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
  return measurements.nearest(query, count);
}

Confidence confidence_with(const Speed& speed, const std::vector<NearMeasurement>& near) {
  return speed.known && !near.empty() ? Confidence::measured : speed.confidence;
}

}  // namespace headroom
