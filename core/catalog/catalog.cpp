#include "core/catalog/catalog.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "core/catalog/architecture_json.h"
#include "core/catalog/calibration_json.h"
#include "core/catalog/dates.h"
#include "core/catalog/fact_table.h"
#include "core/catalog/json_text.h"
#include "core/catalog/nearest.h"
#include "core/catalog/pack.h"
#include "core/catalog/pack_fields.h"
#include "core/catalog/record_json.h"

namespace headroom {

struct Catalog::Impl {
  PackReader pack;
  StringList strings;
  std::vector<ModelEntry> models;
  std::vector<DeviceEntry> devices;
  std::vector<Format> formats;
  std::vector<Engine> engines;
  std::vector<WorkloadEntry> workloads;
  std::vector<ModeEntry> modes;
  std::vector<Host> hosts;
  std::vector<Link> links;
  ShownFacts architecture_facts, model_facts, device_facts;
  Calibration calibration;
  std::vector<std::uint32_t> models_by_id, devices_by_id;
};

namespace {

std::string_view id_of(const ModelEntry& entry) { return entry.id; }
std::string_view id_of(const DeviceEntry& entry) { return entry.device.id; }
std::string_view id_of(const WorkloadEntry& entry) { return entry.workload.id; }
std::string_view id_of(const Format& entry) { return entry.id; }
std::string_view id_of(const Engine& entry) { return entry.id; }

// Positions in the order of the ids.
template <class T>
std::vector<std::uint32_t> sorted_by_id(const std::vector<T>& entries) {
  std::vector<std::uint32_t> order(entries.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return id_of(entries[a]) < id_of(entries[b]); });
  return order;
}

template <class T>
std::optional<std::size_t> find_sorted(const std::vector<T>& entries, const std::vector<std::uint32_t>& order,
                                       std::string_view id) {
  const auto found =
      std::lower_bound(order.begin(), order.end(), id,
                       [&](std::uint32_t index, std::string_view wanted) { return id_of(entries[index]) < wanted; });
  if (found == order.end() || id_of(entries[*found]) != id) return std::nullopt;
  return *found;
}

template <class T>
const T* find_linear(const std::vector<T>& entries, std::string_view id) {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const T& entry) { return id_of(entry) == id; });
  return found == entries.end() ? nullptr : &*found;
}

template <class T>
std::vector<std::string_view> nearest_entries(const std::vector<T>& entries, std::string_view id, std::size_t count) {
  std::vector<std::string_view> ids;
  ids.reserve(entries.size());
  for (const T& entry : entries) ids.push_back(id_of(entry));
  return nearest_ids(id, ids, count);
}

Error damaged_section(std::string_view section) {
  return {ErrorCode::bad_file,
          "the compiled facts cannot be read: section \"" + std::string(section) + "\" is missing or damaged"};
}

}  // namespace

Catalog::Catalog() : impl_(std::make_unique<Impl>()) {}
Catalog::~Catalog() = default;

Result<std::unique_ptr<Catalog>> Catalog::load(std::span<const std::uint8_t> pack) {
  Result<PackReader> opened = PackReader::open(pack);
  if (!opened) return opened.error();
  std::unique_ptr<Catalog> catalog(new Catalog());
  Impl& impl = *catalog->impl_;
  impl.pack = std::move(opened).value();
  if (!read_strings(impl.pack.section("strings"), impl.strings.texts)) return damaged_section("strings");

  // In the order in which data/compiler writes them, which the texts depend on.
  std::string_view wrong;
  const auto read = [&](std::string_view section, auto& entries) {
    ColumnReader reader(impl.pack.section(section), impl.strings);
    if (wrong.empty() && !reader.rows(entries)) wrong = section;
  };
  read("models", impl.models);
  read("devices", impl.devices);
  read("formats", impl.formats);
  read("engines", impl.engines);
  read("workloads", impl.workloads);
  read("modes", impl.modes);
  read("hosts", impl.hosts);
  read("links", impl.links);
  CalibrationRows fitted;
  read("calibration", fitted.factors);
  read("calibration_ranges", fitted.ranges);
  if (!wrong.empty()) return damaged_section(wrong);
  std::size_t architectures = 0;
  for (const ModelEntry& model : impl.models) architectures = std::max<std::size_t>(architectures, model.architecture);
  impl.architecture_facts = {impl.pack.section("architecture_facts"), architectures};
  impl.model_facts = {impl.pack.section("model_facts"), impl.models.size()};
  impl.device_facts = {impl.pack.section("device_facts"), impl.devices.size()};
  impl.calibration = make_calibration(fitted);
  impl.models_by_id = sorted_by_id(impl.models);
  impl.devices_by_id = sorted_by_id(impl.devices);
  return catalog;
}

