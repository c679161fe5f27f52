// How right the estimates are, by class: the speed part of the accuracy table.
#pragma once

#include <string>
#include <vector>

#include "tests/calibration/observation.h"

namespace headroom {

// Estimated / measured of each observation, as natural logarithms; NaN where there is none.
struct Residuals {
  std::vector<double> fit;      // the shipped factors
  std::vector<double> pairs;    // the (device, model) pair left out
  std::vector<double> devices;  // the device left out
  std::vector<double> models;   // the model left out
  // Whether the measurement lies within p10..p90 of what the others give, the pair or the device left out; -1: not
  // judged
  std::vector<signed char> pairs_inside, devices_inside;
};

struct AccuracyRow {
  std::string cls;
  std::size_t rows = 0;
  double fit = 0, left_out_pairs = 0, left_out_devices = 0, left_out_models = 0;  // median absolute errors
  double best_rule = -1;                                                          // < 0: no published rule
  std::string best_rule_name;
  double inside = 0;             // share of left-out pairs within p10..p90
  double inside_devices = 0;     // share of left-out devices within the wider range of an unseen device
  double spread = 0;             // by which two sources that measured the same thing differ, median
  std::size_t spread_pairs = 0;  // of so many pairs of sources
  double goal = 0;
  bool reached = false;  // on left-out pairs
  std::string why;       // it is not, in a word that data/texts explains; empty where it is
};

// The same rows by what they were measured with: an engine or a weight format.
struct AccuracyGroup {
  std::string by, name;  // "engine", "vllm"
  std::size_t rows = 0;
  double left_out_pairs = 0, inside = 0;
};
// Those with rows enough to say something, most rows first.
[[nodiscard]] std::vector<AccuracyGroup> accuracy_groups(const std::vector<Observation>& observations,
                                                         const Residuals& residuals);

// "decode dense NVIDIA", "decode experts", "decode at depth", "prefill NVIDIA" ...
[[nodiscard]] std::string class_of(const Observation& observation);
[[nodiscard]] std::vector<AccuracyRow> accuracy_table(const std::vector<Observation>& observations,
                                                      const Residuals& residuals);
[[nodiscard]] std::string accuracy_text(const std::vector<AccuracyRow>& rows);

// Median of |estimated / measured - 1|; -1 when there is nothing.
[[nodiscard]] double median_error(const std::vector<double>& log_ratios);

}  // namespace headroom
