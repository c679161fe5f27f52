// Public measurements of speed, shipped with the catalog: what was measured nearest to a scenario.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace headroom {

enum class Told : std::uint8_t { nothing, off, on };

// The median of near-identical published rows. Without users a prompt makes it a prefill rate, else it is a decode
// rate; with users it is what all of them together were written, each with a prompt and an answer. Empty, 0 and
// nothing: not told, which of the micro-batch is the engine's default.
struct PublicMeasurement {
  std::string_view device, backend, engine, model, format, date, source, url;
  std::uint32_t devices = 1;
  std::uint32_t prompt = 0, output = 0, depth = 0;
  double tok_s = 0;
  std::uint32_t rows = 1;
  std::uint32_t users = 0;  // requests at a time; 0: not served
  std::uint32_t ubatch = 0;
  Told flash_attention = Told::nothing;
  std::string_view cache;        // type of its values
  double each_tok_s = 0;         // served: between the tokens of one user
  bool generation_only = false;  // served: the time of the prompts is not in tok_s
  [[nodiscard]] bool is_served() const { return users > 0; }
  [[nodiscard]] bool is_prefill() const { return users == 0 && prompt > 0; }
  // Of one sequence while it is written; 0: nothing tells it.
  [[nodiscard]] double decode_tok_s() const;
  // Tokens in the cache: when the mean token was written, or before the prompt.
  [[nodiscard]] double mean_depth() const { return depth + (is_prefill() ? 0 : prompt + output / 2.0); }
  // llama-bench's spelling: "tg128", "pp512 @ d8192"; served: "64 × (pp1024 + tg256)", or "64 × tg256 @ d1024" where
  // the prompts are not counted.
  [[nodiscard]] std::string test() const;
};

// Catalog ids. What counts as the same is listed beside what is asked for.
struct MeasurementQuery {
  std::string_view device;
  std::uint32_t devices = 1;
  std::string_view model, format, engine, backend;
  std::vector<std::string_view> networks;  // models that are the same network
  std::vector<std::string_view> kernels;   // formats that the same kernels multiply by
  std::vector<std::string_view> family;    // engines with the same kernels
  std::vector<std::string_view> caches;    // types of as many bits
  std::uint32_t ubatch = 0, default_ubatch = 0;
  bool flash_attention = true;
  std::uint32_t users = 1, prompt = 0, output = 0, depth = 0;
};

struct NearMeasurement {
  const PublicMeasurement* measurement = nullptr;
  bool same_model = false, same_format = false, same_engine = false, same_backend = false, same_devices = false;
  bool same_kernels = false, same_family = false, same_cache = false, same_flash_attention = false, same_ubatch = false;
  // One user as asked, or half to twice as many of several.
  bool same_users = false;
  double octaves = 0;  // between its depth and the one asked for; 0 where both are short
};
// Tokens in the cache up to which it is a small part of what a step reads.
inline constexpr double kShortDepth = 4096;

// The order in which they are stored: what was measured of one model on one chip stands together.
[[nodiscard]] bool stored_before(const PublicMeasurement& a, const PublicMeasurement& b);

class Measurements {
 public:
  Measurements() = default;
  // Reads the pack's sections "measurements" and "measurement_texts", which must outlive it.
  // Errors (bad_file): damaged sections.
  static Result<Measurements> read(std::span<const std::uint8_t> rows, std::span<const std::uint8_t> texts);

  // Measurements of the model's network on the device, whatever its memory size, nearest first: served where several
  // users are asked for, same number of devices, format, engine, backend and settings, most alike in users, lengths and
  // depth, of the model itself, most rows. At most `count`.
  [[nodiscard]] std::vector<NearMeasurement> nearest(const MeasurementQuery& query, std::size_t count) const;
  [[nodiscard]] std::span<const PublicMeasurement> all() const { return rows_; }

 private:
  std::vector<PublicMeasurement> rows_;  // by stored_before()
};

// A device id without its memory size: "apple-m3-max-40c-128gb" -> "apple-m3-max-40c".
[[nodiscard]] std::string_view chip_of(std::string_view device_id);

}  // namespace headroom
