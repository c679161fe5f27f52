// How a person's own measurement was run, and how much of a range it therefore settles.
#pragma once

#include <cstdint>

namespace headroom {

// Tokens in the cache, from the fewest to the most of what was measured: at the mean token that was written, or at the
// end of a prompt.
struct MeasuredDepths {
  double from = 0, to = 0;
  void add(double depth);  // the first one sets both
  friend bool operator==(const MeasuredDepths&, const MeasuredDepths&) = default;
};

struct OwnRun {
  std::uint32_t devices = 0;  // 0: how it was run is not told
  std::uint32_t fewest_users = 1, most_users = 1;
  MeasuredDepths decode, prefill;
  double cache_bits = 0;  // of a value in the cache; 0: not told, or more than one kind
  double host = 0;        // share of the weights in system memory, and 1 more for the cache
  [[nodiscard]] bool told() const { return devices > 0; }
  friend bool operator==(const OwnRun&, const OwnRun&) = default;
};

// What is asked, in the same terms.
struct AskedRun {
  std::uint32_t devices = 1, users = 1;
  double depth = 0, cache_bits = 0, host = 0;
  bool speculates = false, adapts = false, same_model = false;  // the model and format measured
};

// How much of a range the measurement settles: 1 of what was run so, kOwnPart at most of another model, format or cache
// type on the same machine, less the further its depth is, and nothing for other numbers of users or devices, another
// share of the host, or drafted tokens: there the machine may be quicker or slower as a whole, but how much is open.
inline constexpr double kOwnPart = 0.5;
[[nodiscard]] double own_share(const OwnRun& own, const MeasuredDepths& measured, const AskedRun& asked);

}  // namespace headroom
