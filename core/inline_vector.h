// A vector with a fixed capacity and no allocation, for the hot path. Only the values it holds are ever written or
// copied, so that an ample capacity costs stack and no time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <type_traits>

namespace headroom {

template <class T, std::size_t Capacity>
class InlineVector {
  static_assert(std::is_trivially_destructible_v<T>, "values are dropped without being destroyed");

 public:
  InlineVector() {}  // NOLINT(modernize-use-equals-default): the storage stays as it is
  InlineVector(const InlineVector& other) { take(other); }
  InlineVector& operator=(const InlineVector& other) {
    if (this != &other) take(other);
    return *this;
  }
  ~InlineVector() = default;

  // Drops the value and returns false once full.
  bool push_back(const T& value) {
    if (size_ == Capacity) return false;
    std::construct_at(items_ + size_, value);
    ++size_;
    return true;
  }
  // Puts the value before the one at `at`; drops it and returns false once full.
  bool insert(std::size_t at, const T& value) {
    if (size_ == Capacity || at > size_) return false;
    for (std::size_t i = size_++; i > at; --i) std::construct_at(items_ + i, items_[i - 1]);
    std::construct_at(items_ + at, value);
    return true;
  }
  // New values are as T makes them by default.
  void resize(std::size_t n) {
    if (n > Capacity) n = Capacity;
    for (std::size_t i = size_; i < n; ++i) std::construct_at(items_ + i);
    size_ = n;
  }
  void clear() { size_ = 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  static constexpr std::size_t capacity() { return Capacity; }
  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }
  T* begin() { return items_; }
  T* end() { return items_ + size_; }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + size_; }
  T& back() { return items_[size_ - 1]; }
  const T& back() const { return items_[size_ - 1]; }
  friend bool operator==(const InlineVector& a, const InlineVector& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

 private:
  void take(const InlineVector& other) {
    for (std::size_t i = 0; i < other.size_; ++i) std::construct_at(items_ + i, other.items_[i]);
    size_ = other.size_;
  }

  union {
    T items_[Capacity];
  };
  std::size_t size_ = 0;
};

}  // namespace headroom
