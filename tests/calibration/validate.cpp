#include "tests/calibration/validate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string_view>

#include "core/hash.h"

namespace headroom {
namespace {

constexpr std::size_t kFolds = 5;
// Fewer rows than this have no quantiles worth the name; the group falls back on all backends together.
constexpr std::size_t kRowsForQuantiles = 20;
constexpr double kLow = 0.1, kHigh = 0.9;
// Fewer rows than this do not tell how much too narrow the quantiles of other rows are; then the whole class does.
constexpr std::size_t kRowsForConformity = 30;
// From this many draws on, their residuals tell that estimates of others will be too high, or too low.
constexpr std::size_t kDrawsToTellSides = 10;
// What an unknown family adds over an unknown device, in the logarithm.
constexpr double kUnknownFamilyWidening = 1.4;

// By name, so that new measurements leave the folds of the others alone.
std::size_t fold_of(std::string_view name) { return Fnv1a().add(name).value() % kFolds; }

using Key = std::function<std::string(const Observation&)>;

std::string device_of(const Observation& o) { return o.row->device; }
std::string model_of(const Observation& o) { return o.row->model; }
std::string pair_of(const Observation& o) { return o.row->device + o.row->model; }

// `first_tokens`: 1 where the range of a first token among others holds what was measured, 0 where not; -1 of the rest.
std::vector<double> leave_out(Fitter& fitter, const std::vector<Observation>& observations, const Key& key,
                              Acquaintance left, std::vector<signed char>& first_tokens) {
  first_tokens.assign(observations.size(), -1);
  std::vector<double> residuals(observations.size(), std::nan(""));
  std::vector<char> use(observations.size());
  for (std::size_t f = 0; f < kFolds; ++f) {
    for (std::size_t i = 0; i < observations.size(); ++i) use[i] = fold_of(key(observations[i])) != f ? 1 : 0;
    const Fitter::Factors factors = fitter.fit(use);
    for (std::size_t i = 0; i < observations.size(); ++i) {
      if (use[i] != 0) continue;
      residuals[i] = fitter.residual(factors, i);
      if (observations[i].is_first_token()) first_tokens[i] = fitter.holds_first_token(factors, i, left) ? 1 : 0;
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
  std::set<std::size_t> rows;
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

void collect(const Observation& o, std::size_t row, double log_ratio, const std::string& draw, Groups& groups) {
  if (!std::isfinite(log_ratio)) return;
  for (const std::string& group : {range_group(*o.system.devices[0], o.system.backend, *o.engine), std::string()}) {
    Members& members = groups[{static_cast<int>(o.cls), group}];
    members.log_ratios.push_back(log_ratio);
    members.rows.insert(row);
    members.draws.insert(draw);
  }
}

void add_ranges(const Groups& groups, Acquaintance acquaintance, double widening, std::vector<NamedRange>& ranges) {
  for (const auto& [key, members] : groups) {
    if (members.rows.size() < kRowsForQuantiles && !key.second.empty()) continue;
    Spread spread = spread_of(members);
    if (!key.second.empty()) {
      spread = toward(spread, spread_of(groups.at({key.first, std::string()})), members.draws.size());
    }
    ranges.push_back({static_cast<SpeedClass>(key.first), key.second, acquaintance,
                      make_residual_range(widening * spread.low, widening * spread.high, members.rows.size())});
  }
}

std::vector<NamedRange> quantile_ranges(const std::vector<Observation>& observations, const Residuals& residuals) {
  // Known devices: their own rows left out, as pairs and as whole models. Unknown ones: the device left out.
  Groups known, unknown;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const Observation& o = observations[i];
    if (o.is_first_token()) continue;  // its range follows from how requests arrive
    collect(o, i, residuals.pairs[i], pair_of(o), known);
    collect(o, i, residuals.models[i], pair_of(o), known);
    collect(o, i, residuals.devices[i], device_of(o), unknown);
  }
  std::vector<NamedRange> ranges;
  add_ranges(known, Acquaintance::device, 1, ranges);
  add_ranges(unknown, Acquaintance::family, 1, ranges);
  add_ranges(unknown, Acquaintance::none, kUnknownFamilyWidening, ranges);
  return ranges;
}

// What is known less is never told more narrowly: what few devices show by chance is no knowledge.
void widen_with_acquaintance(std::vector<NamedRange>& ranges) {
  for (NamedRange& wider : ranges) {
    for (const NamedRange& known : ranges) {
      const bool same = known.cls == wider.cls && known.group == wider.group;
      if (!same || known.acquaintance >= wider.acquaintance) continue;
      wider.range.p10 = std::min(wider.range.p10, known.range.p10);
      wider.range.p90 = std::max(wider.range.p90, known.range.p90);
    }
  }
}

Calibration with_ranges(const std::vector<NamedRange>& ranges) {
  Calibration calibration;
  for (const NamedRange& r : ranges) calibration.set_range(r.cls, r.group, r.acquaintance, r.range);
  return calibration;
}

// What is left out as one, and the residuals when it was.
struct Trial {
  Key key;
  const std::vector<double>& residuals;
  Acquaintance acquaintance;
};

std::array<Trial, 2> trials(const Residuals& residuals) {
  return {{{pair_of, residuals.pairs, Acquaintance::device}, {device_of, residuals.devices, Acquaintance::family}}};
}

using Ranges = std::vector<NamedRange> (*)(const std::vector<Observation>&, const Residuals&);
using Seen = std::function<void(std::size_t row, double log_ratio, const ResidualRange& range)>;

// Shows every row of the trial the range that `ranges` makes of all rows but those of its fold.
void show_unseen(const std::vector<Observation>& observations, const Residuals& residuals, const Trial& trial,
                 Ranges ranges, const Seen& seen) {
  for (std::size_t f = 0; f < kFolds; ++f) {
    Residuals others = residuals;
    for (std::size_t i = 0; i < observations.size(); ++i) {
      if (fold_of(trial.key(observations[i])) == f)
        others.pairs[i] = others.models[i] = others.devices[i] = std::nan("");
    }
    const Calibration calibration = with_ranges(ranges(observations, others));
    for (std::size_t i = 0; i < observations.size(); ++i) {
      const Observation& o = observations[i];
      if (o.is_first_token() || !std::isfinite(trial.residuals[i]) || fold_of(trial.key(o)) != f) continue;
      seen(
          i, trial.residuals[i],
          calibration.range(o.cls, range_group(*o.system.devices[0], o.system.backend, *o.engine), trial.acquaintance));
    }
  }
}

// How far beyond the nearer end of the range a measurement lies, in the logarithm; negative inside.
double beyond(double log_ratio, const ResidualRange& range) {
  return std::max(log_ratio + std::log(range.p10), -log_ratio - std::log(range.p90));
}

// Rows that ranges made so have not seen lie outside more often than the ranges say, the more so the fewer draws there
// are. Every range is made wider by what four fifths of such rows needed (conformalized quantile regression, Romano et
// al., arXiv 1905.03222); never narrower, since few folds tell little.
void conform(const std::vector<Observation>& observations, const Residuals& residuals, Ranges made,
             std::vector<NamedRange>& ranges) {
  for (const Trial& trial : trials(residuals)) {
    std::map<std::pair<int, std::string>, std::vector<double>> needs;
    show_unseen(observations, residuals, trial, made, [&](std::size_t i, double log_ratio, const ResidualRange& range) {
      const Observation& o = observations[i];
      const int cls = static_cast<int>(o.cls);
      const double needed = beyond(log_ratio, range);
      needs[{cls, range_group(*o.system.devices[0], o.system.backend, *o.engine)}].push_back(needed);
      needs[{cls, std::string()}].push_back(needed);
    });
    for (auto& [key, needed] : needs) std::sort(needed.begin(), needed.end());
    for (NamedRange& r : ranges) {
      if ((r.acquaintance == Acquaintance::device) != (trial.acquaintance == Acquaintance::device)) continue;
      const auto own = needs.find({static_cast<int>(r.cls), r.group});
      const auto whole = needs.find({static_cast<int>(r.cls), std::string()});
      if (whole == needs.end()) continue;
      const bool enough = own != needs.end() && own->second.size() >= kRowsForConformity;
      const double wider = std::exp(std::max(quantile(enough ? own->second : whole->second, kHigh - kLow), 0.0));
      r.range.p10 /= wider;
      r.range.p90 *= wider;
    }
  }
}

std::vector<NamedRange> conformed_once(const std::vector<Observation>& observations, const Residuals& residuals) {
  std::vector<NamedRange> ranges = quantile_ranges(observations, residuals);
  conform(observations, residuals, quantile_ranges, ranges);
  return ranges;
}

// 1 where a row lies in the range that all rows but those of its fold give, 0 where not, -1 where it was not left out.
std::vector<signed char> judge_ranges(const std::vector<Observation>& observations, const Residuals& residuals,
                                      const Trial& trial) {
  std::vector<signed char> inside(observations.size(), -1);
  show_unseen(observations, residuals, trial, left_out_ranges,
              [&](std::size_t i, double log_ratio, const ResidualRange& range) {
                inside[i] = beyond(log_ratio, range) <= 0 ? 1 : 0;
              });
  return inside;
}

}  // namespace

Residuals cross_validate(Fitter& fitter, const std::vector<Observation>& observations, const Fitter::Factors& full) {
  Residuals residuals;
  for (std::size_t i = 0; i < observations.size(); ++i) residuals.fit.push_back(fitter.residual(full, i));
  std::array<std::vector<signed char>, 3> first_tokens;
  residuals.pairs = leave_out(fitter, observations, pair_of, Acquaintance::device, first_tokens[0]);
  residuals.devices = leave_out(fitter, observations, device_of, Acquaintance::family, first_tokens[1]);
  residuals.models = leave_out(fitter, observations, model_of, Acquaintance::device, first_tokens[2]);
  const std::array<Trial, 2> tried = trials(residuals);
  residuals.pairs_inside = judge_ranges(observations, residuals, tried[0]);
  residuals.devices_inside = judge_ranges(observations, residuals, tried[1]);
  for (std::size_t i = 0; i < observations.size(); ++i) {
    if (!observations[i].is_first_token()) continue;
    residuals.pairs_inside[i] = first_tokens[0][i];
    residuals.devices_inside[i] = first_tokens[1][i];
  }
  return residuals;
}

std::vector<NamedRange> left_out_ranges(const std::vector<Observation>& observations, const Residuals& residuals) {
  // What was widened by some rows is still too narrow for others where few draws told how much.
  std::vector<NamedRange> ranges = conformed_once(observations, residuals);
  conform(observations, residuals, conformed_once, ranges);
  widen_with_acquaintance(ranges);
  return ranges;
}

}  // namespace headroom
