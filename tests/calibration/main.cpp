// headroom_calibrate PACK DATA_FOLDER [--check | --unseen-from SOURCE] [--rows FILE]
// Fits the efficiencies to DATA_FOLDER/measurements and writes DATA_FOLDER/calibration.json and
// DATA_FOLDER/accuracy_speed.json.
// --check only prints the table of the fit, without leaving anything out and without writing.
// --unseen-from fits without the sources of that number and above and prints how those alone come out, under "fit".
// --rows writes every row with its errors, tab-separated.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/calibration_json.h"
#include "tests/calibration/fit.h"
#include "tests/calibration/validate.h"

namespace headroom {
namespace {

using nlohmann::json;

// A factor this close to 1 says nothing.
constexpr double kNegligible = 0.005;

double rounded(double value, double digits) {
  const double scale = std::pow(10.0, digits);
  return std::round(value * scale) / scale;
}

// To three digits: a point of a plot shows no more.
double plotted(double value) { return value > 0 ? rounded(value, 2 - std::floor(std::log10(value))) : value; }

json factors_json(const Fitter& fitter, const Fitter::Factors& factors) {
  json slots = json::object();
  for (std::size_t p = 0; p < factors.size(); ++p) {
    const Fitter::Parameter& parameter = fitter.parameters()[p];
    // Devices and families are listed even at 1: their rows say how well they are known.
    const bool counts = parameter.slot == Slot::weight_bandwidth && parameter.rows > 0;
    if (std::fabs(factors[p]) < kNegligible && !counts) continue;
    slots[slot_name(parameter.slot)][level_name(parameter.level)][parameter.name] =
        json::array({rounded(factors[p], 3), parameter.rows});
  }
  return slots;
}

json ranges_json(const std::vector<NamedRange>& ranges) {
  json rows = json::array();
  for (const NamedRange& r : ranges) {
    rows.push_back({{"class", speed_class_name(r.cls)},
                    {"group", r.group},
                    {"known", acquaintance_name(r.acquaintance)},
                    {"p10", rounded(r.range.p10, 4)},
                    {"p90", rounded(r.range.p90, 4)},
                    {"rows", r.range.rows}});
  }
  return rows;
}

json accuracy_json(const std::vector<AccuracyRow>& table) {
  json rows = json::array();
  for (const AccuracyRow& row : table) {
    const auto known = [](double value) { return value < 0 ? json() : json(rounded(value, 4)); };
    rows.push_back({{"class", row.cls},
                    {"rows", row.rows},
                    {"fit", known(row.fit)},
                    {"left_out_pairs", known(row.left_out_pairs)},
                    {"left_out_devices", known(row.left_out_devices)},
                    {"left_out_models", known(row.left_out_models)},
                    {"best_rule", known(row.best_rule)},
                    {"best_rule_name", row.best_rule_name},
                    {"inside", known(row.inside)},
                    {"inside_unseen_devices", known(row.inside_devices)},
                    {"spread_of_sources", known(row.spread)},
                    {"spread_pairs", row.spread_pairs},
                    {"goal", row.goal},
                    {"reached", row.reached}});
    if (!row.why.empty()) rows.back()["why"] = row.why;
  }
  return rows;
}

json groups_json(const std::vector<AccuracyGroup>& groups) {
  json rows = json::array();
  for (const AccuracyGroup& group : groups) {
    rows.push_back({{"by", group.by},
                    {"name", group.name},
                    {"rows", group.rows},
                    {"left_out_pairs", rounded(group.left_out_pairs, 4)},
                    {"inside", rounded(group.inside, 4)}});
  }
  return rows;
}

// Evenly spread points for the scatter plot: every class keeps at most `most`.
json scatter_json(const std::vector<Observation>& observations, const Residuals& residuals, std::size_t most) {
  std::map<SpeedClass, std::vector<std::size_t>> by_class;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    // A time is no point among rates.
    if (observations[i].is_first_token()) continue;
    if (std::isfinite(residuals.pairs[i])) by_class[observations[i].cls].push_back(i);
  }
  json points = json::array();
  for (const auto& [cls, members] : by_class) {
    const std::size_t step = std::max<std::size_t>(1, members.size() / most);
    for (std::size_t i = 0; i < members.size(); i += step) {
      const Observation& o = observations[members[i]];
      const double estimated = o.row->tok_s * std::exp(residuals.pairs[members[i]]);
      points.push_back(json::array({speed_class_name(cls), o.row->device, o.row->engine, o.row->model, o.row->format,
                                    plotted(o.row->tok_s), plotted(estimated)}));
    }
  }
  return points;
}

bool write(const std::string& path, const json& value, int indent) {
  std::ofstream out(path);
  out << value.dump(indent) << '\n';
  return out.good();
}

void write_rows(const std::string& path, const std::vector<Observation>& observations, const Residuals& residuals) {
  std::ofstream out(path);
  out << "class\texperts\tdevice\tfamily\tcount\tbackend\tengine\tmodel\tformat\tkernel\tprompt\tdepth\toutput\tconcurr"
         "ency\tubatch\t"
         "flash\tdate\tsource\tweight\ttok_s\tfit\tpairs\tdevices\tmodels\n";
  const auto at = [](const std::vector<double>& values, std::size_t i) {
    return i < values.size() ? std::to_string(values[i]) : std::string("nan");
  };
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const Observation& o = observations[i];
    const MeasuredRow& r = *o.row;
    out << class_of(o) << '\t' << o.profile.cost.has_experts << '\t' << r.device << '\t'
        << o.subject.names[static_cast<std::size_t>(Level::family)] << '\t' << r.count << '\t' << r.backend << '\t'
        << r.engine << '\t' << r.model << '\t' << r.format << '\t' << o.kernel << '\t' << r.prompt << '\t' << r.depth
        << '\t' << r.output << '\t' << r.concurrency << '\t' << r.ubatch << '\t' << !r.flash_attention_off << '\t'
        << r.date << '\t' << r.source << '\t' << o.weight << '\t' << r.tok_s << '\t' << at(residuals.fit, i) << '\t'
        << at(residuals.pairs, i) << '\t' << at(residuals.devices, i) << '\t' << at(residuals.models, i) << '\n';
  }
}

