#include "core/catalog/kernels.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/catalog/json_text.h"
#include "core/catalog/quoted.h"

namespace headroom {
namespace {

using nlohmann::json;

Error bad_kernels(const std::string& what) { return {ErrorCode::bad_file, "kernels: " + what}; }

MixerKind mixer_by_name(std::string_view name) {
  if (name == "kda") return MixerKind::kda;
  if (name == "gated_delta") return MixerKind::gated_delta;
  if (name == "mamba2") return MixerKind::mamba2;
  if (name == "mla") return MixerKind::mla;
  return MixerKind::none;
}

void read_ids(const json& row, const char* key, std::vector<std::string>& ids) {
  const auto found = row.find(key);
  if (found == row.end() || !found->is_array()) return;
  for (const json& entry : *found) {
    if (const auto* id = entry.get_ptr<const std::string*>()) ids.push_back(*id);
  }
}

}  // namespace

bool KernelPackage::runs_on(std::string_view device) const {
  return std::find(devices.begin(), devices.end(), device) != devices.end();
}

bool KernelPackage::runs_in(std::string_view engine) const {
  return std::find(engines.begin(), engines.end(), engine) != engines.end();
}

Result<std::vector<KernelPackage>> read_kernels(std::string_view json_text) {
  const json rows = parse_or_discard(json_text);
  if (!rows.is_array()) return bad_kernels("not a JSON list");
  std::vector<KernelPackage> packages;
  for (const json& row : rows) {
    if (!row.is_object()) return bad_kernels("an entry is not an object");
    KernelPackage package;
    package.id = text_member(row, "id");
    package.name = text_member(row, "name");
    package.source = text_member(row, "source");
    package.mixer = text_member(row, "mixer");
    package.speedup = {mixer_by_name(package.mixer), number_member(row, "prefill_low").value_or(0),
                       number_member(row, "prefill_high").value_or(0)};
    read_ids(row, "devices", package.devices);
    read_ids(row, "engines", package.engines);
    if (package.id.empty() || package.source.empty() || package.devices.empty() || package.engines.empty())
      return bad_kernels("id, source, devices or engines missing");
    if (package.speedup.mixer == MixerKind::none) return bad_kernels(package.id + " names no known mixer");
    if (package.speedup.prefill_low < 1 || package.speedup.prefill_high < package.speedup.prefill_low) {
      return bad_kernels(package.id + " has no range of at least 1");
    }
    packages.push_back(std::move(package));
  }
  return packages;
}

Status use_kernels(std::string_view packages_json, std::span<const std::string> names, std::string_view device,
                   std::string_view engine, Settings& settings) {
  if (names.empty()) return std::nullopt;
  const auto packages = read_kernels(packages_json);
  if (!packages) return packages.error();
  for (const std::string& name : names) {
    const auto package = std::find_if(packages->begin(), packages->end(),
                                      [&name](const KernelPackage& candidate) { return candidate.id == name; });
    if (package == packages->end()) {
      std::string known;
      for (const KernelPackage& candidate : *packages) known += (known.empty() ? "" : ", ") + candidate.id;
      return Error{ErrorCode::bad_value,
                   "kernels: " + in_quotes(name) + " is not a kernel package; known are " + known};
    }
    if (package->concerns(device, engine)) settings.kernels.push_back(package->speedup);
  }
  return std::nullopt;
}

}  // namespace headroom
