#include "data/compiler/device_checks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace headroom::facts {
namespace {

using nlohmann::json;

std::optional<double> number_in(const json& row, const char* name) {
  const auto value = row.find(name);
  if (value == row.end() || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

std::string text_in(const json& row, const char* name) {
  const auto value = row.find(name);
  return value != row.end() && value->is_string() ? value->get<std::string>() : std::string();
}

// A reason stands in the row for why a check does not hold.
bool excepted(const json& row, const char* check) {
  const auto exceptions = row.find("exceptions");
  return exceptions != row.end() && exceptions->is_object() && !text_in(*exceptions, check).empty();
}

std::string figure(double value) {
  std::array<char, 32> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.6g", value);
  return {buffer.data(), static_cast<std::size_t>(std::max(length, 0))};
}

void check_range(const Row& row, const char* name, double least, double most, Problems& problems) {
  const auto value = number_in(row.json, name);
  if (!value || (*value >= least && *value <= most) || excepted(row.json, name)) return;
  problems.add(row.where,
               std::string(name) + " is " + figure(*value) + ", possible is " + figure(least) + " to " + figure(most));
}

// The highest rate of 16-bit matrix products against fp32 vector arithmetic, dense. A sparse figure doubles it.
struct MatrixRatio {
  std::string_view part;  // compute capability, gfx target (a prefix) or architecture
  double most;
};
constexpr std::array<MatrixRatio, 30> kMatrixRatios{
    {{"6.", 2},      {"7.0", 8},    {"7.2", 8},    {"7.5", 8},     {"8.0", 16.2},   {"8.6", 4},
     {"8.7", 8},     {"8.9", 4},    {"9.0", 15},   {"10.", 31.3},  {"11.0", 32},    {"12.", 4},
     {"gfx8", 1},    {"gfx90a", 4}, {"gfx900", 2}, {"gfx906", 2},  {"gfx908", 4},   {"gfx942", 8},
     {"gfx950", 16}, {"gfx10", 2},  {"gfx11", 2},  {"gfx120", 4},  {"Apple M5", 4}, {"Apple M", 1},
     {"Xe-HPG", 8},  {"Xe2", 8},    {"Xe3", 8},    {"Xe-HPC", 16}, {"Xe-LPG+", 8},  {"Xe-LPG", 2}}};
constexpr double kRounding = 1.04;  // published figures are rounded

std::optional<double> highest_matrix_ratio(const json& row) {
  for (const std::string& part :
       {text_in(row, "compute_capability"), text_in(row, "gfx_target"), text_in(row, "architecture")}) {
    if (part.empty()) continue;
    for (const MatrixRatio& known : kMatrixRatios) {
      if (std::string_view(part).starts_with(known.part)) return known.most;
    }
  }
  return std::nullopt;
}

void check_throughputs(const Row& row, Problems& problems) {
  const auto found = row.json.find("dense_tflops");
  if (found == row.json.end() || !found->is_object()) {
    problems.add(row.where, "dense_tflops is missing");
    return;
  }
  const json& tflops = *found;
  for (const auto& item : tflops.items()) {
    // acc16: with sums kept in 16 bit, twice the rate on GeForce.
    constexpr std::array<std::string_view, 9> kFormats{"fp32", "tf32", "fp16",       "bf16",     "fp8",
                                                       "int8", "fp4",  "fp16_acc16", "fp8_acc16"};
    if (std::find(kFormats.begin(), kFormats.end(), item.key()) == kFormats.end()) {
      problems.add(row.where, "unknown field \"dense_tflops." + item.key() + "\"");
    }
  }
  const auto fp32 = number_in(tflops, "fp32");
  const double half = std::max(number_in(tflops, "fp16").value_or(0), number_in(tflops, "bf16").value_or(0));
  const auto most = highest_matrix_ratio(row.json);
  if (most && fp32 && half > *fp32 * *most * kRounding && !excepted(row.json, "fp16")) {
    problems.add(row.where, "16-bit throughput is " + figure(half / *fp32) + " times fp32, this architecture reaches " +
                                figure(*most) + ": a sparse figure quoted as dense?");
  }
  // Twice the 16-bit rate, within rounding, is what every part with 8-bit floats has but the excepted ones.
  constexpr double kTwice = 2, kTolerance = 0.03;
  const auto fp8 = number_in(tflops, "fp8");
  if (fp8 && half > 0 && std::abs(*fp8 / half / kTwice - 1) > kTolerance && !excepted(row.json, "fp8")) {
    problems.add(row.where, "fp8 is " + figure(*fp8 / half) + " times the 16-bit throughput, not 2");
  }
  // Four times where 16-bit products accumulate at half rate (GeForce), else twice.
  constexpr double kMostInt8 = 4.05, kLeastFp4 = 0.97, kMostFp4 = 4.05;
  const auto int8 = number_in(tflops, "int8");
  if (int8 && half > 0 && *int8 > half * kMostInt8 && !excepted(row.json, "int8")) {
    problems.add(row.where, "int8 is " + figure(*int8 / half) + " times the 16-bit throughput, possible is 4");
  }
  const auto fp4 = number_in(tflops, "fp4");
  if (fp4 && fp8 && (*fp4 > *fp8 * kMostFp4 || *fp4 < *fp8 * kLeastFp4) && !excepted(row.json, "fp4")) {
    problems.add(row.where, "fp4 is " + figure(*fp4 / *fp8) + " times fp8, possible is 1 to 4");
  }
}

// "DDR5-4800 12ch x2 sockets" or "LPDDR4X-4267 32-bit": what the type and the width give, in GB/s.
std::optional<double> bandwidth_of_type(const std::string& type) {
  const std::size_t dash = type.find('-');
  if (dash == std::string::npos) return std::nullopt;
  double rate = 0, width = 0;
  int sockets = 1;
  std::array<char, 16> unit{};
  const int read = std::sscanf(type.c_str() + dash, "-%lf %lf%*[-]%15s", &rate, &width, unit.data());
  double bits = 0;
  if (read >= 3 && std::string_view(unit.data()) == "bit") {
    bits = width;
  } else if (std::sscanf(type.c_str() + dash, "-%lf %lfch x%d", &rate, &width, &sockets) >= 2 &&
             type.find("ch", dash) != std::string::npos) {
    bits = width * 64 * sockets;
  } else {
    return std::nullopt;
  }
  return rate * bits / 8 / 1000;
}

void check_bandwidth(const Row& row, Problems& problems) {
  constexpr double kTolerance = 0.02;
  const auto stated = number_in(row.json, "mem_bandwidth_gbs");
  const auto expected = bandwidth_of_type(text_in(row.json, "memory_type"));
  if (stated && expected && std::abs(*stated / *expected - 1) > kTolerance &&
      !excepted(row.json, "mem_bandwidth_gbs")) {
    problems.add(row.where, "mem_bandwidth_gbs is " + figure(*stated) + ", " + text_in(row.json, "memory_type") +
                                " gives " + figure(*expected));
  }
  const auto reached = number_in(row.json, "mem_bw_achievable_gbs");
  if (stated && reached && *reached > *stated) {
    problems.add(row.where, "mem_bw_achievable_gbs is above mem_bandwidth_gbs");
  }
}

void check_memory(const Row& row, Problems& problems) {
  constexpr double kLeastShare = 0.8, kMostShare = 1.005;
  const auto nominal = number_in(row.json, "memory_gb");
  const auto reported = number_in(row.json, "memory_gib_reported");
  if (!nominal) problems.add(row.where, "memory_gb is missing");
  if (nominal && reported && (*reported < *nominal * kLeastShare || *reported > *nominal * kMostShare)) {
    problems.add(row.where, "memory_gib_reported is " + figure(*reported) + " of nominally " + figure(*nominal));
  }
}

void check_launch(const Row& row, Problems& problems) {
  const std::string launch = text_in(row.json, "launch");
  int year = 0;
  constexpr int kFirstYear = 2010, kLastYear = 2029;
  if (std::sscanf(launch.c_str(), "%4d", &year) != 1 || year < kFirstYear || year > kLastYear) {
    problems.add(row.where, "launch is \"" + launch + "\", wanted is a year and month");
  }
}

}  // namespace

void check_figures(const Row& row, Problems& problems) {
  check_range(row, "memory_gb", 0.5, 4096, problems);
  check_range(row, "mem_bandwidth_gbs", 5, 40000, problems);
  check_range(row, "tdp_w", 1, 3000, problems);
  check_range(row, "l2_mb", 0.05, 1024, problems);
  check_range(row, "gpu_usable_fraction_default", 0.3, 1, problems);
  check_memory(row, problems);
  check_bandwidth(row, problems);
  check_throughputs(row, problems);
  check_launch(row, problems);
}

void check_host_bandwidth(const Row& row, Problems& problems) {
  constexpr double kTolerance = 0.02;
  const auto channels = number_in(row.json, "channels"), rate = number_in(row.json, "mts"),
             peak = number_in(row.json, "gbs_peak");
  if (!peak) problems.add(row.where, "gbs_peak is missing");
  if (!channels || !rate || !peak || excepted(row.json, "gbs_peak")) return;
  constexpr double kUsualChannelBits = 64;
  const double bits = number_in(row.json, "channel_bits").value_or(kUsualChannelBits);
  const double expected = *channels * *rate * bits / 8 / 1000;
  if (std::abs(*peak / expected - 1) > kTolerance) {
    problems.add(row.where, "gbs_peak is " + figure(*peak) + ", channels and rate give " + figure(expected));
  }
}

}  // namespace headroom::facts
