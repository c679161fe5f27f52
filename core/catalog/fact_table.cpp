#include "core/catalog/fact_table.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace headroom {

void FactTableWriter::add_row(const std::vector<std::pair<std::string, std::string>>& row) {
  for (const auto& [name, json] : row) {
    auto field =
        std::find_if(fields_.begin(), fields_.end(), [&wanted = name](const Field& f) { return f.name == wanted; });
    if (field == fields_.end()) {
      fields_.push_back({name, {}, {}, {}});
      field = fields_.end() - 1;
    }
    field->row_values.resize(rows_, 0);
    const auto [it, is_new] = field->indices.try_emplace(json, field->indices.size());
    if (is_new) field->values += json + '\n';
    field->row_values.push_back(it->second + 1);
  }
  ++rows_;
}

ByteBuffer FactTableWriter::finish() const {
  ByteBuffer bytes;
  put_number(bytes, rows_);
  put_number(bytes, fields_.size());
  std::vector<ByteBuffer> all_codes;
  for (const Field& field : fields_) {
    ByteBuffer codes;
    std::size_t newest = 0;
    for (std::size_t row = 0; row < rows_; ++row) {
      const std::size_t value = row < field.row_values.size() ? field.row_values[row] : 0;
      if (value == 0) {
        put_number(codes, 0);
      } else if (value > newest) {
        put_number(codes, 1);
        newest = value;
      } else {
        put_number(codes, newest - value + 2);
      }
    }
    put_number(bytes, field.name.size());
    bytes.insert(bytes.end(), field.name.begin(), field.name.end());
    put_number(bytes, codes.size());
    put_number(bytes, field.values.size());
    all_codes.push_back(std::move(codes));
  }
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    bytes.insert(bytes.end(), all_codes[i].begin(), all_codes[i].end());
    bytes.insert(bytes.end(), fields_[i].values.begin(), fields_[i].values.end());
  }
  return bytes;
}

bool FactTable::read(std::span<const std::uint8_t> bytes, std::size_t rows) {
  ByteCursor cursor(bytes);
  const std::uint64_t stored_rows = cursor.number();
  const std::uint64_t fields = cursor.number();
  if (stored_rows != rows || fields > cursor.remaining()) return false;
  struct Size {
    std::uint64_t codes, values;
  };
  std::vector<Size> sizes;
  for (std::uint64_t i = 0; i < fields; ++i) {
    const std::uint64_t length = cursor.number();
    columns_.push_back({cursor.text(length), {}, {}});
    const std::uint64_t codes = cursor.number();
    sizes.push_back({codes, cursor.number()});
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    Column& column = columns_[i];
    ByteCursor codes(cursor.bytes(sizes[i].codes));
    std::string_view values = cursor.text(sizes[i].values);
    while (!values.empty()) {
      const std::size_t end = values.find('\n');
      if (end == std::string_view::npos) return false;
      column.values.push_back(values.substr(0, end));
      values.remove_prefix(end + 1);
    }
    if (column.values.size() >= std::numeric_limits<std::uint16_t>::max()) return false;
    std::uint64_t newest = 0;
    column.row_values.reserve(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      const std::uint64_t code = codes.number();
      if (code == 1) ++newest;
      if (code > newest + 1 || newest > column.values.size()) return false;
      column.row_values.push_back(static_cast<std::uint16_t>(code == 0 ? 0 : code == 1 ? newest : newest - (code - 2)));
    }
    if (!codes.ok() || codes.remaining() != 0) return false;
  }
  return cursor.ok() && cursor.remaining() == 0;
}

std::vector<FactTable::Field> FactTable::row(std::size_t index) const {
  std::vector<Field> fields;
  for (const Column& column : columns_) {
    const std::uint16_t value = column.row_values[index];
    if (value != 0) fields.push_back({column.name, column.values[value - 1U]});
  }
  return fields;
}

std::vector<FactTable::Field> ShownFacts::row(std::size_t index) {
  if (!table_) {
    FactTable read;
    table_ = read.read(bytes_, rows_) ? std::move(read) : FactTable();
  }
  return table_->row(index);
}

}  // namespace headroom
