// Entries of the catalog by what a person calls them, or an error that names the nearest.
#pragma once

#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/catalog/nearest.h"
#include "core/catalog/quoted.h"
#include "core/catalog/scenario_spec.h"
#include "core/result.h"

namespace headroom {

// `field`: `given` is not known; the nearest are these.
[[nodiscard]] Error unknown(ErrorCode code, std::string_view field, std::string_view given,
                            const std::vector<std::string_view>& nearest);

template <class Range, class Id>
std::vector<std::string_view> ids_of(const Range& range, const Id& id) {
  std::vector<std::string_view> ids;
  ids.reserve(std::size(range));
  for (const auto& item : range) ids.push_back(id(item));
  return ids;
}

template <class Range, class Id>
auto find_ignoring_case(const Range& range, std::string_view wanted, const Id& id) -> decltype(range.data()) {
  for (const auto& item : range) {
    if (equal_ignoring_case(id(item), wanted)) return &item;
  }
  return nullptr;
}

// Null where there is none of that name. A format goes by its other names, too ("Q4_K" is Q4_K_M).
[[nodiscard]] const Engine* find_engine(const Catalog& catalog, std::string_view id);
[[nodiscard]] const Format* find_format(const Catalog& catalog, std::string_view id);

// `field` is where the name stands in the scenario. Errors: unknown_model, unknown_hardware, bad_value for a link;
// `unsupported` for a model that is none of text.
[[nodiscard]] Result<std::size_t> find_text_model(const Catalog& catalog, std::string_view field, std::string_view id);
[[nodiscard]] Result<const Device*> find_device(const Catalog& catalog, std::string_view field, const DeviceSpec& spec);
[[nodiscard]] Result<const Link*> find_link(const Catalog& catalog, std::string_view field, std::string_view id);

using DeviceList = decltype(System::devices);
// Every device, as often as it is there.
[[nodiscard]] Result<DeviceList> find_devices(const Catalog& catalog, const HardwareSpec& hardware);

}  // namespace headroom
