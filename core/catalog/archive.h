// Structs to bytes and back, each struct's fields listed once (pack_fields.h). Rows are stored by column, which
// compresses far better than row after row: the n-th field of every row stands together.
//
// A column holds unsigned LEB128 numbers. Text is 0 when empty, 1 for the next text of the pack's list that was not
// used yet, else its index + 2: so tables are read in the order they were written in. A real number is its value x 4
// when whole, its thousandths x 4 + 1 or its millionths x 4 + 3 when that is exact, else 2 and its 8 bytes. A vector is
// its length, then its elements in the following columns.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/as_text.h"
#include "core/units.h"

namespace headroom {

using ByteBuffer = std::vector<std::uint8_t>;

inline constexpr double kThousandths = 1e3, kMillionths = 1e6;  // in one

inline void put_number(ByteBuffer& to, std::uint64_t value) {
  for (; value >= 0x80U; value >>= 7U) to.push_back(static_cast<std::uint8_t>(value | 0x80U));
  to.push_back(static_cast<std::uint8_t>(value));
}

// Reads what put_number() and friends wrote. Past the end, or on a malformed number, everything reads as zero and ok()
// is false from then on.
class ByteCursor {
 public:
  ByteCursor() = default;
  explicit ByteCursor(std::span<const std::uint8_t> bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) break;
      const std::uint8_t byte = *at_++;
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80U) return value;
    }
    return fail();
  }
  std::span<const std::uint8_t> bytes(std::uint64_t count) {
    if (count > remaining()) {
      fail();
      return {};
    }
    const std::span<const std::uint8_t> taken(at_, static_cast<std::size_t>(count));
    at_ += count;
    return taken;
  }
  std::string_view text(std::uint64_t length) { return as_text(bytes(length)); }
  [[nodiscard]] std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::uint64_t fail() {
    ok_ = false;
    at_ = end_;
    return 0;
  }
  const std::uint8_t* at_ = nullptr;
  const std::uint8_t* end_ = nullptr;
  bool ok_ = true;
};

// Every distinct text once, in the order of first use.
class StringPool {
 public:
  // The text's code in a column, see above.
  std::uint64_t code_of(std::string_view text) {
    if (text.empty()) return 0;
    const auto [it, is_new] = indices_.try_emplace(std::string(text), texts_.size());
    if (!is_new) return it->second + 2;
    texts_.push_back(it->first);
    return 1;
  }
  [[nodiscard]] const std::vector<std::string_view>& texts() const { return texts_; }

 private:
  std::map<std::string, std::uint64_t, std::less<>> indices_;  // its nodes own the texts
  std::vector<std::string_view> texts_;
};

// The same list under reading.
struct StringList {
  std::vector<std::string_view> texts;
  std::size_t used = 0;
};

// Calls the operation of `archive` that fits the type of `value`; a struct is taken apart by its fields() overload.
template <class Archive, class T>
void visit(Archive& archive, T& value) {
  if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
    archive.text(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    archive.real(value);
  } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
    archive.number(value);
  } else {
    visit_compound(archive, value);
  }
}

template <class Archive, class T>
void visit_compound(Archive& archive, T& value) {
  fields(archive, value);
}
template <class Archive, class Tag>
void visit_compound(Archive& archive, Quantity<Tag>& value) {
  double plain = value.value();
  archive.real(plain);
  value = Quantity<Tag>(plain);
}
template <class Archive>
void visit_compound(Archive& archive, Bytes& value) {
  std::uint64_t plain = value.value();
  archive.number(plain);
  value = Bytes(plain);
}
template <class Archive, class T, std::size_t N>
void visit_compound(Archive& archive, std::array<T, N>& values) {
  for (T& value : values) visit(archive, value);
}
template <class Archive, class T>
void visit_compound(Archive& archive, std::vector<T>& values) {
  archive.list(values);
}
template <class Archive, class... T>
void visit_all(Archive& archive, T&... values) {
  (visit(archive, values), ...);
}

// Counts the columns of a type.
class ColumnCounter {
 public:
  template <class T>
  static std::size_t columns_of() {
    ColumnCounter counter;
    T value{};
    visit(counter, value);
    return counter.count_;
  }
  template <class T>
  void number(T&) {
    ++count_;
  }
  template <class T>
  void real(T&) {
    ++count_;
  }
  template <class T>
  void text(T&) {
    ++count_;
  }
  template <class T>
  void list(std::vector<T>&) {
    count_ += 1 + columns_of<T>();
  }

 private:
  std::size_t count_ = 0;
};

class ColumnWriter {
 public:
  explicit ColumnWriter(StringPool& strings) : strings_(strings) {}

  // Not const: the same field list reads and writes.
  template <class T>
  void rows(std::vector<T>& values) {
    row_count_ = values.size();
    columns_.assign(ColumnCounter::columns_of<T>(), {});
    for (T& value : values) {
      column_ = 0;
      visit(*this, value);
    }
  }
  [[nodiscard]] ByteBuffer finish() const {
    ByteBuffer bytes;
    put_number(bytes, row_count_);
    put_number(bytes, columns_.size());
    for (const ByteBuffer& column : columns_) put_number(bytes, column.size());
    for (const ByteBuffer& column : columns_) bytes.insert(bytes.end(), column.begin(), column.end());
    return bytes;
  }

