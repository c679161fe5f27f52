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

double PublicMeasurement::decode_tok_s() const {
  if (!is_served()) return is_prefill() ? 0 : tok_s;
  if (each_tok_s > 0) return each_tok_s;
  return generation_only ? tok_s / users : 0;
}

std::string PublicMeasurement::test() const {
  const std::string prompts = "pp" + std::to_string(prompt), answers = "tg" + std::to_string(output);
  const auto at = [](const std::string& what, std::uint32_t tokens) {
    return tokens > 0 ? what + " @ d" + std::to_string(tokens) : what;
  };
  if (!is_served()) return at(is_prefill() ? prompts : answers, depth);
  const std::string times = std::to_string(users) + " × ";
  return times + (generation_only ? at(answers, prompt) : "(" + prompts + " + " + answers + ")");
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

double octaves_between(double a, double b) { return std::fabs(std::log2(std::max(a, 1.0) / std::max(b, 1.0))); }

// How far what was measured is from what is asked, in doublings of the users and halved those of the lengths.
double distance(const PublicMeasurement& m, const MeasurementQuery& query) {
  if (!m.is_served()) return 0;
  const auto doublings = [](std::uint32_t a, std::uint32_t b) { return octaves_between(a + 1.0, b + 1.0); };
  return doublings(m.users, query.users) +
         0.5 * (doublings(m.prompt, query.prompt) + doublings(m.output, query.output));
}

NearMeasurement compared(const PublicMeasurement& m, const MeasurementQuery& query) {
  const auto among = [](const std::vector<std::string_view>& ids, std::string_view id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  };
  const auto ubatch = [&query](std::uint32_t told) { return told > 0 ? told : query.default_ubatch; };
  const std::uint32_t users = std::max(m.users, 1U);
  const double asked = query.depth + (m.is_prefill() ? 0 : query.prompt + query.output / 2.0);
  NearMeasurement near{&m};
  near.same_model = m.model == query.model;
  near.same_format = m.format == query.format;
  near.same_engine = m.engine == query.engine;
  near.same_backend = m.backend == query.backend;
  near.same_devices = m.devices == query.devices;
  near.same_kernels = near.same_format || among(query.kernels, m.format);
  near.same_family = near.same_engine || among(query.family, m.engine);
  near.same_cache = among(query.caches, m.cache);
  near.same_flash_attention =
      m.flash_attention == Told::nothing || (m.flash_attention == Told::on) == query.flash_attention;
  near.same_ubatch = !m.is_prefill() || ubatch(m.ubatch) == ubatch(query.ubatch);
  near.same_users = users <= 2 * query.users && query.users <= 2 * users && (users > 1) == (query.users > 1);
  const bool both_short = std::max(m.mean_depth(), asked) < kShortDepth;
  near.octaves = both_short ? 0 : octaves_between(m.mean_depth(), asked);
  return near;
}

}  // namespace

std::vector<NearMeasurement> Measurements::nearest(const MeasurementQuery& query, std::size_t count) const {
  using Key = std::tuple<std::string_view, std::string_view>;
  const auto key_of = [](const PublicMeasurement& m) { return Key(chip_of(m.device), m.model); };
  std::vector<std::string_view> models = query.networks;
  if (std::find(models.begin(), models.end(), query.model) == models.end()) models.push_back(query.model);
  std::vector<NearMeasurement> found;
  // A processor and the graphics beside it are two devices.
  const auto by_processor = [](std::string_view backend) { return backend == name_of(kBackendNames, Backend::cpu); };
  for (const std::string_view model : models) {
    const Key wanted(chip_of(query.device), model);
    auto it = std::lower_bound(rows_.begin(), rows_.end(), wanted,
                               [&](const PublicMeasurement& m, const Key& key) { return key_of(m) < key; });
    for (; it != rows_.end() && key_of(*it) == wanted; ++it) {
      if (by_processor(it->backend) == by_processor(query.backend)) found.push_back(compared(*it, query));
    }
  }
  // `true` sorts first: what agrees comes before what does not.
  const bool served = query.users > 1;
  stable_sort(found, [&](const NearMeasurement& a, const NearMeasurement& b) {
    const auto rank = [&](const NearMeasurement& m) {
      const PublicMeasurement& row = *m.measurement;
      return std::tuple(row.is_served() != served, !m.same_devices, !m.same_format, !m.same_kernels, !m.same_family,
                        !m.same_backend, !m.same_engine, !m.same_cache, !m.same_ubatch, !m.same_flash_attention,
                        distance(row, query) + m.octaves, row.depth, !m.same_model, ~row.rows);
    };
    return rank(a) < rank(b);
  });
  if (found.size() > count) found.resize(count);
  return found;
}

}  // namespace headroom
