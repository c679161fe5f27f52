// A vector with a fixed capacity and no allocation, for the hot path.
#pragma once

#include <array>
#include <cstddef>

namespace headroom {

template <class T, std::size_t Capacity>
class InlineVector {
 public:
  // Drops the value and returns false once full.
  constexpr bool push_back(const T& value) {
    if (size_ == Capacity) return false;
    items_[size_++] = value;
    return true;
  }
  // Puts the value before the one at `at`; drops it and returns false once full.
  constexpr bool insert(std::size_t at, const T& value) {
    if (size_ == Capacity || at > size_) return false;
    for (std::size_t i = size_++; i > at; --i) items_[i] = items_[i - 1];
    items_[at] = value;
    return true;
  }
  constexpr void resize(std::size_t n) { size_ = n < Capacity ? n : Capacity; }
  constexpr void clear() { size_ = 0; }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  static constexpr std::size_t capacity() { return Capacity; }
  constexpr T& operator[](std::size_t i) { return items_[i]; }
  constexpr const T& operator[](std::size_t i) const { return items_[i]; }
  constexpr T* begin() { return items_.data(); }
  constexpr T* end() { return items_.data() + size_; }
  constexpr const T* begin() const { return items_.data(); }
  constexpr const T* end() const { return items_.data() + size_; }
  constexpr T& back() { return items_[size_ - 1]; }
  constexpr const T& back() const { return items_[size_ - 1]; }

 private:
  std::array<T, Capacity> items_{};
  std::size_t size_ = 0;
};

}  // namespace headroom
