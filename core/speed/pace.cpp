#include "core/speed/pace.h"

#include <algorithm>
#include <initializer_list>

namespace headroom {
namespace {

constexpr double kBoundless = 1e30;  // a ratio that no part has set

struct Times {
  double before, after;
};
double number(double value) { return value; }
template <class Unit>
double number(Quantity<Unit> value) {
  return value.value();
}

// What is nothing before may be anything after: it bounds nothing, and neither does what was and is no more.
double least_ratio(std::initializer_list<Times> parts) {
  double ratio = kBoundless;
  for (const Times& part : parts) {
    if (part.before > 0) ratio = std::min(ratio, part.after / part.before);
  }
  return ratio < kBoundless ? ratio : 1;
}
template <class... Parts>
double least(const Rates& from, const Rates& to, Parts... parts) {
  return least_ratio({Times{number(from.*parts), number(to.*parts)}...});
}

}  // namespace

PaceRatio least_of(const PaceRatio& a, const PaceRatio& b) {
  return {std::min(a.weights, b.weights),   std::min(a.cache, b.cache),     std::min(a.compute, b.compute),
          std::min(a.overhead, b.overhead), std::min(a.prefill, b.prefill), std::min(a.host, b.host)};
}

PaceRatio pace_ratio(const SpeedProfile& from, const SpeedProfile& to) {
  PaceRatio pace{kBoundless, kBoundless, kBoundless, kBoundless, kBoundless, kBoundless};
  for (std::size_t kind = 0; kind < std::min(from.rates.size(), to.rates.size()); ++kind) {
    const Rates& a = from.rates[kind];
    const Rates& b = to.rates[kind];
    const auto take = [&](double& ratio, auto... parts) { ratio = std::min(ratio, least(a, b, parts...)); };
    take(pace.weights, &Rates::weight_byte, &Rates::expert_byte);
    const double cache = least(a, b, &Rates::kv_byte, &Rates::kv_byte_plain, &Rates::state_byte);
    const double factors = std::min(1.0, least(a, b, &Rates::kv_quantized, &Rates::kv_wide));
    pace.cache = std::min(pace.cache, cache * factors * factors);
    take(pace.compute, &Rates::unpack, &Rates::batch_flop, &Rates::vector_batch_flop, &Rates::attention_flop);
    take(pace.overhead, &Rates::layer, &Rates::layer_plain, &Rates::expert_layer, &Rates::beside_experts,
         &Rates::recurrent_layer, &Rates::compressed_layer, &Rates::indexed_layer, &Rates::token, &Rates::served_token);
    const double experts = std::min(1.0, least(a, b, &Rates::prefill_expert_flop_factor));
    const double wide = std::min(1.0, least(a, b, &Rates::prefill_wide));
    const double products = least(a, b, &Rates::prefill_flop, &Rates::prefill_flop_plain) * experts;
    const double attention = least(a, b, &Rates::prefill_attention_flop, &Rates::prefill_score_plain) * wide;
    const double rest = least(a, b, &Rates::prefill_layer, &Rates::prefill_expert_layer, &Rates::prefill_recurrent,
                              &Rates::prefill_activation, &Rates::prompt, &Rates::interference);
    pace.prefill = std::min({pace.prefill, products, attention, rest});
  }
  pace.host = least(from.host, to.host, &Rates::weight_byte, &Rates::expert_byte, &Rates::unpack, &Rates::kv_byte,
                    &Rates::layer, &Rates::expert_layer, &Rates::prefill_flop);
  return pace;
}

}  // namespace headroom