  template <class T>
  void number(T& value) {
    put_number(columns_[column_++], static_cast<std::uint64_t>(value));
  }
  template <class T>
  void real(T& value) {
    ByteBuffer& column = columns_[column_++];
    const auto plain = static_cast<double>(value);
    constexpr double kLargestWhole = 2251799813685248.0;  // 2^51: four times it still is exact
    const double thousandths = std::round(plain * kThousandths), millionths = std::round(plain * kMillionths);
    if (plain >= 0 && plain <= kLargestWhole && plain == std::floor(plain)) {
      put_number(column, static_cast<std::uint64_t>(plain) * 4);
    } else if (plain >= 0 && thousandths <= kLargestWhole && static_cast<T>(thousandths / kThousandths) == value) {
      put_number(column, static_cast<std::uint64_t>(thousandths) * 4 + 1);
    } else if (plain >= 0 && millionths <= kLargestWhole && static_cast<T>(millionths / kMillionths) == value) {
      put_number(column, static_cast<std::uint64_t>(millionths) * 4 + 3);
    } else {
      put_number(column, 2);
      std::array<std::uint8_t, sizeof plain> raw{};
      std::memcpy(raw.data(), &plain, sizeof plain);
      column.insert(column.end(), raw.begin(), raw.end());
    }
  }
  template <class T>
  void text(T& value) {
    put_number(columns_[column_++], strings_.code_of(value));
  }
  template <class T>
  void list(std::vector<T>& values) {
    put_number(columns_[column_++], values.size());
    const std::size_t first = column_;
    for (T& value : values) {
      column_ = first;
      visit(*this, value);
    }
    column_ = first + ColumnCounter::columns_of<T>();
  }

 private:
  StringPool& strings_;
  std::vector<ByteBuffer> columns_;
  std::size_t row_count_ = 0;
  std::size_t column_ = 0;
};

class ColumnReader {
 public:
  ColumnReader(std::span<const std::uint8_t> bytes, StringList& strings) : strings_(strings) {
    ByteCursor header(bytes);
    row_count_ = header.number();
    const std::uint64_t columns = header.number();
    ok_ = header.ok() && columns <= header.remaining();
    if (!ok_) return;
    std::vector<std::uint64_t> sizes(static_cast<std::size_t>(columns));
    for (std::uint64_t& size : sizes) size = header.number();
    for (const std::uint64_t size : sizes) columns_.emplace_back(header.bytes(size));
    ok_ = header.ok() && header.remaining() == 0;
  }

  // False when the bytes do not hold rows of this type.
  template <class T>
  [[nodiscard]] bool rows(std::vector<T>& values) {
    // Every row takes a byte of each column at least, which bounds what a damaged count can allocate.
    if (!ok_ || columns_.size() != ColumnCounter::columns_of<T>() || columns_.empty()) return false;
    if (row_count_ > columns_[0].remaining()) return false;
    values.resize(static_cast<std::size_t>(row_count_));
    for (T& value : values) {
      column_ = 0;
      visit(*this, value);
    }
    for (const ByteCursor& column : columns_) ok_ = ok_ && column.ok() && column.remaining() == 0;
    return ok_;
  }

  template <class T>
  void number(T& value) {
    const std::uint64_t plain = columns_[column_++].number();
    value = static_cast<T>(plain);
    if (static_cast<std::uint64_t>(value) != plain) ok_ = false;
  }
  template <class T>
  void real(T& value) {
    ByteCursor& column = columns_[column_++];
    const std::uint64_t code = column.number();
    const std::uint64_t figure = code / 4;
    if (code % 4 == 0) {
      value = static_cast<T>(figure);
    } else if (code % 4 == 1) {
      value = static_cast<T>(static_cast<double>(figure) / kThousandths);
    } else if (code % 4 == 3) {
      value = static_cast<T>(static_cast<double>(figure) / kMillionths);
    } else {
      double plain = 0;
      const auto raw = column.bytes(sizeof plain);
      if (raw.size() == sizeof plain) std::memcpy(&plain, raw.data(), sizeof plain);
      value = static_cast<T>(plain);
    }
  }
  template <class T>
  void text(T& value) {
    const std::uint64_t code = columns_[column_++].number();
    if (code == 0) return;
    const std::uint64_t index = code == 1 ? strings_.used++ : code - 2;
    if (index < strings_.texts.size()) {
      value = strings_.texts[static_cast<std::size_t>(index)];
    } else {
      ok_ = false;
    }
  }
  template <class T>
  void list(std::vector<T>& values) {
    const std::uint64_t size = columns_[column_++].number();
    const std::size_t first = column_;
    if (size > columns_[first].remaining()) {
      ok_ = false;
    } else {
      values.resize(static_cast<std::size_t>(size));
      for (T& value : values) {
        column_ = first;
        visit(*this, value);
      }
    }
    column_ = first + ColumnCounter::columns_of<T>();
  }

 private:
  StringList& strings_;
  std::vector<ByteCursor> columns_;
  std::uint64_t row_count_ = 0;
  std::size_t column_ = 0;
  bool ok_ = true;
};

}  // namespace headroom
