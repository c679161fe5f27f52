// FNV-1a: tells texts apart and notices damage; it does not withstand malice.
// Constants: http://www.isthe.com/chongo/tech/comp/fnv/
#pragma once

#include <cstdint>
#include <string_view>

namespace headroom {

class Fnv1a {
 public:
  constexpr Fnv1a& add(std::uint64_t unit) {
    value_ = (value_ ^ unit) * kPrime;
    return *this;
  }
  constexpr Fnv1a& add(std::string_view text) {
    for (const char c : text) add(static_cast<unsigned char>(c));
    return *this;
  }
  [[nodiscard]] constexpr std::uint64_t value() const { return value_; }

 private:
  static constexpr std::uint64_t kOffsetBasis = 0xCBF29CE484222325ULL, kPrime = 0x100000001B3ULL;
  std::uint64_t value_ = kOffsetBasis;
};

}  // namespace headroom
