#include "tests/calibration/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <map>

#include "tests/calibration/rules.h"

namespace headroom {
namespace {

double median(std::vector<double> values) {
  if (values.empty()) return -1;
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Goals of the accuracy table (median absolute error).
double goal_of(const Observation& o, const std::string& vendor) {
  if (o.is_first_token()) return 0;  // none was set
  switch (o.cls) {
    case SpeedClass::decode_dense: return vendor == "NVIDIA" ? 0.08 : 0.10;
    case SpeedClass::prefill: return 0.20;
    default: return 0.15;
  }
}

std::string vendor_of(const Observation& o) {
  const Device& device = *o.system.devices[0];
  return o.system.backend == Backend::cpu ? "CPU" : device.vendor;
}

std::vector<double> picked(const std::vector<double>& all, const std::vector<std::size_t>& members) {
  std::vector<double> some;
  for (const std::size_t i : members) {
    if (i < all.size()) some.push_back(all[i]);
  }
  return some;
}

double share_inside(const std::vector<signed char>& inside, const std::vector<std::size_t>& members) {
  double judged = 0, within = 0;
  for (const std::size_t i : members) {
    if (i >= inside.size() || inside[i] < 0) continue;
    ++judged;
    within += inside[i];
  }
  return judged > 0 ? within / judged : 0;
}

// What two sources that measured the same thing have in common; programs built on one another count as one.
std::string same_thing(const Observation& o) {
  const MeasuredRow& r = *o.row;
  std::string text = r.device + '|' + r.backend + '|' + engine_family(*o.engine) + '|' + r.model + '|' + r.format +
                     '|' + r.kv + (r.flash_attention_off ? "|plain" : "|") + (r.wall ? "|wall" : "|");
  for (const std::uint32_t figure : {r.count, r.data_parallel, r.expert_parallel, r.prompt, r.depth, r.ubatch,
                                     r.concurrency, static_cast<std::uint32_t>(r.kind)}) {
    text += '|' + std::to_string(figure);
  }
  return text;
}

// Measurements of one thing, by source: their median.
using BySource = std::map<std::string, std::vector<double>>;

// How far every two sources are from each other.
void add_gaps(const BySource& sources, std::vector<double>& gaps) {
  for (auto a = sources.begin(); a != sources.end(); ++a) {
    for (auto b = std::next(a); b != sources.end(); ++b) {
      gaps.push_back(std::exp(std::fabs(median(a->second) - median(b->second))) - 1);
    }
  }
}

// The share of the device that most of them are of.
double share_of_most_measured(const std::vector<Observation>& observations, const std::vector<std::size_t>& members) {
  std::map<std::string, double> rows;
  double most = 0;
  for (const std::size_t i : members) most = std::max(most, ++rows[observations[i].row->device]);
  return most / static_cast<double>(members.size());
}

// Why a class misses its goal, as far as its own figures tell.
const char* reason(const AccuracyRow& row, double share_of_one) {
  constexpr std::size_t kEnoughPairs = 5;
  constexpr double kMost = 0.5;
  if (row.goal <= 0) return "arrival";
  if (row.reached) return "";
  if (row.spread_pairs >= kEnoughPairs && row.spread > row.goal) return "sources";
  if (share_of_one > kMost) return "one_machine";
  return row.fit > row.goal ? "builds" : "few";
}

}  // namespace

double median_error(const std::vector<double>& log_ratios) {
  std::vector<double> errors;
  for (const double ratio : log_ratios) {
    if (std::isfinite(ratio)) errors.push_back(std::fabs(std::exp(ratio) - 1));
  }
  return median(std::move(errors));
}

std::string class_of(const Observation& o) {
  if (o.is_first_token()) return "first token " + vendor_of(o);
  switch (o.cls) {
    case SpeedClass::decode_dense: return "decode dense " + vendor_of(o);
    case SpeedClass::decode_experts: return "decode experts " + vendor_of(o);
    case SpeedClass::decode_deep: return "decode at depth " + vendor_of(o);
    case SpeedClass::prefill: return "prefill " + vendor_of(o);
    case SpeedClass::served: return "served " + vendor_of(o);
    case SpeedClass::count: break;
  }
  return "";
}

std::vector<AccuracyRow> accuracy_table(const std::vector<Observation>& observations, const Residuals& residuals) {
  std::map<std::string, std::vector<std::size_t>> classes;
  std::map<std::string, std::map<std::string, BySource>> measured;  // by class and thing
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const Observation& o = observations[i];
    classes[class_of(o)].push_back(i);
    measured[class_of(o)][same_thing(o)][o.row->source].push_back(o.log_measured());
  }
  std::vector<AccuracyRow> table;
  for (const auto& entry : classes) {
    const std::string& name = entry.first;
    const std::vector<std::size_t>& members = entry.second;
    AccuracyRow row;
    row.cls = name;
    row.rows = members.size();
    const Observation& first = observations[members[0]];
    row.goal = goal_of(first, vendor_of(first));
    const auto pick = [&members](const std::vector<double>& all) { return median_error(picked(all, members)); };
    row.fit = pick(residuals.fit);
    row.left_out_pairs = pick(residuals.pairs);
    row.left_out_devices = pick(residuals.devices);
    row.left_out_models = pick(residuals.models);
    if (first.cls != SpeedClass::served) {
      for (std::size_t rule = 0; rule < rule_count(first); ++rule) {
        std::vector<double> errors;
        errors.reserve(members.size());
        for (const std::size_t i : members)
          errors.push_back(log_rule(observations[i], rule) - observations[i].log_measured());
        const double error = median_error(errors);
        if (row.best_rule >= 0 && error >= row.best_rule) continue;
        row.best_rule = error;
        row.best_rule_name = rule_name(first, rule);
      }
    }
    std::vector<double> gaps;
    for (const auto& [thing, sources] : measured[name]) add_gaps(sources, gaps);
    row.inside = share_inside(residuals.pairs_inside, members);
    row.inside_devices = share_inside(residuals.devices_inside, members);
    row.spread = median(gaps);
    row.spread_pairs = gaps.size();
    row.reached = row.left_out_pairs >= 0 && row.left_out_pairs <= row.goal;
    row.why = reason(row, share_of_most_measured(observations, members));
    table.push_back(row);
  }
  return table;
}

std::vector<AccuracyGroup> accuracy_groups(const std::vector<Observation>& observations, const Residuals& residuals) {
  constexpr std::size_t kFewestRows = 30;
  std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    if (observations[i].is_first_token()) continue;
    members[{"engine", observations[i].engine->id}].push_back(i);
    members[{"format", observations[i].weights->format->id}].push_back(i);
  }
  std::vector<AccuracyGroup> groups;
  for (const auto& [name, rows] : members) {
    if (rows.size() < kFewestRows) continue;
    groups.push_back({name.first, name.second, rows.size(), median_error(picked(residuals.pairs, rows)),
                      share_inside(residuals.pairs_inside, rows)});
  }
  std::stable_sort(groups.begin(), groups.end(), [](const AccuracyGroup& a, const AccuracyGroup& b) {
    return a.by != b.by ? a.by < b.by : a.rows > b.rows;
  });
  return groups;
}

std::string accuracy_text(const std::vector<AccuracyRow>& rows) {
  std::string text =
      "class                       rows    fit  pairs devices models   rule inside unseen spread   goal\n";
  const auto percent = [](double share) {
    return share < 0 ? std::string("    - ") : [share] {
      char buffer[16];
      std::snprintf(buffer, sizeof buffer, "%5.1f%%", 100 * share);
      return std::string(buffer);
    }();
  };
  for (const AccuracyRow& row : rows) {
    char head[64];
    std::snprintf(head, sizeof head, "%-26s %5zu ", row.cls.c_str(), row.rows);
    text += head + percent(row.fit) + " " + percent(row.left_out_pairs) + " " + percent(row.left_out_devices) + " " +
            percent(row.left_out_models) + " " + percent(row.best_rule) + " " + percent(row.inside) + " " +
            percent(row.inside_devices) + " " + percent(row.spread) + " " + percent(row.goal) +
            (row.reached ? "  reached\n" : "\n");
  }
  return text;
}

}  // namespace headroom
