// Public measurements of speed, shipped with the catalog: what was measured nearest to a scenario.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace headroom {

// The median of near-identical published rows. Without users a prompt makes it a prefill rate, else it is a decode
// rate; with users it is what all of them together were written, each with a prompt and an answer.
struct PublicMeasurement {
  std::string_view device, backend, engine, model, format, date, source, url;
  std::uint32_t devices = 1;
  std::uint32_t prompt = 0, output = 0, depth = 0;
  double tok_s = 0;
  std::uint32_t rows = 1;
  std::uint32_t users = 0;  // requests at a time; 0: not served
  [[nodiscard]] bool is_served() const { return users > 0; }
  [[nodiscard]] bool is_prefill() const { return users == 0 && prompt > 0; }
  // llama-bench's spelling: "tg128", "pp512 @ d8192"; served: "64 × (pp1024 + tg256)".
  [[nodiscard]] std::string test() const;
};

struct MeasurementQuery {
  std::string_view device;  // catalog ids
  std::uint32_t devices = 1;
  std::string_view model, format, engine, backend;
  std::uint32_t users = 1, prompt = 0, output = 0;
};

struct NearMeasurement {
  const PublicMeasurement* measurement = nullptr;
  bool same_format = false, same_engine = false, same_backend = false, same_devices = false;
};

// The order in which they are stored: what was measured of one model on one chip stands together.
[[nodiscard]] bool stored_before(const PublicMeasurement& a, const PublicMeasurement& b);

class Measurements {
 public:
  Measurements() = default;
  // Reads the pack's sections "measurements" and "measurement_texts", which must outlive it.
  // Errors (bad_file): damaged sections.
  static Result<Measurements> read(std::span<const std::uint8_t> rows, std::span<const std::uint8_t> texts);

  // Measurements of the model on the device, whatever its memory size, nearest first: served where several users are
  // asked for, same number of devices, same format, same engine, same backend, most alike in users and lengths, most
  // rows. At most `count`.
  [[nodiscard]] std::vector<NearMeasurement> nearest(const MeasurementQuery& query, std::size_t count) const;
  [[nodiscard]] std::span<const PublicMeasurement> all() const { return rows_; }

 private:
  std::vector<PublicMeasurement> rows_;  // by stored_before()
};

// A device id without its memory size: "apple-m3-max-40c-128gb" -> "apple-m3-max-40c".
[[nodiscard]] std::string_view chip_of(std::string_view device_id);

}  // namespace headroom
