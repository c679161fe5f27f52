// The accuracy of the estimates as the calibration program and the tests wrote it: read from the pack once.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/catalog/catalog.h"

namespace headroom::accuracy {

// Errors are medians of |estimated / measured - 1|; negative = none.
struct ClassRow {
  std::string name;  // as written: "decode dense NVIDIA"
  std::uint32_t rows = 0;
  double fit = -1;                               // of the rows the fit has seen
  double pairs = -1, devices = -1, models = -1;  // with that pair, device or model left out of the fit
  double best_rule = -1;
  std::string best_rule_name;
  double inside = -1;          // share of unseen rows within p10..p90
  double inside_devices = -1;  // the same of devices the fit had not seen, within their wider range
  double spread = -1;          // by which sources that measured the same thing disagree
  double goal = -1;
  std::string why;  // it misses its goal, in a word that a text explains; empty: nothing is said
};

// Of all rows that were measured with one engine, or of one weight format.
struct GroupRow {
  std::string by, name;  // "engine" or "format", and its id
  std::uint32_t rows = 0;
  double pairs = -1, inside = -1;  // as of a class
};

struct MemoryRow {
  std::string name;  // key of its text
  std::uint32_t rows = 0;
  double median = -1, within = -1;  // median error; share of rows within the goal
  double goal = -1;
  bool reached = false;
};

struct Point {
  std::string kind;  // "decode_dense"
  std::string device, engine, model, format;
  double measured = 0, estimated = 0;  // tok/s
};

// Of all classes together.
struct Summary {
  std::uint32_t rows = 0;
  double typical = -1;           // of the classes' errors of unseen pairs the middle one, each counted by its rows
  double best = -1, worst = -1;  // the smallest and the largest of them
  double inside = -1;            // share of all rows within their range
  double memory = -1;            // the largest median error of a class of memory
};

struct Report {
  std::vector<ClassRow> speed;
  std::vector<GroupRow> groups;
  std::vector<MemoryRow> memory;
  std::vector<Point> points;
  Summary summary;
};

// What is missing or damaged is left out.
[[nodiscard]] Report read_report(const Catalog& catalog);

// The text key of a class or kind, and what follows it: "decode dense NVIDIA" -> {"class.decode_dense", "NVIDIA"}.
struct ClassName {
  std::string_view key;
  std::string_view vendor;
};
[[nodiscard]] ClassName split_class(std::string_view name);

}  // namespace headroom::accuracy
