#include "tests/calibration/validate.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string_view>

namespace headroom {
namespace {

constexpr std::size_t kFolds = 5;
// Fewer rows than this have no quantiles worth the name; the group falls back on all backends together.
constexpr std::size_t kRowsForQuantiles = 20;
// A little beyond the tenth and ninetieth per cent: rows that the quantiles have not seen lie outside more often.
constexpr double kLow = 0.09, kHigh = 0.91;
// From this many draws on, their residuals tell that estimates of others will be too high, or too low.
constexpr std::size_t kDrawsToTellSides = 10;
// What an unknown family adds over an unknown device, in the logarithm.
constexpr double kUnknownFamilyWidening = 1.4;

// By name (FNV-1a), so that new measurements leave the folds of the others alone.
std::size_t fold_of(std::string_view name) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : name) hash = (hash ^ static_cast<std::uint8_t>(c)) * 1099511628211ULL;
  return hash % kFolds;
}

using Key = std::function<std::string(const Observation&)>;

std::string device_of(const Observation& o) { return o.row->device; }
std::string model_of(const Observation& o) { return o.row->model; }
std::string pair_of(const Observation& o) { return o.row->device + o.row->model; }

std::vector<double> leave_out(Fitter& fitter, const std::vector<Observation>& observations, const Key& key) {
  std::vector<double> residuals(observations.size(), std::nan(""));
  std::vector<char> use(observations.size());
  for (std::size_t f = 0; f < kFolds; ++f) {
    for (std::size_t i = 0; i < observations.size(); ++i) use[i] = fold_of(key(observations[i])) != f ? 1 : 0;
    const Fitter::Factors factors = fitter.fit(use);
    for (std::size_t i = 0; i < observations.size(); ++i) {
      if (use[i] == 0) residuals[i] = fitter.residual(factors, i);
    }
  }
  return residuals;
}

double quantile(const std::vector<double>& sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - std::floor(position)) * (sorted[above] - sorted[below]);
}

// The residual is estimated / measured; the range is of measured / estimated. It always holds the estimate itself.
ResidualRange make_residual_range(double low, double high, std::size_t rows) {
  return {std::min(std::exp(-high), 1.0), std::max(std::exp(-low), 1.0), static_cast<std::uint32_t>(rows)};
}

// What was left out as one, a device or a pair of device and model, counts as one draw, however many rows it has: the
// range of one more draw from a normal distribution known
// by n of them, against that of many, is t(0.9, n - 1) / z(0.9) sqrt(1 + 1/n) as wide. t after Abramowitz and Stegun,
// 26.7.5.
double widening_by_draws(std::size_t draws) {
  constexpr double z = 1.2816;
  // Of fewer the factor would say more of the formula than of the draws.
  constexpr std::size_t kFewest = 3;
  const double n = static_cast<double>(std::max(draws, kFewest));
  const double freedom = n - 1;
  const double z3 = z * z * z;
  const double t = z + (z3 + z) / (4 * freedom) + (5 * z3 * z * z + 16 * z3 + 3 * z) / (96 * freedom * freedom);
  return t / z * std::sqrt(1 + 1 / n);
}

// Of estimated / measured, in the logarithm.
struct Spread {
  double low = 0, high = 0;
};

// Residuals of one class and group, or of the class as a whole.
struct Members {
  std::vector<double> log_ratios;
  std::set<std::string> draws;
};

// Of a few draws it is chance on which side of the estimate they lie: the spread is then as wide on both.
Spread spread_of(const Members& members) {
  std::vector<double> log_ratios = members.log_ratios;
  const double widening = widening_by_draws(members.draws.size());
  if (members.draws.size() < kDrawsToTellSides) {
    for (double& r : log_ratios) r = std::fabs(r);
    std::sort(log_ratios.begin(), log_ratios.end());
    const double half = widening * quantile(log_ratios, kHigh - kLow);
    return {-half, half};
  }
  std::sort(log_ratios.begin(), log_ratios.end());
  return {widening * quantile(log_ratios, kLow), widening * quantile(log_ratios, kHigh)};
}

