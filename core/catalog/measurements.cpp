#include "core/catalog/measurements.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "core/catalog/measurements_archive.h"
#include "core/catalog/names.h"
#include "core/catalog/pack.h"
#include "core/stable_sort.h"

namespace headroom {

std::string_view chip_of(std::string_view id) {
  const std::size_t dash = id.rfind('-');
  if (dash == std::string_view::npos || !id.ends_with("gb")) return id;
  const std::string_view size = id.substr(dash + 1, id.size() - dash - 3);
  const bool digits =
      !size.empty() && std::all_of(size.begin(), size.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? id.substr(0, dash) : id;
}

bool stored_before(const PublicMeasurement& a, const PublicMeasurement& b) {
  const auto key = [](const PublicMeasurement& m) {
    return std::tuple(chip_of(m.device), m.model, m.is_served(), m.engine, m.source, m.format, m.devices, m.prompt,
                      m.output, m.users, m.date);
  };
  return key(a) < key(b);
}

std::string PublicMeasurement::test() const {
  if (is_served()) {
    return std::to_string(users) + " × (pp" + std::to_string(prompt) + " + tg" + std::to_string(output) + ")";
  }
  std::string text = is_prefill() ? "pp" + std::to_string(prompt) : "tg" + std::to_string(output);
  if (depth > 0) text += " @ d" + std::to_string(depth);
  return text;
}

Result<Measurements> Measurements::read(std::span<const std::uint8_t> rows, std::span<const std::uint8_t> texts) {
  StringList strings;
  Measurements measurements;
  if (!read_strings(texts, strings.texts) || !ColumnReader(rows, strings).rows(measurements.rows_)) {
    return Error{ErrorCode::bad_file, "the public measurements cannot be read: the section is damaged"};
  }
  return measurements;
}

namespace {

// How far what was served is from what is asked, in doublings of the users and halved those of the lengths.
double distance(const PublicMeasurement& m, const MeasurementQuery& query) {
  if (!m.is_served()) return 0;
  const auto doublings = [](std::uint32_t a, std::uint32_t b) { return std::fabs(std::log2((a + 1.0) / (b + 1.0))); };
  return doublings(m.users, query.users) +
         0.5 * (doublings(m.prompt, query.prompt) + doublings(m.output, query.output));
}

}  // namespace

std::vector<NearMeasurement> Measurements::nearest(const MeasurementQuery& query, std::size_t count) const {
  using Key = std::tuple<std::string_view, std::string_view>;
  const Key wanted(chip_of(query.device), query.model);
  const auto key_of = [](const PublicMeasurement& m) { return Key(chip_of(m.device), m.model); };
  const auto first = std::lower_bound(rows_.begin(), rows_.end(), wanted,
                                      [&](const PublicMeasurement& m, const Key& key) { return key_of(m) < key; });
  std::vector<NearMeasurement> found;
  // A processor and the graphics beside it are two devices.
  const auto by_processor = [](std::string_view backend) { return backend == name_of(kBackendNames, Backend::cpu); };
  for (auto it = first; it != rows_.end() && key_of(*it) == wanted; ++it) {
    if (by_processor(it->backend) != by_processor(query.backend)) continue;
    found.push_back({&*it, it->format == query.format, it->engine == query.engine, it->backend == query.backend,
                     it->devices == query.devices});
  }
  // `true` sorts first: what agrees comes before what does not.
  stable_sort(found, [&](const NearMeasurement& a, const NearMeasurement& b) {
    const auto rank = [&](const NearMeasurement& m) {
      return std::tuple(m.measurement->is_served() != (query.users > 1), !m.same_devices, !m.same_format,
                        !m.same_engine, !m.same_backend, distance(*m.measurement, query), m.measurement->depth,
                        ~m.measurement->rows);
    };
    return rank(a) < rank(b);
  });
  if (found.size() > count) found.resize(count);
  return found;
}

}  // namespace headroom
