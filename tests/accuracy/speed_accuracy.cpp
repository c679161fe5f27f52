// The speed part of the accuracy table. Errors of the shipped efficiencies are computed here, over every shipped
// measurement; those of left-out devices, models and pairs need a fit each and stand in data/accuracy_speed.json,
// written with the efficiencies by headroom_calibrate.
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/calibration/observation.h"
#include "tests/calibration/report.h"
#include "tests/estimate/scenarios.h"

namespace headroom {
namespace {

constexpr std::size_t kRowsToJudge = 30;
// A median of rows that were left out may come out a little below that of the fit, where there is nothing to overfit:
// by twice as much as a median of so many draws is uncertain, whose errors are about as large as their median.
double by_chance(std::size_t rows) {
  constexpr double kOfAMedian = 1.25;  // its standard error against that of a mean, for a normal distribution
  return 1 - 2 * kOfAMedian / std::sqrt(static_cast<double>(rows));
}

nlohmann::json published() {
  const auto bytes = test::catalog().section("accuracy_speed");
  return nlohmann::json::parse(bytes.begin(), bytes.end(), nullptr, false);
}

double number(const nlohmann::json& row, const char* key) {
  const auto it = row.find(key);
  return it != row.end() && it->is_number() ? it->get<double>() : -1;
}

}  // namespace

TEST_CASE("speed: the shipped efficiencies reach what is published of them") {
  const Calibration& calibration = test::catalog().calibration();
  const auto measured = read_measured(std::string(HEADROOM_SOURCE_DIR) + "/data/measurements");
  REQUIRE(measured.ok());
  ObservationSet set = make_observations(test::catalog(), *measured);
  REQUIRE(set.rows.size() > 5000);
  Residuals residuals;
  for (Observation& o : set.rows) {
    residuals.fit.push_back(o.log_estimated(calibration.resolve(o.subject)) - o.log_measured());
  }
  std::map<std::string, AccuracyRow> now;
  for (const AccuracyRow& row : accuracy_table(set.rows, residuals)) now[row.cls] = row;

  const nlohmann::json file = published();
  REQUIRE(file.is_object());
  REQUIRE(file.contains("speed"));
  std::vector<AccuracyRow> table;
  for (const nlohmann::json& row : file["speed"]) {
    REQUIRE(row.contains("class"));
    const std::string cls = row["class"].get<std::string>();
    INFO(cls);
    REQUIRE(now.count(cls) == 1);
    AccuracyRow shown = now[cls];
    shown.left_out_pairs = number(row, "left_out_pairs");
    shown.left_out_devices = number(row, "left_out_devices");
    shown.left_out_models = number(row, "left_out_models");
    shown.inside = number(row, "inside");
    shown.inside_devices = number(row, "inside_unseen_devices");
    shown.reached = shown.left_out_pairs <= shown.goal;
    table.push_back(shown);
    if (shown.rows < kRowsToJudge) continue;
    CHECK(static_cast<double>(shown.rows) == number(row, "rows"));
    // The file was written with these efficiencies: a change of the core that moves them shows here.
    CHECK(std::fabs(shown.fit - number(row, "fit")) < 0.01);
    CHECK(shown.left_out_pairs >= shown.fit * by_chance(shown.rows));
    // Of CPUs nearly all rows are of one machine and one model: without them there is nothing to learn from.
    const bool one_machine = cls.find("CPU") != std::string::npos;
    if (!one_machine) {
      CHECK(shown.inside > 0.65);
      CHECK(shown.inside < 0.95);
      CHECK(shown.inside_devices > 0.4);
    }
    // Better than the best rule of thumb on the same rows, left out of the fit.
    if (shown.best_rule > 0 && !one_machine) CHECK(shown.left_out_pairs < shown.best_rule);
  }
  MESSAGE("\n" << accuracy_text(table));
}

}  // namespace headroom