std::span<const ModelEntry> Catalog::models() const { return impl_->models; }
std::span<const DeviceEntry> Catalog::devices() const { return impl_->devices; }
std::span<const Format> Catalog::formats() const { return impl_->formats; }
std::span<const Engine> Catalog::engines() const { return impl_->engines; }
std::span<const WorkloadEntry> Catalog::workloads() const { return impl_->workloads; }
std::span<const ModeEntry> Catalog::modes() const { return impl_->modes; }
std::span<const Host> Catalog::hosts() const { return impl_->hosts; }
std::span<const Link> Catalog::links() const { return impl_->links; }
const Calibration& Catalog::calibration() const { return impl_->calibration; }

std::optional<std::size_t> Catalog::find_model(std::string_view id) const {
  return find_sorted(impl_->models, impl_->models_by_id, id);
}
std::optional<std::size_t> Catalog::find_device(std::string_view id) const {
  return find_sorted(impl_->devices, impl_->devices_by_id, id);
}
const Format* Catalog::find_format(std::string_view id) const { return find_linear(impl_->formats, id); }
const Engine* Catalog::find_engine(std::string_view id) const { return find_linear(impl_->engines, id); }
const WorkloadEntry* Catalog::find_workload(std::string_view id) const { return find_linear(impl_->workloads, id); }

std::vector<std::string_view> Catalog::nearest_models(std::string_view id, std::size_t count) const {
  return nearest_entries(impl_->models, id, count);
}
std::vector<std::string_view> Catalog::nearest_devices(std::string_view id, std::size_t count) const {
  return nearest_entries(impl_->devices, id, count);
}

Architecture Catalog::architecture(std::size_t model) const {
  const ModelEntry& entry = impl_->models[model];
  if (!entry.has_architecture()) return {};
  const std::string record = write_architecture_record(entry, impl_->architecture_facts.row(entry.architecture - 1));
  // The facts were read without an error when the pack was made.
  Result<Architecture> architecture = architecture_from_json(parse_or_discard(record));
  return architecture ? std::move(architecture).value() : Architecture{};
}

std::size_t Catalog::architecture_index(std::size_t model) const { return impl_->models[model].architecture; }

std::string Catalog::model_record(std::size_t model) const {
  const ModelEntry& entry = impl_->models[model];
  std::vector<FactTable::Field> facts;
  if (entry.has_architecture()) facts = impl_->architecture_facts.row(entry.architecture - 1);
  const std::vector<FactTable::Field> rest = impl_->model_facts.row(model);
  facts.insert(facts.end(), rest.begin(), rest.end());
  return write_model_record(entry, facts, impl_->workloads);
}

std::string Catalog::device_record(std::size_t device) const {
  return write_device_record(impl_->devices[device], impl_->device_facts.row(device));
}

std::span<const std::uint8_t> Catalog::section(std::string_view name) const { return impl_->pack.section(name); }
std::string_view Catalog::data_date() const { return impl_->pack.text("date"); }

bool Catalog::has_price_of_today(const DeviceEntry& device) const {
  constexpr int kMonths = 36;  // about a generation of devices and a half
  return device.price_usd >= 0 && months_of(data_date()) - months_of(device.price_date) <= kMonths;
}

}  // namespace headroom
