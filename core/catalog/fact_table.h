// The parts of the facts that are only shown, never computed with: JSON text, by field, each distinct value of a field
// once. A row's record is put together from them when somebody asks for it.
//
//   number of rows, number of fields, then per field: length of its name, its name, size of its codes, size of its
//   values; then per field its codes and its values. A code per row: 0 absent, 1 the next value, n + 2 the value
//   that stands n before the newest one. Values end with a line feed, which JSON text does not hold.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/catalog/archive.h"

namespace headroom {

class FactTableWriter {
 public:
  // Fields of a row as (name, JSON text). Fields keep the order of their first appearance.
  void add_row(const std::vector<std::pair<std::string, std::string>>& row);
  [[nodiscard]] ByteBuffer finish() const;

 private:
  struct Field {
    std::string name;
    std::map<std::string, std::size_t> indices;
    std::vector<std::size_t> row_values;  // index + 1 per row, 0 = absent
    std::string values;
  };
  std::vector<Field> fields_;
  std::size_t rows_ = 0;
};

class FactTable {
 public:
  // False when the bytes are not a table of `rows` rows. The bytes must outlive the table.
  [[nodiscard]] bool read(std::span<const std::uint8_t> bytes, std::size_t rows);

  struct Field {
    std::string_view name, json;
  };
  // The fields that the row has.
  [[nodiscard]] std::vector<Field> row(std::size_t index) const;

 private:
  struct Column {
    std::string_view name;
    std::vector<std::uint16_t> row_values;  // index + 1 per row, 0 = absent
    std::vector<std::string_view> values;
  };
  std::vector<Column> columns_;
};

// A table that is read when a row is first asked for: most of the facts are only ever shown.
class ShownFacts {
 public:
  ShownFacts() = default;
  // The bytes must outlive it.
  ShownFacts(std::span<const std::uint8_t> bytes, std::size_t rows) : bytes_(bytes), rows_(rows) {}
  // The fields that the row has. None where the bytes are damaged, which neither the compiler of the facts nor the
  // pack's checksum lets through.
  [[nodiscard]] std::vector<FactTable::Field> row(std::size_t index);

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t rows_ = 0;
  std::optional<FactTable> table_;
};

}  // namespace headroom