// What few draws of a group say is drawn toward what the class as a whole says, as if that were some draws more.
Spread toward(const Spread& own, const Spread& whole, std::size_t draws) {
  constexpr double kDrawsOfTheClass = 2;
  const double share = static_cast<double>(draws) / (static_cast<double>(draws) + kDrawsOfTheClass);
  return {share * own.low + (1 - share) * whole.low, share * own.high + (1 - share) * whole.high};
}

using Groups = std::map<std::pair<int, std::string>, Members>;

void collect(const Observation& o, double log_ratio, const std::string& draw, Groups& groups) {
  if (!std::isfinite(log_ratio)) return;
  for (const std::string& group : {range_group(o.system.backend, *o.engine), std::string()}) {
    Members& members = groups[{static_cast<int>(o.cls), group}];
    members.log_ratios.push_back(log_ratio);
    members.draws.insert(draw);
  }
}

void add_ranges(const Groups& groups, Acquaintance acquaintance, double widening, std::vector<NamedRange>& ranges) {
  for (const auto& [key, members] : groups) {
    if (members.log_ratios.size() < kRowsForQuantiles && !key.second.empty()) continue;
    Spread spread = spread_of(members);
    if (!key.second.empty()) {
      spread = toward(spread, spread_of(groups.at({key.first, std::string()})), members.draws.size());
    }
    ranges.push_back({static_cast<SpeedClass>(key.first), key.second, acquaintance,
                      make_residual_range(widening * spread.low, widening * spread.high, members.log_ratios.size())});
  }
}

// 1 where a row lies in the range that all rows but those of its fold give, 0 where not, -1 where it was not left out.
std::vector<signed char> judge_ranges(const std::vector<Observation>& observations, const Residuals& residuals,
                                      const Key& key, Acquaintance acquaintance) {
  const std::vector<double>& judged = acquaintance == Acquaintance::device ? residuals.pairs : residuals.devices;
  std::vector<signed char> inside(observations.size(), -1);
  for (std::size_t f = 0; f < kFolds; ++f) {
    Residuals others = residuals;
    for (std::size_t i = 0; i < observations.size(); ++i) {
      if (fold_of(key(observations[i])) == f) others.pairs[i] = others.models[i] = others.devices[i] = std::nan("");
    }
    Calibration calibration;
    for (const NamedRange& r : left_out_ranges(observations, others)) {
      calibration.set_range(r.cls, r.group, r.acquaintance, r.range);
    }
    for (std::size_t i = 0; i < observations.size(); ++i) {
      const Observation& o = observations[i];
      if (!std::isfinite(judged[i]) || fold_of(key(o)) != f) continue;
      const ResidualRange range = calibration.range(o.cls, range_group(o.system.backend, *o.engine), acquaintance);
      const double measured_by_estimated = std::exp(-judged[i]);
      inside[i] = measured_by_estimated >= range.p10 && measured_by_estimated <= range.p90 ? 1 : 0;
    }
  }
  return inside;
}

}  // namespace

Residuals cross_validate(Fitter& fitter, const std::vector<Observation>& observations, const Fitter::Factors& full) {
  Residuals residuals;
  for (std::size_t i = 0; i < observations.size(); ++i) residuals.fit.push_back(fitter.residual(full, i));
  residuals.pairs = leave_out(fitter, observations, pair_of);
  residuals.devices = leave_out(fitter, observations, device_of);
  residuals.models = leave_out(fitter, observations, model_of);
  residuals.pairs_inside = judge_ranges(observations, residuals, pair_of, Acquaintance::device);
  residuals.devices_inside = judge_ranges(observations, residuals, device_of, Acquaintance::family);
  return residuals;
}

std::vector<NamedRange> left_out_ranges(const std::vector<Observation>& observations, const Residuals& residuals) {
  // Known devices: their own rows left out, as pairs and as whole models. Unknown ones: the device left out.
  Groups known, unknown;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const Observation& o = observations[i];
    collect(o, residuals.pairs[i], pair_of(o), known);
    collect(o, residuals.models[i], pair_of(o), known);
    collect(o, residuals.devices[i], device_of(o), unknown);
  }
  std::vector<NamedRange> ranges;
  add_ranges(known, Acquaintance::device, 1, ranges);
  add_ranges(unknown, Acquaintance::family, 1, ranges);
  add_ranges(unknown, Acquaintance::none, kUnknownFamilyWidening, ranges);
  return ranges;
}

}  // namespace headroom
