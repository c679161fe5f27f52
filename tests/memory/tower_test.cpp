// What llama.cpp reserves to encode a picture, against what it logged ("reserve_compute_meta", earlier
// "alloc_compute_meta") in reports of May to September 2026.
#include <doctest/doctest.h>

#include "core/memory/memory.h"

using namespace headroom;

namespace {

constexpr double kMib = 1024.0 * 1024.0;

struct Logged {
  const char* model;
  VisionStep step;  // patches, edge, hidden, ffn, heads, deep, gated, masked
  bool flash_attention;
  double device_mib, host_mib;  // host 0: the tower was on the host
  double within;
};

}  // namespace

TEST_CASE("buffers of a tower are those that llama.cpp logs") {
  const Logged rows[] = {
      // The rule was read off these
      {"Qwen3.5-2B", {8464, 16, 1024, 4096, 16, 0, false, false}, true, 223.30, 24.93, 0.0005},
      {"Qwen3.6-27B", {8464, 16, 1152, 4304, 16, 0, false, false}, true, 248.10, 24.93, 0.0005},
      {"Qwen3-VL-4B", {8464, 16, 1024, 4096, 16, 3, false, false}, true, 322.49, 24.93, 0.0005},
      {"Qwen3.5-4B", {8464, 16, 1024, 4096, 16, 0, false, false}, false, 4628.88, 24.93, 0.0005},
      {"Qwen2.5-VL-7B", {8464, 14, 1280, 3420, 16, 0, true, true}, true, 704.79, 292.41, 0.003},
      // Not these. The allocator finds a hole for what the smallest one casts; the reserve that it asked for failed
      // without flash attention.
      {"Qwen3.5-0.8B", {8464, 16, 768, 3072, 12, 0, false, false}, true, 161.3, 24.9, 0.08},
      {"Qwen3.5 of 1152 wide", {8464, 16, 1152, 4304, 16, 0, false, false}, false, 4657.81, 24.93, 0.0005},
      {"Ministral 3 3B", {1024, 14, 1024, 4096, 16, 0, true, false}, true, 64.49, 0, 0.1},
      // Of what the file and both buffers take, 1300.79 MiB, the file is 1144.8.
      {"Gemma 4 31B", {2304, 16, 1152, 4304, 16, 0, true, false}, true, 149.2, 6.79, 0.06},
  };
  for (const Logged& row : rows) {
    CAPTURE(row.model);
    const TowerBuffers buffers = tower_buffers(row.step, row.flash_attention);
    CHECK(buffers.device.as_double() / kMib == doctest::Approx(row.device_mib).epsilon(row.within));
    if (row.host_mib > 0) CHECK(buffers.host.as_double() / kMib == doctest::Approx(row.host_mib).epsilon(0.002));
  }
}

TEST_CASE("a tower of which no patches are known reserves nothing") {
  CHECK(tower_buffers({}, true).device == Bytes(0));
  CHECK(tower_buffers({}, true).host == Bytes(0));
}
