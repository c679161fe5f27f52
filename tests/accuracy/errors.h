// Errors of one row of the report, and the logs it reads.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "core/hardware/device.h"
#include "tests/accuracy/memory_accuracy.h"
#include "tests/truth/llama_cpp_truth.h"

namespace headroom::accuracy {

inline constexpr double kMib = 1024.0 * 1024.0;
inline constexpr double kGib = 1024.0 * kMib;

class Errors {
 public:
  void add(double got, double want, double slack = 0) {
    if (want == 0 && std::abs(got) <= slack) return;
    const double error = want != 0 ? std::abs(got / want - 1) : 1;
    all_.push_back(error);
    if (want != 0) most_under_ = std::max(most_under_, 1 - got / want);
    if (error <= bound_ || std::abs(got - want) <= slack) ++inside_;
  }
  explicit Errors(double bound) : bound_(bound) {}
  [[nodiscard]] MemoryAccuracyRow row(std::string what, std::string truth, std::string goal, double median_goal,
                                      double within_goal) const {
    MemoryAccuracyRow out{std::move(what), std::move(truth), all_.size(), 0, 0, 0, std::move(goal), false, median_goal};
    if (all_.empty()) return out;
    std::vector<double> sorted = all_;
    std::sort(sorted.begin(), sorted.end());
    out.median_error = sorted[sorted.size() / 2];
    out.p95 = sorted[sorted.size() * 95 / 100];
    out.within = static_cast<double>(inside_) / static_cast<double>(all_.size());
    out.met = out.median_error <= median_goal && out.within >= within_goal;
    return out;
  }

  [[nodiscard]] double most_under() const { return most_under_; }  // relative, of the worst row

 private:
  double bound_;
  std::vector<double> all_;
  std::size_t inside_ = 0;
  double most_under_ = 0;
};

// Whether to print every row beside its truth.
inline bool verbose() { return std::getenv("HEADROOM_VERBOSE") != nullptr; }

inline Backend backend_of(const std::string& device) {
  if (device == "vulkan") return Backend::vulkan;
  if (device == "rocm") return Backend::rocm;
  if (device == "metal") return Backend::metal;
  return device.rfind("cpu", 0) == 0 ? Backend::cpu : Backend::cuda;
}

inline std::vector<std::vector<std::string>> read_logs(const char* name, std::size_t fields) {
  const std::string path = std::string(HEADROOM_SOURCE_DIR) + "/tests/truth/memory-logs/" + name;
  std::ifstream file(path);
  if (!file) {
    std::fprintf(stderr, "cannot open %s\n", path.c_str());
    std::abort();
  }
  std::vector<std::vector<std::string>> rows;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::vector<std::string> row = truth::split_csv(line);
    if (row.size() >= fields) rows.push_back(std::move(row));
  }
  return rows;
}

inline double number(const std::string& text) { return text.empty() ? 0 : std::strtod(text.c_str(), nullptr); }
inline std::uint32_t count(const std::string& text) { return static_cast<std::uint32_t>(number(text)); }

}  // namespace headroom::accuracy
