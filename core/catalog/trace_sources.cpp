#include "core/catalog/trace_sources.h"

#include <nlohmann/json.hpp>

#include "core/catalog/json_text.h"

namespace headroom {
namespace {

constexpr const char* kGivenSource = "source.given";  // a file or a record of one's own
constexpr const char* kHostsSource = "data/hosts.json";

// "a; b" of a fact's list of sources.
std::string sources_in(const std::string& record) {
  const nlohmann::json fact = parse_or_discard(record);
  std::string joined;
  const auto sources = fact.find("sources");
  if (sources == fact.end() || !sources->is_array()) return joined;
  for (const nlohmann::json& source : *sources) {
    if (!source.is_string()) continue;
    if (!joined.empty()) joined += "; ";
    joined += source.get_ref<const std::string&>();
  }
  return joined;
}

std::string or_given(std::string sources) { return sources.empty() ? kGivenSource : std::move(sources); }

}  // namespace

TraceSources trace_sources(const Catalog& catalog, const ResolvedScenario& scenario) {
  TraceSources sources;
  if (scenario.model.index) sources.model = sources_in(catalog.model_record(*scenario.model.index));
  sources.model = or_given(std::move(sources.model));
  const Device* last = nullptr;
  for (const Device* device : scenario.system.devices) {
    if (device == last) {
      sources.devices.push_back(sources.devices.back());
      continue;
    }
    const auto index = catalog.find_device(device->id);
    sources.devices.push_back(or_given(index ? sources_in(catalog.device_record(*index)) : std::string()));
    last = device;
  }
  sources.host = scenario.system.host.id.empty() ? kAskedSource : kHostsSource;
  return sources;
}

}  // namespace headroom
