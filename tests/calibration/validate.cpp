#include "tests/calibration/validate.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <set>

namespace headroom {
namespace {

constexpr std::size_t kFolds = 5;
constexpr unsigned kSeed = 20261121;
// Fewer rows than this have no quantiles worth the name; the group falls back on all backends together.
constexpr std::size_t kRowsForQuantiles = 20;
// What an unknown family adds over an unknown device, in the logarithm.
constexpr double kUnknownFamilyWidening = 1.4;

using Key = std::function<std::string(const Observation&)>;

std::vector<double> leave_out(Fitter& fitter, const std::vector<Observation>& observations, const Key& key) {
  std::set<std::string> distinct;
  for (const Observation& o : observations) distinct.insert(key(o));
  std::vector<std::string> keys(distinct.begin(), distinct.end());
  std::mt19937 random(kSeed);
  for (std::size_t i = keys.size(); i > 1; --i) std::swap(keys[i - 1], keys[random() % i]);
  std::map<std::string, std::size_t> fold;
  for (std::size_t i = 0; i < keys.size(); ++i) fold[keys[i]] = i % kFolds;

  std::vector<double> residuals(observations.size(), std::nan(""));
  std::vector<char> use(observations.size());
  for (std::size_t f = 0; f < kFolds; ++f) {
    for (std::size_t i = 0; i < observations.size(); ++i) use[i] = fold[key(observations[i])] != f ? 1 : 0;
    const Fitter::Factors factors = fitter.fit(use);
    for (std::size_t i = 0; i < observations.size(); ++i) {
      if (use[i] == 0) residuals[i] = fitter.residual(factors, i);
    }
  }
  return residuals;
}

ResidualRange quantiles(std::vector<double> log_ratios, double widening) {
  std::sort(log_ratios.begin(), log_ratios.end());
  const auto at = [&log_ratios](double share) {
    const double position = share * static_cast<double>(log_ratios.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, log_ratios.size() - 1);
    return log_ratios[below] + (position - std::floor(position)) * (log_ratios[above] - log_ratios[below]);
  };
  // The residual is estimated / measured; the range is of measured / estimated. It always holds the estimate itself.
  ResidualRange range;
  range.p10 = std::min(std::exp(-at(0.9) * widening), 1.0);
  range.p90 = std::max(std::exp(-at(0.1) * widening), 1.0);
  range.rows = static_cast<std::uint32_t>(log_ratios.size());
  return range;
}

}  // namespace

Residuals cross_validate(Fitter& fitter, const std::vector<Observation>& observations, const Fitter::Factors& full) {
  Residuals residuals;
  for (std::size_t i = 0; i < observations.size(); ++i) residuals.fit.push_back(fitter.residual(full, i));
  residuals.pairs = leave_out(fitter, observations, [](const Observation& o) { return o.row->device + o.row->model; });
  residuals.devices = leave_out(fitter, observations, [](const Observation& o) { return o.row->device; });
  residuals.models = leave_out(fitter, observations, [](const Observation& o) { return o.row->model; });
  return residuals;
}

std::vector<NamedRange> left_out_ranges(const std::vector<Observation>& observations, const Residuals& residuals) {
  // Known devices: their own rows left out, as pairs and as whole models. Unknown ones: the device left out.
  std::map<std::pair<int, std::string>, std::vector<double>> known;
  std::map<std::pair<int, std::string>, std::vector<double>> unknown;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const Observation& o = observations[i];
    const int cls = static_cast<int>(o.cls);
    for (const std::string& group : {std::string(backend_name(o.system.backend)), std::string()}) {
      for (const double r : {residuals.pairs[i], residuals.models[i]}) {
        if (std::isfinite(r)) known[{cls, group}].push_back(r);
      }
      if (std::isfinite(residuals.devices[i])) unknown[{cls, group}].push_back(residuals.devices[i]);
    }
  }
  std::vector<NamedRange> ranges;
  const auto collect = [&ranges](const auto& groups, Acquaintance acquaintance, double widening) {
    for (const auto& [key, values] : groups) {
      if (values.size() < kRowsForQuantiles && !key.second.empty()) continue;
      ranges.push_back({static_cast<SpeedClass>(key.first), key.second, acquaintance, quantiles(values, widening)});
    }
  };
  collect(known, Acquaintance::device, 1);
  collect(unknown, Acquaintance::family, 1);
  collect(unknown, Acquaintance::none, kUnknownFamilyWidening);
  return ranges;
}

void set_ranges(Calibration& calibration, const std::vector<Observation>& observations, const Residuals& residuals) {
  for (const NamedRange& range : left_out_ranges(observations, residuals)) {
    calibration.set_range(range.cls, range.group, range.acquaintance, range.range);
  }
}

}  // namespace headroom
