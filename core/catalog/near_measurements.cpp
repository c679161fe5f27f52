#include "core/catalog/near_measurements.h"

#include <algorithm>
#include <cmath>

#include "core/catalog/names.h"

namespace headroom {
namespace {

// Runs llama.cpp's kernels and is not in the catalog.
constexpr std::string_view kLlamafile = "llamafile";
constexpr double kSameBits = 0.01, kHalfBits = 16;
constexpr double kNearOctaves = 1;      // of depth: from half to twice
constexpr double kUsersOfCurve = 1.25;  // as many, for a point on a curve

std::vector<std::string_view> caches_of(const Catalog& catalog, double bits) {
  std::vector<std::string_view> names;
  if (std::fabs(bits - kHalfBits) <= kSameBits) names.emplace_back();  // not told: nothing special
  for (const Engine& engine : catalog.engines()) {
    for (const KvType& type : engine.kv_types) {
      if (std::fabs(type.block.bits_per_weight() - bits) <= kSameBits) names.emplace_back(type.id);
    }
  }
  return names;
}

// Measured are models as they are, on devices alone.
bool runs_as_measured(const Estimate& estimate, const ResolvedScenario& scenario) {
  const Settings& settings = scenario.settings;
  return estimate.speed.known && estimate.placement.offload_fraction <= 0 && !settings.kv_on_host &&
         settings.speculation.kind == SpeculationKind::none && settings.adapters.empty();
}

bool same_run(const NearMeasurement& near) {
  return near.same_kernels && near.same_family && near.same_backend && near.same_devices && near.same_cache;
}

bool of_curve(const NearMeasurement& near, std::uint32_t users) {
  const double measured = std::max(near.measurement->users, 1U);
  return same_run(near) && near.same_format && near.same_users && near.same_flash_attention &&
         measured <= kUsersOfCurve * users && users <= kUsersOfCurve * measured;
}

}  // namespace

std::vector<NearMeasurement> near_measurements(const Measurements& measurements, const ResolvedScenario& scenario,
                                               const Catalog& catalog, std::size_t count) {
  if (!scenario.model.index || scenario.system.devices.empty() || !scenario.system.homogeneous()) return {};
  const Engine& engine = *scenario.engine;
  const ModelEntry& model = catalog.models()[*scenario.model.index];
  const CacheSettings& cache = scenario.settings.cache;
  const Workload& workload = scenario.settings.workload;
  MeasurementQuery query;
  query.device = scenario.system.devices[0]->id;
  query.devices = static_cast<std::uint32_t>(scenario.system.devices.size());
  query.model = model.id;
  query.format = scenario.format->id;
  query.engine = engine.id;
  query.backend = name_of(kBackendNames, scenario.system.backend);
  for (const ModelEntry& other : catalog.models()) {
    if (model.network > 0 && other.network == model.network) query.networks.push_back(other.id);
  }
  const std::string kernel = kernel_label(*scenario.format);
  for (const Format& format : catalog.formats()) {
    if (kernel_label(format) == kernel) query.kernels.emplace_back(format.id);
  }
  const bool cells = engine.cache == CachePolicy::cells;
  if (cells) query.family.push_back(kLlamafile);
  for (const Engine& other : catalog.engines()) {
    if (cells && other.cache == CachePolicy::cells) query.family.emplace_back(other.id);
  }
  query.caches = caches_of(catalog, bits_of_cache(cache));
  query.default_ubatch = engine.default_ubatch;
  query.ubatch = cells ? cache.ubatch : engine.default_ubatch;
  query.flash_attention = cache.flash_attention;
  query.users = cache.sequences();
  query.prompt = workload.prompt;
  query.output = workload.output;
  query.depth = workload.cached_prefix;
  return measurements.nearest(query, count);
}

Confidence confidence_with(const Estimate& estimate, const ResolvedScenario& scenario,
                           const std::vector<NearMeasurement>& near) {
  const Confidence fitted = estimate.speed.confidence;
  if (!runs_as_measured(estimate, scenario)) return fitted;
  const bool reads_only = scenario.settings.workload.output == 0;
  const bool measured = std::any_of(near.begin(), near.end(), [&](const NearMeasurement& row) {
    const PublicMeasurement& m = *row.measurement;
    const bool of_kind = reads_only ? m.is_prefill() && row.same_ubatch : m.decode_tok_s() > 0 || m.users > 1;
    return of_kind && same_run(row) && row.same_users && row.octaves <= kNearOctaves;
  });
  return measured ? Confidence::measured : fitted;
}

std::vector<MeasuredPoint> decode_points(const Estimate& estimate, const ResolvedScenario& scenario,
                                         const std::vector<NearMeasurement>& near) {
  std::vector<MeasuredPoint> points;
  if (!runs_as_measured(estimate, scenario)) return points;
  for (const NearMeasurement& row : near) {
    const double tok_s = row.measurement->decode_tok_s();
    if (tok_s <= 0 || !of_curve(row, scenario.settings.cache.sequences())) continue;
    points.push_back({row.measurement->mean_depth(), tok_s, &row});
  }
  return points;
}

std::vector<MeasuredPoint> ttft_points(const Estimate& estimate, const ResolvedScenario& scenario,
                                       const std::vector<NearMeasurement>& near) {
  std::vector<MeasuredPoint> points;
  const Settings& settings = scenario.settings;
  if (!runs_as_measured(estimate, scenario) || !settings.kernels.empty()) return points;
  for (const NearMeasurement& row : near) {
    const PublicMeasurement& m = *row.measurement;
    const bool as_asked = m.is_prefill() && row.same_ubatch && row.octaves <= kNearOctaves;
    if (!as_asked || !of_curve(row, settings.cache.sequences())) continue;
    points.push_back({static_cast<double>(m.prompt), m.prompt / m.tok_s, &row});
  }
  return points;
}

std::string_view counted_key(const PublicMeasurement& measured) {
  if (!measured.is_served()) return {};
  return measured.generation_only ? "measurements.together_generating" : "measurements.together";
}

std::vector<std::string> differences(const NearMeasurement& near, const Catalog& catalog, const Texts& texts) {
  std::vector<std::string> out;
  const PublicMeasurement& m = *near.measurement;
  if (!near.same_model) {
    const auto model = catalog.find_model(m.model);
    out.emplace_back(model ? catalog.models()[*model].name : m.model);
  }
  if (!near.same_backend) out.emplace_back(m.backend);
  if (!near.same_cache) {
    out.push_back(texts.fill("measurements.cache", {{"type", m.cache.empty() ? "f16" : std::string(m.cache)}}));
  }
  if (!near.same_flash_attention) {
    const bool on = m.flash_attention == Told::on;
    out.emplace_back(texts.get(on ? "measurements.flash" : "measurements.no_flash"));
  }
  if (!near.same_ubatch) {
    out.push_back(m.ubatch > 0 ? "-ub " + std::to_string(m.ubatch) : std::string(texts.get("measurements.ubatch")));
  }
  return out;
}

}  // namespace headroom
