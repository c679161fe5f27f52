// Sizes of files that others published and of checkpoints that engines loaded.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "core/model/profile.h"
#include "tests/estimate/scenarios.h"
#include "tests/truth/llama_cpp_truth.h"

namespace headroom {
namespace {

using Fields = std::vector<std::string>;

std::vector<Fields> read_csv(const std::string& file) {
  std::ifstream in(HEADROOM_SOURCE_DIR "/tests/truth/file-sizes/" + file);
  REQUIRE_MESSAGE(in.good(), file);
  std::vector<Fields> rows;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) rows.push_back(truth::split_csv(line));
  return rows;
}

const ModelProfile& profile(const std::string& id) {
  static std::map<std::string, ModelProfile> known;
  const auto found = known.find(id);
  if (found != known.end()) return found->second;
  const auto index = test::catalog().find_model(id);
  REQUIRE_MESSAGE(index.has_value(), id);
  return known.emplace(id, make_model_profile(id, test::catalog().architecture(*index))).first->second;
}

WeightProfile weights_of(const std::string& id, const std::string& format) {
  const Format* found = test::catalog().find_format(format);
  REQUIRE_MESSAGE(found != nullptr, format);
  return make_weight_profile(profile(id), *found);
}

double median(std::vector<double> values) {
  REQUIRE_FALSE(values.empty());
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

TEST_CASE("published GGUF files are as large as the rules say, header apart") {
  constexpr double kHeader = 20e6;  // tokenizer and metadata
  std::size_t rows = 0, within = 0, exact_rows = 0, exact_within = 0;
  std::vector<double> errors;
  for (const Fields& f : read_csv("gguf.csv")) {
    REQUIRE(f.size() == 5);
    if (!test::catalog().find_model(f[0])) continue;
    const double published = std::strtod(f[3].c_str(), nullptr);
    const double half_step = std::strtod(f[4].c_str(), nullptr);
    const double excess = published - weights_of(f[0], f[1]).file_bytes.as_double();
    const bool fits = excess >= -half_step && excess <= half_step + kHeader;
    ++rows;
    within += fits ? 1 : 0;
    errors.push_back(std::abs(excess / published));
    if (half_step > 0) continue;
    ++exact_rows;
    exact_within += fits ? 1 : 0;
  }
  MESSAGE("files within rounding and header: " << within << " of " << rows << "; of those published to the byte "
                                               << exact_within << " of " << exact_rows << "; median difference "
                                               << median(errors));
  CHECK(rows > 5000);
  // The rest: importance matrices, dynamic types under a plain name, older converters, heads stored although tied.
  CHECK(within * 100 >= rows * 65);
  CHECK(exact_within * 100 >= exact_rows * 85);
  CHECK(median(errors) < 0.006);
}

TEST_CASE("safetensors checkpoints have the size of their format") {
  for (const Fields& f : read_csv("safetensors.csv")) {
    REQUIRE(f.size() == 3);
    const WeightProfile w = weights_of(f[0], f[1]);
    const double ours = (w.file_bytes + w.vision).as_double();
    const double theirs = std::strtod(f[2].c_str(), nullptr);
    INFO(f[0] << " " << f[1] << ": " << ours << " against " << theirs);
    CHECK(std::abs(ours / theirs - 1) < 0.002);
  }
}

TEST_CASE("engines load what the format says") {
  std::vector<double> errors;
  for (const Fields& f : read_csv("loaded.csv")) {
    REQUIRE(f.size() == 3);
    const WeightProfile w = weights_of(f[0], f[1]);
    const Bytes mtp = w.mtp_apart ? Bytes(0) : w.mtp;
    const double ours = (w.file_bytes - mtp + w.vision).as_double() / gibibytes(1).as_double();
    const double theirs = std::strtod(f[2].c_str(), nullptr);
    INFO(f[0] << " " << f[1] << ": " << ours << " GiB against " << theirs);
    CHECK(std::abs(ours / theirs - 1) < 0.08);  // vLLM pads MXFP4 experts
    errors.push_back(std::abs(ours / theirs - 1));
  }
  MESSAGE("loaded weights: median difference " << median(errors));
  CHECK(median(errors) < 0.01);
}

// With the layers that guess tokens, or without.
double checkpoint_gib(const WeightProfile& weights, bool with_mtp) {
  Bytes bytes = weights.file_bytes + weights.vision;
  if (weights.mtp_apart && with_mtp) bytes += weights.mtp;
  if (!weights.mtp_apart && !with_mtp) bytes -= weights.mtp;
  return bytes.as_double() / gibibytes(1).as_double();
}

TEST_CASE("quantized checkpoints hold what their publishers left in 8 and 16 bit") {
  constexpr double kGoal = 0.03;
  std::vector<double> errors, of_mlx;
  for (const Fields& f : read_csv("quantized.csv")) {
    REQUIRE(f.size() == 5);
    const WeightProfile w = weights_of(f[0], f[1]);
    const double gib = checkpoint_gib(w, f[3] == "1");
    const double theirs = std::strtod(f[2].c_str(), nullptr);
    const double error = std::abs(gib / theirs - 1);
    INFO(f[0] << " " << f[1] << ": " << gib << " GiB against " << theirs);
    CHECK(error <= w.relative_error);
    (w.format->family == FormatFamily::mlx ? of_mlx : errors).push_back(error);
  }
  MESSAGE("quantized checkpoints: median difference " << median(errors) << ", of MLX " << median(of_mlx));
  const auto within = [](const std::vector<double>& all) {
    return std::count_if(all.begin(), all.end(), [](double error) { return error <= kGoal; });
  };
  CHECK(median(errors) < 0.01);
  CHECK(within(errors) * 100 >= static_cast<std::ptrdiff_t>(errors.size()) * 75);
  CHECK(median(of_mlx) < 0.002);
  CHECK(within(of_mlx) * 100 >= static_cast<std::ptrdiff_t>(of_mlx.size()) * 95);
}

TEST_CASE("every format gives every model a size, and more bits never give less") {
  for (const char* id : {"llama-3.1-8b", "qwen3-30b-a3b", "deepseek-v3", "gpt-oss-20b", "mamba-2.8b"}) {
    for (const Format& format : test::catalog().formats()) {
      const WeightProfile w = make_weight_profile(profile(id), format);
      INFO(id << " " << format.id);
      if (!w.available) {
        CHECK(format.id == "Q1_0");
        continue;
      }
      CHECK(w.file_bytes > Bytes(0));
      CHECK(w.bits_per_weight > 1);
      CHECK(w.bits_per_weight < 33);
    }
  }
  const auto size = [](const char* format) { return weights_of("llama-3.1-8b", format).file_bytes; };
  CHECK(size("AWQ-INT4") > size("W4A16"));
  CHECK(size("AWQ-INT4-g32") > size("AWQ-INT4"));
  CHECK(size("FP8") < size("BF16"));
  CHECK(size("MLX-4bit") < size("AWQ-INT4"));  // MLX quantizes embeddings too
  CHECK(size("EXL3-6.0bpw") > size("EXL3-4.0bpw"));
}

TEST_CASE("formats without a rule take published sizes, else the usual bits with a stated spread") {
  const Format* format = test::catalog().find_format("UD-Q4_K_XL");
  REQUIRE(format != nullptr);
  REQUIRE_FALSE(format->published.empty());
  const PublishedSize& published = format->published.front();
  const WeightProfile known = make_weight_profile(profile(published.model), *format);
  CHECK(known.file_bytes == published.bytes);
  CHECK(known.relative_error == doctest::Approx(published.relative_error));
  CHECK_FALSE(known.exact);
  ModelProfile renamed = profile("llama-3.1-8b");
  renamed.id = "a model nobody published";
  const WeightProfile modelled = make_weight_profile(renamed, *format);
  const Bytes by_rule = weights_of("llama-3.1-8b", format->mix).file_bytes;
  CHECK(modelled.file_bytes.as_double() / by_rule.as_double() ==
        doctest::Approx(format->dense_over_mix.p50).epsilon(0.001));
  CHECK(modelled.relative_error > 0.01);
}

TEST_CASE("bits per weight are those of what is in the file, with the layers that guess tokens or without") {
  std::size_t without = 0;
  for (const Format& format : test::catalog().formats()) {
    for (const PublishedSize& file : format.published) {
      const ModelProfile model = profile(file.model);
      if (file.without_mtp == (model.arch.mtp.layers == 0)) continue;
      CAPTURE(file.model);
      CAPTURE(format.id);
      // The parameters by their count in the paper's terms, which leaves the inventory's padding aside.
      const auto params = static_cast<double>(model.arch.text_params + (file.without_mtp ? 0 : model.arch.mtp.params));
      const double bits = kBitsPerByte * file.bytes.as_double() / params;
      CHECK(make_weight_profile(model, format).bits_per_weight == doctest::Approx(bits).epsilon(0.002));
      without += file.without_mtp ? 1 : 0;
    }
  }
  CHECK(without > 10);
}

// Every published file as if nobody had listed it. Its own size is among those that the ratio is the median of, which
// moves a median of dozens by little.
TEST_CASE("formats without a rule stay near the published files, and inside their stated spread nine times in ten") {
  std::vector<double> errors;
  std::size_t inside = 0;
  for (const Format& format : test::catalog().formats()) {
    if (format.family != FormatFamily::gguf_ud) continue;
    for (const PublishedSize& file : format.published) {
      ModelProfile unlisted = profile(file.model);
      unlisted.id = "a model nobody published";
      const WeightProfile modelled = make_weight_profile(unlisted, format);
      const Bytes counted = file.without_mtp ? modelled.file_bytes - modelled.mtp : modelled.file_bytes;
      const double error = std::abs(counted.as_double() / file.bytes.as_double() - 1);
      errors.push_back(error);
      inside += std::abs(file.bytes.as_double() / counted.as_double() - 1) <= modelled.relative_error ? 1 : 0;
    }
  }
  const double share = static_cast<double>(inside) / static_cast<double>(errors.size());
  MESSAGE("unlisted dynamic formats: median " << median(errors) << ", " << share << " inside the stated spread");
  CHECK(errors.size() > 1000);
  CHECK(median(errors) < 0.025);
  CHECK(share > 0.85);
}

}  // namespace
}  // namespace headroom
