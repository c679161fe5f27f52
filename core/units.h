// Strong types for the quantities the estimator computes with.
// Memory is counted in whole bytes; everything else is a double in its SI base unit.
#pragma once

#include <bit>
#include <compare>
#include <cstdint>
#include <limits>

namespace headroom {

// A double with a unit. Only operations that keep or form a unit exist.
template <class Tag>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(double value) : value_(value) {}
  [[nodiscard]] constexpr double value() const { return value_; }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.value_ + b.value_); }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.value_ - b.value_); }
  friend constexpr Quantity operator*(Quantity a, double k) { return Quantity(a.value_ * k); }
  friend constexpr Quantity operator*(double k, Quantity a) { return Quantity(a.value_ * k); }
  friend constexpr Quantity operator/(Quantity a, double k) { return Quantity(a.value_ / k); }
  friend constexpr double operator/(Quantity a, Quantity b) { return a.value_ / b.value_; }
  constexpr Quantity& operator+=(Quantity b) {
    value_ += b.value_;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity b) {
    value_ -= b.value_;
    return *this;
  }

 private:
  double value_ = 0;
};

using Seconds = Quantity<struct SecondsTag>;
using Flops = Quantity<struct FlopsTag>;  // floating point operations, a count
using FlopsPerSecond = Quantity<struct FlopsPerSecondTag>;
using BytesPerSecond = Quantity<struct BytesPerSecondTag>;
using Watts = Quantity<struct WattsTag>;

using Traffic = Quantity<struct TrafficTag>;  // bytes moved; of an expected number of experts, hence not whole
using SecondsPerByte = Quantity<struct SecondsPerByteTag>;
using SecondsPerFlop = Quantity<struct SecondsPerFlopTag>;

constexpr Seconds operator/(Flops work, FlopsPerSecond rate) { return Seconds(work.value() / rate.value()); }
constexpr Seconds operator*(Flops work, SecondsPerFlop each) { return Seconds(work.value() * each.value()); }
constexpr Seconds operator*(Traffic bytes, SecondsPerByte each) { return Seconds(bytes.value() * each.value()); }

// The reciprocal; 0, which is unknown, stays 0.
constexpr double reciprocal(double value) { return value > 0 ? 1 / value : 0; }
constexpr SecondsPerByte reciprocal(BytesPerSecond rate) { return SecondsPerByte(reciprocal(rate.value())); }
constexpr BytesPerSecond reciprocal(SecondsPerByte each) { return BytesPerSecond(reciprocal(each.value())); }
constexpr SecondsPerFlop reciprocal(FlopsPerSecond rate) { return SecondsPerFlop(reciprocal(rate.value())); }
constexpr FlopsPerSecond reciprocal(SecondsPerFlop each) { return FlopsPerSecond(reciprocal(each.value())); }

// Whole bytes, 64 bit on every platform (size_t has 32 bits in WebAssembly).
// Addition and multiplication saturate, so that figures from a hostile file stay ordered and finite.
class Bytes {
 public:
  constexpr Bytes() = default;
  constexpr explicit Bytes(std::uint64_t value) : value_(value) {}
  [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
  [[nodiscard]] constexpr double as_double() const { return static_cast<double>(value_); }
  friend constexpr auto operator<=>(Bytes, Bytes) = default;
  friend constexpr Bytes operator+(Bytes a, Bytes b) {
    std::uint64_t sum = 0;
    return __builtin_add_overflow(a.value_, b.value_, &sum) ? max() : Bytes(sum);
  }
  // Never below zero: what is left of `a` once `b` is taken.
  friend constexpr Bytes operator-(Bytes a, Bytes b) { return Bytes(a.value_ > b.value_ ? a.value_ - b.value_ : 0); }
  friend constexpr Bytes operator*(Bytes a, std::uint64_t k) {
    // Factors whose lengths add up to 64 bits cannot overflow: WebAssembly has no cheap test for the product itself.
    if (std::countl_zero(a.value_) + std::countl_zero(k) >= 64) return Bytes(a.value_ * k);
    std::uint64_t product = 0;
    return __builtin_mul_overflow(a.value_, k, &product) ? max() : Bytes(product);
  }
  friend constexpr Bytes operator*(std::uint64_t k, Bytes a) { return a * k; }
  constexpr Bytes& operator+=(Bytes b) { return *this = *this + b; }
  constexpr Bytes& operator-=(Bytes b) { return *this = *this - b; }
  static constexpr Bytes max() { return Bytes(std::numeric_limits<std::uint64_t>::max()); }
  // Rounds a non-negative double down; negative and NaN give 0, too large gives max().
  static constexpr Bytes from_double(double value) {
    constexpr double kLimit = 18446744073709549568.0;  // the largest double below 2^64
    if (!(value > 0)) return Bytes(0);
    return value >= kLimit ? max() : Bytes(static_cast<std::uint64_t>(value));
  }

 private:
  std::uint64_t value_ = 0;
};

constexpr Traffic traffic(Bytes bytes) { return Traffic(bytes.as_double()); }
constexpr Seconds operator/(Bytes bytes, BytesPerSecond rate) { return Seconds(bytes.as_double() / rate.value()); }

constexpr Bytes mebibytes(std::uint64_t n) { return Bytes(n) * (1024ULL * 1024); }
constexpr Bytes gibibytes(std::uint64_t n) { return Bytes(n) * (1024ULL * 1024 * 1024); }

// Rounds `value` up to a multiple of `step` (step > 0); the largest value where that has more than 64 bits.
constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t step) {
  // Most steps are powers of two, and a division costs as much as everything around it.
  const std::uint64_t over = std::has_single_bit(step) ? value & (step - 1) : value % step;
  return over == 0 ? value : (Bytes(value) + Bytes(step - over)).value();
}
// value / by (by > 0), a partial one counted whole; of any value, also a saturated one.
constexpr std::uint64_t divide_up(std::uint64_t value, std::uint64_t by) {
  const std::uint64_t whole = value / by;
  return whole + (whole * by != value ? 1 : 0);
}

}  // namespace headroom
