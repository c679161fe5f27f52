#include "core/catalog/look_up.h"

#include <utility>

namespace headroom {
namespace {

// What else a format is called: by llama.cpp's quantizer (tools/quantize), which has a middle one of three sizes.
constexpr std::pair<std::string_view, std::string_view> kSecondNames[] = {
    {"Q3_K", "Q3_K_M"}, {"Q4_K", "Q4_K_M"}, {"Q5_K", "Q5_K_M"}};
// And what is left out of a name: of Unsloth's dynamic files ("Q4_K_XL"), of bits per weight ("EXL3-4.0").
constexpr std::string_view kDynamic = "UD-", kBits = "bpw";

}  // namespace

Error unknown(ErrorCode code, std::string_view field, std::string_view given,
              const std::vector<std::string_view>& nearest) {
  return {code, std::string(field) + ": " + in_quotes(given) + " is not known; nearest are " + joined(nearest)};
}

const Engine* find_engine(const Catalog& catalog, std::string_view id) {
  return find_ignoring_case(catalog.engines(), id, [](const Engine& engine) { return std::string_view(engine.id); });
}

const Format* find_format(const Catalog& catalog, std::string_view id) {
  if (id.empty()) return nullptr;
  const auto named = [&](std::string_view name) {
    return find_ignoring_case(catalog.formats(), name,
                              [](const Format& format) { return std::string_view(format.id); });
  };
  if (const Format* format = named(id)) return format;
  for (const auto& [second, first] : kSecondNames) {
    if (equal_ignoring_case(second, id)) return named(first);
  }
  if (const Format* format = named(std::string(kDynamic) + std::string(id))) return format;
  return named(std::string(id) + std::string(kBits));
}

Result<std::size_t> find_text_model(const Catalog& catalog, std::string_view field, std::string_view id) {
  const auto index = catalog.find_model(id);
  if (!index) {
    return unknown(ErrorCode::unknown_model, field, id, catalog.nearest_models(id, Catalog::kSuggestions));
  }
  if (const ModelEntry& entry = catalog.models()[*index]; !entry.is_text()) {
    const bool reads_or_writes = entry.kind <= ModelKind::asr;
    return Error{ErrorCode::unsupported,
                 std::string(field) + ": " + in_quotes(id) +
                     (reads_or_writes ? " has no published shapes that an estimate could be made from"
                                      : " generates images, video or audio; this estimate is for text models")};
  }
  return *index;
}

Result<const Device*> find_device(const Catalog& catalog, std::string_view field, const DeviceSpec& spec) {
  if (spec.custom) return &spec.custom->device;
  const auto index = catalog.find_device(spec.id);
  if (!index) {
    return unknown(ErrorCode::unknown_hardware, field, spec.id,
                   catalog.nearest_devices(spec.id, Catalog::kSuggestions));
  }
  return &catalog.devices()[*index].device;
}

Result<const Link*> find_link(const Catalog& catalog, std::string_view field, std::string_view id) {
  const auto id_of = [](const Link& link) { return std::string_view(link.id); };
  if (const Link* link = find_ignoring_case(catalog.links(), id, id_of)) return link;
  const auto ids = ids_of(catalog.links(), id_of);
  return unknown(ErrorCode::bad_value, field, id, nearest_ids(id, ids, Catalog::kSuggestions));
}

Result<DeviceList> find_devices(const Catalog& catalog, const HardwareSpec& hardware) {
  DeviceList devices;
  const auto add = [&](std::string_view field, const DeviceSpec& device) -> Status {
    const auto found = find_device(catalog, field, device);
    if (!found) return found.error();
    for (std::uint32_t i = 0; i < device.count; ++i) devices.push_back(*found);
    return std::nullopt;
  };
  if (auto error = add("hardware.device", hardware.device)) return *std::move(error);
  for (const DeviceSpec& other : hardware.others) {
    if (auto error = add("hardware.others.device", other)) return *std::move(error);
  }
  return devices;
}

}  // namespace headroom