struct Options {
  bool check_only = false;
  int unseen_from = 0;  // a number of sources.csv; 0: all sources are fitted to
  std::string rows;
};

// Fits without the sources numbered `from` and up, and judges those alone.
void judge_unseen(Fitter& fitter, const std::vector<Observation>& observations, const Options& options) {
  std::vector<char> use;
  use.reserve(observations.size());
  for (const Observation& o : observations) use.push_back(std::atoi(o.row->source.c_str()) < options.unseen_from);
  const Fitter::Factors factors = fitter.fit(use);
  std::vector<Observation> unseen;
  Residuals residuals;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    if (use[i]) continue;
    residuals.fit.push_back(fitter.residual(factors, i));
    unseen.push_back(observations[i]);
  }
  std::printf("%s", accuracy_text(accuracy_table(unseen, residuals)).c_str());
  if (!options.rows.empty()) write_rows(options.rows, unseen, residuals);
}

int calibrate(const std::string& pack_path, const std::string& data, const Options& options) {
  std::ifstream in(pack_path, std::ios::binary);
  const std::vector<char> raw((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const std::vector<std::uint8_t> pack(raw.begin(), raw.end());
  const auto catalog = Catalog::load(pack);
  if (!catalog) {
    std::fprintf(stderr, "%s: %s\n", pack_path.c_str(), catalog.error().message.c_str());
    return 1;
  }
  const auto measured = read_measured(data + "/measurements");
  if (!measured) {
    std::fprintf(stderr, "%s\n", measured.error().message.c_str());
    return 1;
  }
  ObservationSet set = make_observations(**catalog, *measured);
  for (const std::string& line : set.skipped) std::printf("left out: %s\n", line.c_str());
  Fitter fitter(set.rows);
  std::printf("%zu rows, %zu factors\n", set.rows.size(), fitter.parameters().size());
  if (options.unseen_from > 0) {
    judge_unseen(fitter, set.rows, options);
    return 0;
  }
  const Fitter::Factors factors = fitter.fit(std::vector<char>(set.rows.size(), 1));

  Residuals residuals;
  if (options.check_only) {
    for (std::size_t i = 0; i < set.rows.size(); ++i) residuals.fit.push_back(fitter.residual(factors, i));
    std::printf("%s", accuracy_text(accuracy_table(set.rows, residuals)).c_str());
    if (!options.rows.empty()) write_rows(options.rows, set.rows, residuals);
    return 0;
  }
  residuals = cross_validate(fitter, set.rows, factors);
  if (!fitter.sound()) {
    std::fprintf(stderr, "a measurement has no finite estimate: nothing is written\n");
    return 1;
  }
  const std::vector<AccuracyRow> table = accuracy_table(set.rows, residuals);
  std::printf("%s", accuracy_text(table).c_str());

  if (!options.rows.empty()) write_rows(options.rows, set.rows, residuals);

  constexpr std::size_t kPointsPerClass = 120;
  const json calibration_file = {
      {"about", "Fitted by headroom_calibrate (tests/calibration) to data/measurements; do not edit by hand."},
      {"factors", factors_json(fitter, factors)},
      {"ranges", ranges_json(left_out_ranges(set.rows, residuals))}};
  const json accuracy_file = {
      {"about", "Written by headroom_calibrate: median absolute errors of speed, on rows the fit had not seen."},
      {"speed", accuracy_json(table)},
      {"groups", groups_json(accuracy_groups(set.rows, residuals))},
      {"points",
       {{"columns", {"class", "device", "engine", "model", "format", "measured", "estimated"}},
        {"rows", scatter_json(set.rows, residuals, kPointsPerClass)}}}};
  const bool written =
      write(data + "/calibration.json", calibration_file, 1) && write(data + "/accuracy_speed.json", accuracy_file, -1);
  return written ? 0 : 1;
}

}  // namespace
}  // namespace headroom

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: headroom_calibrate PACK DATA_FOLDER [--check | --unseen-from SOURCE] [--rows FILE]\n");
    return 2;
  }
  headroom::Options options;
  for (int i = 3; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--check") options.check_only = true;
    if (argument == "--unseen-from" && i + 1 < argc) options.unseen_from = std::atoi(argv[++i]);
    if (argument == "--rows" && i + 1 < argc) options.rows = argv[++i];
  }
  return headroom::calibrate(argv[1], argv[2], options);
}
