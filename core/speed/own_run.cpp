#include "core/speed/own_run.h"

#include <algorithm>
#include <cmath>

#include "core/speed/ranges.h"

namespace headroom {
namespace {

constexpr double kSameHost = 0.02;  // a layer more or less of fifty
constexpr double kSameBits = 0.01;
// At twice the depth a cache is still read much as measured; sixteen times as long it is another matter.
constexpr double kNearOctaves = 1, kFarOctaves = 4;

double octaves_apart(const MeasuredDepths& measured, double depth) {
  const auto counted = [](double tokens) { return std::max(tokens, kShortContext); };
  const double asked = counted(depth), from = counted(measured.from), to = counted(measured.to);
  return std::log2(std::max({asked / to, from / asked, 1.0}));
}

bool as_many_users(const OwnRun& own, std::uint32_t users) {
  if (users == 1) return own.fewest_users == 1;
  return own.most_users > 1 && users <= 2 * own.most_users && own.fewest_users <= 2 * users;
}

}  // namespace

void MeasuredDepths::add(double depth) {
  from = to > 0 ? std::min(from, depth) : depth;
  to = std::max(to, depth);
}

double own_share(const OwnRun& own, const MeasuredDepths& measured, const AskedRun& asked) {
  const bool same_machine = (own.told() ? own.devices : 1) == asked.devices;
  if (!same_machine || !as_many_users(own, asked.users) || asked.speculates) return 0;
  if (std::abs(own.host - asked.host) > kSameHost) return 0;
  const double far = (octaves_apart(measured, asked.depth) - kNearOctaves) / (kFarOctaves - kNearOctaves);
  const bool alike =
      own.told() && asked.same_model && !asked.adapts && std::abs(own.cache_bits - asked.cache_bits) <= kSameBits;
  return std::min(std::clamp(1 - far, 0.0, 1.0), alike ? 1.0 : kOwnPart);
}

}  // namespace headroom
