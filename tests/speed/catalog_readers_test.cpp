#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/catalog/calibration_json.h"
#include "core/catalog/kernels.h"
#include "core/catalog/measurements.h"
#include "core/catalog/measurements_archive.h"
#include "core/catalog/pack.h"

using namespace headroom;

namespace {

PublicMeasurement row(std::string_view device, std::string_view model, std::string_view format, std::uint32_t prompt,
                      std::uint32_t devices = 1) {
  PublicMeasurement m;
  m.device = device;
  m.model = model;
  m.format = format;
  m.engine = "llama.cpp";
  m.backend = "cuda";
  m.source = "a table";
  m.devices = devices;
  m.prompt = prompt;
  m.output = prompt > 0 ? 0 : 128;
  m.tok_s = 12.5;
  return m;
}

}  // namespace

TEST_CASE("calibration: what is wrong is named") {
  CHECK(read_calibration(R"({"factors": {}, "ranges": []})").ok());
  const struct {
    const char* text;
    const char* names;
  } cases[] = {
      {"", "JSON"},
      {"[]", "JSON"},
      {"{}", "factors"},
      {R"({"factors": {}})", "ranges"},
      {R"({"factors": {"warp": {}}, "ranges": []})", "warp"},
      {R"({"factors": {"layer": {"planet": {}}}, "ranges": []})", "planet"},
      {R"({"factors": {"layer": {"backend": {"cuda": "fast"}}}, "ranges": []})", "layer/cuda"},
      {R"({"factors": {"layer": {"backend": {"cuda": [0.1, -3]}}}, "ranges": []})", "layer/cuda"},
      {R"({"factors": {}, "ranges": [{"class": "prefill", "known": "device", "p10": 2, "p90": 1, "rows": 5}]})",
       "range"},
  };
  for (const auto& c : cases) {
    INFO(c.text);
    const auto result = read_calibration(c.text);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code == ErrorCode::bad_file);
    CHECK(result.error().message.find(c.names) != std::string::npos);
  }
}

TEST_CASE("nearest measurements: the same chip and model, what agrees first") {
  std::vector<PublicMeasurement> rows = {row("nvidia-rtx-4090-24gb", "llama-3.1-8b", "Q8_0", 0),
                                         row("nvidia-rtx-4090-24gb", "llama-3.1-8b", "Q4_K_M", 0, 2),
                                         row("nvidia-rtx-4090-24gb", "llama-3.1-8b", "Q4_K_M", 512),
                                         row("nvidia-rtx-4090-24gb", "qwen3-8b", "Q4_K_M", 0),
                                         row("apple-m3-max-40c-48gb", "llama-3.1-8b", "Q4_K_M", 0)};
  std::stable_sort(rows.begin(), rows.end(), stored_before);
  StringPool texts;
  ColumnWriter writer(texts);
  writer.rows(rows);
  const ByteBuffer table = writer.finish();
  const ByteBuffer strings = write_strings(texts);
  const auto read = Measurements::read(table, strings);
  REQUIRE(read.ok());
  MeasurementQuery query;
  query.device = "nvidia-rtx-4090-24gb";
  query.model = "llama-3.1-8b";
  query.format = "Q4_K_M";
  query.engine = "llama.cpp";
  query.backend = "cuda";
  const auto near = read->nearest(query, 10);
  REQUIRE(near.size() == 3);
  CHECK(near[0].measurement->test() == "pp512");
  CHECK(near[1].measurement->format == "Q8_0");
  CHECK(near[2].measurement->devices == 2);
  CHECK(read->nearest(query, 1).size() == 1);
  query.device = "apple-m3-max-40c-128gb";
  CHECK(read->nearest(query, 10).size() == 1);
  query.model = "gpt-2";
  CHECK(read->nearest(query, 10).empty());
  query.networks = {"gpt-2", "llama-3.1-8b"};
  REQUIRE(read->nearest(query, 10).size() == 1);
  CHECK_FALSE(read->nearest(query, 10)[0].same_model);
  CHECK(chip_of("cpu-desktop-ddr4-3200-2ch-8c") == "cpu-desktop-ddr4-3200-2ch-8c");
  CHECK_FALSE(Measurements::read(strings, strings).ok());
}

TEST_CASE("kernel packages: off unless named, and only where measured") {
  const std::string text =
      R"([{"id": "flashkda", "mixer": "kda", "devices": ["h20"], "engines": ["vllm"], "prefill_low": 1.72,
           "prefill_high": 2.22, "source": "s"}])";
  Settings settings;
  const std::vector<std::string> none;
  CHECK_FALSE(use_kernels(text, none, "h20", "vllm", settings).has_value());
  CHECK(settings.kernels.empty());
  const std::vector<std::string> named = {"flashkda"};
  CHECK_FALSE(use_kernels(text, named, "another", "vllm", settings).has_value());
  CHECK(settings.kernels.empty());
  CHECK_FALSE(use_kernels(text, named, "h20", "llama.cpp", settings).has_value());
  CHECK(settings.kernels.empty());
  CHECK_FALSE(use_kernels(text, named, "h20", "vllm", settings).has_value());
  REQUIRE(settings.kernels.size() == 1);
  CHECK(settings.kernels[0].mixer == MixerKind::kda);
  CHECK(settings.kernels[0].prefill_high == 2.22);
  const std::vector<std::string> wrong = {"flashkd"};
  const Status error = use_kernels(text, wrong, "h20", "vllm", settings);
  REQUIRE(error.has_value());
  CHECK(error->message.find("flashkda") != std::string::npos);
  CHECK_FALSE(read_kernels("{}").ok());
  CHECK_FALSE(
      read_kernels(
          R"([{"id": "x", "mixer": "kda", "devices": ["d"], "prefill_low": 2, "prefill_high": 1, "source": "s"}])")
          .ok());
}
